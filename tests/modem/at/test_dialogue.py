from modem.at import commands
from modem.at.commands import Command
from modem.at.dialogue import Dialogue, Finished, ForeignEcho, Heard, Prompted, Record, Unsolicited
from modem.at.framing import AtLine, AtPrompt

LONG = "07918497483252F0040B918496445078F700007121320144744004D4F29C0E"  # 23 octets of TPDU
SHORT = "079144770009302206E80C91447700098070909070618422809090706184628000"  # 25


def hear(dialogue: Dialogue, *lines: str) -> list[Heard]:
    return [heard for line in lines for heard in dialogue.feed(AtLine(line))]


def asked(command: Command) -> Dialogue:
    dialogue = Dialogue()
    dialogue.begin(command)
    return dialogue


def final(heard: list[Heard]) -> Finished:
    (finished,) = [item for item in heard if isinstance(item, Finished)]
    return finished


def test_a_pdu_belongs_to_the_header_whose_length_fits() -> None:
    dialogue = asked(commands.read_message(1))
    heard = hear(dialogue, "+CMGR: 0,,23", "+CDS: 25", SHORT, LONG, "OK")
    assert heard[0] == Unsolicited("+CDS: 25", SHORT)
    assert final(heard).response.records == (Record("+CMGR: 0,,23", LONG),)


def test_lengths_that_fit_nothing_go_to_the_header_that_came_last() -> None:
    dialogue = asked(commands.read_message(1))
    heard = hear(dialogue, "+CMGR: 0,,99", "+CMT: ,98", LONG, SHORT, "OK")
    assert heard[0] == Unsolicited("+CMT: ,98", LONG)
    assert final(heard).response.records == (Record("+CMGR: 0,,99", SHORT),)


def test_a_record_without_pdu_is_a_record_all_the_same() -> None:
    heard = hear(asked(commands.read_message(1)), "+CMGR: 0,,23", "OK")
    assert final(heard).response.records == (Record("+CMGR: 0,,23", None),)


def test_a_body_that_is_no_hex_is_kept_as_it_is() -> None:
    heard = hear(asked(commands.read_message(1)), "+CMGR: 2,,164", "0BD07926404837=65p441p8", "OK")
    assert final(heard).response.records == (Record("+CMGR: 2,,164", "0BD07926404837=65p441p8"),)


def test_a_header_of_length_nothing_waits_for_nothing() -> None:
    heard = hear(asked(commands.read_message(1)), "+CMGR: 0,,0", "OK")
    assert final(heard).response.records == (Record("+CMGR: 0,,0", None),)


def test_every_listed_record_is_told() -> None:
    heard = hear(asked(commands.LIST_MESSAGES), "+CMGL: 1,0,,23", LONG, "+CMGL: 2,3,,25", "+CMGL: 3,1,,25", SHORT, "OK")
    assert [record.pdu for record in final(heard).response.records] == [LONG, None, SHORT]


def test_the_pdu_of_news_may_come_after_the_result() -> None:
    dialogue = asked(commands.AT)
    hear(dialogue, "+CMT: ,23", "OK")
    dialogue.end()
    assert hear(dialogue, LONG) == [Unsolicited("+CMT: ,23", LONG)]


def test_a_header_that_is_given_up_is_told_without_pdu() -> None:
    dialogue = Dialogue()
    hear(dialogue, "+CMT: ,23", "^RSSI:3")
    assert dialogue.incomplete
    assert dialogue.expire() == [Unsolicited("+CMT: ,23", None)]
    assert not dialogue.incomplete


def test_an_echo_is_dropped_with_garbage_around_it_and_characters_missing() -> None:
    for echo in ("AT+CSQ", "S\xdeAT+CSQ", "AT+CSQ\xc5", "AT+SQ", "T+CSQ"):
        heard = hear(asked(commands.SIGNAL), echo, "+CSQ: 9,99", "OK")
        assert final(heard).response.lines == ("+CSQ: 9,99",)
        assert len(heard) == 1


def test_the_echo_of_a_pdu_is_dropped() -> None:
    dialogue = asked(commands.send_message(23))
    dialogue.entered()
    dialogue.wrote(LONG)
    assert final(hear(dialogue, LONG, "+CMGS: 4", "OK")).response.lines == ("+CMGS: 4",)


def test_somebody_elses_answer_is_not_ours() -> None:
    dialogue = asked(commands.AT)
    assert hear(dialogue, "AT+CPMS?", "+CPMS: 0,50", "OK") == [ForeignEcho("AT+CPMS?"), Unsolicited("+CPMS: 0,50")]
    assert final(hear(dialogue, "AT", "ERROR")).response.ok is False


def test_a_reference_before_the_text_was_entered_is_news() -> None:
    dialogue = Dialogue()
    dialogue.begin(commands.send_message(23), entering=True)
    assert hear(dialogue, "+CMGS: 3") == [Unsolicited("+CMGS: 3")]
    assert dialogue.feed(AtPrompt()) == [Prompted()]
    dialogue.entered()
    assert hear(dialogue, "+CMGS: 4") == []


def test_a_result_code_of_a_call_is_news_while_nobody_dials() -> None:
    assert hear(asked(commands.SIGNAL), "NO CARRIER") == [Unsolicited("NO CARRIER")]
    assert final(hear(asked(Command("ATD1", dialing=True)), "NO CARRIER")).response.ok is False


def test_a_bare_answer_takes_every_line_that_is_no_news() -> None:
    heard = hear(asked(commands.REVISION), "V ICPR72_08w44.1", "RING", "24-11-08", "+CREG: 1", "(c) Nokia", "OK")
    assert final(heard).response.lines == ("V ICPR72_08w44.1", "24-11-08", "(c) Nokia")


def test_a_modem_that_stays_with_digits_is_understood_by_every_command() -> None:
    """Cinterion MC55i-W, left in ATV0."""
    dialogue = asked(commands.PLAIN_ANSWERS)
    assert final(hear(dialogue, "0")).response.ok
    dialogue.end()
    dialogue.begin(commands.PIN_STATE)
    assert final(hear(dialogue, "+CPIN: READY", "0")).response.lines == ("+CPIN: READY",)
    dialogue.end()
    dialogue.begin(commands.send_message(16))
    assert not final(hear(dialogue, "4")).response.ok


def test_a_digit_is_no_result_once_the_modem_uses_words() -> None:
    dialogue = asked(commands.PLAIN_ANSWERS)
    assert final(hear(dialogue, "OK")).response.ok
    dialogue.end()
    dialogue.begin(commands.MODEL)
    assert final(hear(dialogue, "4", "OK")).response.lines == ("4",)


def test_a_text_in_the_place_of_a_pdu_is_kept_to_its_last_line() -> None:
    heard = hear(asked(commands.read_message(1)), '+CMGR: "REC READ", "+49"', "First line", "and the last", "OK")
    assert [record.pdu for record in final(heard).response.records] == ["First line\r\nand the last"]


def test_an_echo_whose_digits_have_changed_is_ours() -> None:
    dialogue = asked(commands.send_message(16))
    assert hear(dialogue, "AT+CMGS=18") == []
    assert not final(hear(dialogue, "+CMS ERROR: 500")).response.ok


def test_a_second_command_of_the_same_name_is_another_programs() -> None:
    dialogue = asked(commands.read_message(1))
    assert hear(dialogue, "AT+CMGR=1", "AT+CMGR=7") == [ForeignEcho("AT+CMGR=7")]
    assert hear(dialogue, "OK") == []
    assert final(hear(dialogue, "+CMS ERROR: 321")).response.final.code == 321
