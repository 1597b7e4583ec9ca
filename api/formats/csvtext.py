"""CSV (RFC 4180) with a header; a value that is no scalar stands in its cell as JSV."""

import csv
import io
from collections.abc import Mapping, Sequence

from api.formats.jsv import write_jsv
from api.formats.tree import NotReadable, Tree, scalar


def read_csv(text: str) -> Tree:
    """The one row as an object, or a list of several; cells as texts, those that are empty as absent."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise NotReadable(f"CSV: {error}") from None
    if len(rows) < 2:
        raise NotReadable("CSV: a header and at least one row are needed")
    header = [name.strip() for name in rows[0]]
    if any(len(row) > len(header) for row in rows[1:]):
        raise NotReadable("CSV: a row has more cells than the header")
    found: list[Tree] = [{n: cell or None for n, cell in zip(header, row, strict=False)} for row in rows[1:]]
    return found[0] if len(found) == 1 else found


def write_csv(value: Tree) -> str:
    """An object, or a list of objects with the same members: the header is the first one's."""
    rows = [row for row in (value if isinstance(value, list) else [value]) if isinstance(row, Mapping)]
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, lineterminator="\r\n")
    if rows:
        writer.writerow(rows[0])
        writer.writerows([_cell(row.get(name)) for name in rows[0]] for row in rows)
    return sheet.getvalue()


def _cell(value: Tree) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return write_jsv(value) if isinstance(value, Mapping | Sequence) else scalar(value)
