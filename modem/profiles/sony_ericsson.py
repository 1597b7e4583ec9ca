"""Sony Ericsson: phones, and the data cards on Ericsson's MBM platform.

Seen: K850i, TM-506, MD400, MD300 (R3A018), W580i (R8BE001).
"""

from dataclasses import replace

from modem.profiles.extending import also, pin_retries
from modem.profiles.generic import GENERIC

SONY_ERICSSON = replace(
    GENERIC,
    name="sony-ericsson",
    recognised_by=(r"\bsony ?ericsson\b",),
    pin_retries=pin_retries("AT*EPIN?"),  # oFono drivers/atmodem/sim.c
    reset=None,  # nobody has seen a phone come back by itself
    restarts=also(GENERIC.restarts, r"\*EMRDY: ?1"),  # MBM cards, once they have started (ModemManager plugin mbm)
)
