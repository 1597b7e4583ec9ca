"""Option: GlobeTrotter cards and iCON sticks.

Seen: GlobeTrotter MAX 3.6, GTM382, iCON 7.2 (GTM378, 2.5.21Hd).
"""

from dataclasses import replace

from modem.profiles.extending import first
from modem.profiles.generic import GENERIC

OPTION = replace(
    GENERIC,
    name="option",
    recognised_by=(r"\boption n\.?v\b", r"\bGTM\d{3}", r"globetrotter"),
    acknowledgements=first(("AT+CNMA=0",), GENERIC.acknowledgements),  # oFono drivers/atmodem/sms.c
    reset=None,  # comes back as a CD-ROM with drivers ("ZeroCD") that has to be switched again
)
