"""What is known of a SIM card beside the line that it makes."""

import re
from dataclasses import dataclass
from datetime import datetime

LONGEST_CENTRE = 20  # digits: an address field holds no more (TS 23.040 §9.1.2.5)

_PIN = re.compile(r"[0-9]{4,8}")
_CENTRE = re.compile(rf"\+?[0-9]{{3,{LONGEST_CENTRE}}}")


@dataclass(frozen=True, slots=True)
class ServiceCentre:
    """The number of the SMS service centre on a SIM. at: since when it is known to be this one."""

    number: str
    at: datetime


def is_centre(text: str) -> bool:
    """Whether a text may stand in AT+CSCA: digits, international with a "+" in front."""
    return _CENTRE.fullmatch(text) is not None


def is_pin(text: str) -> bool:
    """Whether a text may be the PIN of a SIM (TS 31.101 §9.5.1)."""
    return _PIN.fullmatch(text) is not None
