"""Ai-Thinker: the RDA modules A6, A7, GA6 and A20. Seen: A6 (V03.03.20161229019H03), A7, GA6."""

from dataclasses import replace

from modem.profiles.extending import also
from modem.profiles.generic import GENERIC

AITHINKER = replace(
    GENERIC,
    name="ai-thinker",
    recognised_by=(r"\bai.?thinker\b", r"\bGA6\b"),
    sms_ready=also(GENERIC.sms_ready, r"\^CINIT: ?32,.*"),  # A6: the last line of a start (aithinker-a6: boot)
)
