"""Routes in the store: which queue a message waits in, so that the lines it may go over find it at its head.

The route of a waiting message is what a line must answer to (``messages.route``); where a configured route fits it,
that one's name stands behind it. So a claim still looks at one head for each queue, and what a line is not meant for is
in queues that it never looks at. What changes which messages a route takes is worked into what waits, once, by
``refit``; what changes only its lines needs nothing: they are looked up at the claim.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial

from gateway.domain.line import LineRecord
from gateway.domain.route import LineRoute
from gateway.domain.sender import ANY_LINE, Strategy
from gateway.policy.line_routes import in_order, leads_to, route_for
from gateway.store.rows import dump
from gateway.store.transaction import Memory, Queue, Row, Transaction

SEPARATOR = "\x1f"  # no name, number or alias has one

ROUTES = "SELECT * FROM routes ORDER BY place"
DROP_ROUTES = "DELETE FROM routes"
ADD_ROUTE = "INSERT INTO routes (place, name, settings) VALUES (?, ?, ?)"
FITTED = "SELECT fitted FROM routing WHERE num = 1"
SET_FITTED = "UPDATE routing SET fitted = ? WHERE num = 1"
IN_QUEUE = """
SELECT num, recipient FROM messages
WHERE waiting = 1 AND route = :route AND account = :account AND priority = :priority AND num > :after
ORDER BY num LIMIT :most
"""
MOVE = "UPDATE messages SET route = ? WHERE num = ?"

MOST = 1000  # messages in one transaction
PRIORITIES = range(9, -1, -1)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that share what waits in a queue, and how. lines: numbers, in order; first: those that come before the
    others while one of them is up, none for no such difference."""

    account: str
    strategy: Strategy
    lines: tuple[int, ...]
    first: frozenset[int] = frozenset()


def base_of(route: str) -> str:
    """What a line must answer to, without the configured route."""
    return route.partition(SEPARATOR)[0]


def name_of(route: str) -> str | None:
    """The name of the configured route that a message takes."""
    return route.partition(SEPARATOR)[2] or None


def fitted(memory: Memory, route: str, account: str, recipient: str) -> str:
    """The route under which a message waits, as the configuration now is.

    Only what several lines may carry takes a configured route: who named a line, or began with one, meant that.
    """
    base = base_of(route)
    if not memory.routes or not (base == ANY_LINE or (base, account) in memory.senders):
        return base
    taken = route_for(memory.routes.values(), sender=base, account=account, recipient=recipient)
    return base if taken is None else f"{base}{SEPARATOR}{taken.name}"


def carries(memory: Memory, line: LineRecord, queue: Queue) -> bool:
    """Whether a queue that no line answers to by itself is for this one; its account is not asked here."""
    base, _, name = queue[0].partition(SEPARATOR)
    if base == ANY_LINE:
        taken = memory.routes.get(name)
        return taken is None or leads_to(taken, line)
    sender = memory.senders.get((base, queue[1]))
    return sender is not None and line.id in sender.lines


def group(memory: Memory, queue: Queue) -> Group | None:
    """Who shares the queue by a strategy; None: whoever asks first takes its head."""
    base, _, name = queue[0].partition(SEPARATOR)
    taken = memory.routes.get(name) if name else None
    sender = memory.senders.get((base, queue[1]))
    if sender is not None:
        known = {line.id: line for line in memory.lines.values()}
        lines = [known[line] for line in sender.lines if line in known]
        first = () if taken is None else (line.num for line in lines if leads_to(taken, line))
        return Group(queue[1], sender.strategy, tuple(line.num for line in lines), frozenset(first))
    if taken is None or taken.strategy is Strategy.LEAST_LOADED:
        return None
    return Group(queue[1], taken.strategy, tuple(line.num for line in in_order(taken, memory.lines.values())))


def put(tx: Transaction, routes: Sequence[LineRoute]) -> bool:
    """Take these instead of the ones that were. Whether what waits has to be fitted anew."""
    tx.run(DROP_ROUTES)
    rows = [(place, route.name, dump(asdict(route))) for place, route in enumerate(routes, 1)]
    tx.many(ADD_ROUTE, rows)
    tx.remember(partial(_remember, routes))
    tx.effects.lines |= tx.memory.lines.keys()
    known = tx.row(FITTED)
    return known is None or known["fitted"] != _digest(routes)


def refit(tx: Transaction, queue: Queue, priority: int, after: int) -> int | None:
    """Put a piece of what waits there, behind that number, where it now belongs. Returns the last number, if any."""
    asked = {"route": queue[0], "account": queue[1], "priority": priority, "after": after, "most": MOST}
    rows = tx.rows(IN_QUEUE, asked)
    moved = [
        (route, row["num"])
        for row in rows
        if (route := fitted(tx.memory, queue[0], queue[1], row["recipient"])) != queue[0]
    ]
    tx.many(MOVE, moved)
    for route, _ in moved:
        tx.moved(queue, -1)
        tx.moved((route, queue[1]), 1)
    return rows[-1]["num"] if rows else None


def all_fitted(tx: Transaction) -> None:
    tx.run(SET_FITTED, (_digest(list(tx.memory.routes.values())),))


def route_from(row: Row) -> LineRoute:
    known = json.loads(row["settings"])
    lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    return LineRoute(**known | lists | {"strategy": Strategy(known["strategy"])})


def _remember(routes: Sequence[LineRoute], memory: Memory) -> None:
    memory.routes = {route.name: route for route in routes}


def _digest(routes: Sequence[LineRoute]) -> str:
    told = dump([route.conditions for route in routes])
    return hashlib.blake2s(told.encode(), digest_size=16).hexdigest() if routes else ""
