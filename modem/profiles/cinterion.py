"""Siemens, Cinterion, Gemalto, Thales: one line of modules under four names.

Seen: MC35i (REVISION 02.00), MC55i-W, MC75i, PLS8, EHS5, PHS8.
"""

from dataclasses import replace

from modem.at.timing import Pacing
from modem.profiles.extending import card_identity, first, pin_retries, routings
from modem.profiles.generic import GENERIC

CINTERION = replace(
    GENERIC,
    name="cinterion",
    recognised_by=(r"siemens", r"cinterion", r"gemalto", r"thales"),
    when_ready=("AT^SMGO=1",),  # has a full storage told by ^SMGO: 1 and 2
    card_identity=card_identity("AT^SCID"),
    pin_retries=pin_retries("AT^SPIC"),  # of the code that is now required
    # MC75i: <bfr> is 1 or nothing, <ds> 0 or 2 (cinterion-mc75i: cnmi-bfr-0-refused, cnmi-and-cpms-limits).
    flush_modes=(1, 0),
    routings=routings((2, 1, 0, 2, 1), (1, 1, 0, 2, 1), (2, 1, 0, 0, 1)),
    acknowledgements=first(("AT+CNMA=1",), GENERIC.acknowledgements),  # oFono drivers/atmodem/sms.c
    more_messages=False,  # no AT+CMMS (same place)
    cms_family="cinterion",
)

SIEMENS = replace(
    CINTERION,
    name="siemens",
    recognised_by=(r"(?:siemens|cinterion).*\b[TMA]C\d\d",),
    # MC35 wakes slowly (gammu#97), and old modems lose what is written too soon; gammu pauses as long.
    pacing=Pacing(gap=0.1, after_prompt=0.1),
)
