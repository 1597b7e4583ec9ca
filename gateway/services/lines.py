"""The lines an account may send from, as they are now, and what it may change of them."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.errors import Fault, NotFound, Rejected
from gateway.domain.line import LineChange, LineRecord
from gateway.domain.signal import SignalPoint
from gateway.services.words import Faults
from gateway.services.zones import is_zone
from gateway.store.contract import Store

MOST_ALIASES = 20
SIGNAL_SPAN = timedelta(days=1)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")  # as in the configuration
_NUMBER = re.compile(r"\+[1-9][0-9]{4,14}")
LONGEST_ALIAS = 63  # characters, as in the configuration


class Lines:
    """Looked at, paused, limited, and told where their messages go; which modems they are in is configured."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, *, by: Principal) -> list[LineRecord]:
        """In the order of the configuration; their counters are the account's own. Needs lines:read."""
        by.need("lines:read")
        return await self._store.line_book.lines(by.account.name)

    async def get(self, line: str, *, by: Principal) -> LineRecord:
        """By id or name. Raises NotFound, also for a line of others. Needs lines:read."""
        by.need("lines:read")
        return await self._own(line, by)

    async def signal(
        self, line: str, *, by: Principal, since: datetime | None, until: datetime | None
    ) -> Sequence[SignalPoint]:
        """How it heard the network, oldest first; the last day unless told otherwise. Needs lines:read.

        Raises NotFound, also for a line of others.
        """
        by.need("lines:read")
        known = await self._own(line, by)
        end = until or self._clock.now() + timedelta(seconds=1)
        return await self._store.signals.between(known.num, since or end - SIGNAL_SPAN, end)

    async def update(
        self, line: str, change: LineChange, *, by: Principal, expected: Collection[str] | None = None
    ) -> LineRecord:
        """Change a line, by id or name; paused it goes on receiving. Needs lines:write.

        expected: revisions that the caller has seen. One that is not the account's alone needs admin. Raises NotFound,
        NotPermitted, Rejected for an alias that is none, for limits that cannot be, and for a webhook or campaign that
        the account has not, Conflict for a name, number or alias of another line.
        """
        by.need("lines:write")
        _check(change.aliases or ())
        _check_settings(change.settings)
        changed = await self._store.line_book.change(
            by.account.name, line, change, admin="admin" in by.scopes, expected=expected
        )
        return await self._own(changed.id, by)

    async def _own(self, line: str, by: Principal) -> LineRecord:
        for record in await self._store.line_book.lines(by.account.name):
            if line in (record.id, record.name, record.configured_name):
                return record
        raise NotFound("there is no such line")


def _check_settings(settings: Mapping[str, object]) -> None:
    """Raises Rejected for a name, a number and a time zone that are none; the store knows what goes together."""
    faults = Faults()
    name, number, zone = (settings.get(key) for key in ("name", "number", "timezone"))
    faults.need(name is None or bool(_NAME.fullmatch(str(name))), "name", "1 to 63 of A-Z a-z 0-9 . _ -, no blank")
    faults.need(str(name).lower() != "auto", "name", "auto means any line")
    faults.need(number is None or bool(_NUMBER.fullmatch(str(number))), "number", "international, as +13109060901")
    faults.need(zone is None or is_zone(str(zone)), "limits.timezone", 'a name as "Europe/Berlin"')
    faults.check()


def _check(aliases: Collection[str]) -> None:
    message = None
    if len(aliases) > MOST_ALIASES:
        message = f"at most {MOST_ALIASES}"
    for alias in aliases:
        if not 1 <= len(alias) <= LONGEST_ALIAS or not alias.isprintable() or alias != alias.strip():
            message = f"1 to {LONGEST_ALIAS} printable characters"
        elif alias.lower() == "auto":
            message = "auto means any line"
    if message is not None:
        fault = Fault("aliases", "invalid_request", message)
        raise Rejected("invalid_request", f"aliases: {message}", faults=(fault,))
