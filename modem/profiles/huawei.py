"""Huawei: the sticks E1xx to E3xxx and the K3xxx of the operators, the modules EM, MU and ME.

Seen: E1550, E160, E173, E1750, E1752 (11.126.13.00.00), E226 (11.310.15.00.150), E3131, E3531 (22.318.23.00.158),
EM770W, MU509, Brovi E3372-325.
"""

from dataclasses import replace

from modem.profiles.extending import card_identity, pin_retries, routings
from modem.profiles.generic import GENERIC

HUAWEI = replace(
    GENERIC,
    name="huawei",
    recognised_by=(r"\bhuawei\b", r"\bbrovi\b"),
    # ^RSSI, ^MODE, ^BOOT and ^DSFLOWRPT come between every two lines of an answer (E1752: huawei-e1752, E1550:
    # huawei-e1550; gammu#393). Older firmware has no such switch and says so (E1750).
    before_sim=("AT^CURC=0",),
    card_identity=card_identity("AT^ICCID?"),  # AT+CCID is COMMAND NOT SUPPORT on E1752
    pin_retries=pin_retries("AT^CPIN?"),  # oFono and ModemManager read the counters there
    # Qualcomm: <mode> 2 is offered and then refused on some (oFono build_cnmi_string); 1 loses announcements only while
    # the port is in data mode, and ours never is.
    routing_modes=(1, 2, 3, 0),
    routings=routings((1, 1, 0, 2, 0), (1, 1, 0, 1, 0)),
    # The sticks tell SINR and the technology nowhere else (^HCSQ is also what they announce, vectors: urc-04).
    signal=("AT^HCSQ?", "AT^SYSINFOEX"),
    # E173: AT+CFUN=1,1 is answered OK, and 9 s later the stick is back as mass storage that must be switched again
    # (huawei-e173: reset-reenumerates-as-storage; gammu#687, #552).
    reset=None,
)

HUAWEI_MODULE = replace(
    HUAWEI,
    name="huawei-module",
    recognised_by=(r"\bhuawei\b.*\b(?:EM|MU|ME)\d{3}",),
    reset="AT^RESET",  # soldered in, no mass storage to come back as (manuals of MU509, MU609 and ME909)
)
