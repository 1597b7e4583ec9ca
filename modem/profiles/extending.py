"""Making a vendor's lists and patterns out of those of GENERIC without losing any of them.

A firmware that nobody has seen may do what another vendor's does, so that a profile asks in a better order and listens
for more lines, and never for fewer.
"""

from typing import TypeVar

from modem.profiles.generic import GENERIC
from modem.profiles.profile import Routing

T = TypeVar("T")


def first(preferred: tuple[T, ...], known: tuple[T, ...]) -> tuple[T, ...]:
    """preferred in front, the rest of known behind in its own order; each once."""
    return tuple(dict.fromkeys((*preferred, *known)))


def also(known: str, *patterns: str) -> str:
    """A pattern for whole lines that matches what known does and the further ones."""
    return "|".join((known, *patterns))


def card_identity(*preferred: str) -> tuple[str, ...]:
    """Command lines for the ICCID, the vendor's own in front."""
    return first(preferred, GENERIC.card_identity)


def pin_retries(*preferred: str) -> tuple[str, ...]:
    """Command lines for the attempts left at the PIN, the vendor's own in front."""
    return first(preferred, GENERIC.pin_retries)


def routings(*preferred: Routing) -> tuple[Routing, ...]:
    """Values of AT+CNMI where AT+CNMI=? is of no use, the vendor's own in front."""
    return first(preferred, GENERIC.routings)
