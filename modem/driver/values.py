"""What the driver is told and what it tells: settings, identity, capabilities, health."""

from dataclasses import dataclass, field
from typing import Protocol

from modem.at.exchange import Listener
from modem.at.timing import Timing
from modem.events import Registration
from modem.profiles import Routing


@dataclass(frozen=True, slots=True)
class ModemSettings:
    """How to treat one modem.

    profile: a name out of modem/profiles, or "auto". baudrate: None has it found out. rtscts: hardware flow control,
    which hangs where the lines are not wired. service_centre: written to the SIM; None leaves what is there.
    roaming: whether it may send abroad. usb_id: vendor and product of the stick it is in, as "12d1:1506".
    listener: told what goes over the wire, masked, while it listens.
    """

    profile: str = "auto"
    baudrate: int | None = None
    rtscts: bool = False
    service_centre: str | None = None
    roaming: bool = True
    usb_id: str | None = None
    timing: Timing = field(default_factory=Timing)
    listener: Listener | None = field(default=None, repr=False, compare=False)


class PinGuard(Protocol):
    """The memory that keeps a PIN from being tried twice; sim is the ICCID, or the IMEI where that cannot be read."""

    async def may_try(self, sim: str, pin: str) -> bool:
        """Whether this PIN was neither refused by this SIM nor left without an outcome."""

    async def trying(self, sim: str, pin: str) -> None:
        """Returns when it is on disk that the PIN is about to be sent."""

    async def accepted(self, sim: str, pin: str) -> None: ...

    async def refused(self, sim: str, pin: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the modem and its SIM are; None what cannot be read."""

    manufacturer: str | None = None
    model: str | None = None
    revision: str | None = None
    imei: str | None = None
    imsi: str | None = None
    iccid: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the modem can do and how it was set up.

    routing: AT+CNMI as accepted; None: nothing is announced, only sweeps find messages. routing_reported: as it was
    read back, which is not always the same. storages: those that are swept.
    home: where new messages go. direct_acknowledged: what comes by +CMT and +CDS is acknowledged by AT+CNMA.
    more_messages: the mode of AT+CMMS in use for parts that follow each other, or None.
    service_centre: AT+CSCA; None: the SIM has none, a PDU must name it. registration: it can be asked for.
    """

    routing: Routing | None = None
    routing_reported: tuple[int, ...] = ()
    storages: tuple[str, ...] = ()
    home: str | None = None
    direct_acknowledged: bool = False
    more_messages: int | None = None
    service_centre: str | None = None
    registration: bool = True


@dataclass(frozen=True, slots=True)
class Signal:
    """Strengths in dBm; ber: class 0 to 7 of TS 27.007 §8.5. None is unknown, which is not weak."""

    rssi_dbm: int | None = None
    ber: int | None = None
    rsrp_dbm: int | None = None
    rsrq_db: float | None = None
    rscp_dbm: int | None = None
    sinr_db: float | None = None
    ecno_db: float | None = None


@dataclass(frozen=True, slots=True)
class StorageUse:
    """How full a storage is, in messages. freed: how many were taken out of it over this port so far."""

    storage: str
    used: int
    total: int
    freed: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """How the modem is. operator: MCC and MNC in digits where the modem gives them, else its name.

    technology: "gsm", "umts", "lte", "nb-iot" or "nr"; None where it does not tell, or has no network.
    """

    registration: Registration
    signal: Signal
    operator: str | None
    storages: tuple[StorageUse, ...]
    technology: str | None = None
