"""A line takes the next message it may carry."""

from collections.abc import Collection, Mapping

from gateway.domain.line import LineRecord
from gateway.domain.message import ALERT, Message, MessageError, State
from gateway.domain.sender import ANY_LINE
from gateway.policy.consent import covers_line, covers_message
from gateway.store import campaigns, lifecycle, optouts, routing, strategies, takeovers, threads, windows
from gateway.store.contract import Claim, ClaimedPart
from gateway.store.lifecycle import LATER, Standing
from gateway.store.transaction import Memory, Queue, Row, Transaction, from_ms

HEAD = """
SELECT num, priority FROM messages
WHERE waiting = 1 AND route = :route AND account = :account AND priority >= :at_least
  AND (avoid IS NULL OR avoid NOT LIKE :line)
ORDER BY priority DESC, num LIMIT 1
"""
SET_PARTS = "UPDATE parts SET state = :to, line = :line WHERE message = :message AND state = :from"
PARTS_TO_SEND = "SELECT * FROM parts WHERE message = ? AND state = 'sending' ORDER BY n"

UNWANTED = MessageError("opted_out", "the recipient does not want messages from this account any more")
SUSPENDED = MessageError("campaign_not_approved", "its campaign was suspended before it could be sent")
EXPIRED = MessageError("expired", "the validity period was over before it could be sent")

MOST_PASSED = 200  # messages that cannot be sent any more, ended on the way to one that can


def claim(tx: Transaction, line_num: int, now: int, *, alerts_only: bool = False) -> Claim | None:
    """Take the next message for the line, past what may not be sent any more."""
    at_least = ALERT if alerts_only else 0
    awaited = tx.memory.awaited.pop(line_num, None) is not None
    line = tx.memory.lines.get(line_num)
    if line is None or line.paused:
        return None
    for _ in range(MOST_PASSED):
        num = _head(tx, line, at_least, now)
        if num is None:
            return None
        standing = lifecycle.load(tx, num)
        if standing.row["expire_at"] <= now:
            lifecycle.end(tx, standing, State.EXPIRED, now, EXPIRED)
        elif _suspended(tx, standing):
            lifecycle.end(tx, standing, State.REJECTED, now, SUSPENDED)
        elif standing.row["batch"] in tx.memory.paused and standing.state is State.QUEUED:
            lifecycle.save(tx, standing, State.QUEUED, now, waiting=LATER, due_at=None)
        elif (later := windows.opens_at(standing, now)) is not None:
            lifecycle.save(tx, standing, State.QUEUED, now, waiting=LATER, due_at=later)
        elif (scopes := _scopes(tx, standing)) and _unwanted(tx, standing, line, scopes, now):
            continue
        else:
            if awaited:  # it is busy now: what others left to it may be theirs after all
                tx.effects.lines |= tx.memory.lines.keys() - {line_num}
            return _take(tx, standing, line, now)
    tx.effects.lines.add(line_num)  # there may be more: let it look again
    return None


def queues(memory: Memory, waiting: Mapping[Queue, int], line: LineRecord) -> list[Queue]:
    """The queues with something in them that the line may take from, if their strategy leaves it something."""
    routes = {ANY_LINE, *line.answers_to()}
    return [
        queue
        for queue, count in waiting.items()
        if count > 0 and _leads(memory, queue, line, routes) and queue[1] not in memory.suspended
    ]


def carries(memory: Memory, line: LineRecord, queue: Queue) -> bool:
    """Whether the line may take from that queue, were it up and the account not suspended."""
    return _leads(memory, queue, line, {ANY_LINE, *line.answers_to()})


def _leads(memory: Memory, queue: Queue, line: LineRecord, routes: Collection[str]) -> bool:
    """routes: what the line answers to, ``ANY_LINE`` among it."""
    route, account = queue
    if line.accounts and account not in line.accounts:
        return False
    if routing.SEPARATOR in route:
        base = routing.base_of(route)
        return (base != ANY_LINE and base in routes) or routing.carries(memory, line, queue)
    return route in routes or (queue in memory.senders and line.id in memory.senders[queue].lines)


def _head(tx: Transaction, line: LineRecord, at_least: int, now: int) -> int | None:
    """Highest priority; then the account this line served longest ago; then the oldest."""
    best: tuple[int, int, int] | None = None
    chosen: Queue | None = None
    waiting = {queue: tx.waiting(queue) for queue in {*tx.memory.waiting, *tx.effects.claimable}}
    for queue in queues(tx.memory, waiting, line):
        row = _first(tx, line, queue, at_least, now)
        if row is None:
            continue
        rank = (-row["priority"], tx.memory.served.get((line.num, queue[1]), 0), row["num"])
        if best is None or rank < best:
            best, chosen = rank, queue
    if best is None or chosen is None:
        return None
    tx.memory.turn += 1
    tx.memory.served[line.num, chosen[1]] = tx.memory.turn
    return best[2]


def _first(tx: Transaction, line: LineRecord, queue: Queue, at_least: int, now: int) -> Row | None:
    """The first message of the queue that is this line's to take."""
    wanted = {"route": queue[0], "account": queue[1], "line": f"%,{line.num},%", "at_least": at_least}
    group = routing.group(tx.memory, queue)
    if group is None or routing.base_of(queue[0]) in line.answers_to():
        return tx.row(HEAD, wanted)
    return strategies.first(tx, group, line, queue, wanted, now)


def _scopes(tx: Transaction, standing: Standing) -> Collection[str]:
    """What its recipient does not want; of what went out in part, or is sent regardless, nothing stands against it."""
    if standing.state is not State.QUEUED or standing.option("ignore_opt_out", False):
        return ()
    return optouts.scopes_of(tx, standing.row["account"], standing.row["recipient"])


def _unwanted(tx: Transaction, standing: Standing, line: LineRecord, scopes: Collection[str], now: int) -> bool:
    """Whether this line may not take it: opted out while it was with a line and came back whole, or of this line.

    Of this line or its number alone: it is left to the others that may carry it, and rejected where there is none.
    """
    row = standing.row
    if covers_message(scopes, row["sender"], row["campaign"]):
        lifecycle.end(tx, standing, State.REJECTED, now, UNWANTED)
        return True
    if not covers_line(scopes, line):
        return False
    avoid = f"{row['avoid'] or ','}{line.num},"
    if any(_may_carry(tx.memory, other, row, avoid, scopes) for other in tx.memory.lines.values()):
        lifecycle.save(tx, standing, State.QUEUED, now, waiting=lifecycle.CLAIMABLE, avoid=avoid)
    else:
        lifecycle.end(tx, standing, State.REJECTED, now, UNWANTED)
    return True


def _may_carry(memory: Memory, line: LineRecord, row: Row, avoid: str, scopes: Collection[str]) -> bool:
    asked = {(row["route"], row["account"]): 1}
    return f",{line.num}," not in avoid and bool(queues(memory, asked, line)) and not covers_line(scopes, line)


def _suspended(tx: Transaction, standing: Standing) -> bool:
    """Its campaign lost its approval meanwhile; what went out in part is finished."""
    ref: str | None = standing.row["campaign"]
    if ref is None or standing.state is not State.QUEUED:
        return False
    return campaigns.forbids(tx, standing.row["account"], ref)


def _take(tx: Transaction, standing: Standing, line: LineRecord, now: int) -> Claim:
    row = standing.row
    tx.run(SET_PARTS, {"message": standing.num, "from": "queued", "to": "sending", "line": line.num})
    group = routing.group(tx.memory, standing.queue)
    extra = takeovers.noted(tx, standing, line, group, now)
    message = lifecycle.save(tx, standing, State.SENDING, now, line=line.id, extra=extra)
    if group is not None:
        strategies.took(tx, group, line, standing.queue)
    threads.moved(tx, message.account, line.id, message.to, message.num, now, came=False)
    acknowledged = any(part.sent_at is not None for part in standing.parts)
    return Claim(
        message_num=message.num,
        message=message.id,
        line_num=line.num,
        account=message.account,
        to=message.to,
        parts=tuple(_claimed(part, message) for part in tx.rows(PARTS_TO_SEND, (message.num,))),
        delivery_report=message.delivery_report,
        flash=message.flash,
        expire_at=from_ms(row["expire_at"]),
        created_at=message.created_at,
        tries=row["tries"],
        others_acknowledged=acknowledged,
        possible_duplicate=message.possible_duplicate,
        priority=message.priority,
    )


def _claimed(part: Row, message: Message) -> ClaimedPart:
    return ClaimedPart(
        n=part["n"],
        total=message.segments,
        udl=part["udl"],
        user_data=part["user_data"],
        header=bool(part["header"]),
        data_coding=part["data_coding"],
        attempts=part["attempts"],
    )
