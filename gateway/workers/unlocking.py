"""Gets a line's modem up with a PIN that somebody has entered, and remembers one that was right while we run.

The PIN comes as a command whose secret is in the memory of this process only: never in the database, a log, an event
or an answer. Each value is tried once on a SIM, as one of the configuration is, and never on its last attempt.
"""

import logging
from dataclasses import dataclass, field

from gateway.aio import Clock
from gateway.domain.command import Command, CommandAnswer, CommandKind
from gateway.domain.errors import Unavailable
from gateway.domain.message import MessageError
from gateway.line import Who
from gateway.store.contract import Store
from gateway.workers.disk import until_taken
from gateway.workers.pins import StoredPins
from modem.driver import Admit, Identity, Modem, PinGuard
from modem.errors import ModemError, SimUnusable

logger = logging.getLogger(__name__)

_OF_THE_PIN = ("pin", "pin-refused")  # states of a SIM that is there and wants another one

NOT_WANTED = MessageError("pin_not_wanted", "the SIM asks for no PIN: it is unlocked")
LOST = MessageError("interrupted", "the modem was lost meanwhile; the PIN was not tried")
UNKNOWN = MessageError("pin_outcome_unknown", "the modem was lost while the PIN was entered; it is not tried again")
FORGOTTEN = MessageError("interrupted", "the gateway started anew meanwhile and remembers no PIN: enter it again")


@dataclass(slots=True)
class Keyring:
    """The PIN that a line's SIM was unlocked with by hand. It outlives connections: a modem that reboots at night is to
    come back by itself. sim: as the guard knows the SIM."""

    sim: str | None = None
    pin: str | None = field(default=None, repr=False)

    def forget(self) -> None:
        self.sim = self.pin = None


class _Watched:
    """The guard over the store, and what became of the PIN."""

    def __init__(self, guard: StoredPins, only: str | None = None) -> None:
        self._guard = guard
        self._only = only
        self.tried = False
        self.accepted_by: str | None = None

    async def may_try(self, sim: str, pin: str) -> bool:
        return self._only in (None, sim) and await self._guard.may_try(sim, pin)

    async def trying(self, sim: str, pin: str) -> None:
        self.tried = True
        await self._guard.trying(sim, pin)

    async def accepted(self, sim: str, pin: str) -> None:
        self.accepted_by = sim
        await self._guard.accepted(sim, pin)

    async def refused(self, sim: str, pin: str) -> None:
        await self._guard.refused(sim, pin)


class Unlocking:
    """One line's, over one connection. pin: of the configuration; guard: what may be tried on which SIM."""

    def __init__(
        self, who: Who, modem: Modem, store: Store, clock: Clock, *, pin: str | None, guard: StoredPins, ring: Keyring
    ) -> None:
        self._who = who
        self._modem = modem
        self._commands = store.commands
        self._clock = clock
        self._pin = pin
        self._guard = guard
        self._ring = ring

    async def bring_up(self, admit: Admit) -> Identity:
        """As ``Modem.bring_up``, with whichever PIN there is. Raises ModemError."""
        if not self._commands.has_secret(self._who.num, self._clock.now()):
            return await self._with_known(admit)
        command = await until_taken(
            lambda: self._commands.next(self._who.num, self._clock.now(), CommandKind.PIN), self._who.name
        )
        if command is None or command.secret is None:
            return await self._with_known(admit)
        return await self._with_entered(command, command.secret, admit)

    async def _with_known(self, admit: Admit) -> Identity:
        pin, guard = self._pin, self._guard
        watched: PinGuard = guard
        if self._ring.pin is not None:
            pin, watched = self._ring.pin, _Watched(guard, only=self._ring.sim)
        try:
            return await self._modem.bring_up(pin=pin, pin_guard=watched, admit=admit)
        except SimUnusable as unusable:
            if unusable.state in _OF_THE_PIN:  # a card that is only away for a moment comes back
                self._ring.forget()
            raise

    async def _with_entered(self, command: Command, pin: str, admit: Admit) -> Identity:
        logger.info("PIN entered", extra={"line": self._who.name, "command_id": command.id})
        watched = _Watched(self._guard)
        error: MessageError | None = LOST
        try:
            identity = await self._modem.bring_up(pin=pin, pin_guard=watched, admit=admit)
            error = None if watched.tried else NOT_WANTED
            return identity
        except ModemError as fault:
            error = _why(fault, tried=watched.tried)
            raise
        finally:
            if watched.accepted_by is not None:
                error = None
                self._ring.sim, self._ring.pin = watched.accepted_by, pin
            elif error is LOST and watched.tried:
                error = UNKNOWN
            await self._settle(command, error)

    async def _settle(self, command: Command, error: MessageError | None) -> None:
        """Once: this may be the way out. What the disk does not take is interrupted when the line is up again."""
        try:
            await self._commands.settle(command.num, CommandAnswer(error=error), self._clock.now())
        except Unavailable as unavailable:
            fields = {"line": self._who.name, "command_id": command.id, "code": unavailable.code}
            logger.warning("what came of a PIN is not told", extra=fields)


def _why(fault: ModemError, *, tried: bool) -> MessageError:
    """What came of the PIN, where the SIM is not unlocked."""
    if not isinstance(fault, SimUnusable):
        code = "pin_outcome_unknown" if tried else "line_down"
        return MessageError(code, f"the modem could not be used: {fault}")
    if fault.state == "puk":
        return MessageError("sim_puk", f"{fault}: put the SIM into a phone and enter it there")
    if fault.state not in _OF_THE_PIN:
        return MessageError("sim_unusable", str(fault))
    if not tried:
        return MessageError("pin_not_tried", str(fault))
    return MessageError("pin_refused" if fault.state == "pin-refused" else "pin_outcome_unknown", str(fault))
