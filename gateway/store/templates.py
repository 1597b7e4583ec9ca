"""Named messages."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.domain.errors import Conflict, Fault, NotFound, Rejected
from gateway.domain.ids import new_id
from gateway.domain.template import Template
from gateway.store.listing import page
from gateway.store.rows import dump
from gateway.store.transaction import Row, Transaction, from_ms, to_ms

SELECT = "SELECT * FROM templates"
ONE = """
SELECT * FROM templates WHERE account = :account AND (id = :wanted OR name_key = :key)
ORDER BY id = :wanted DESC LIMIT 1
"""
BY_KEY = "SELECT num FROM templates WHERE account = ? AND name_key = ?"
ADD = """
INSERT INTO templates (id, account, name, name_key, text, segments, labels, created_at, updated_at)
VALUES (:id, :account, :name, :name_key, :text, :segments, :labels, :created_at, :updated_at)
RETURNING num
"""
SAVE = """
UPDATE templates
SET name = :name, name_key = :name_key, text = :text, segments = :segments, labels = :labels, updated_at = :updated_at
WHERE num = :num
"""
DELETE = "DELETE FROM templates WHERE num = ?"


def templates(
    tx: Transaction, account: str, *, limit: int, cursor: int | None, ascending: bool, skip: int
) -> list[Template]:
    """By their number."""
    where = {"account": account}
    rows = page(tx, SELECT, where, limit=limit, cursor=cursor, ascending=ascending, skip=skip)
    return [template_from(row) for row in rows]


def get(tx: Transaction, account: str, template: str) -> Template:
    """By id, or by name whatever its case. Raises NotFound."""
    row = tx.row(ONE, {"account": account, "wanted": template, "key": template.casefold()})
    if row is None:
        raise NotFound("there is no such template")
    return template_from(row)


def create(
    tx: Transaction, account: str, name: str, text: str, segments: int, labels: Sequence[str], now: int
) -> Template:
    """Raises Conflict("conflict") for a name that is taken."""
    at = from_ms(now)
    made = Template(0, new_id("tpl", now), account, name, text, segments, at, at, tuple(labels))
    _check_free(tx, made)
    return replace(made, num=tx.insert(ADD, _row(made)))


def update(
    tx: Transaction,
    account: str,
    template: str,
    now: int,
    *,
    name: str | None,
    text: tuple[str, int] | None,
    labels: Sequence[str] | None,
    expected: datetime | None,
) -> Template:
    """text: with its segments. Raises NotFound, Rejected("precondition_failed"), Conflict("conflict")."""
    known = get(tx, account, template)
    if expected is not None and expected != known.updated_at:
        raise Rejected("precondition_failed", "the template was changed meanwhile")
    body, segments = (known.text, known.segments) if text is None else text
    changed = replace(
        known,
        name=known.name if name is None else name,
        text=body,
        segments=segments,
        labels=known.labels if labels is None else tuple(labels),
        updated_at=from_ms(max(now, to_ms(known.updated_at) + 1)),  # a new one each time: it is what If-Match tells by
    )
    _check_free(tx, changed)
    tx.run(SAVE, _row(changed))
    return changed


def delete(tx: Transaction, account: str, template: str) -> None:
    """Raises NotFound."""
    tx.run(DELETE, (get(tx, account, template).num,))


def _check_free(tx: Transaction, template: Template) -> None:
    row = tx.row(BY_KEY, (template.account, template.name.casefold()))
    if row is not None and row["num"] != template.num:
        fault = Fault("name", "conflict", "another template has it")
        raise Conflict("conflict", f"name: there is a template {template.name} already", faults=(fault,))


def template_from(row: Row) -> Template:
    return Template(
        num=row["num"],
        id=row["id"],
        account=row["account"],
        name=row["name"],
        text=row["text"],
        segments=row["segments"],
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
        labels=tuple(json.loads(row["labels"])),
    )


def _row(template: Template) -> dict[str, Any]:
    return {
        "num": template.num,
        "id": template.id,
        "account": template.account,
        "name": template.name,
        "name_key": template.name.casefold(),
        "text": template.text,
        "segments": template.segments,
        "labels": dump(template.labels),
        "created_at": to_ms(template.created_at),
        "updated_at": to_ms(template.updated_at),
    }
