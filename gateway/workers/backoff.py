"""How a line that failed is taken up again: which rung of the ladder, and how long to wait before it (pure)."""

from enum import StrEnum

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 900.0
SPREAD = 0.2  # either way, so that modems behind one hub do not start together


class Rung(StrEnum):
    """What is done to a modem before it is set up again, from mild to harsh (modem-facts §20)."""

    RESYNC = "resync"  # over the same port
    REOPEN = "reopen"
    CFUN = "cfun"  # the radio off and on
    RESET = "reset"


_LADDER = (Rung.REOPEN, Rung.REOPEN, Rung.CFUN, Rung.RESET)


def rung_after(failures: int, *, reset: bool) -> Rung:
    """failures: connections in a row that came to nothing. reset: the fault was one that only a reset may help."""
    if reset:
        return Rung.RESET
    return _LADDER[max(failures - 1, 0) % len(_LADDER)]


def wait_after(failures: int, jitter: float) -> float:
    """Seconds, doubling up to a quarter of an hour; none while nothing failed. jitter: -1 to 1."""
    if failures <= 0:
        return 0.0
    wait = min(FIRST_WAIT_S * 2.0 ** min(failures - 1, 20), LONGEST_WAIT_S)
    return wait * (1 + SPREAD * jitter)
