"""Nokia phones. Most Symbian ones offer no storage at all over AT and cannot serve as a line; they may still send.

Seen: Nokia 500, N79 (11.049), C6, N80.
"""

from dataclasses import replace

from modem.at.timing import Pacing
from modem.profiles.generic import GENERIC

NOKIA = replace(
    GENERIC,
    name="nokia",
    recognised_by=(r"\bnokia\b",),
    pacing=Pacing(chunk=18, between_chunks=0.05),  # some lose octets of longer writes (kannel, modem type nokiaphone)
    reset=None,  # nobody has seen a phone come back by itself
)
