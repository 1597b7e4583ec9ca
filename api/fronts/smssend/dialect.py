"""Which format and casing an answer has, and what a request's body says (contract servicestack-smssend §2)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from aiohttp import web

from api.formats import NotReadable, Tree
from api.formats.csvtext import read_csv
from api.formats.forms import read_form, read_multipart
from api.formats.jsontext import read_json, read_lines
from api.formats.jsv import read_jsv
from api.formats.xmltext import read_xml
from gateway.domain.errors import Rejected

NAME = "SMSSend"


class Format(StrEnum):
    """How an answer is written."""

    JSON = "json"
    JSONL = "jsonl"
    XML = "xml"
    CSV = "csv"
    JSV = "jsv"
    HTML = "html"


OTHER = "other"
"""The vendor's page "HTTP + OTHER" shows JSONL."""

FORMATS: Mapping[str, Format] = MappingProxyType({str(known): known for known in Format} | {OTHER: Format.JSONL})
"""As ``?format=``, a suffix or a predefined route names them."""

MEDIA_TYPES: Mapping[str, Format] = MappingProxyType(
    {
        "application/json": Format.JSON,
        "text/json": Format.JSON,
        "text/jsonl": Format.JSONL,
        "application/jsonl": Format.JSONL,
        "application/x-ndjson": Format.JSONL,
        "application/xml": Format.XML,
        "text/xml": Format.XML,
        "text/csv": Format.CSV,
        "text/jsv": Format.JSV,
        "application/jsv": Format.JSV,
        "text/html": Format.HTML,
        "application/xhtml+xml": Format.HTML,
    }
)
CONTENT_TYPES: Mapping[Format, str] = MappingProxyType(
    {
        Format.JSON: "application/json; charset=utf-8",
        Format.JSONL: "text/jsonl",
        Format.XML: "application/xml; charset=utf-8",
        Format.CSV: "text/csv; charset=utf-8",
        Format.JSV: "text/jsv; charset=utf-8",
        Format.HTML: "text/html; charset=utf-8",
    }
)
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_READERS: Mapping[Format, Callable[[str], Tree]] = MappingProxyType(
    {
        Format.JSON: read_json,
        Format.JSONL: read_lines,
        Format.XML: read_xml,
        Format.CSV: read_csv,
        Format.JSV: read_jsv,
    }
)
_READABLE = frozenset(name for name, known in MEDIA_TYPES.items() if known in _READERS)
_TEXTS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_CASED = frozenset({Format.JSON, Format.JSONL, Format.JSV})
_PEEKED = 256  # octets; a form's first name stands after its boundary
_IN_OBJECT = re.compile(rb"[\s\[\xef\xbb\xbf]*\{[\s\"]*([A-Za-z])")
_FIRST_NAME: Mapping[str, re.Pattern[bytes]] = MappingProxyType(
    {name: _IN_OBJECT for name, known in MEDIA_TYPES.items() if known in _CASED}
    | {"": _IN_OBJECT, FORM: re.compile(rb"([A-Za-z])"), MULTIPART: re.compile(rb".*?\bname=\"?([A-Za-z])", re.DOTALL)}
)
_SUFFIX = re.compile(r"\.(\w+)/?\Z")
_PREDEFINED = re.compile(r"/(?:api/)?(\w+)/(?:reply|oneway|metadata)(?:/|\Z)", re.IGNORECASE)


_BEGINNING = web.RequestKey("smssend_beginning", bytes)


class UnknownFormat(Rejected):
    """``?format=`` or a suffix that names none of ours."""

    def __init__(self, name: str) -> None:
        super().__init__("invalid_request", f"'{name[:20]}' is no format: {', '.join(FORMATS)}")


@dataclass(frozen=True, slots=True)
class Voice:
    """How a request is answered. camel: names begin with a lower-case letter."""

    format: Format
    camel: bool = False


def peek(request: web.Request, body: bytes) -> None:
    """Keep the body's beginning for ``voice_of``: the case of its first name decides the case of ours."""
    request[_BEGINNING] = body[:_PEEKED]


def voice_of(request: web.Request) -> Voice:
    """The first that says so: ``?format=``, suffix, predefined route, Accept, Content-Type; else JSON.

    Raises UnknownFormat.
    """
    chosen = _named(request) or _accepted(request) or Format.JSON
    return Voice(chosen, chosen in _CASED and _is_camel(request))


def _named(request: web.Request) -> Format | None:
    suffix = _SUFFIX.search(request.path) if "." in request.path else None
    for name in (request.query.get("format") if request.query_string else None, suffix and suffix[1]):
        if name is not None:
            known = FORMATS.get(name.lower())
            if known is None:
                raise UnknownFormat(name)
            return known
    predefined = _PREDEFINED.match(request.path)
    return FORMATS.get(predefined[1].lower()) if predefined else None


def _accepted(request: web.Request) -> Format | None:
    """By q-value, then by order; where anything will do, as the request's own body is written."""
    own = MEDIA_TYPES.get(_media_type(request))
    for media_type in _by_preference(",".join(request.headers.getall("Accept", ("*/*",)))):
        if media_type == "*/*":
            return own
        if media_type.endswith("/*"):
            within = [known for name, known in MEDIA_TYPES.items() if name.startswith(media_type[:-1])]
            if within:
                return own if own in within else within[0]
        elif media_type in MEDIA_TYPES:
            return MEDIA_TYPES[media_type]
    return None


@lru_cache(maxsize=256)
def _by_preference(accept: str) -> tuple[str, ...]:
    """Callers send the same few again and again."""
    wanted = []
    for entry in accept.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in entry.split(";"))
        quality = next((_quality(text[2:]) for text in parameters if text.startswith("q=")), 1.0)
        if quality > 0:
            wanted.append((quality, media_type))
    return tuple(media_type for _, media_type in sorted(wanted, key=lambda one: -one[0]))


def _quality(text: str) -> float:
    return float(text) if re.fullmatch(r"[01](\.\d{0,3})?", text, re.ASCII) else 0.0


def _is_camel(request: web.Request) -> bool:
    match request.query.get("jsconfig", "").lower() if request.query_string else "":
        case "eccn":
            return True
        case "epcn":
            return False
        case _:
            pattern = _FIRST_NAME.get(_media_type(request))
            first = pattern.match(request.get(_BEGINNING, b"")) if pattern else None
            return first is not None and first[1].islower()


def _media_type(request: web.Request) -> str:
    given = request.headers.get("Content-Type")
    if not given or given in MEDIA_TYPES:  # spares parsing what nearly everybody sends
        return given or ""
    return request.content_type.lower()


def check_content_type(request: web.Request) -> None:
    """Raises Rejected("unsupported_media_type") for a body that we do not read, or not in this charset."""
    if request.headers.get("Content-Type") in _READABLE:  # bare, as nearly everybody sends it
        return
    media_type = _media_type(request)
    readable = MEDIA_TYPES.get(media_type) in _READERS or media_type in (FORM, MULTIPART)
    if media_type and not readable and request.body_exists:
        raise Rejected("unsupported_media_type", f"'{media_type[:60]}' is not taken")
    charset = request.charset
    if charset is not None and charset.lower() not in _TEXTS:
        raise Rejected("unsupported_media_type", f"the charset '{charset[:20]}' is not taken; utf-8 is")


def read_request(request: web.Request, body: bytes) -> Tree:
    """The body as a tree, by its Content-Type; without one it is tried as JSON. None where there is nothing in it.

    Raises NotReadable.
    """
    media_type = _media_type(request)
    if media_type == MULTIPART and body:
        return read_multipart(body, _boundary(request))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotReadable("the body is not UTF-8") from None
    if not text.strip():
        return None
    if media_type == FORM:
        return read_form(text)
    written = MEDIA_TYPES.get(media_type, Format.JSON)
    if written is Format.CSV and text.lstrip().startswith("{"):
        written = Format.JSON  # the vendor's own CSV page shows that
    return _READERS[written](text)


def read_nested(text: str) -> Tree:
    """An object or a list that stands as a text in a cell or a field: JSON, or else JSV. Raises NotReadable."""
    try:
        return read_json(text)
    except NotReadable:
        return read_jsv(text)


def _boundary(request: web.Request) -> str:
    found = re.search(r';\s*boundary=(?:"([^"]*)"|([^;\s]+))', request.headers["Content-Type"], re.IGNORECASE)
    return (found[1] or found[2] or "") if found else ""
