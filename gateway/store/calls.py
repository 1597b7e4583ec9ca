"""Calls that nobody takes: a SIM in a gateway has no ear, but who called may matter."""

from gateway.domain.event import Event, EventType
from gateway.store import events, lines
from gateway.store.attribution import attribute
from gateway.store.transaction import Transaction


def missed(tx: Transaction, line: int, caller: str | None, now: int) -> Event:
    record = lines.of_num(tx, line)
    account = attribute(tx, record, caller or "", now).account
    data = {"line": record.id, "name": record.name, "number": record.number, "from": caller}
    return events.write(tx, EventType.CALL_MISSED, account, data, now, line=record.id)
