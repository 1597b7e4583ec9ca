"""Fibocom: L8xx (Intel), FM1xx (Qualcomm), FM350 (MediaTek).

Seen: L860-GL, FM150, FM350-GL (81600.0000.00.29.22.40).
"""

from dataclasses import replace

from modem.profiles.extending import pin_retries
from modem.profiles.generic import GENERIC

FIBOCOM = replace(
    GENERIC,
    name="fibocom",
    recognised_by=(r"\bfibocom\b",),
    signal=("AT+XCESQ?",),  # the Intel ones (fibocom-l860)
    pin_retries=pin_retries("AT+CPINR", "AT+XPINCNT"),  # the latter on the Intel ones (ModemManager plugin xmm)
)

FIBOCOM_FM350 = replace(
    FIBOCOM,
    name="fibocom-fm350",
    recognised_by=(r"\bFM350\b",),
    storages=("SM",),  # FM350-GL: messages are visible in SM only (fibocom-fm350)
)
