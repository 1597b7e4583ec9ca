"""The first answer out of a modem: at whatever speed, behind a reset, or called out of a connection left open."""

import asyncio

from modem.at.session import PROBES, Session
from modem.driver.values import ModemSettings
from modem.errors import CommandTimeout
from modem.transport import BAUDRATES, DEFAULT_BAUDRATE, Port

_PROBES_AT_A_GUESS = 2  # calls at a speed that is not likely


class Greeting:
    """One port's. answered: somebody has, since it opened. was_reset: the next answer may take as long as a boot."""

    def __init__(self, port: Port, session: Session, settings: ModemSettings) -> None:
        self._port = port
        self._session = session
        self._settings = settings
        self.answered = False
        self.was_reset = False

    async def first_answer(self, *, hang_up: bool = False) -> None:
        """Get in step, at whatever speed; a modem that was just reset has some time for it.

        hang_up: one that says nothing may have been left in data mode; it is called out of it.
        Raises CommandTimeout when nobody answers, TransportLost.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self._settings.timing.settle if self.was_reset else 0.0)
        while True:
            try:
                await self._find_speed()
            except CommandTimeout:
                if loop.time() >= deadline:
                    if not hang_up:
                        raise
                    await self._leave_data_mode()
                else:
                    continue
            self.answered, self.was_reset = True, False
            return

    async def _leave_data_mode(self) -> None:
        """Raises CommandTimeout when it was not that."""
        if self._port.has_speed:
            await self._port.set_baudrate(self._settings.baudrate or DEFAULT_BAUDRATE)
        await self._session.leave_data_mode()
        await self._session.start(_PROBES_AT_A_GUESS)

    async def _find_speed(self) -> None:
        """Get the first answer; a pseudo-terminal, a socket and USB know only one speed."""
        if self._settings.baudrate is not None or not self._port.has_speed:
            await self._session.start()
            return
        for baudrate in BAUDRATES:
            await self._port.set_baudrate(baudrate)
            try:
                await self._session.start(PROBES if baudrate == BAUDRATES[0] else _PROBES_AT_A_GUESS)
            except CommandTimeout:
                if baudrate == BAUDRATES[-1]:
                    raise
                continue
            return
