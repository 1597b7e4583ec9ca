"""What is remembered of SIM cards, whatever modem or line they are in."""

from datetime import datetime
from typing import Protocol

from gateway.domain.sim import ServiceCentre


class SimStore(Protocol):
    """``store.sims``. iccid: what a card is known by."""

    async def service_centre(self, iccid: str) -> ServiceCentre | None:
        """The last one that the SIM was seen with, or was given."""
        ...

    async def keep_service_centre(self, iccid: str, number: str, now: datetime) -> None:
        """It has this one now; known since when stays where it had it before."""
        ...
