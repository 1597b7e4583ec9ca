"""USSD answers of real modems, from the test suites and issue logs of other projects, and requests in both forms."""

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from modem.at import ussd
from modem.at.framing import AtLine, Framer
from modem.at.ussd import UssdAnswer, UssdStatus, encode, pack, parse_ussd, request, unpack
from modem.charset import gsm7

HERE = Path(__file__).parents[2] / "vectors"
VECTORS = json.loads((HERE / "ussd.json").read_text())
ALLOWED = string.ascii_letters + string.digits + "*#+ "
CODES = st.text(ALLOWED, min_size=1, max_size=ussd.LONGEST_CODE).filter(lambda code: not code.isspace())
SEPTETS = st.binary(max_size=200).map(lambda octets: bytes(octet & 0x7F for octet in octets))
GARBAGE = st.text(max_size=80) | st.text('0123456789ABCDEFabcdef",:+ \r\n\0\x1a\x1b@', max_size=80)


def read(line: str, *, gsm_characters: bool = False) -> UssdAnswer:
    answer = parse_ussd(line, gsm_characters=gsm_characters)
    assert answer is not None
    return answer


def from_transcript(modem: str, dialog: str) -> str:
    """The +CUSD line of a dialog, as the framer cuts it once the modem has fallen silent."""
    recorded = json.loads((HERE / "transcripts" / f"{modem}.json").read_text())["dialogs"]
    steps = next(found for found in recorded if found["name"] == dialog)["exchange"]
    framer = Framer()
    tokens = [
        token for step in steps for token in (*framer.feed(step.get("rx", "").encode("latin-1")), *framer.flush())
    ]
    return next(token.text for token in tokens if isinstance(token, AtLine) and token.text.startswith("+CUSD"))


@pytest.mark.parametrize("vector", VECTORS["decode"], ids=lambda vector: vector["id"])
def test_answers_of_real_modems(vector: dict[str, Any]) -> None:
    answer = read(vector["raw"])
    expected = vector["expect"]
    assert (answer.status, answer.text or None) == (expected["status"], expected["text"])
    assert answer.data_coding == expected.get("dcs")
    if "text_if_cscs_gsm" in vector:
        assert read(vector["raw"], gsm_characters=True).text == vector["text_if_cscs_gsm"]


@pytest.mark.parametrize("vector", VECTORS["encode"], ids=lambda vector: vector["text"])
def test_codes_packed_as_huawei_wants_them(vector: dict[str, Any]) -> None:
    assert encode(vector["text"], packed=True) == vector["packed_hex"]
    assert encode(vector["text"]) == vector["text"]
    septets = unpack(bytes.fromhex(vector["packed_hex"]))
    assert gsm7.decode(septets) == vector["text"]
    assert len(septets) == vector.get("septets", len(septets))


@pytest.mark.parametrize(
    ("modem", "dialog", "status", "begins", "ends"),
    [
        ("huawei-e160", "ussd-answer-without-quotes", 0, "P lete xtforr eplay tes", "71.57"),
        ("huawei-e160", "ussd-answer-quoted-packed", 0, "P lete xtforr eplay tes", "71.57"),
        ("zte-mf286d", "ussd-ucs2-with-dcs-7", 0, " Sa mpl 6,78 xt for 4,23 LA ytes", "eplay.te/stsonl"),
        (
            "sprut-gsm-router",
            "ussd-before-ok-with-newline-no-end-quote",
            0,
            "799.55@.+1000@ 70 25@",
            "*5" + " " * 24 + "2",
        ),
        ("unidentified", "ussd-with-creg-inside-and-late-error", 5, "", ""),
    ],
)
def test_answers_of_the_transcripts(modem: str, dialog: str, status: int, begins: str, ends: str) -> None:
    answer = read(from_transcript(modem, dialog))
    assert answer.status == status
    assert answer.text.startswith(begins)
    assert answer.text.endswith(ends)


def test_quotes_and_coding_scheme_make_no_difference_to_packed_hex() -> None:
    bare = read(from_transcript("huawei-e160", "ussd-answer-without-quotes"))
    quoted = read(from_transcript("huawei-e160", "ussd-answer-quoted-packed"))
    assert (bare.text, bare.data_coding, quoted.data_coding) == (quoted.text, None, 15)


@pytest.mark.parametrize(
    ("field", "text", "coding"),
    [
        (',"Reply with "YES" to go on",15', 'Reply with "YES" to go on', 15),
        (',"Reply "1","2""', 'Reply "1","2"', None),
        (',"Balance 10,15', "Balance 10,15", None),  # no closing quote
        (',"AA180C3602,15', "*100#", 15),  # no closing quote either, but hex ends at a comma
        (",AA180C3602 , 15", "*100#", 15),
        (',"aa180c3602","15"', "*100#", 15),
        (',"AA18\r\n0C36\r\n02",15', "*100#", 15),
        (',"AA180C3602",15\x00\x7f', "*100#", 15),
        (',"AA180C3602\x00\x00",15', "*100#", 15),
        (',"AA180C36028",15', "*100#", 15),  # cut in the middle of an octet
        (',"AA180C3602",15,junk', "*100#", 15),
        (',"Hello",999', "Hello", None),
        (",,15", "", 15),
        (',"",15', "", 15),
        (',""', "", None),
        (',"', "", None),
        (",", "", None),
        ("", "", None),
        # numbers and words that look like hex
        (',"2050",15', "2050", 15),
        (',"50",15', "50", 15),
        (',"DEAD",15', "DEAD", 15),
        (',"Abba",15', "Abba", 15),
        (',"380501234567",15', "380501234567", 15),
        (',"38050123456"', "38050123456", None),
        (',"000000",15', "000000", 15),
        # UCS-2
        (',"0031",15', "1", 15),
        (',"00410042004300",72', "ABC", 72),
        (',"4F59989D00200035",72', "余额 5", 72),
        (',"4F59989D00200035",8', "余额 5", 8),
        (',"CF2135487D2E4130572D0682BB1A",8', "OCTATOK 0.51 p.", 8),  # 8 is Portuguese in GSM 7-bit
        (f',"{pack(gsm7.encode("write to a@b.example")).hex()}",8', "write to a@b.example", 8),
        (',"20AC",72', "€", 72),
        (',"613900410000FFFF",17', "A", 17),
        (',"00410042",17', "AB", 17),  # the language is missing
        # 8-bit
        (',"C3A4206F6B21",68', "ä ok!", 68),
        (',"E4206F6B21",244', "ä ok!", 244),
        (',"E4F6FC206F6B21",4', "äöü ok!", 4),
        # a language in front of GSM 7-bit: "de", CR, "Guthaben"
        (f',"{pack(b"de" + bytes([13]) + b"Guthaben").hex()}",16', "Guthaben", 16),
    ],
)
def test_forms_of_the_string(field: str, text: str, coding: int | None) -> None:
    answer = read("+CUSD: 0" + field)
    assert (answer.status, answer.text, answer.data_coding) == (0, text, coding)


@pytest.mark.parametrize(
    ("head", "status"),
    [("+CUSD: 1", 1), ("+CUSD:1", 1), ("+cusd:  2 ", 2), ('+CUSD: "1"', 1), ("+CUSD: 77", 77), ("+CUSD: x", None)],
)
def test_forms_of_the_status(head: str, status: int | None) -> None:
    assert read(head).status == status


def test_a_text_without_a_status_is_kept() -> None:
    assert read('+CUSD: "Hello",15') == UssdAnswer(None, "Hello", "Hello", 15)


@pytest.mark.parametrize("line", ["", "OK", "+CUSD", "+CUSDX: 1", "RING", ":", "+CMTI: 1"])
def test_other_lines_are_none(line: str) -> None:
    assert parse_ussd(line) is None


def test_the_string_stays_as_the_modem_wrote_it() -> None:
    assert read('+CUSD: 0,"AA180C3602",15').raw == "AA180C3602"


@pytest.mark.parametrize("status", [*UssdStatus, None, 9])
def test_what_the_status_says(status: int | None) -> None:
    answer = UssdAnswer(status, "", "")
    assert answer.wants_reply is (status == 1)
    assert answer.terminated is (status == 2)
    assert answer.not_supported is (status == 4)
    assert answer.timed_out is (status == 5)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "code",
    ["", " ", '*100#"', "*100#\r", "*100#\n", "1\x1a", "1\x1b", "1;", "1,2", "*100#\0", "é", "٣", "１", "1" * 161],
)
def test_what_could_leave_the_string_is_refused(code: str, packed: bool) -> None:
    with pytest.raises(ValueError, match="a USSD code is"):
        encode(code, packed=packed)
    with pytest.raises(ValueError, match="a USSD code is"):
        request(code, packed=packed)


def test_the_request() -> None:
    assert request("*100#").text == 'AT+CUSD=1,"*100#",15'
    assert request("*100#", packed=True).text == 'AT+CUSD=1,"AA180C3602",15'


@given(st.text(max_size=40), st.booleans())
def test_no_code_breaks_out_of_the_command(code: str, packed: bool) -> None:
    try:
        command = request(code, packed=packed).text
    except ValueError:
        assert not set(code) <= set(ALLOWED) or not code.strip()
    else:
        assert set(command) <= set(ALLOWED + '=",')
        assert command.count('"') == 2


@given(CODES)
def test_a_packed_code_reads_back(code: str) -> None:
    packed = encode(code, packed=True)
    assert gsm7.decode(unpack(bytes.fromhex(packed))) == code
    assume(len(packed) > 6)  # shorter ones may be numbers and words
    assume(not packed.isdecimal())
    octets = bytes.fromhex(packed)
    assume(not all(0x20 <= octet < 0x7F for octet in octets))  # ASCII by chance: the likelier reading is taken
    assert read(f'+CUSD: 0,"{packed}",15').text == code
    assert read(f"+CUSD: 0, {packed}").text == code


@given(CODES)
def test_a_text_in_ucs2_reads_back_under_any_coding(code: str) -> None:
    written = code.encode("utf-16-be").hex().upper()
    for coding in ("", ",0", ",7", ",15", ",72"):
        assert read(f'+CUSD: 1,"{written}"{coding}').text == code


@given(SEPTETS)
def test_packing_loses_nothing_but_what_reads_as_filling(septets: bytes) -> None:
    again = unpack(pack(septets))
    if septets.endswith(b"\r") and len(septets) % 8 == 0:
        assert again == septets + b"\r"  # carried out twice, which is the same (TS 23.038 §6.1.2.3.1)
    elif septets.endswith(b"\0") and len(septets) % 8 == 0:
        assert again == septets[:-1]  # an "@" at the very end of an octet: what firmwares fill with
    else:
        assert again == septets


@pytest.mark.parametrize(("count", "octets"), [(6, 6), (7, 7), (8, 7), (14, 13), (15, 14), (16, 14)])
def test_filling_never_takes_an_octet_more(count: int, octets: int) -> None:
    assert len(pack(b"1" * count)) == octets


@given(GARBAGE, GARBAGE, st.booleans())
def test_any_line_is_an_answer_or_none(head: str, tail: str, gsm_characters: bool) -> None:
    for line in (head, f"+CUSD:{head}", f'+CUSD: 0,"{head}"{tail}', f"+CUSD: 1,{head},{tail}"):
        answer = parse_ussd(line, gsm_characters=gsm_characters)
        if answer is not None:
            answer.text.encode()  # no lone surrogate
            assert answer.data_coding is None or 0 <= answer.data_coding <= 255


@given(st.binary(max_size=60), st.integers(0, 300))
def test_any_octets_under_any_coding_have_a_text(octets: bytes, coding: int) -> None:
    answer = read(f'+CUSD: 0,"{octets.hex()}",{coding}')
    answer.text.encode()
    assert answer.raw == octets.hex()


@pytest.mark.parametrize("piece", ['"', '",', '",1', '" ', " ", "A", ',"', "\r\n", "9", "AF"])
def test_a_hostile_line_takes_no_time(piece: str) -> None:
    read('+CUSD: 0,"' + piece * 20_000 + "x")
    read("+CUSD: " + piece * 20_000)
