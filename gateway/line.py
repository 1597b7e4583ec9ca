"""A line: one SIM in one modem, as its workers use it: when it may send, and how a part becomes a PDU."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from gateway.aio import Bell, Clock
from gateway.limiter import Limiter
from gateway.store.contract import Claim, ClaimedPart
from gateway.watch import Watch
from modem.driver import Health, Identity, Modem
from modem.pdu.address import Address
from modem.pdu.dcs import DataCoding
from modem.pdu.tpdu import Submit, UserData
from modem.pdu.validity import RelativeValidity

SHORTEST_VALIDITY = timedelta(minutes=5)  # TP-VP knows nothing shorter (TS 23.040 §9.2.3.12.1)


class Remedy(Enum):
    """Where on the ladder of recoveries a fault begins, or that none of its rungs would help."""

    LADDER = auto()  # from its foot
    PORT = auto()  # likewise; and where the modem has another port that will do, over that one
    RADIO = auto()  # the modem answers: a new port would change nothing
    RESET = auto()
    ASKED = auto()  # a person asks for a reset
    WAIT = auto()  # it is no fault of the modem's


class LineFault(Exception):
    """The line cannot go on as it is. reason: a sentence for a person."""

    def __init__(self, reason: str, remedy: Remedy = Remedy.LADDER) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class NeedsSetUp(LineFault):
    """The modem answers, but lost its settings or its step: bring it up again over the same port."""


@dataclass(frozen=True, slots=True)
class Who:
    """Which line it is: its number in the store, its id and name."""

    num: int
    id: str
    name: str


class Line:
    """One line over one connection."""

    def __init__(
        self,
        who: Who,
        modem: Modem,
        identity: Identity,
        limiter: Limiter,
        clock: Clock,
        watch: Watch | None = None,
    ) -> None:
        self.who = who
        self.modem = modem
        self.identity = identity
        self.health: Health | None = None
        self.on_air = False  # an AT+CMGS is under way
        self.left_in_sim = False  # see ``leave_in_sim``
        self.in_doubt = False  # see ``look_again``
        self.watch = watch or Watch(clock)
        self.changed = Bell()  # for who watches the line
        self.last_sent = clock.monotonic()  # or since it is up
        self.limiter = limiter
        self._clock = clock

    async def ready(self) -> None:
        """Returns when it is registered, where it may send."""
        await self.modem.wait_registered()

    def leave_in_sim(self) -> None:
        """Something could not be filed or acknowledged: a sweep is to come soon."""
        self.left_in_sim = True
        self.changed.ring()

    def look_again(self) -> None:
        """What was read may not be what lies in the SIM: a sweep is to come at once."""
        self.in_doubt = True
        self.changed.ring()

    @property
    def may_go_on(self) -> bool:
        """Whether it may send at all; if so, only its rate can make the next part wait."""
        return self.limiter.breaker.blocked is None and self.modem.registration.may_send

    @property
    def is_free_now(self) -> bool:
        """Whether the next message need not wait; only then is a claim worth preparing ahead."""
        return self.modem.registration.may_send and self.limiter.rest() is None

    @property
    def spent(self) -> str | None:
        """Why it begins no message just now, when its SIM has sent all that it may. One that has begun is finished."""
        return self.limiter.budget.spent(self._clock.now())

    async def submit(
        self, claim: Claim, part: ClaimedPart, *, before_ctrl_z: Callable[[], Awaitable[None]], more_follow: bool
    ) -> int:
        """Send one part; TP-MR as the network took it. Raises ModemError, and whatever before_ctrl_z raises."""
        pdu = submit_of(claim, part, self._clock.now())
        self.limiter.pace.took_one()
        self.on_air = True
        try:
            reference = await self.modem.submit(
                pdu.encode(), pdu.tpdu_length, before_ctrl_z=before_ctrl_z, more_follow=more_follow
            )
        finally:
            self.on_air = False
            self.last_sent = self._clock.monotonic()
        self.took_one()
        return reference

    def took_one(self) -> None:
        """A part that the network took, or may have taken and bills then."""
        self.limiter.took_one(self._clock.now())
        if self.spent is not None:
            self.changed.ring()


def submit_of(claim: Claim, part: ClaimedPart, now: datetime) -> Submit:
    """The SMS-SUBMIT of a claimed part (TS 23.040 §9.2.2.2): user data as stored, TP-VP from what is left until
    ``expire_at``, TP-SRR when a report was asked for. The service centre is the SIM's own."""
    coding = DataCoding(part.data_coding)
    return Submit(
        destination=Address.of(claim.to),
        user_data=UserData.decode(part.udl, part.user_data, udhi=part.header, alphabet=coding.alphabet),
        data_coding=coding,
        validity=RelativeValidity.at_least(max(claim.expire_at - now, SHORTEST_VALIDITY)),
        status_report_request=claim.delivery_report,
    )
