"""Short links and their visits (native-v1 §7.9)."""

from typing import Any

from gateway.domain.event import EventType, instant
from gateway.domain.link import Click, Link
from gateway.store import events
from gateway.store.rows import click_from, link_from
from gateway.store.transaction import NEWEST, Transaction, to_ms

LINK = "SELECT * FROM links WHERE code = ?"
LINKS = "SELECT * FROM links WHERE account = :account {narrowed} ORDER BY num DESC LIMIT :most"
CLICKS = """
SELECT clicks.* FROM links JOIN clicks ON clicks.code = links.code
WHERE links.code = :code AND links.account = :account AND clicks.num < :cursor AND clicks.kind <> 'repeat'
ORDER BY clicks.num DESC LIMIT :most
"""
ADD_CLICK = """
INSERT INTO clicks (code, at, kind, address_hash) VALUES (:code, :at, :kind, :address_hash) RETURNING num
"""
COUNT_HUMAN = "UPDATE links SET human = human + 1 WHERE code = ?"
COUNT_BOT = "UPDATE links SET bot = bot + 1 WHERE code = ?"
MOST_CLICKS = 10_000
OF_MESSAGE = "SELECT tracking_id, recipient FROM messages WHERE id = ?"


def find(tx: Transaction, code: str) -> Link | None:
    row = tx.row(LINK, (code,))
    return None if row is None else link_from(row)


def links(
    tx: Transaction,
    account: str,
    *,
    message: str | None = None,
    campaign: str | None = None,
    limit: int = 100,
    cursor: int | None = None,
) -> list[Link]:
    """Newest first. message: an id; campaign: a ref. cursor: ``num`` of the last one seen."""
    given = {"message": message, "campaign": campaign, "cursor": cursor}
    asked = {name: value for name, value in given.items() if value is not None}
    narrowed = " ".join(f"AND {'num <' if name == 'cursor' else name + ' ='} :{name}" for name in asked)
    asked |= {"account": account, "most": limit}
    return [link_from(row) for row in tx.rows(LINKS.format(narrowed=narrowed), asked)]


def clicks(tx: Transaction, account: str, code: str, *, limit: int, cursor: int | None = None) -> list[Click]:
    """Newest first, of a link of the account; none of any other. cursor: ``num`` of the last one seen."""
    asked = {"account": account, "code": code, "most": limit, "cursor": NEWEST if cursor is None else cursor}
    return [click_from(row) for row in tx.rows(CLICKS, asked)]


def click(tx: Transaction, visit: Click) -> Link | None:
    """Count it and tell it. None when there is no such link.

    A bot's is told to endpoints that asked for all, and is an event only where there are such. Anybody may visit: from
    ``MOST_CLICKS`` of a link on they are counted, and neither kept one by one nor told.
    """
    at = to_ms(visit.at)
    tx.run(COUNT_HUMAN if visit.kind == "human" else COUNT_BOT, (visit.code,))
    link = find(tx, visit.code)
    if link is not None and link.human + link.bot <= MOST_CLICKS:
        tx.insert(ADD_CLICK, {"code": visit.code, "at": at, "kind": visit.kind, "address_hash": visit.address_hash})
        write = events.write if visit.kind == "human" else events.write_wanted
        write(tx, EventType.LINK_CLICKED, link.account, _told(tx, link, visit), at, message=link.message)
    return link


def _told(tx: Transaction, link: Link, visit: Click) -> dict[str, Any]:
    message = tx.row(OF_MESSAGE, (link.message,))
    return {
        "id": link.id,
        "code": link.code,
        "url": link.target,
        "message": link.message,
        "campaign": link.campaign,
        "tracking_id": None if message is None else message["tracking_id"],
        "to": None if message is None else message["recipient"],
        "kind": visit.kind,
        "clicks": link.human,
        "at": instant(visit.at),
    }
