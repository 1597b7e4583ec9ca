"""What a line remembers of its modem's manners over all connections, for the watchdog of ``policy.watchdog``."""

from gateway.aio import Clock
from gateway.policy import watchdog
from gateway.policy.watchdog import (
    Cure,
    Ending,
    Hearing,
    Sends,
    after_send,
    after_sweep,
    cure_of,
    trouble_of,
)

MISTRUSTED_S = 3600.0  # up for so long, without a message to send, it is trusted again
VAIN_CYCLES = 3  # of the radio, without a network: then one reset


class Watch:
    """One line's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sends = Sends()
        self._hearing = Hearing()
        self._unannounced = 0
        self._radio_cycles = 0
        self._period: float | None = None  # when the sweep before was; None: what lies there says nothing

    def sent(self, ending: Ending, message: str) -> str | None:
        """A submission has ended; why the modem must be looked after, if it must."""
        now = self._clock.monotonic()
        self._sends = after_send(self._sends, ending, message, now)
        trouble = trouble_of(self._sends, now)
        if trouble is not None:
            self.mistrust()
        return trouble

    def mistrust(self) -> None:
        """The modem is looked after because of its sends."""
        self._sends = Sends(mistrusted=True)

    def is_proven(self, up_for: float, steady: float) -> bool:
        """Whether a line that has been up for so many seconds has really recovered. steady: what it takes at least."""
        return up_for >= (MISTRUSTED_S if self._sends.mistrusted else steady)

    def registered(self) -> None:
        self._radio_cycles = 0

    def radio_is_vain(self) -> bool:
        """The radio is to be switched off and on once more; true once, when that has helped so often no more."""
        self._radio_cycles += 1
        return self._radio_cycles == VAIN_CYCLES + 1

    def began(self) -> None:
        """A connection was set up: what its first sweep finds came in before."""
        self._period = None
        self._unannounced = 0

    def found(self, since_announced: float) -> None:
        """A sweep has found a new message. since_announced: seconds; its announcement may still be on its way."""
        self._unannounced += since_announced > watchdog.ANNOUNCED_LATELY_S

    def swept(self, since_announced: float, *, doubtful: bool) -> Cure | None:
        """The next sweep is due; what is to be done for the modem's hearing.

        since_announced: seconds. doubtful: what the sweep before may have found anew was left there by us.
        """
        now, before = self._clock.monotonic(), self._period
        found, self._unannounced, self._period = self._unannounced, 0, now
        if before is None or doubtful:
            return None
        self._hearing = after_sweep(self._hearing, unannounced=found, announced=since_announced <= now - before)
        self._hearing, cure = cure_of(self._hearing)
        return cure
