from modem.at import commands
from modem.at.commands import Wait
from modem.at.timing import Timing


def test_commands_are_written_as_the_standards_say() -> None:
    assert commands.select_storages("SM", "ME").text == 'AT+CPMS="SM","ME"'
    assert commands.set_routing((2, 1, 0, 2, 0)).text == "AT+CNMI=2,1,0,2,0"
    assert commands.set_service_centre("+447700900999").text == 'AT+CSCA="+447700900999",145'
    assert commands.set_service_centre("4477009").text == 'AT+CSCA="4477009",129'
    assert commands.set_function(1, reset=True).text == "AT+CFUN=1,1"
    assert commands.registration("+CEREG").text == "AT+CEREG?"


def test_a_secret_is_in_no_name() -> None:
    command = commands.enter_pin("4711")
    assert command.text == 'AT+CPIN="4711"'
    assert "4711" not in command.name


def test_answers_are_known_by_the_prefix_of_their_command() -> None:
    assert commands.pin_retries("AT^CPIN?").prefixes == ("^CPIN:",)
    assert commands.pin_retries("AT+ZPINPUK=?").prefixes == ("+ZPINPUK:",)
    assert commands.pin_retries("AT*EPIN?").prefixes == ("*EPIN:",)
    assert "^ICCID:" in commands.card_identity("AT^ICCID?").prefixes


def test_every_command_has_its_time() -> None:
    timing = Timing()
    assert all(timing.of(wait) > 0 for wait in Wait)


def test_a_result_of_sending_is_waited_for_longer_than_any_was_seen_to_take() -> None:
    assert Timing().of(commands.send_message(18).wait) > 135
