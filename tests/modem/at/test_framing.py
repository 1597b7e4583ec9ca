from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.at.framing import LONGEST_LINE, AtLine, AtPrompt, Framer, Token

SESSION = (
    b'\x00\x00\xff\r\nRDY\r\n\r\n+CMTI: "SM",3\r\nAT+CSQ\r\r\n+CSQ: 17,99\r\n\r\nOK\r\n'
    b'\r\n+CUSD: 0,"Balance: 10\r\nvalid ""till"" 01.02.",15\r\n+CMT: ,23\r07918497\r\xe4OK\r\n'
    b"AT+CMGS=18\r\r\n> 0001000B91\x1a\r\n+CMGS: 4\r\nOK\r\n"
)
TOKENS = [
    AtLine("RDY"),
    AtLine('+CMTI: "SM",3'),
    AtLine("AT+CSQ"),
    AtLine("+CSQ: 17,99"),
    AtLine("OK"),
    AtLine('+CUSD: 0,"Balance: 10\r\nvalid ""till"" 01.02.",15'),
    AtLine("+CMT: ,23"),
    AtLine("07918497"),
    AtLine("OK"),
    AtLine("AT+CMGS=18"),
    AtPrompt(),
    AtLine("0001000B91"),
    AtLine("+CMGS: 4"),
    AtLine("OK"),
]


def tokens_of(*chunks: bytes, expects_prompt: bool = False) -> list[Token]:
    framer = Framer()
    framer.expects_prompt = expects_prompt
    return [token for chunk in chunks for token in framer.feed(chunk)]


@given(st.lists(st.integers(0, len(SESSION))))
def test_tokens_do_not_depend_on_where_reads_end(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(SESSION)]
    assert tokens_of(*(SESSION[a:b] for a, b in pairwise(edges)), expects_prompt=True) == TOKENS


@given(st.binary(max_size=400), st.lists(st.integers(0, 400)))
def test_tokens_of_noise_do_not_depend_on_where_reads_end(noise: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(noise)) for cut in cuts), len(noise)]
    assert tokens_of(*(noise[a:b] for a, b in pairwise(edges))) == tokens_of(noise)


@pytest.mark.parametrize("stream", [b"\r\n> ", b"\r\n>", b"\r\n>\r\n", b">", b"\r\n\r\n>  "])
def test_every_form_of_the_prompt_is_one_prompt(stream: bytes) -> None:
    assert tokens_of(stream, expects_prompt=True) == [AtPrompt()]


def test_a_prompt_nobody_waits_for_does_not_spoil_the_next_line() -> None:
    assert tokens_of(b"\r\n> ", b"+CMGS: 7\r\n") == [AtLine("+CMGS: 7")]


def test_only_the_first_of_two_prompts_counts() -> None:
    assert tokens_of(b"\r\n> \r\n> ", b"\r\nOK\r\n", expects_prompt=True) == [AtPrompt(), AtLine("OK")]


def test_quotes_inside_a_ussd_text_do_not_hold_the_line() -> None:
    line = '+CUSD: 0,"Reply with "YES" to go on",15'
    assert tokens_of(line.encode() + b"\r\n") == [AtLine(line)]


def test_a_string_that_is_never_closed_is_given_up_on_request() -> None:
    framer = Framer()
    assert framer.feed(b'\r\n+CUSD: 0,"Balance\r\n5 EUR\r\n\r\nOK\r\n') == []
    assert framer.held
    assert framer.flush() == [AtLine('+CUSD: 0,"Balance\r\n5 EUR'), AtLine("OK")]
    assert not framer.held
    assert framer.flush() == []


def test_a_line_without_end_does_not_grow_without_bound() -> None:
    framer = Framer()
    tokens = [token for _ in range(4) for token in framer.feed(b"A" * LONGEST_LINE)]
    assert tokens == [AtLine("A" * LONGEST_LINE)] * 4


def test_an_endless_quoted_string_does_not_grow_without_bound() -> None:
    framer = Framer()
    framer.feed(b'+CUSD: 0,"')
    for _ in range(1000):
        framer.feed(b"text\r\n" * 10)
    assert sum(len(token.text) for token in framer.flush() if isinstance(token, AtLine)) <= LONGEST_LINE


def test_a_discarded_beginning_is_forgotten() -> None:
    framer = Framer()
    framer.feed(b"+CM")
    framer.discard()
    assert framer.feed(b"RDY\r\n") == [AtLine("RDY")]
