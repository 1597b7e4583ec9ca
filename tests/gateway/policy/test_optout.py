import pytest

from gateway.policy.optout import OwnWords, bare, confirms, is_among, keyword, may_be_answered


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop. ",
        "«STOP»",
        "stop!!!",
        "Stop  All",
        "OPT-OUT",
        "opt out",
        "Unsubscribe",
        "\tQUIT\n",
        "“End”",
    ],
)
def test_the_whole_message_being_a_stop_word_is_a_stop(text: str) -> None:
    assert keyword(text) == "stop"


@pytest.mark.parametrize("text", ["please stop", "stop it", "stopp", "", "!!!", "cancel my order", "x" * 1000])
def test_a_stop_word_inside_a_sentence_is_none(text: str) -> None:
    assert keyword(text) is None


@pytest.mark.parametrize("text", ["START", "unstop", "Subscribe."])
def test_start_words_opt_in_again(text: str) -> None:
    assert keyword(text) == "start"


def test_yes_means_start_only_after_a_stop_by_keyword() -> None:
    assert keyword("Yes!") is None
    assert keyword("Yes!", stopped_by_keyword=True) == "start"


def test_help_and_info_ask_for_help() -> None:
    assert keyword("HELP?") == keyword("info") == "help"


def test_an_account_has_words_beside_those_everybody_knows() -> None:
    own = OwnWords(stop=("Arrêt!",), start=("Oui",), help=("aide",))
    assert keyword("ARRÊT.", own=own) == keyword("stop", own=own) == "stop"
    assert keyword("oui", own=own) == "start"
    assert keyword("Aide?", own=own) == "help"
    assert keyword("arrêt") is None


def test_start_and_yes_confirm_and_nothing_else_does() -> None:
    assert confirms("start")
    assert confirms("yes")
    assert confirms("oui", OwnWords(start=("OUI",)))
    assert not confirms("no")


def test_words_are_compared_bare() -> None:
    assert bare("  «No   Sale»!! ") == "no sale"
    assert is_among("no sale", ["NO SALE."])
    assert bare("x" * 41) == bare("...") == ""


def test_only_phones_are_answered() -> None:
    assert may_be_answered("+13105551212")
    for other in ("13105551212", "80888", "Vodafone", "+12", "+1310555121234567", "", "+1310555121٢"):
        assert not may_be_answered(other)
