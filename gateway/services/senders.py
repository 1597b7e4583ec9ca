"""What callers may write as "from": the lines' own numbers, names and aliases, and the senders that were registered."""

from collections.abc import Collection, Sequence

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.errors import Fault, NotFound, Rejected
from gateway.domain.ids import new_id
from gateway.domain.line import LineRecord
from gateway.domain.number import is_short_code, normalise
from gateway.domain.sender import ResolvedSender, Sender, Strategy
from gateway.policy.routing import AUTO, resolve
from gateway.services.memory import Memory, Remembered
from gateway.store.contract import Store

KINDS = ("number", "shortcode", "alias", "code")
LONGEST = 63  # characters, as of a line's alias
MOST_LINES = 100


class Senders:
    """The account's senders."""

    def __init__(self, store: Store, clock: Clock, memory: Memory) -> None:
        self._store = store
        self._clock = clock
        self._resolved: Remembered[ResolvedSender] = memory.kind()

    async def list(self, *, by: Principal) -> Sequence[Sender]:
        """The registered ones. Needs lines:read."""
        by.need("lines:read")
        return await self._store.senders.list(by.account.name)

    async def create(
        self, value: str, lines: Sequence[str], *, by: Principal, kind: str | None = None, strategy: Strategy
    ) -> Sender:
        """Register a sender over lines (ids or names, in order). kind: None to tell it by the value.

        Raises Rejected for a line that is none of the account's, Conflict("conflict") for a value that is taken,
        QuotaExceeded for more than a thousand. Needs lines:write.
        """
        by.need("lines:write")
        now = self._clock.now()
        written, told = _canonical(value, kind, by.account.settings.default_country)
        return await self._store.senders.put(
            Sender(
                num=0,
                id=new_id("snd", int(now.timestamp() * 1000)),
                account=by.account.name,
                value=written,
                kind=told,
                strategy=strategy,
                lines=await self._own(lines, by),
                created_at=now,
            )
        )

    async def delete(self, sender: str, *, by: Principal) -> None:
        """By id; what waits for it is rejected. Raises NotFound. Needs lines:write."""
        by.need("lines:write")
        if not await self._store.senders.delete(by.account.name, sender, self._clock.now()):
            raise NotFound("there is no such sender")

    async def resolve(self, value: str, *, by: Principal) -> ResolvedSender:
        """The sender that this account means by value: any number form, alias, name or code, whatever its case.

        Raises Rejected("invalid_sender").
        """
        word = f"{by.account.name}\n{value}"
        known = self._resolved.get(word)
        return known if known is not None else await self._resolved.load(word, lambda: self._look_up(value, by))

    async def _look_up(self, value: str, by: Principal) -> ResolvedSender:
        account = by.account.name
        route = resolve(value, await self._store.senders.words(account), by.account.settings)
        own = [line for line in await self._store.lines() if line.serves(account)]
        registered = {sender.value: sender for sender in await self._store.senders.list(account)}
        return ResolvedSender(
            num=await self._store.senders.number(account, route.sender, self._clock.now()),
            value=route.sender,
            lines=_lines_of(route.sender, own, registered.get(route.sender)),
        )

    async def _own(self, lines: Sequence[str], by: Principal) -> tuple[str, ...]:
        """The ids of the account's lines of these ids or names."""
        own: dict[str, str] = {}
        for line in await self._store.lines():
            if line.serves(by.account.name):
                own |= {line.id: line.id, line.name: line.id, line.configured_name: line.id}
        if not 1 <= len(lines) <= MOST_LINES:
            raise _wrong("lines", f"1 to {MOST_LINES} lines, by name or id")
        for name in lines:
            if name not in own:
                raise _wrong("lines", f"there is no line {name[:LONGEST]!r}")
        return tuple(dict.fromkeys(own[name] for name in lines))


def _lines_of(value: str, own: Collection[LineRecord], registered: Sender | None) -> tuple[str, ...]:
    if value == AUTO:
        return tuple(line.id for line in own)
    answering = tuple(line.id for line in own if value in line.answers_to())
    if answering or registered is None:
        return answering
    ids = {line.id for line in own}
    return tuple(line for line in registered.lines if line in ids)


def _canonical(value: str, kind: str | None, country: str) -> tuple[str, str]:
    """A sender's value as it is kept, and its kind. Raises Rejected("invalid_request")."""
    value = value.strip()
    if not 1 <= len(value) <= LONGEST or not value.isprintable():
        raise _wrong("value", f"1 to {LONGEST} printable characters")
    if kind is not None and kind not in KINDS:
        raise _wrong("kind", f"one of {', '.join(KINDS)}")
    number = None if kind in ("alias", "code") else _number(value, country)
    if number is None:
        if kind in ("number", "shortcode"):
            raise _wrong("value", f"{value!r} is no {kind}")
        return value, kind or "alias"
    told = "shortcode" if is_short_code(number) else "number"
    if kind not in (None, told):
        raise _wrong("kind", f"{value} is a {told}")
    return number, told


def _number(value: str, country: str) -> str | None:
    try:
        return normalise(value, country)
    except Rejected:
        return None


def _wrong(field: str, message: str) -> Rejected:
    return Rejected("invalid_request", f"{field}: {message}", faults=(Fault(field, "invalid_request", message),))
