"""Carries out what callers want of one line's modem, one command after the other, between the messages."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from gateway.aio import Clock
from gateway.domain.command import Command, CommandAnswer, CommandKind
from gateway.domain.message import MessageError
from gateway.line import Line, LineFault, Remedy
from gateway.store.contract import Store
from gateway.workers.centre import CentreKeeper
from gateway.workers.disk import until_taken
from gateway.workers.unlocking import FORGOTTEN, NOT_WANTED
from modem.driver import UssdStatus
from modem.errors import CommandRejected, CommandTimeout, ModemError, TransportLost

IDLE_S = 60.0  # a bell that was lost costs no more than this

FAILURES: Mapping[int, str] = {
    UssdStatus.TERMINATED_BY_NETWORK: "the network ended the dialogue without a word",
    UssdStatus.OTHER_CLIENT_RESPONDED: "another program answered the network over this modem",
    UssdStatus.NOT_SUPPORTED: "the network or the SIM does not know this code",
    UssdStatus.NETWORK_TIME_OUT: "the network ended the dialogue: it waited for too long",
}
"""<m> of TS 27.007 §7.15 where there is no text to show."""

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Commander:
    """The asking half of one connection of one line."""

    def __init__(self, line: Line, store: Store, clock: Clock) -> None:
        self._line = line
        self._centre = CentreKeeper(line, store, clock)
        self._commands = store.commands
        self._clock = clock
        self._bell = store.bells.command(line.who.num)

    async def run(self) -> None:
        """Ends by cancellation, by TransportLost, or by LineFault when a restart was asked for.

        What was under way when a connection ended has failed: the next one says so before it begins.
        """
        num = self._line.who.num
        await self._persist(lambda: self._commands.abandon(num, self._clock.now()))
        while True:
            self._bell.clear()
            command = await self._persist(lambda: self._commands.next(num, self._clock.now()))
            if command is None:
                await self._bell.wait(IDLE_S)
            else:
                await self._carry_out(command)

    async def _carry_out(self, command: Command) -> None:
        fields = {"line": self._line.who.name, "command_id": command.id, "kind": command.kind.value}
        logger.info("modem command", extra=fields)
        match command.kind:
            case CommandKind.USSD:
                await self._settle(command, await self._ask(command.code or ""))
            case CommandKind.SERVICE_CENTRE:
                error = await self._persist(lambda: self._centre.order(command.code or ""))
                await self._settle(command, CommandAnswer(error=error))
            case CommandKind.PIN:
                await self._settle(command, CommandAnswer(error=NOT_WANTED if command.secret else FORGOTTEN))
            case CommandKind.RESTART:
                await self._settle(command, CommandAnswer())
                raise LineFault("its restart was asked for", Remedy.ASKED)

    async def _settle(self, command: Command, answer: CommandAnswer) -> None:
        await self._persist(lambda: self._commands.settle(command.num, answer, self._clock.now()))

    async def _persist(self, write: Callable[[], Awaitable[T]]) -> T:
        return await until_taken(write, self._line.who.name)

    async def _ask(self, code: str) -> CommandAnswer:
        try:
            said = await self._line.modem.ussd(code)
        except TransportLost:
            raise
        except ModemError as error:
            return CommandAnswer(error=_reason(error))
        if said.status is not None and said.status in FAILURES and not said.text:
            return CommandAnswer(error=MessageError("ussd_failed", FAILURES[said.status], {"cusd": said.status}))
        return CommandAnswer(said.text, said.wants_reply)


def _reason(error: ModemError) -> MessageError:
    if isinstance(error, CommandTimeout):
        return MessageError("ussd_timeout", "the network did not answer in time")
    cause: dict[str, int] = {}
    if isinstance(error, CommandRejected) and error.code is not None:
        cause[error.kind] = error.code
    return MessageError("ussd_refused", f"the modem or the network refused it: {error}", cause)
