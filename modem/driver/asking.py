"""Asking a modem of unknown manners: what may fail, what must not, what only needs time."""

import asyncio
import logging

from modem.at import commands
from modem.at.commands import Command
from modem.at.dialogue import Response
from modem.at.results import Category, FinalResult
from modem.at.session import Session
from modem.errors import CommandRejected, CommandTimeout

log = logging.getLogger(__name__)

PLAIN_ERRORS = 10  # ERROR without a number may mean "not yet" or "never"; that many are waited out


class Asking:
    """A session's commands, with the patience they need while a modem starts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def optional(self, command: Command, *, again: bool = False) -> Response | None:
        """The answer if it is an OK, else None: nothing depends on it. again: ask once more for an answer that is lost.

        Raises CommandTimeout only when the modem has stopped answering at all, TransportLost.
        """
        try:
            response = await (self._session.inquire(command) if again else self._session.execute(command))
        except CommandTimeout:  # some makes say nothing to what they do not know
            await self._session.resync()
            return None
        return response if response.ok else None

    async def line(self, command: Command, *, again: bool = False) -> str | None:
        """The first information line, or None."""
        response = await self.optional(command, again=again)
        return response.lines[0] if response is not None and response.lines else None

    async def lines(self, command: Command, *, again: bool = False) -> tuple[str, ...]:
        response = await self.optional(command, again=again)
        return response.lines if response is not None else ()

    async def first_accepted(self, *alternatives: Command) -> Command | None:
        """Try one after the other; returns the one that the modem took."""
        for command in alternatives:
            if await self.optional(command) is not None:
                return command
        return None

    async def patiently(self, command: Command, plain_errors: int = PLAIN_ERRORS) -> Response:
        """The answer once the SIM and the SMS service have started; any other error is an answer, too.

        plain_errors: how many bare ERRORs are taken for "not yet".

        Raises CommandTimeout, TransportLost.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._session.timing.settle
        plain = 0
        while True:
            response = await self._session.inquire(command)
            plain += response.final.category is Category.GENERIC
            waiting = is_starting(response.final) or (
                response.final.category is Category.GENERIC and plain < plain_errors
            )
            pause = self._session.timing.poll if is_starting(response.final) else self._session.timing.poll / 2
            if response.ok or not waiting or loop.time() + pause > deadline:
                return response
            log.debug("%s: %s says %s, asking again", self._session.name, command.name, response.final.text)
            await asyncio.sleep(pause)


async def announces(session: Session) -> bool:
    """Whether the port has an AT+CNMI of its own; the number of an error says so, too, if it is about the SIM."""
    try:
        response = await session.inquire(commands.ROUTING)
    except CommandTimeout:
        await session.resync()
        return False
    if response.ok:
        return bool(response.lines)
    refused = response.final.says("cms", 303) or response.final.says("cme", 3, 4)  # not supported, not allowed
    return response.final.category in (Category.CMS, Category.CME) and not refused


def is_busy(answer: FinalResult | CommandRejected) -> bool:
    """The error numbers of a SIM or a modem that is busy for a moment, whatever it was asked."""
    return (answer.kind == "cms" and answer.code in (314, 515)) or (
        answer.kind == "cme" and answer.code in (14, 256, 515)
    )


def is_starting(final: FinalResult) -> bool:
    """The error numbers that go away by themselves: SIM busy, not read yet, please wait.

    310 and 302 are among them, because Telit and others answer so for up to a minute after the PIN.
    """
    return final.says("cms", 302, 310, 314, 500, 512, 515, 517) or final.says("cme", 14, 100, 256, 515)
