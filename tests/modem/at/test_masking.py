"""AT traffic as others may see it: nothing personal in it, and still worth reading."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.at.framing import AtLine, Framer
from modem.at.masking import Masker, numbers, octets

FOLDER = Path(__file__).parents[2] / "vectors" / "transcripts"
DELIVER = "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"


NOISY = f"{DELIVER[:41]}z{DELIVER[41:]}"


def heard(*lines: str) -> list[str]:
    masker = Masker()
    return [masker.heard(line) for line in lines]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('AT+CPIN="1234"', "AT+CPIN=…"),
        ("AT+CPIN=1234;+CMEE=1", "AT+CPIN=…"),
        ('AT+CPIN="12345678","1234"', "AT+CPIN=…"),
        ('AT+CLCK="SC",1,"1234"', "AT+CLCK=…"),
        ('AT+CPWD="SC","1234","4321"', "AT+CPWD=…"),
        ("AT+CMGS=24", "AT+CMGS=24"),
        ('AT+CMGS="+48600100200"', 'AT+CMGS="+4860…200"'),
        ('AT+CUSD=1,"*100#",15', 'AT+CUSD=1,"(5 characters)",15'),
        ('AT+CUSD=1,"AA180C3602",15', 'AT+CUSD=1,"(5 octets)",15'),
        ('AT+CPMS="SM","SM","SM"', 'AT+CPMS="SM","SM","SM"'),
        ("AT+CNMI=2,1,0,1,0", "AT+CNMI=2,1,0,1,0"),
        ('AT+CSCA="+48790998250",145', 'AT+CSCA="+4879…250",145'),
        (DELIVER, f"({len(DELIVER) // 2} octets)"),
    ],
)
def test_what_goes_out(line: str, shown: str) -> None:
    assert Masker().sent(line) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (NOISY, f"({len(NOISY)} characters)"),  # the header above it is lost, or it is the echo of what was sent
        ("+CPIN: SIM PIN", "+CPIN: SIM PIN"),
        ("+CPIN: READY", "+CPIN: READY"),
        ("490154203237518", "490…518"),
        ("+CGSN: 490154203237518", "+CGSN: 490…518"),
        ("8948031234567890123F", "894…123"),
        ("+CCID: 8948031234567890123", "+CCID: 894…123"),
        ('+QCCID: "89480312345678901234"', '+QCCID: "894…234"'),
        ("260021234567890", "260…890"),
        ('+CNUM: "Own Number","+48600100200",145', '+CNUM: "(10 characters)","+4860…200",145'),
        ('+CNUM: ,"600100200",129', '+CNUM: ,"600…200",129'),
        ('+CLIP: "+48600100200",145,,,"Alice",0', '+CLIP: "+4860…200",145,,,"(5 characters)",0'),
        ('+CMT: "Alice",24', '+CMT: "(5 characters)",24'),
        ('+CMTI: "SM",3', '+CMTI: "SM",3'),
        ('+CMGR: "REC UNREAD","+48600100200",,"26/11/21,08:30:56+04"', None),
        ('+CUSD: 0,"Your balance is 10.00",15', '+CUSD: 0,"(21 characters)",15'),
        ('+CUSD: 0,"first\r\nsecond",15', '+CUSD: 0,"(13 characters)",15'),
        ('+CUSD: 0,"1234",15', '+CUSD: 0,"(4 characters)",15'),
        ('+CUSD: 1,"00480065006C006C006F",72', '+CUSD: 1,"(10 octets)",72'),
        ("+CMGS: 42", "+CMGS: 42"),
        ("+CMS ERROR: 500", "+CMS ERROR: 500"),
        ("+CSQ: 20,99", "+CSQ: 20,99"),
        ('+COPS: 0,0,"Plus",7', '+COPS: 0,0,"Plus",7'),
        ("SIM7600G-H", "SIM7600G-H"),
        ("Revision:1418B05SIM800L24", "Revision:1418B05SIM800L24"),
        ("OK", "OK"),
        ("RDY", "RDY"),
    ],
)
def test_what_comes_in(line: str, shown: str | None) -> None:
    expected = line.replace("+48600100200", "+4860…200") if shown is None else shown
    assert heard(line) == [expected]


def test_the_content_below_a_header_is_counted_whatever_it_looks_like() -> None:
    assert heard('+CMT: "+48600100200",,"26/11/21,08:30:56+04"', "Meet me at 8", "+CSQ: 1,99", "RING") == [
        '+CMT: "+4860…200",,"26/11/21,08:30:56+04"',
        "(12 characters)",
        "+CSQ: 1,99",
        "RING",
    ]
    listing = ("+CMGL: 1,1,,24", DELIVER, '+CMGL: 2,"REC READ","+48600100200"', "two", "lines of text", "", "OK", "RDY")
    assert heard(*listing)[1:] == [
        octets(DELIVER),
        '+CMGL: 2,"REC READ","+4860…200"',
        "(3 characters)",
        "(13 characters)",
        "",
        "OK",
        "RDY",
    ]


def test_an_answer_to_a_ussd_code_that_was_cut_stays_text_to_its_quote() -> None:
    assert heard('+CUSD: 0,"Your balance', "is ten", 'for Alice",15', "OK", "RDY") == [
        '+CUSD: 0,"(12 characters)',
        "(6 characters)",
        '(9 characters)",15',
        "OK",
        "RDY",
    ]
    assert heard('+CUSD: 0,"never closed', "OK", "RDY")[1:] == ["OK", "RDY"]


def test_a_piece_of_a_pdu_is_counted_however_short() -> None:
    assert octets("0791") == "(2 octets)"


def test_a_sentence_keeps_the_ends_of_its_numbers() -> None:
    told = numbers("the modem has the ICCID 8948031234567890123, not 8948039999999990124: call +48600100200")
    assert told == "the modem has the ICCID 894…123, not 894…124: call +4860…200"


def transcript_lines() -> list[str]:
    lines = []
    for path in sorted(FOLDER.glob("*.json")):
        for dialogue in json.loads(path.read_text()).get("dialogs", ()):
            for step in dialogue["exchange"]:
                if "rx" in step:
                    lines += [
                        token.text for token in Framer().feed(step["rx"].encode("latin-1")) if isinstance(token, AtLine)
                    ]
    return lines


def test_no_dialogue_of_a_real_modem_shows_a_long_number_or_octets() -> None:
    masker, lines = Masker(), transcript_lines()
    assert len(lines) > 900
    masked = [masker.heard(line) for line in lines]
    bare = re.compile(r"\d{7,}|(?<![0-9A-Za-z])(?:[0-9A-F]{2}){8,}(?![0-9A-Za-z])")
    assert [line for line in masked if bare.search(line)] == []
    assert sum(one == other for one, other in zip(lines, masked, strict=True)) > len(lines) / 2


@given(
    st.text(alphabet="0123456789", min_size=7, max_size=15), st.sampled_from(["", "+"]), st.sampled_from(['"', "", " "])
)
def test_no_number_survives_in_any_place(digits: str, plus: str, beside: str) -> None:
    for line in (f"+CLIP: {beside}{plus}{digits}{beside},145", f"{plus}{digits}", f"call {plus}{digits} now"):
        assert digits not in Masker().heard(line)
        assert digits not in Masker().sent(line)


@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_lines_are_masked_without_a_fault(lines: list[str]) -> None:
    masker = Masker()
    for line, _ in pairwise([*lines, ""]):
        assert isinstance(masker.heard(line), str)
        assert isinstance(masker.sent(line), str)
