"""Telit: GE, GC, UC, HE, LE and ME modules. LN940 is not one: it is Foxconn's and says QUALCOMM INCORPORATED.

Seen: UC864-E.
"""

from dataclasses import replace

from modem.at.timing import Pacing
from modem.profiles.extending import also, card_identity, pin_retries
from modem.profiles.generic import GENERIC

TELIT = replace(
    GENERIC,
    name="telit",
    recognised_by=(r"\btelit\b",),
    pacing=Pacing(gap=0.02),  # at least 20 ms between a result code and the next command (AT reference)
    before_sim=("AT#QSS=2",),  # has #QSS: 3 told, SIM and SMS are ready; CMS 310 and 314 for up to 60 s before that
    when_ready=("AT#SMOV=1",),  # has a full storage told
    card_identity=card_identity("AT#CCID"),
    pin_retries=pin_retries("AT#PCT"),  # of the code that is now required
    reset="AT#REBOOT",
    storage_full=also(GENERIC.storage_full, r'#SMOV: ?"?(\w+)"?'),
)
