"""Command lines taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.simulator.dialogue import Form, Refusal, Request, parse_command_line


@pytest.mark.parametrize(
    ("line", "requests"),
    [
        ("AT", []),
        ("at+csq", [Request("+CSQ", Form.EXECUTE)]),
        ("AT+CMGF?", [Request("+CMGF", Form.READ)]),
        ("AT+CMGF=?", [Request("+CMGF", Form.TEST)]),
        ("AT+CMGF=0", [Request("+CMGF", Form.SET, "0")]),
        ("AT E0 V1", [Request("E", Form.EXECUTE, "0"), Request("V", Form.EXECUTE, "1")]),
        ("ATZE0", [Request("Z", Form.EXECUTE), Request("E", Form.EXECUTE, "0")]),
        ("AT&FE0", [Request("&F", Form.EXECUTE), Request("E", Form.EXECUTE, "0")]),
        ("ATS0=0S3?", [Request("S0", Form.SET, "0"), Request("S3", Form.READ)]),
        ("ATE0+CMEE=1;+CREG?", [
            Request("E", Form.EXECUTE, "0"),
            Request("+CMEE", Form.SET, "1"),
            Request("+CREG", Form.READ),
        ]),
        ('AT+CUSD=1,"a;b",15;^CURC=0', [
            Request("+CUSD", Form.SET, '1,"a;b",15'),
            Request("^CURC", Form.SET, "0"),
        ]),
        ("ATD+447700900123;", [Request("D", Form.EXECUTE, "+447700900123;")]),
        ("\x00\x1bAT+CSQ", [Request("+CSQ", Form.EXECUTE)]),
    ],
)  # fmt: skip
def test_lines(line: str, requests: list[Request]) -> None:
    assert parse_command_line(line) == requests


@pytest.mark.parametrize("line", ["", "hello", "\x1b", "A T"])
def test_what_has_no_prefix_is_no_command_line(line: str) -> None:
    assert parse_command_line(line) is None


def test_values_lose_their_quotes_and_keep_their_commas() -> None:
    assert Request("+X", Form.SET, '1,"a,b",,"" , 2').values == ("1", "a,b", "", "", "2")
    assert Request("+X", Form.EXECUTE).values == ()


def test_numbers_have_defaults_or_are_refused() -> None:
    request = Request("+X", Form.SET, "7,,x")
    assert (request.number(0), request.number(1, 4), request.number(9, 5)) == (7, 4, 5)
    for index in (1, 2, 3):
        with pytest.raises(Refusal):
            request.number(index)


@given(st.text(st.characters(max_codepoint=255, exclude_characters="\r")))
def test_any_line_is_taken_apart(line: str) -> None:
    for request in parse_command_line("AT" + line) or []:
        assert request.name
