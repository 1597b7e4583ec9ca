"""Endpoints, and the deliveries of events to them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import merge
from itertools import islice

from gateway.domain.errors import Conflict, NotFound, QuotaExceeded
from gateway.domain.event import EventType
from gateway.domain.webhook import Delivery, DeliveryState, Webhook
from gateway.policy.receivers import REPORTING
from gateway.store import events, lines, receipts
from gateway.store.contract import DeliveryResult, DueDelivery
from gateway.store.rows import delivery_from, event_from, webhook_from, webhook_row
from gateway.store.transaction import NEWEST, Memory, Row, Transaction, from_ms_or_none, to_ms, to_ms_or_none

WEBHOOKS = "SELECT * FROM webhooks ORDER BY num"
WEBHOOKS_OF = "SELECT * FROM webhooks WHERE account = ? ORDER BY num"
WEBHOOK = "SELECT * FROM webhooks WHERE account = :account AND id = :id"
PUT_WEBHOOK = """
INSERT INTO webhooks (num, id, account, url, secret, name, description, events, format, lines, enabled, headers,
                      verify_tls, previous_secret, previous_secret_until, disabled_reason, failing_since, created_at,
                      updated_at, dlr, routed_only, options)
VALUES (:num, :id, :account, :url, :secret, :name, :description, :events, :format, :lines, :enabled, :headers,
        :verify_tls, :previous_secret, :previous_secret_until, :disabled_reason, :failing_since, :created_at,
        :updated_at, :dlr, :routed_only, :options)
ON CONFLICT (id) DO UPDATE
SET url = excluded.url, secret = excluded.secret, name = excluded.name, description = excluded.description,
    events = excluded.events, format = excluded.format, lines = excluded.lines, enabled = excluded.enabled,
    headers = excluded.headers, verify_tls = excluded.verify_tls, previous_secret = excluded.previous_secret,
    previous_secret_until = excluded.previous_secret_until, disabled_reason = excluded.disabled_reason,
    failing_since = excluded.failing_since, updated_at = excluded.updated_at, dlr = excluded.dlr,
    routed_only = excluded.routed_only, options = excluded.options
RETURNING num
"""
DELETE_WEBHOOK = "DELETE FROM webhooks WHERE account = :account AND id = :id"
SWITCH_OFF = """
UPDATE webhooks SET enabled = 0, disabled_reason = :reason, updated_at = :now WHERE num = :webhook
"""
FAILING = "UPDATE webhooks SET failing_since = :now WHERE num = :webhook AND failing_since IS NULL"
WORKING = "UPDATE webhooks SET failing_since = NULL WHERE num = :webhook"

HOLD = "UPDATE deliveries SET next_at = NULL WHERE webhook = :webhook AND next_at IS NOT NULL"
RESUME = """
UPDATE deliveries SET next_at = :now WHERE webhook = :webhook AND state = 'pending' AND next_at IS NULL
"""
DUE_OF = """
SELECT next_at, num FROM deliveries WHERE webhook = :webhook AND next_at <= :now ORDER BY next_at, num LIMIT :most
"""
NEXT_OF = "SELECT MIN(next_at) AS at FROM deliveries WHERE webhook = ? AND next_at IS NOT NULL"
DELIVERY = "SELECT * FROM deliveries WHERE num = ?"
EVENT = "SELECT * FROM events WHERE seq = ?"
SET_DELIVERY = """
UPDATE deliveries
SET state = :state, attempts = attempts + 1, next_at = :next_at, done_at = :done_at, last_status = :status,
    last_error = :error, last_excerpt = :excerpt
WHERE num = :num
"""
DELIVERIES = """
SELECT deliveries.*, events.id AS event_id
FROM deliveries JOIN events ON events.seq = deliveries.event
WHERE deliveries.webhook = :webhook AND deliveries.num < :cursor AND (deliveries.state = :state OR :state IS NULL)
ORDER BY deliveries.num DESC LIMIT :most
"""
ONE_DELIVERY = """
SELECT deliveries.*, webhooks.id AS webhook_id, events.id AS event_id
FROM deliveries
JOIN webhooks ON webhooks.num = deliveries.webhook
JOIN events ON events.seq = deliveries.event
WHERE deliveries.id = :id AND webhooks.account = :account
"""
REPLAY = """
UPDATE deliveries SET state = 'pending', attempts = 0, next_at = :next_at, done_at = NULL WHERE num = :num
"""
REPLAY_ALL = """
UPDATE deliveries SET state = 'pending', attempts = 0, next_at = :next_at, done_at = NULL
WHERE webhook = :webhook AND created_at >= :since AND created_at < :until
  AND (state = 'dead' OR (state = 'delivered' AND :failed = 0))
"""

FOREVER = 1 << 62


def put_webhook(tx: Transaction, webhook: Webhook, now: int) -> Webhook:
    """Make it, or replace the one of that id; what waits is held while it is switched off.

    Raises Conflict when another one of the account has its name.
    """
    for other in tx.memory.webhooks:
        if other.account == webhook.account and other.id != webhook.id and other.is_called(webhook.name):
            raise Conflict("conflict", f"name: there is a webhook {other.name} already")
    num = tx.insert(PUT_WEBHOOK, webhook_row(webhook))
    if webhook.enabled:
        if tx.run(RESUME, {"webhook": num, "now": now}):
            tx.effects.notifier = True
    else:
        tx.run(HOLD, {"webhook": num})
    _remember(tx)
    return replace(webhook, num=num)


def change_webhook(
    tx: Transaction,
    account: str,
    make: Callable[[Webhook | None], Webhook],
    now: int,
    *,
    webhook: str | None,
    name: str | None,
    most: int,
) -> Webhook:
    """Put what ``make`` makes of the account's endpoint of that id, or name; of None where there is none so called.

    A line that the account has for itself follows a change of the name. Raises NotFound for an id that is none's,
    QuotaExceeded for more than ``most``, Conflict as ``put_webhook``, and what ``make`` raises.
    """
    own = [known for known in tx.memory.webhooks if known.account == account]
    if webhook is not None:
        found = next((known for known in own if known.id == webhook), None)
    else:
        found = next((known for known in own if name is not None and known.is_called(name)), None)
    if found is None and webhook is not None:
        raise NotFound("there is no such webhook")
    if found is None and len(own) >= most:
        raise QuotaExceeded("quota_exceeded", f"at most {most} webhooks an account")
    made = put_webhook(tx, make(found), now)
    if found is not None and found.name not in ("", made.name):
        lines.follow_webhook(tx, account, found.name, made.name)
    return made


def webhooks(tx: Transaction, account: str | None) -> list[Webhook]:
    rows = tx.rows(WEBHOOKS) if account is None else tx.rows(WEBHOOKS_OF, (account,))
    return [webhook_from(row) for row in rows]


def delete_webhook(tx: Transaction, account: str, webhook: str) -> bool:
    """Its deliveries go with it."""
    deleted = tx.run(DELETE_WEBHOOK, {"account": account, "id": webhook}) > 0
    _remember(tx)
    return deleted


def _remember(tx: Transaction) -> None:
    known = tuple(webhooks(tx, None))

    def remember(memory: Memory) -> None:
        memory.webhooks = known

    tx.remember(remember)


# ------------------------------------------------------------------------------------------------------- delivering


def due_deliveries(
    tx: Transaction, known: Sequence[Webhook], now: int, limit: int, busy: Sequence[int], full: Sequence[str]
) -> list[DueDelivery]:
    """The oldest that are due, each endpoint's read by itself: a long backlog of one hides nobody else's."""
    taken = frozenset(busy)
    most = limit + len(taken)
    backlogs = [
        [(row["next_at"], row["num"], webhook) for row in _due_of(tx, webhook, now, most) if row["num"] not in taken]
        for webhook in known
        if webhook.enabled and webhook.id not in full
    ]
    found: list[DueDelivery] = []
    for _, num, webhook in islice(merge(*backlogs, key=lambda entry: entry[:2]), limit):
        row = tx.row(DELIVERY, (num,))
        event = None if row is None else tx.row(EVENT, (row["event"],))
        if row is not None and event is not None:
            told = event_from(event)
            receipt = receipts.of(tx, told) if webhook.format in REPORTING else None
            found.append(DueDelivery(delivery_from(row, webhook.id, event["id"]), webhook, told, receipt))
    return found


def _due_of(tx: Transaction, webhook: Webhook, now: int, most: int) -> list[Row]:
    return tx.rows(DUE_OF, {"webhook": webhook.num, "now": now, "most": most})


def next_delivery(tx: Transaction, known: Sequence[Webhook]) -> datetime | None:
    upcoming = [row["at"] for webhook in known if (row := tx.row(NEXT_OF, (webhook.num,))) and row["at"] is not None]
    return from_ms_or_none(min(upcoming, default=None))


def record_delivery(tx: Transaction, num: int, result: DeliveryResult, now: int) -> None:
    """How one try ended; an endpoint that is to be switched off says so in webhook.disabled."""
    row = tx.row(DELIVERY, (num,))
    if row is None:  # its endpoint was deleted meanwhile
        return
    state = DeliveryState(result.state)
    webhook = next((known for known in tx.memory.webhooks if known.num == row["webhook"]), None)
    held = webhook is None or not webhook.enabled or result.disable is not None
    pending = state is DeliveryState.PENDING
    tx.run(
        SET_DELIVERY,
        {
            "num": num,
            "state": state.value,
            "next_at": to_ms_or_none(result.next_at) if pending and not held else None,
            "done_at": None if pending else now,
            "status": result.status,
            "error": result.error,
            "excerpt": result.excerpt,
        },
    )
    if webhook is not None:
        _judge(tx, webhook, result, now)


def _judge(tx: Transaction, webhook: Webhook, result: DeliveryResult, now: int) -> None:
    state, disable = DeliveryState(result.state), result.disable
    about = {"webhook": webhook.num, "now": now, "reason": disable}
    if state is DeliveryState.DELIVERED and result.status is None:
        changed = False  # there was nothing to post: that says nothing about the endpoint
    elif state is DeliveryState.DELIVERED:
        changed = webhook.failing_since is not None and tx.run(WORKING, about) > 0
    else:
        changed = webhook.failing_since is None and tx.run(FAILING, about) > 0
    if disable is not None and webhook.enabled:
        tx.run(SWITCH_OFF, about)
        tx.run(HOLD, about)
        data = {"id": webhook.id, "name": webhook.name, "url": webhook.url, "reason": disable}
        events.write(tx, EventType.WEBHOOK_DISABLED, webhook.account, data, now, without_webhook=webhook.id)
        changed = True
    if changed:
        _remember(tx)


# --------------------------------------------------------------------------------------------- looking and replaying


def deliveries(
    tx: Transaction, account: str, webhook: str | None, state: str | None, limit: int, cursor: int | None
) -> list[Delivery]:
    """Newest first. Each endpoint's are read by themselves, or those of other accounts would be read as well."""
    asked = {"state": state, "most": limit, "cursor": NEWEST if cursor is None else cursor}
    pages = [
        [delivery_from(row, own.id, row["event_id"]) for row in tx.rows(DELIVERIES, asked | {"webhook": own.num})]
        for own in webhooks(tx, account)
        if webhook in (None, own.id)
    ]
    return list(islice(merge(*pages, key=lambda delivery: -delivery.num), limit))


def replay_delivery(tx: Transaction, account: str, delivery: str, now: int) -> Delivery:
    """Due again at once, under the same id. Raises NotFound."""
    row = tx.row(ONE_DELIVERY, {"id": delivery, "account": account})
    if row is None:
        raise NotFound(f"there is no delivery {delivery}")
    tx.run(REPLAY, {"num": row["num"], "next_at": now if _enabled(tx, row["webhook"]) else None})
    tx.effects.notifier = True
    again = tx.row(DELIVERY, (row["num"],))
    assert again is not None
    return delivery_from(again, row["webhook_id"], row["event_id"])


def replay_webhook(
    tx: Transaction,
    account: str,
    webhook: str,
    now: int,
    *,
    since: datetime | None,
    until: datetime | None,
    failed: bool,
) -> int:
    """All of a span that are done, or only the dead ones. Raises NotFound. Returns how many."""
    row = tx.row(WEBHOOK, {"account": account, "id": webhook})
    if row is None:
        raise NotFound(f"there is no webhook {webhook}")
    count = tx.run(
        REPLAY_ALL,
        {
            "webhook": row["num"],
            "next_at": now if row["enabled"] else None,
            "since": 0 if since is None else to_ms(since),
            "until": FOREVER if until is None else to_ms(until),
            "failed": failed,
        },
    )
    tx.effects.notifier = True
    return count


def _enabled(tx: Transaction, num: int) -> bool:
    return any(webhook.num == num and webhook.enabled for webhook in tx.memory.webhooks)
