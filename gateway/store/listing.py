"""Pages of rows: what every list of one account's things has in common."""

from collections.abc import Mapping
from typing import Any

from gateway.store.transaction import Row, Transaction

EVERYTHING = 1 << 62


def page(
    tx: Transaction,
    select: str,
    where: Mapping[str, Any],
    *,
    limit: int,
    cursor: int | None,
    conditions: tuple[str, ...] = (),
    more: Mapping[str, Any] | None = None,
    ascending: bool = False,
    skip: int = 0,
    of: str = "",
) -> list[Row]:
    """Rows by their num, newest first or ascending.

    select: ``SELECT … FROM …``, a constant. where: column → value it must have; None narrows nothing. conditions,
    more: further ones, constants, and their parameters. cursor: the num of the last row seen. of: the table that the
    columns are of, with its dot, where several are joined.
    """
    given = {name: value for name, value in where.items() if value is not None}
    asked = [f"{of}{name} = :{name}" for name in given] + list(conditions)
    if cursor is not None:
        asked.append(f"{of}num {'>' if ascending else '<'} :cursor")
    order = f"{of}num {'ASC' if ascending else 'DESC'}"
    sql = f"{select} WHERE {' AND '.join(asked)} ORDER BY {order} LIMIT :most OFFSET :skip"
    return tx.rows(sql, {**given, **(more or {}), "cursor": cursor, "most": limit, "skip": min(skip, EVERYTHING)})


def containing(text: str) -> str:
    """The pattern of ``LIKE … ESCAPE '!'`` for what contains the text, whatever its case."""
    literal = text.casefold().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{literal}%"
