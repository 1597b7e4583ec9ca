"""A line: one SIM in one modem, as callers and the store know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
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
    blocked_until: datetime | None = None  # its SIM was refused again and again; reason says it
    last_iccid: str | None = None  # of the SIM that it was last up with, also while nothing is there
    found_by: str | None = None  # the port or number in the configuration that led there
    balance_asked_at: datetime | None = None
    balance_code: str | None = None  # that was asked then
    balance_misses: int = 0  # questions by this code since balance_at that came to nothing
    service_centre: str | None = None  # on the SIM
    technology: str | None = None  # "2G" to "5G"
    rsrp_dbm: int | None = None
    rsrq_db: float | None = None
    sinr_db: float | None = None
    storages_low: tuple[StorageFill, ...] = ()  # nearly full, and sweeping does not empty them


EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a line may send, and when; the field names are those of the configuration and of /v1/lines.

    rate_per_minute: parts, 0 for no limit; burst: so many at once after a rest. parts_per_day, parts_per_month: the
    SIM's budget, 0 for none; parts_for_alerts: of either, kept for alerts. hours: "HH:MM-HH:MM" in timezone on days
    (ISO weekdays), "" for any. block_after: refusals of the SIM in a row after which it sends nothing for block_for_s
    seconds.
    """

    rate_per_minute: float = 0.0
    burst: int = 1
    parts_per_day: int = 0
    parts_per_month: int = 0
    parts_for_alerts: int = 0
    hours: str = ""
    days: tuple[int, ...] = EVERY_DAY
    timezone: str = "UTC"
    block_after: int = 3
    block_for_s: int = 900


class RestKind(StrEnum):
    """What makes a line wait although its modem could send."""

    RATE = "rate"
    HOURS = "hours"
    BUDGET = "budget"
    BLOCKED = "blocked"  # its SIM was refused again and again


@dataclass(frozen=True, slots=True)
class Rest:
    """Why a line begins no message, in words, and until when as things are now."""

    kind: RestKind
    text: str
    until: datetime


LIMITS = tuple(one.name for one in fields(Limits))


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
    counters: Mapping[str, int] = field(default_factory=dict)  # queued, sent_today, spent_today, spent_this_month
    added_aliases: tuple[str, ...] = ()
    file_name: str = ""  # what the configuration calls it, where the API gave it another name
    limits: Limits = field(default_factory=Limits)
    rest: Rest | None = None  # why it begins nothing just now, as it says itself
    overrides: tuple[str, ...] = ()  # names of what the API set otherwise than the configuration

    @property
    def configured_name(self) -> str:
        """What the configuration calls it."""
        return self.file_name or self.name

    @property
    def state(self) -> LineState:
        """Paused wins over what the modem says."""
        return LineState.PAUSED if self.paused else self.status.state

    @property
    def revision(self) -> str:
        """Stands for what its users may change: the same until they change it."""
        settings: list[object] = [self.paused, self.webhook, self.campaign, self.added_aliases]
        settings += [self.name, self.number, self.limits]
        return blake2s(repr(settings).encode("utf-8", "replace"), digest_size=8).hexdigest()

    def serves(self, account: str) -> bool:
        """Whether the account of that name may send from it."""
        return not self.accounts or account in self.accounts

    def answers_to(self) -> frozenset[str]:
        """Every value a caller may write as "from" and mean this line."""
        own = {self.id, self.name, self.configured_name, *self.aliases, *self.added_aliases}
        return frozenset(own | {self.number} if self.number else own)


@dataclass(frozen=True, slots=True)
class LineChange:
    """What its users change of a line; None leaves it as it is, "" takes it away.

    aliases: all that it is to have beside those of the configuration. settings: name, number and limits by their
    names; None: as the configuration has it.
    """

    paused: bool | None = None
    webhook: str | None = None
    campaign: str | None = None
    aliases: tuple[str, ...] | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
