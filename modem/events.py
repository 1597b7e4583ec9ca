"""What a modem says unasked, as values."""

from dataclasses import dataclass, field

from modem.errors import DecodeError
from modem.pdu.tpdu import Deliver, StatusReport

_MAY_SEND = frozenset({1, 5, 6, 7, 9, 10})  # TS 27.007 §7.2: home, roaming, SMS only, CS fallback not preferred
_ROAMING = frozenset({5, 7, 10})
_DENIED = 3


@dataclass(frozen=True, slots=True)
class StoragePlace:
    """Where a message lies in the modem (TS 27.005 §3.1): storage "SM", "ME", "SR", ...; the first index may be 0."""

    storage: str
    index: int


@dataclass(frozen=True, slots=True)
class DeliverReceived:
    """A message for us.

    pdu: octets as read, with the service centre field. place: where it lies until it is acknowledged; None for one that
    was delivered directly. announced: the modem said it is new; else a sweep has found it.
    """

    pdu: bytes
    deliver: Deliver
    place: StoragePlace | None
    announced: bool


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """A status report. Fields as in DeliverReceived."""

    pdu: bytes
    report: StatusReport
    place: StoragePlace | None
    announced: bool


@dataclass(frozen=True, slots=True)
class UndecodableReceived:
    """Something in the place of a message that does not decode. raw: its octets, or its text as octets if no hex."""

    raw: bytes
    error: DecodeError
    place: StoragePlace | None
    announced: bool


Incoming = DeliverReceived | ReportReceived | UndecodableReceived


@dataclass(frozen=True, slots=True)
class Registration:
    """Where the modem is registered (TS 27.007 §7.2, §10.1.20, §10.1.22).

    circuit, packet, eps: <stat> of +CREG, +CGREG and of +CEREG or +C5GREG; None while unknown.
    technology: "gsm", "umts", "lte", "nb-iot", "nr", or None. untold: the modem knows none of these questions.
    home_only: its owner sends nothing abroad.
    """

    circuit: int | None = None
    packet: int | None = None
    eps: int | None = None
    technology: str | None = None
    untold: bool = False
    home_only: bool = False

    @property
    def registered(self) -> bool:
        """SMS can go: over the circuit-switched domain, or over EPS (SGs, IMS); a modem that cannot tell may try."""
        return self.circuit in _MAY_SEND or self.eps in _MAY_SEND or self.untold

    @property
    def may_send(self) -> bool:
        """SMS can go, and the owner lets it."""
        return self.registered and not (self.home_only and self.roaming)

    @property
    def roaming(self) -> bool:
        return (self.circuit if self.circuit in _MAY_SEND else self.eps) in _ROAMING

    @property
    def denied(self) -> bool:
        return not self.registered and _DENIED in (self.circuit, self.eps)


@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    """The network has taken the modem in, or has lost it."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class LateReference:
    """A +CMGS that came after its submit had been given up: the network has accepted that message."""

    reference: int


@dataclass(frozen=True, slots=True)
class Restarted:
    """The modem has rebooted under us: all its settings are gone, bring it up again. line: what it said."""

    line: str


@dataclass(frozen=True, slots=True)
class StorageFull:
    """No room for new messages; the network keeps them. storage: which one, if the modem says."""

    storage: str | None


@dataclass(frozen=True, slots=True)
class SimChanged:
    """The SIM went away, came back or wants its PIN. state: as the modem says it."""

    state: str


@dataclass(frozen=True, slots=True)
class CallReceived:
    """Somebody calls; one event for a call, however often it rings. number: None when withheld or not told."""

    number: str | None = field(default=None)


@dataclass(frozen=True, slots=True)
class PowerWarning:
    """The modem complains about its supply: the usual cause of resets on sending. line: what it said."""

    line: str


ModemEvent = (
    DeliverReceived
    | ReportReceived
    | UndecodableReceived
    | RegistrationChanged
    | LateReference
    | Restarted
    | StorageFull
    | SimChanged
    | CallReceived
    | PowerWarning
)
