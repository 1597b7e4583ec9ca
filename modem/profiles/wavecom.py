"""Wavecom: Fastrack and the Q modules, and the WMP modules that Sierra Wireless sold on.

Seen: Q2403A (641b09gg, 430d), Digicom Pocket GSM.
"""

from dataclasses import replace

from modem.at.timing import Pacing
from modem.profiles.extending import routings
from modem.profiles.generic import GENERIC

WAVECOM = replace(
    GENERIC,
    name="wavecom",
    recognised_by=(r"wavecom", r"\bWMP\d"),
    pacing=Pacing(gap=0.1),  # loses a command that follows the result code at once
    report_routes=(1, 2),  # its memory for reports, SR, is faulty: handed over rather than stored
    routings=routings((2, 1, 0, 1, 0), (1, 1, 0, 1, 0)),
    cms_family="wavecom",
)
