"""What is wanted of a modem, from who asks to the line's worker and back."""

from datetime import datetime
from typing import Protocol

from gateway.domain.command import Command, CommandAnswer, CommandKind


class CommandStore(Protocol):
    """``store.commands``. Keys of the bells' watchers: a command's id."""

    async def order(
        self,
        account: str,
        line: str,
        kind: CommandKind,
        code: str | None,
        now: datetime,
        *,
        admin: bool,
        secret: str | None = None,
    ) -> Command:
        """For a line by id; rings its ``Bells.command``.

        secret: handed out once with the command by ``next``; kept in the memory of this process only, and forgotten
        when the command ends or has waited for too long. A gateway that starts anew does not know it any more.

        admin: also for one that others use as well. Raises NotFound; NotPermitted for a line that is shared;
        Conflict("conflict") when its modem has as many to do as it may have.
        """
        ...

    async def find(self, account: str, command: str) -> Command | None: ...

    async def next(self, line: int, now: datetime, kind: CommandKind | None = None) -> Command | None:
        """The oldest that waits for this line is running from now on. One that has waited for too long fails.

        kind: only of this kind.
        """
        ...

    def has_secret(self, line: int, now: datetime) -> bool:
        """Whether a command with a secret waits for this line: of one that is down, nobody takes the others."""
        ...

    async def next_restart(self, line: int, now: datetime) -> Command | None:
        """The oldest restart that waits for this line, whatever waits before it, is running from now on."""
        ...

    async def settle(self, num: int, answer: CommandAnswer, now: datetime) -> None:
        """It is done, or failed where the answer is an error; a USSD command also writes ``ussd.answered``.

        Nothing happens when it has ended already.
        """
        ...

    async def abandon(self, line: int, now: datetime) -> int:
        """What was running when the line's worker ended fails: nobody knows what came of it. Returns how many."""
        ...
