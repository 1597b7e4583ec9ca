from modem.at.answers import OfferedNetwork, parse_networks


def test_the_networks_in_reach_end_where_modes_and_formats_begin() -> None:
    line = '+COPS: (2,"T-Mobile","TMO","31026",0),(1,"AT&T","","310410",2),(3,"","",  "26202"),,(0, 1,)'
    assert parse_networks(line) == (
        OfferedNetwork(2, "31026", "T-Mobile", 0),
        OfferedNetwork(1, "310410", "AT&T", 2),
        OfferedNetwork(3, "26202", None, None),
    )


def test_a_bracket_too_many_and_fields_left_out_are_no_obstacle() -> None:
    assert parse_networks('+COPS: (2,"T - Mobile",,"31026"),(1,"AT&T","AT&T","310410"),0)') == (
        OfferedNetwork(2, "31026", "T - Mobile", None),
        OfferedNetwork(1, "310410", "AT&T", 0),
    )
    assert parse_networks("+COPS: ,,(0-4),(0-2)") == ()
