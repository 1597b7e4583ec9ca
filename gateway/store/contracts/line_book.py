"""Lines as one account sees and changes them."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from gateway.domain.line import Limits, LineChange, LineRecord, Rest, StorageFill


class LineBook(Protocol):
    """``store.line_book``."""

    async def lines(self, account: str) -> list[LineRecord]:
        """Those it may send from; their counters count its own messages only."""
        ...

    def limits(self, num: int) -> Limits | None:
        """What holds for the line just now, the file and its users considered; None for one that is not configured."""
        ...

    def name(self, num: int) -> str | None:
        """By which the line is called just now; None for one that is not configured."""
        ...

    def rests(self, num: int, rest: Rest | None) -> None:
        """The line begins nothing just now, or does again: said by itself, for who asks why a message waits.

        It is remembered, not kept: a line says it anew after a start.
        """
        ...

    async def unseen(self, now: datetime) -> None:
        """At a start nobody has seen a line yet: what a crash left "up" is "down" until its modem answers.

        It is no event: the gateway went down, not the line.
        """
        ...

    async def balance_asked(self, num: int, code: str, now: datetime) -> None:
        """The network is about to be asked what is left on the SIM: a miss until ``Store.line_balance`` has its answer.

        Raises NotFound.
        """
        ...

    async def storages(self, num: int, low: Collection[StorageFill], undecided: Collection[str], now: datetime) -> None:
        """Which storages of the line's modem are nearly full and stay so; those undecided stay as they were known.

        ``line.storage_low`` to every account of the line, once for each time that one becomes so. Raises NotFound.
        """
        ...

    async def change(
        self, account: str, line: str, change: LineChange, *, admin: bool, expected: Collection[str] | None
    ) -> LineRecord:
        """Change a line, by id or name; what the configuration says at a later start does not undo it.

        admin: also one that is not the account's alone. expected: revisions, one of which the line must have.
        Raises NotFound, NotPermitted("forbidden_scope"), Rejected("precondition_failed", or naming what there is not),
        Conflict for an alias that another line answers to.
        """
        ...
