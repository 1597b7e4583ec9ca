"""Time zones of countries, by the tables that come with the system's zone files (no table of our own to grow old)."""

import zoneinfo
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.domain.message import SendWindow
from gateway.domain.number import country_of

TABLE = "zone.tab"  # country, coordinates, zone, remark; tab between; the most populous zone of a country mostly first


def zones_of(window: SendWindow, to: str, *, home: str, timezone: str) -> tuple[str, ...]:
    """The IANA names of the zones that a window is about, at least one.

    to: the recipient; home, timezone: the account's own country and zone, for a recipient of no country.
    """
    if window.zone == "account":
        return (timezone,)
    if window.zone == "recipient":
        return zones_of_country(country_of(to) or home) or (timezone,)
    return (window.zone,)


def is_zone(name: str) -> bool:
    """Whether there is a zone of that IANA name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zones_of_country(country: str) -> tuple[str, ...]:
    """Every zone of a country; none where the system has no table."""
    return _table().get(country, ())


@lru_cache(maxsize=1)
def _table() -> Mapping[str, tuple[str, ...]]:
    for folder in zoneinfo.TZPATH:
        path = Path(folder, TABLE)
        if path.is_file():
            return _read(path.read_text("utf-8"))
    return {}


def _read(text: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) >= 3 and not line.startswith("#"):
            found[fields[0]] = (*found.get(fields[0], ()), fields[2])
    return found
