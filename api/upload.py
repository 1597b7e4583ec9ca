"""A file in a request: the raw body, or the one file of a form (RFC 7578)."""

import re
from dataclasses import dataclass
from email.parser import HeaderParser

from aiohttp import web

from api.wire import read_body
from gateway.domain.errors import Rejected

FORM = "multipart/form-data"
PATIENCE_S = 120.0  # for 16 MiB over a slow uplink
_FRAME = 64 * 1024  # octets of a form beside its file
_MOST_PARTS = 16
_LONGEST_HEAD = 8 * 1024
_BOUNDARY = re.compile(  # RFC 2046 §5.1.1, and what clients take for it
    r';\s*boundary=(?:"([\x20\x21\x23-\x7e]{1,70})"|([\x21\x23-\x3a\x3c-\x7e]{1,70}))\s*(?:;|$)', re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file as it came. name: as its sender calls it, "" when he does not."""

    name: str
    octets: bytes


async def read_upload(request: web.Request, limit: int) -> Uploaded:
    """The file that a request brings; ``?name=`` wins over what a form calls it.

    Raises Rejected ("payload_too_large", "request_timeout", "invalid_request" for a form without exactly one file).
    """
    name = request.query.get("name", "")
    if request.content_type != FORM:
        return Uploaded(name, await read_body(request, limit, PATIENCE_S))
    found = form_file(await read_body(request, limit + _FRAME, PATIENCE_S), request.headers["Content-Type"])
    if len(found.octets) > limit:
        raise Rejected("payload_too_large", f"at most {limit} octets")
    return Uploaded(name or found.name, found.octets)


def form_file(body: bytes, content_type: str) -> Uploaded:
    """The one file of a form, whatever its member is called. Raises Rejected("invalid_request")."""
    files = [one for part in _parts(body, _boundary(content_type)) if (one := _file(part)) is not None]
    if len(files) != 1:
        raise Rejected("invalid_request", "body: the form has to bring exactly one file")
    return files[0]


def _boundary(content_type: str) -> bytes:
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise Rejected("invalid_request", "Content-Type: a form needs its boundary")
    return bytes(found[1] or found[2], "ascii")


def _parts(body: bytes, boundary: bytes) -> list[bytes]:
    """Each part with its head. Raises Rejected for a form that is cut off or has too many."""
    _, *pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, _MOST_PARTS)
    parts: list[bytes] = []
    for piece in pieces:
        if piece.startswith(b"--"):
            return parts
        padding, _, part = piece.partition(b"\r\n")
        if padding.strip(b" \t"):
            break
        parts.append(part)
    raise Rejected("invalid_request", "body: not a whole form")


def _file(part: bytes) -> Uploaded | None:
    """A part that says which file it is."""
    head, found, octets = part.partition(b"\r\n\r\n")
    if not found or len(head) > _LONGEST_HEAD:
        raise Rejected("invalid_request", "body: a part of the form has no head")
    name = HeaderParser().parsestr(head.decode("utf-8", "replace") + "\r\n\r\n").get_filename()
    return None if name is None else Uploaded(name, octets)
