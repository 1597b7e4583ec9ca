"""The password of a new login: asked of a person, read from a program."""

import io
import sys

import pytest

from gateway.cli import logins
from gateway.cli.exits import Exit, Failure


class Typed:
    """Standard input of a program, or a terminal."""

    def __init__(self, octets=b"", *, terminal=False):
        self.buffer = io.BytesIO(octets)
        self._terminal = terminal

    def isatty(self):
        return self._terminal


@pytest.fixture
def typed(monkeypatch):
    def type_it(*lines):
        waiting = list(lines)

        def getpass(prompt):
            if not waiting:
                raise EOFError
            return waiting.pop(0)

        monkeypatch.setattr(sys, "stdin", Typed(terminal=True))
        monkeypatch.setattr(logins, "getpass", getpass)

    return type_it


@pytest.mark.parametrize(
    ("octets", "password"),
    [
        (b"correct: horse", "correct: horse"),
        (b" a b \r\nmore\n", " a b "),
        ("d\u00e9j\u00e0\n".encode(), "d\u00e9j\u00e0"),
    ],
)
def test_a_program_gives_its_first_line(monkeypatch, octets, password):
    monkeypatch.setattr(sys, "stdin", Typed(octets))
    assert logins._password() == password


@pytest.mark.parametrize("octets", [b"", b"\n", b"\xff\xfe\n"])
def test_what_is_no_password_is_a_sentence(monkeypatch, octets):
    monkeypatch.setattr(sys, "stdin", Typed(octets))
    with pytest.raises(Failure) as failure:
        logins._password()
    assert failure.value.exit_code == Exit.USAGE


def test_a_person_types_it_twice(typed):
    typed("correct: horse", "correct: horse")
    assert logins._password() == "correct: horse"


@pytest.mark.parametrize("lines", [("one thing", "another"), ("once",), ()])
def test_who_mistypes_it_is_told(typed, lines):
    typed(*lines)
    with pytest.raises(Failure) as failure:
        logins._password()
    assert failure.value.exit_code == Exit.USAGE
    assert all(line not in str(failure.value) for line in lines)
