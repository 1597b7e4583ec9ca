"""What a line does between two tries: it waits, unless a plug or a person ends the wait."""

import asyncio
import logging
from collections.abc import Callable
from enum import Enum, auto

from gateway.aio import Clock
from gateway.domain.command import CommandAnswer
from gateway.domain.errors import Unavailable
from gateway.store.contract import Store
from gateway.workers.backoff import Seen, look

logger = logging.getLogger(__name__)


class Wake(Enum):
    """Why a wait has ended."""

    OVER = auto()
    PLUGGED = auto()  # its port came, went or is another
    RESTART = auto()  # somebody wants its modem restarted
    RESUMED = auto()  # somebody took the line's pause away
    ENTERED = auto()  # somebody has entered the PIN of its SIM


class Rest:
    """One line's. presence: as ``Finder.presence`` tells it of the line's port."""

    def __init__(self, line: int, name: str, presence: Callable[[], object], store: Store, clock: Clock) -> None:
        self._line = line
        self._name = name
        self._presence = presence
        self._store = store
        self._clock = clock
        self._seen: Seen | None = None
        self._hurried = False  # a PIN has ended a wait; where no modem takes it, this does not help twice
        self._cut_short = False  # a plug has ended the patient wait before: the next one is served whole

    async def for_modem(self, seconds: float, look_s: float) -> None:
        """There is none: any change of the ports ends the wait. look_s: how often they are looked at."""
        before = self._presence()
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            await asyncio.sleep(min(left, look_s))
            if self._pin_is_entered() or self._presence() != before:
                return

    async def after_failure(self, seconds: float, look_s: float, *, patient: bool) -> Wake:
        """patient: a plug counts only after a long stillness, and not twice in a row."""
        wake = await self._wait(seconds, look_s, patient=patient)
        self._cut_short = patient and wake is Wake.PLUGGED
        return wake

    async def _wait(self, seconds: float, look_s: float, *, patient: bool) -> Wake:
        until = self._clock.monotonic() + seconds
        self._look()  # what our own try did to the port was nobody's hand
        bell = self._store.bells.command(self._line)
        with self._store.bells.watchers.watching("lines") as lines:
            paused = patient and await self._is_paused()
            while (left := until - self._clock.monotonic()) > 0:
                if bell.rung:
                    bell.clear()
                    if await self._restart_is_wanted():
                        return Wake.RESTART
                if patient and lines.rung:
                    lines.clear()
                    was_paused, paused = paused, await self._is_paused(paused)
                    if was_paused and not paused:
                        return Wake.RESUMED
                await asyncio.sleep(min(left, look_s))
                if self._pin_is_entered():
                    return Wake.ENTERED
                changed, plugged = self._look()
                if plugged and not self._cut_short if patient else changed:
                    return Wake.PLUGGED
        return Wake.OVER

    def _look(self) -> tuple[bool, bool]:
        """Whether the port has changed since the last look, and whether that was somebody's hand."""
        now, presence = self._clock.monotonic(), self._presence()
        before = self._seen or Seen(presence, now)
        self._seen, plugged = look(before, presence, now)
        return self._seen.presence != before.presence, plugged

    async def _restart_is_wanted(self) -> bool:
        """It is what comes next anyhow, so that the command is done. Another command waits for a modem that is up."""
        commands, now = self._store.commands, self._clock.now()
        try:
            command = await commands.next_restart(self._line, now)
            if command is not None:
                await commands.settle(command.num, CommandAnswer(), now)
        except Unavailable as error:
            logger.warning("command not taken", extra={"line": self._name, "code": error.code})
            return False
        return command is not None

    def _pin_is_entered(self) -> bool:
        was_there = self._hurried
        self._hurried = self._store.commands.has_secret(self._line, self._clock.now())
        return self._hurried and not was_there

    async def _is_paused(self, before: bool = False) -> bool:
        """before: what stands where the database does not tell, which ends no wait, and no line."""
        try:
            return any(record.paused for record in await self._store.lines() if record.num == self._line)
        except Unavailable as error:
            logger.warning("pause not known", extra={"line": self._name, "code": error.code})
            return before
