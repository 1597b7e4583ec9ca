"""Everything the gateway refuses, as one small tree; ``code`` is the stable word that every front translates.

    GatewayError(code)
    ├─ Rejected        the request or message is not acceptable as it stands
    │  └─ Malformed    drafts of a batch that no message can be made of
    ├─ NotFound        no such object in this account
    ├─ Conflict        the object's state or somebody else's claim stands against it
    │  └─ NoneAccepted every message of a batch was refused by policy
    ├─ QuotaExceeded   too much, too fast; may carry how long to wait
    ├─ NotPermitted    who is asking may not
    └─ Unavailable     the gateway cannot take it now: nothing was written

The codes and their meaning are native-v1 §2.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong field of a request. field: its name on the wire, dots between levels. code: the stable word."""

    field: str
    code: str
    message: str


class GatewayError(Exception):
    """A refusal with its stable code, a sentence for a person, and the faulty fields where there are any."""

    def __init__(
        self, code: str, detail: str = "", *, faults: tuple[Fault, ...] = (), retry_after: float | None = None
    ) -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail
        self.faults = faults
        self.retry_after = retry_after  # seconds


class Rejected(GatewayError):
    """The request or the message is not acceptable as it stands."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One message of a batch that was not accepted, by its index among the drafts. field: of the draft; code: why.

    message: the id under which it is kept as ``rejected``, where the caller asked for that.
    """

    index: int
    code: str
    detail: str
    field: str = ""
    message: str | None = None


class Malformed(Rejected):
    """Drafts of a batch that no message can be made of, every one of them named; nothing was stored."""

    def __init__(self, refused: tuple[Refused, ...]) -> None:
        super().__init__(refused[0].code, refused[0].detail)
        self.refused = refused


class NotFound(GatewayError):
    """No such object in the caller's account."""

    def __init__(self, detail: str = "", *, code: str = "not_found") -> None:
        super().__init__(code, detail)


class Conflict(GatewayError):
    """The object's present state, or another call, stands against it."""


class NoneAccepted(Conflict):
    """Every message of a batch was refused by policy; ``code`` is the first one's; nothing was stored."""

    def __init__(self, refused: tuple[Refused, ...]) -> None:
        super().__init__(refused[0].code, refused[0].detail)
        self.refused = refused


class QuotaExceeded(GatewayError):
    """Too much or too fast; ``retry_after`` says how many seconds to wait where that is known."""


class NotPermitted(GatewayError):
    """Who is asking may not do this, or is not known."""


class Unavailable(GatewayError):
    """The gateway cannot take it now; nothing was written, the caller may try again."""
