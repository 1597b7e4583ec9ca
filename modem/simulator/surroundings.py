"""What a simulated modem needs from outside itself: a clock, a port, a network, a ledger."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

Now = Callable[[], datetime]  # aware, UTC


def machine_time() -> datetime:
    """The time of the machine's own clock."""
    return datetime.now(UTC)


class Timer(Protocol):
    def cancel(self) -> None: ...


class Surroundings(Protocol):
    """What a modem needs from outside itself; the bank gives it."""

    def now(self) -> datetime:
        """Aware UTC."""

    def later(self, seconds: float, action: Callable[[], None]) -> Timer: ...

    def write(self, octets: bytes) -> None:
        """To the host."""

    def submit(self, pdu: bytes, done: Callable[[int | None], None]) -> None:
        """Hand a SUBMIT (with SMSC field and TP-MR) to the network; `done` gets None or a +CMS ERROR number."""

    def available(self) -> None:
        """Tell the network that the modem can take messages (again): registered, or a place has become free."""

    def record(self, kind: str, **fields: object) -> None:
        """One line for the ledger."""

    def unplug(self) -> None: ...

    def replug(self) -> None: ...


class Receipt(StrEnum):
    """What became of a PDU that the network handed over."""

    STORED = "stored"
    ROUTED = "routed"
    FULL = "full"
    ABSENT = "absent"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    REFUSED = "refused"
