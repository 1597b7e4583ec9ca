"""The modem's side of an AT dialogue: command lines taken apart (ITU-T V.250 §5), answers as values."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Form(StrEnum):
    """How a command was asked (V.250 §5.4)."""

    EXECUTE = "execute"
    READ = "read"
    TEST = "test"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Request:
    """One command of a command line.

    name: upper case with its sign, such as "+CMGS", "^CURC", "E", "&F" or "S0". argument: what follows the "=" (or the
    number of a basic command), quotes kept.
    """

    name: str
    form: Form
    argument: str = ""

    @property
    def values(self) -> tuple[str, ...]:
        """The argument's comma-separated values, unquoted; an omitted one is ""."""
        return tuple(_unquoted(value) for value in _split(self.argument)) if self.argument else ()

    def number(self, index: int, default: int | None = None) -> int:
        """The value at `index` as a number. Raises Refusal 304/50 when it is none and there is no default."""
        values = self.values
        text = values[index].strip() if index < len(values) else ""
        if not text and default is not None:
            return default
        if not text.isdecimal():
            raise Refusal("cme", INVALID_PARAMETER)
        return int(text)


INVALID_PARAMETER = 50  # +CME ERROR: incorrect parameters (TS 27.007 §9.2.1)
OPERATION_NOT_ALLOWED = 3


class Refusal(Exception):
    """A final result code other than OK.

    kind: "cms" and "cme" carry a number and obey AT+CMEE; "plain" is ERROR; "word" is `text` as it stands.
    """

    def __init__(self, kind: Literal["cms", "cme", "plain", "word"], code: int = 0, text: str = "ERROR") -> None:
        super().__init__(f"{kind} {code} {text}")
        self.kind = kind
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Reply:
    """Information lines, then OK; `afterwards` runs when the OK is out."""

    lines: Sequence[str] = ()
    afterwards: Callable[[], None] | None = None
    final: bool = True  # False: the OK never comes (AT+CPIN? of old Wavecom)


Done = Callable[["Reply | Refusal"], None]


@dataclass(frozen=True, slots=True)
class Deferred:
    """The answer comes later: `start` is given the function that takes it."""

    start: Callable[[Done], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A prompt; what is entered up to Ctrl-Z goes to `finish` as it was typed.

    digits: how many hexadecimal digits complete the text, told once the first octet (the SMSC's length) is known; None
    in text mode.
    """

    finish: Callable[[str, Done], None]
    tpdu_octets: int | None = None


Outcome = Reply | Deferred | Entry
OK = Reply()

_EXTENDED = "+^#$*%!"
_BASIC = re.compile(r"(&?[A-Z])(\d*)")
_S_PARAMETER = re.compile(r"S(\d+)(\?|=(\d*))?")
_EXTENDED_NAME = re.compile(r"[+^#$*%!][A-Z0-9_\-.:/!%]+")


def parse_command_line(line: str) -> list[Request] | None:
    """Take a command line apart; None when it has no AT prefix and so is no command line (V.250 §5.2.1)."""
    start = line.upper().find("AT")
    if start < 0:
        return None
    body = line[start + 2 :].strip()
    requests: list[Request] = []
    while body:
        if body[0] == ";" or body[0] == " ":
            body = body[1:]
        elif body[0] in _EXTENDED:
            command, body = _until_semicolon(body)
            requests.append(_extended(command))
        else:
            request, body = _basic(body)
            requests.append(request)
    return requests


def _extended(command: str) -> Request:
    found = _EXTENDED_NAME.match(command.upper())
    if found is None:
        return Request(command.upper(), Form.EXECUTE)
    name, rest = found.group(), command[found.end() :].strip()
    if rest == "?":
        return Request(name, Form.READ)
    if rest == "=?":
        return Request(name, Form.TEST)
    if rest.startswith("="):
        return Request(name, Form.SET, rest[1:])
    return Request(name, Form.EXECUTE, rest)


def _basic(body: str) -> tuple[Request, str]:
    upper = body.upper()
    parameter = _S_PARAMETER.match(upper)
    if parameter is not None:
        form = Form.READ if parameter.group(2) == "?" else Form.SET
        return Request(f"S{parameter.group(1)}", form, parameter.group(3) or ""), body[parameter.end() :]
    if upper[0] == "D":  # a dial string takes the rest of the line
        return Request("D", Form.EXECUTE, body[1:]), ""
    found = _BASIC.match(upper)
    if found is None:
        return Request(body[0], Form.EXECUTE), body[1:]
    return Request(found.group(1), Form.EXECUTE, found.group(2)), body[found.end() :]


def _until_semicolon(body: str) -> tuple[str, str]:
    if ";" not in body:
        return body, ""
    quoted = False
    for index, character in enumerate(body):
        if character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            return body[:index], body[index + 1 :]
    return body, ""


def _split(argument: str) -> list[str]:
    if '"' not in argument:
        return argument.split(",")
    values, current, quoted = [], "", False
    for character in argument:
        if character == '"':
            quoted = not quoted
        if character == "," and not quoted:
            values.append(current)
            current = ""
        else:
            current += character
    return [*values, current]


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) >= 2 and value[0] == value[-1] == '"' else value
