"""Contacts out of a CSV file, as spreadsheets write them."""

import asyncio
import csv
import io
import re

from gateway.domain.access import AccountSettings
from gateway.domain.contact import ContactChange
from gateway.domain.errors import GatewayError, Rejected
from gateway.policy.templates import NAME
from gateway.services.contact_words import checked, group_name
from gateway.store.contracts.people import Imported

MOST_ROWS = 10_000  # they are written in one transaction, and others want their turn
LONGEST_CELL = 100_000  # characters; below the csv module's own limit, which is one for the whole process
AT_ONCE = 200  # rows that are read before others get their turn
OWN = frozenset({"name", "phone", "email", "external_id", "tags", "group"})
_BETWEEN_TAGS = re.compile("[;,]")


async def read_rows(octets: bytes, settings: AccountSettings) -> tuple[list[Imported], dict[int, str]]:
    """The good rows, and what is wrong with the others by the line they begin on.

    octets: UTF-8, with or without a byte order mark; commas or semicolons between columns, the first row names them.
    An empty cell says nothing of its column. Raises Rejected("invalid_request") for what is no such file.
    """
    text = _decoded(octets)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = _header(next(reader, []))
        rows: list[Imported] = []
        faults: dict[int, str] = {}
        begins = reader.line_num + 1
        for count, cells in enumerate(reader, 1):
            if count > MOST_ROWS:
                raise _no_csv(f"at most {MOST_ROWS} rows")
            if count % AT_ONCE == 0:
                await asyncio.sleep(0)
            if any(len(cell) > LONGEST_CELL for cell in cells):
                raise _no_csv(f"line {begins}: a cell of over {LONGEST_CELL} characters")
            if any(cell.strip() for cell in cells):
                _take(begins, header, cells, settings, rows, faults)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _no_csv(f"line {reader.line_num}: {error}") from None
    return rows, faults


def _take(
    line: int,
    header: list[str],
    cells: list[str],
    settings: AccountSettings,
    rows: list[Imported],
    faults: dict[int, str],
) -> None:
    try:
        rows.append(_row(line, header, cells, settings))
    except GatewayError as fault:
        faults[line] = fault.detail


def _row(line: int, header: list[str], cells: list[str], settings: AccountSettings) -> Imported:
    if len(cells) > len(header):
        raise _no_csv(f"{len(cells)} cells under {len(header)} columns")
    given = {column: cell.strip() for column, cell in zip(header, cells, strict=False) if cell.strip()}
    if not {"phone", "external_id", "email", "name"} & given.keys():
        raise _no_csv("neither name, phone, email nor external_id")
    tags = tuple(tag.strip() for tag in _BETWEEN_TAGS.split(given["tags"])) if "tags" in given else None
    change = ContactChange(
        name=given.get("name"),
        phone=given.get("phone"),
        email=given.get("email"),
        external_id=given.get("external_id"),
        tags=tags and tuple(tag for tag in tags if tag),
        fields={column: value for column, value in given.items() if column not in OWN} or None,
    )
    return Imported(line, checked(change, settings), group_name(given["group"]) if "group" in given else None)


def _header(cells: list[str]) -> list[str]:
    """The columns' names: our own whatever their case, others with ``_`` for blanks."""
    columns = []
    for cell in cells:
        name = "_".join(cell.split())
        columns.append(name.lower() if name.lower() in OWN else name)
    if not columns or not all(NAME.fullmatch(name) for name in columns):
        raise _no_csv("the first row names the columns: letters, digits, _, - and .")
    if len(set(columns)) < len(columns):
        raise _no_csv("a column stands there twice")
    return columns


def _decoded(octets: bytes) -> str:
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _no_csv("the file is not UTF-8") from None
    if "\0" in text:
        raise _no_csv("there is a NUL in the file")
    return text


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return ";" if header.count(";") > header.count(",") else ","


def _no_csv(detail: str) -> Rejected:
    return Rejected("invalid_request", detail)
