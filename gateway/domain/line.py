"""A line: one SIM in one modem, as callers and the store know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2s


class LineState(StrEnum):
    """up: registered and taking messages; down: anything else; paused: a person stopped it."""

    UP = "up"
    DOWN = "down"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class StorageFill:
    """How full a storage of a modem or its SIM is (TS 27.005 §3.1), in messages."""

    storage: str
    used: int
    size: int


@dataclass(frozen=True, slots=True)
class LineStatus:
    """What a line's supervisor last saw. reason: a sentence for a person when it is not up."""

    state: LineState = LineState.DOWN
    reason: str = "not started"
    operator: str | None = None
    registration: str | None = None  # "home", "roaming", "searching", "denied", …
    signal_dbm: int | None = None
    manufacturer: str | None = None
    model: str | None = None
    revision: str | None = None
    imei: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    device: str | None = None
    recoveries: int = 0
    since: datetime | None = None
    balance: Decimal | None = None  # as the network last told it
    balance_at: datetime | None = None
    balance_asked_at: datetime | None = None
    balance_code: str | None = None  # that was asked then
    balance_misses: int = 0  # questions by this code since balance_at that came to nothing
    service_centre: str | None = None  # on the SIM
    technology: str | None = None  # "2G" to "5G"
    rsrp_dbm: int | None = None
    rsrq_db: float | None = None
    sinr_db: float | None = None
    storages_low: tuple[StorageFill, ...] = ()  # nearly full, and sweeping does not empty them


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A configured line on disk. accounts: names of those who may send from it, none for everybody; aliases: also
    written as "from"; added_aliases: likewise, by its users. webhook: the name of the endpoint that gets its messages;
    campaign: the ref of theirs."""

    num: int
    id: str
    name: str
    number: str | None = None
    aliases: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ("default",)
    paused: bool = False
    webhook: str | None = None
    campaign: str | None = None
    status: LineStatus = field(default_factory=LineStatus)
    counters: Mapping[str, int] = field(default_factory=dict)  # queued, sent_today
    added_aliases: tuple[str, ...] = ()

    @property
    def state(self) -> LineState:
        """Paused wins over what the modem says."""
        return LineState.PAUSED if self.paused else self.status.state

    @property
    def revision(self) -> str:
        """Stands for what its users may change: the same until they change it."""
        settings = [self.paused, self.webhook, self.campaign, self.added_aliases]
        return blake2s(repr(settings).encode("utf-8", "replace"), digest_size=8).hexdigest()

    def serves(self, account: str) -> bool:
        """Whether the account of that name may send from it."""
        return not self.accounts or account in self.accounts

    def answers_to(self) -> frozenset[str]:
        """Every value a caller may write as "from" and mean this line."""
        own = {self.id, self.name, *self.aliases, *self.added_aliases}
        return frozenset(own | {self.number} if self.number else own)


@dataclass(frozen=True, slots=True)
class LineChange:
    """What its users change of a line; None leaves it as it is, "" takes it away.

    aliases: all that it is to have beside those of the configuration.
    """

    paused: bool | None = None
    webhook: str | None = None
    campaign: str | None = None
    aliases: tuple[str, ...] | None = None
