"""How well a line's modem hears the network."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignalPoint:
    """One point of a chart. dbm: RSSI; rsrp in dBm, rsrq and sinr in dB, where there is LTE or NR; None: not told.

    operator: digits or name. technology: "2G" to "5G". registration: a word as in the line's status.
    """

    at: datetime
    dbm: int | None = None
    rsrp: int | None = None
    rsrq: float | None = None
    sinr: float | None = None
    operator: str | None = None
    technology: str | None = None
    registration: str | None = None

    @property
    def roaming(self) -> bool:
        return self.registration == "roaming"
