"""The memory that keeps a SIM's PIN from being tried twice, on disk (modem-facts §5)."""

import hashlib
from collections.abc import Callable

from gateway.aio import Clock
from gateway.store.contract import Store


class StoredPins:
    """The driver's PinGuard over the store; only a fingerprint of the PIN is kept.

    is_meant: whether the PIN belongs to this SIM at all; a wrong card must not lose its tries to another's PIN.
    """

    def __init__(self, store: Store, clock: Clock, is_meant: Callable[[str], bool] = lambda _: True) -> None:
        self._store = store
        self._clock = clock
        self._is_meant = is_meant

    async def may_try(self, sim: str, pin: str) -> bool:
        return self._is_meant(sim) and await self._store.pin_may_try(sim, _fingerprint(pin))

    async def trying(self, sim: str, pin: str) -> None:
        await self._store.pin_trying(sim, _fingerprint(pin), self._clock.now())

    async def accepted(self, sim: str, pin: str) -> None:
        await self._store.pin_settled(sim, _fingerprint(pin), accepted=True)

    async def refused(self, sim: str, pin: str) -> None:
        await self._store.pin_settled(sim, _fingerprint(pin), accepted=False)


def _fingerprint(pin: str) -> bytes:
    return hashlib.sha256(pin.encode()).digest()
