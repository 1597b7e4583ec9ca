"""What a line's status says of its SIM beside up and down: the balance, and storages that stay nearly full."""

from collections.abc import Collection
from dataclasses import asdict, replace
from decimal import Decimal

from gateway.domain.errors import NotFound
from gateway.domain.event import EventType
from gateway.domain.line import LineRecord, StorageFill
from gateway.store import events
from gateway.store.access import accounts
from gateway.store.lines import put_status
from gateway.store.transaction import Transaction, from_ms


def set_balance(tx: Transaction, num: int, balance: Decimal, now: int, below: Decimal | None) -> None:
    """Also tells every account of the line when it went below that mark. Raises NotFound."""
    before = _known(tx, num)
    status = replace(before.status, balance=balance, balance_at=from_ms(now), balance_misses=0)
    line = put_status(tx, num, status)
    was_low = before.status.balance is not None and below is not None and before.status.balance < below
    if below is not None and balance < below and not was_low:
        data = {"id": line.id, "name": line.name, "number": line.number, "balance": str(balance), "below": str(below)}
        for account in _told(tx, line):
            events.write(tx, EventType.LINE_BALANCE_LOW, account, data, now, line=line.id)


def note_question(tx: Transaction, num: int, code: str, now: int) -> None:
    """The network is about to be asked for the balance; a miss until it has answered. Raises NotFound."""
    before = _known(tx, num)
    misses = 1 + (before.status.balance_misses if before.status.balance_code == code else 0)
    status = replace(before.status, balance_asked_at=from_ms(now), balance_code=code, balance_misses=misses)
    put_status(tx, num, status)


def set_storages(tx: Transaction, num: int, low: Collection[StorageFill], undecided: Collection[str], now: int) -> None:
    """Also tells every account of the line of each storage that was not low before. Raises NotFound."""
    before = _known(tx, num)
    known = before.status.storages_low
    kept = tuple(low) + tuple(fill for fill in known if fill.storage in undecided)
    if kept == known:
        return
    line = put_status(tx, num, replace(before.status, storages_low=kept))
    names = {fill.storage for fill in known}
    for fill in kept:
        if fill.storage not in names:
            data = {"id": line.id, "name": line.name, "number": line.number, **asdict(fill)}
            for account in _told(tx, line):
                events.write(tx, EventType.LINE_STORAGE_LOW, account, data, now, line=line.id)


def _known(tx: Transaction, num: int) -> LineRecord:
    found = tx.memory.lines.get(num)
    if found is None:
        raise NotFound(f"there is no line {num}")
    return found


def _told(tx: Transaction, line: LineRecord) -> Collection[str]:
    """The accounts that may send from it."""
    return line.accounts or [known.name for known in accounts(tx)]
