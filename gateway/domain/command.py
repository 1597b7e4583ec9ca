"""A command: what somebody wants of the modem that a line's SIM is in, and what came of it (decisions.md)."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.domain.event import instant
from gateway.domain.message import MessageError

PATIENCE_S = 180.0  # for a line that went down meanwhile; whoever asked does not wait for longer either
LONGEST_CODE = 160  # characters: what 160 octets hold (3GPP TS 23.038 §5, TS 22.090)

_CODE = re.compile(rf"(?! *\Z)[0-9*#+A-Za-z ]{{1,{LONGEST_CODE}}}")


class CommandKind(StrEnum):
    USSD = "ussd"
    RESTART = "restart"
    SERVICE_CENTRE = "service_centre"
    PIN = "pin"


class CommandState(StrEnum):
    """waiting → running → done or failed."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """What came of it. text: of a USSD answer; wants_reply: the network asks for more (<m> 1 of TS 27.007 §7.15).

    error: why nothing came of it; then the rest is empty.
    """

    text: str = ""
    wants_reply: bool = False
    error: MessageError | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """line: the id of the line in whose modem it is carried out. code: of a USSD command, as it was asked; of a
    service centre, its number.

    secret: what only the line's worker gets, once, and nobody else sees; it is never on disk.
    """

    num: int
    id: str
    account: str
    line_num: int
    line: str
    kind: CommandKind
    code: str | None
    state: CommandState
    answer: CommandAnswer
    created_at: datetime
    ended_at: datetime | None
    secret: str | None = field(default=None, repr=False)

    @property
    def has_ended(self) -> bool:
        return self.ended_at is not None


def is_code(text: str) -> bool:
    """Whether a text may go into AT+CUSD: nothing that could end its quotes or its line."""
    return _CODE.fullmatch(text) is not None


def describe_command(command: Command) -> dict[str, Any]:
    """A command as /v1 and the event ``ussd.answered`` tell it: JSON-ready."""
    answer, error = command.answer, command.answer.error
    return {
        "id": command.id,
        "line": command.line,
        "kind": command.kind.value,
        "code": command.code,
        "state": command.state.value,
        "text": answer.text,
        "wants_reply": answer.wants_reply,
        "error": error and {"code": error.code, "message": error.message, "cause": dict(error.cause)},
        "created_at": instant(command.created_at),
        "ended_at": instant(command.ended_at),
    }
