"""Tells how well one line's modem hears the network: in the metrics now, and in the history for charts."""

import contextlib
import logging

from gateway.aio import Clock
from gateway.domain.errors import Unavailable
from gateway.domain.signal import SignalPoint
from gateway.line import Who
from gateway.metrics import Metrics
from gateway.policy.signal import generation
from gateway.store.contract import Store
from modem.driver import Health

EVERY_S = 300.0  # a point of the history, which has room for one in that time

logger = logging.getLogger(__name__)


class SignalKeeper:
    """One line's, over one connection. It asks the modem nothing: the line's check does."""

    def __init__(self, who: Who, store: Store, clock: Clock, metrics: Metrics) -> None:
        self._who = who
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._noted_at: float | None = None

    async def heard(self, health: Health, registration: str) -> None:
        """After each check. registration: in a word."""
        self._show(health)
        now = self._clock.monotonic()
        if self._noted_at is not None and now - self._noted_at < EVERY_S:
            return
        signal = health.signal
        point = SignalPoint(
            self._clock.now(),
            signal.rssi_dbm,
            signal.rsrp_dbm,
            signal.rsrq_db,
            signal.sinr_db,
            health.operator,
            generation(health.technology),
            registration,
        )
        try:
            await self._store.signals.note(self._who.num, point)
        except Unavailable as error:
            logger.warning("signal not noted", extra={"line": self._who.name, "code": error.code})
        else:
            self._noted_at = now

    def _show(self, health: Health) -> None:
        metrics, name, signal = self._metrics, self._who.name, health.signal
        for gauge, value in (
            (metrics.modem_signal_dbm, signal.rssi_dbm),
            (metrics.modem_rsrp_dbm, signal.rsrp_dbm),
            (metrics.modem_rsrq_db, signal.rsrq_db),
            (metrics.modem_sinr_db, signal.sinr_db),
        ):
            if value is not None:
                gauge.labels(line=name).set(value)
            else:  # what is not told now is not as it was
                with contextlib.suppress(KeyError):
                    gauge.remove(name)
