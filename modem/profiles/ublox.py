"""u-blox: SARA, LISA, TOBY, LARA, MPCI.

Seen: SARA-G450-00C-00, TOBY-L210.
"""

from dataclasses import replace

from modem.profiles.extending import pin_retries
from modem.profiles.generic import GENERIC

UBLOX = replace(
    GENERIC,
    name="u-blox",
    recognised_by=(r"\bu-?blox\b", r"\b(?:SARA|LISA|TOBY|LARA)-[A-Z]\d"),
    before_sim=("AT+UPSV=0",),  # asleep, it announces nothing
    pin_retries=pin_retries("AT+UPINCNT"),
    reset="AT+CFUN=16",  # with the SIM; SARA-G450 (ublox-sara-g450: out-of-step), TOBY-L210 needs 18 s for it
)

UBLOX_R4 = replace(
    UBLOX,
    name="u-blox-r4",
    recognised_by=(r"\bSARA-[NR]4", r"\bSARA-R5"),
    # SARA-R410M: messages come only after a start or after sending (arduino-libraries/MKRNB#45, #57, #86).
    before_sim=("AT+UPSV=0", "AT+CPSMS=0", "AT+CEDRXS=0"),
)
