"""Shows how a line is while it is connected: its status, its metrics, and what its limits make of it."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.breaker import Blocked
from gateway.domain.errors import Unavailable
from gateway.domain.event import EventType, instant
from gateway.domain.line import LineState, LineStatus
from gateway.limiter import Limiter
from gateway.line import Line, Who
from gateway.metrics import Metrics
from gateway.policy.signal import generation
from modem.driver import Identity, Modem
from modem.events import Registration

logger = logging.getLogger(__name__)
Report = Callable[[LineStatus], Awaitable[None]]
TellAccounts = Callable[[EventType, Mapping[str, Any]], Awaitable[None]]


class Showing:
    """One line's, over one connection. report, tell: as of ``telling.Teller``."""

    def __init__(
        self, who: Who, modem: Modem, limiter: Limiter, metrics: Metrics, report: Report, tell: TellAccounts
    ) -> None:
        self._who = who
        self._modem = modem
        self._limiter = limiter
        self._metrics = metrics
        self._report = report
        self._tell_accounts = tell

    async def not_yet(self, identity: Identity, reason: str) -> None:
        """Not up, and why. That the SIM is blocked stands on disk all the while: the gateway may end meanwhile."""
        blocked = self._limiter.breaker.blocked
        blocked_until = blocked.until if blocked else None
        await self._report(status_of(identity, LineStatus(reason=reason, blocked_until=blocked_until)))

    async def tell(self, line: Line) -> None:
        registration, health = self._modem.registration, line.health
        spent, blocked = line.spent, self._limiter.breaker.blocked
        signal = health.signal if health else None
        reason = (blocked.reason if blocked else "") or trouble_of(registration) or spent or ""
        metrics, name = self._metrics, self._who.name
        metrics.modem_registered.labels(line=name).set(registration.registered)
        metrics.modem_roaming.labels(line=name).set(registration.roaming)
        await self._report(
            status_of(
                line.identity,
                LineStatus(
                    state=LineState.DOWN if reason else LineState.UP,
                    reason=reason,
                    operator=health.operator if health else None,
                    registration=word_of(registration),
                    blocked_until=blocked.until if blocked else None,
                    signal_dbm=signal.rssi_dbm if signal else None,
                    technology=generation(health.technology) if health else None,
                    rsrp_dbm=signal.rsrp_dbm if signal else None,
                    rsrq_db=signal.rsrq_db if signal else None,
                    sinr_db=signal.sinr_db if signal else None,
                    service_centre=self._modem.capabilities.service_centre,
                ),
            )
        )
        metrics.sim_blocked.labels(line=name).set(blocked is not None)
        await self._tell_spent(spent)
        await self._tell_blocked()

    async def _tell_spent(self, spent: str | None) -> None:
        """Once each time, however often its modem is lost; what the disk does not take is told with the next look."""
        budget = self._limiter.budget
        if spent is not None and not budget.told:
            data = {"id": self._who.id, "name": self._who.name, "reason": spent}
            try:
                await self._tell_accounts(EventType.LINE_QUOTA_REACHED, data)
            except Unavailable as error:
                logger.warning("spent budget not told", extra={"line": self._who.name, "code": error.code})
                return
        budget.told = spent is not None

    async def _tell_blocked(self) -> None:
        """That the breaker opened or closed; what the disk does not take is told when this is looked at again."""
        news = self._limiter.breaker.news
        while news:
            try:
                await self._tell_accounts(*_news_of(self._who, news[0]))
            except Unavailable as error:
                logger.warning("blocked SIM not told", extra={"line": self._who.name, "code": error.code})
                return
            if news.popleft() is not None:
                self._metrics.sim_blocks.labels(line=self._who.name).inc()


def _news_of(who: Who, blocked: Blocked | None) -> tuple[EventType, dict[str, Any]]:
    told: dict[str, Any] = {"id": who.id, "name": who.name}
    if blocked is None:
        return EventType.LINE_UNBLOCKED, told
    error = {"code": blocked.error.code, "message": blocked.error.message, "cause": dict(blocked.error.cause)}
    told |= {"reason": blocked.reason, "refusals": blocked.refusals, "until": instant(blocked.until), "error": error}
    return EventType.LINE_BLOCKED, told


def status_of(identity: Identity, status: LineStatus) -> LineStatus:
    """The status with who the modem and its SIM are."""
    return replace(
        status,
        manufacturer=identity.manufacturer,
        model=identity.model,
        revision=identity.revision,
        imei=identity.imei,
        iccid=identity.iccid,
        imsi=identity.imsi,
    )


def word_of(registration: Registration) -> str:
    """The registration in one word, as the API shows it."""
    if registration.untold:
        return "unknown"  # the modem cannot tell; it may try
    if registration.registered:
        return "roaming" if registration.roaming else "home"
    if registration.denied:
        return "denied"
    return "searching" if 2 in (registration.circuit, registration.eps) else "none"


def trouble_of(registration: Registration) -> str:
    """Why nothing can be sent, for a person; empty when it can."""
    if registration.registered and not registration.may_send:
        return "the SIM is abroad, and this line does not roam (roaming = true in its configuration lets it send)"
    return {
        "denied": "the network refuses this SIM (registration denied)",
        "searching": "the modem is searching for a network",
        "none": "the modem is not registered with any network",
    }.get(word_of(registration), "")
