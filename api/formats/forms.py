"""What HTML forms post: ``application/x-www-form-urlencoded`` and ``multipart/form-data`` (RFC 7578)."""

import re
from urllib.parse import parse_qsl

from api.formats.tree import NotReadable, Tree

MOST_FIELDS = 1000
_NAME = re.compile(rb';\s*name\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', re.IGNORECASE)
_FILENAME = re.compile(rb";\s*filename\*?\s*=", re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition\s*:(.*)$", re.IGNORECASE | re.MULTILINE)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


def read_form(text: str) -> Tree:
    """Names to texts; of a name given twice the last one counts."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise NotReadable(f"form: {error}") from None
    return dict(pairs)


def read_multipart(octets: bytes, boundary: str) -> Tree:
    """Likewise; files are passed over. boundary: of the Content-Type."""
    mark = re.escape(boundary.encode("latin-1", "replace"))
    pieces = re.split(rb"(?:\A|\r?\n)--" + mark + rb"(--)?[ \t]*(?=\r?\n|\Z)", octets)
    marks = pieces[1::2]
    if not boundary or b"--" not in marks:
        raise NotReadable("multipart: the boundary does not delimit the body")
    found: dict[str, Tree] = {}
    for piece in pieces[2 : 2 * marks.index(b"--") + 1 : 2]:
        end = _END_OF_HEAD.search(piece)
        disposition = _DISPOSITION.search(piece[: end.start()]) if end else None
        name = _NAME.search(disposition[1]) if disposition else None
        if end is None or disposition is None or name is None:
            raise NotReadable("multipart: a part has no name")
        if not _FILENAME.search(disposition[1]):
            found[_text(re.sub(rb"\\(.)", rb"\1", name[1] or name[2] or b""))] = _text(piece[end.end() :])
    return found


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise NotReadable("multipart: a field is not UTF-8") from None
