"""Short links and their visits (native-v1 §7.9)."""

from gateway.domain.event import EventType, instant
from gateway.domain.link import Click, Link
from gateway.store import events
from gateway.store.rows import link_from
from gateway.store.transaction import Transaction, to_ms

LINK = "SELECT * FROM links WHERE code = ?"
LINKS = "SELECT * FROM links WHERE account = ? AND message = ? ORDER BY created_at, id"
ADD_CLICK = "INSERT INTO clicks (code, at, kind, address_hash) VALUES (:code, :at, :kind, :address_hash)"
COUNT_HUMAN = "UPDATE links SET human = human + 1 WHERE code = ?"
COUNT_BOT = "UPDATE links SET bot = bot + 1 WHERE code = ?"
OF_MESSAGE = "SELECT tracking_id, recipient FROM messages WHERE id = ?"


def find(tx: Transaction, code: str) -> Link | None:
    row = tx.row(LINK, (code,))
    return None if row is None else link_from(row)


def links(tx: Transaction, account: str, message: str) -> list[Link]:
    return [link_from(row) for row in tx.rows(LINKS, (account, message))]


def click(tx: Transaction, visit: Click) -> Link | None:
    """Count it; a human one is told. None when there is no such link. A "repeat" is kept and not counted."""
    if find(tx, visit.code) is None:
        return None
    at = to_ms(visit.at)
    tx.run(ADD_CLICK, {"code": visit.code, "at": at, "kind": visit.kind, "address_hash": visit.address_hash})
    if visit.kind == "human":
        tx.run(COUNT_HUMAN, (visit.code,))
    elif visit.kind == "bot":
        tx.run(COUNT_BOT, (visit.code,))
    link = find(tx, visit.code)
    if link is not None and visit.kind == "human":
        message = tx.row(OF_MESSAGE, (link.message,))
        data = {
            "id": link.id,
            "code": link.code,
            "url": link.target,
            "message": link.message,
            "tracking_id": None if message is None else message["tracking_id"],
            "to": None if message is None else message["recipient"],
            "clicks": link.human,
            "at": instant(visit.at),
        }
        events.write(tx, EventType.LINK_CLICKED, link.account, data, at, message=link.message)
    return link
