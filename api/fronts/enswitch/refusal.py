"""Everything that is wrong with a request, as enswitch tells it: one code, key and message for each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.codes import code_of
from gateway.domain.errors import Fault, GatewayError

REQUIRED = "Parameter is required."
NO_FILES = "Files can not be sent from this line."

ROWS = (
    *("cnumber", "message", "stype", "snumber", "customer", "filename", "file"),
    *("start", "end", "sort", "descending", "uniqueid", "get_media_files", "encoding"),
)
"""The parameters in the order of the contract's tables, the numbered ones without their numbers."""

PARAMETER_OF: Mapping[str, str] = {"to": "cnumber", "text": "message", "from": "snumber", "media": "file1"}
"""Fields of a draft → whose value they are."""

KEY_OF: Mapping[str, str] = {
    "opted_out": "cnumber",
    "destination_denied": "cnumber",
    "not_subscribed": "cnumber",
    "forbidden_account": "customer",
}
"""Core codes that lie with one parameter."""

_NUMBER = re.compile(r"[0-9]+$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of ``responses``."""

    code: str
    key: str
    message: str


class WrongParameters(GatewayError):
    """Parameters that are missing or no use, each with what is wrong with it; told in the order of the table."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("invalid_request")
        self.wrong = dict(sorted(faults.items(), key=lambda fault: _place(fault[0])))


class NoUser(GatewayError):
    """There is no ``auth_username``."""

    key = "auth_username"

    def __init__(self) -> None:
        super().__init__("auth_missing")


class NoMessage(GatewayError):
    """There is no message of that ``uniqueid``; the path is right."""

    key = "uniqueid"

    def __init__(self) -> None:
        super().__init__("not_found")


def entries_of(error: GatewayError) -> list[Entry]:
    """What ``responses`` says of a refusal; never empty."""
    code = code_of(error.code).enswitch
    if isinstance(error, WrongParameters):
        return [Entry(code, key, message) for key, message in error.wrong.items()]
    if code == "400" and (wrong := faults_of(error.faults)):
        return entries_of(WrongParameters(wrong))
    key = error.key if isinstance(error, NoUser | NoMessage) else KEY_OF.get(error.code, "")
    return [Entry(code, key, _say(code, error))]


def faults_of(faults: Iterable[Fault]) -> dict[str, str]:
    """The core's faults by this dialect's parameters; what no parameter can cause is left out."""
    found: dict[str, str] = {}
    for fault in faults:
        parameter = PARAMETER_OF.get(fault.field)
        if parameter is not None and parameter not in found:
            found[parameter] = _sentence(fault)
    return found


def _sentence(fault: Fault) -> str:
    if fault.code in {"recipient_missing", "body_empty"}:
        return REQUIRED
    if fault.code == "media_unsupported":
        return NO_FILES
    return one_line(fault.message[:1].upper() + fault.message[1:] + ".")


def _say(code: str, error: GatewayError) -> str:
    title = code_of(error.code).title
    match code:
        case "401":
            return "Invalid authentication details."
        case "402":
            return "Your role does not allow this."
        case "403":
            return f"Your rate plan does not allow this: {title}."
        case "500":
            return "Temporary error, please try again."
        case "400":
            return one_line(error.detail or f"{title}.")
        case _:
            return f"{title}."


def one_line(text: str) -> str:
    """Without line ends or other control characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)


def _place(name: str) -> tuple[int, int]:
    number = _NUMBER.search(name)
    row = name[: number.start()] if number else name
    return (ROWS.index(row) if row in ROWS else len(ROWS), int(number[0]) if number else 0)
