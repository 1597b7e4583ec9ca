"""What an enswitch request carries: query, form, multipart or JSON, read from raw octets into one set of names.

The framework's own query parser is of no use here: it takes ``a=1;b=2`` for one value.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import unquote_to_bytes

from pydantic_core import from_json

from gateway.domain.errors import Rejected

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
JSON = "application/json"

MOST_FIELDS = 1000  # of one source; whoever sends more is refused before anything is decoded
PIECE = 64 * 1024  # octets
MEANT_WHEN_EMPTY = frozenset({"stype"})
"""Elsewhere an empty value is an absent one [seed: ``stype=`` is a value]."""
NOT_TEXT = "Not valid UTF-8 text."
NOT_STRING = "Must be a string."

_EITHER = re.compile(b"[&;]")


@dataclass(frozen=True, slots=True)
class Parameters:
    """Names with their values. faults: names whose value is none, and why: told only to who is known."""

    values: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The value, empty where it is absent."""
        return self.values.get(name, "")

    def over(self, other: "Parameters") -> "Parameters":
        """Both together, these before the other's."""
        own = self.values.keys() | self.faults.keys()

        def rest(names: Mapping[str, str]) -> dict[str, str]:
            return {name: value for name, value in names.items() if name not in own}

        return Parameters(rest(other.values) | dict(self.values), rest(other.faults) | dict(self.faults))


def of_query(raw: str) -> Parameters:
    """raw: what stands behind the question mark as it came; separated by ``&`` and ``;``, mixed as one likes."""
    return _of_pairs(raw.encode("utf-8", "surrogateescape"), either=True)


def of_body(octets: bytes, content_type: str) -> Parameters:
    """A request body. content_type: the header's whole value.

    Raises Rejected("invalid_json", "invalid_request") for what cannot be read as that.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON:
        return _of_json(octets)
    if kind == MULTIPART:
        return _of_multipart(octets, content_type)
    return _of_pairs(octets, either=b"&" not in octets)  # else a ``;`` left raw in a message would cut it


def _of_pairs(octets: bytes, *, either: bool) -> Parameters:
    if octets.count(b"&") + (octets.count(b";") if either else 0) > MOST_FIELDS:
        raise _too_many()
    pieces = _EITHER.split(octets) if either else octets.split(b"&")
    split = (piece.partition(b"=") for piece in pieces if piece)
    return _decoded((_unquoted(name), _unquoted(value)) for name, _, value in split)


def _unquoted(octets: bytes) -> bytes:
    """Decoded piece by piece: all at once, a file of escapes would take many times its size."""
    octets = octets.replace(b"+", b" ")
    pieces, start = [], 0
    while start < len(octets):
        end = start + PIECE
        cut = octets.rfind(b"%", max(start, end - 2), end)  # no escape is cut in two
        end = end if cut <= start else cut
        pieces.append(unquote_to_bytes(octets[start:end]))
        start = end
    return b"".join(pieces)


def _decoded(pairs: Iterable[tuple[bytes, bytes]]) -> Parameters:
    """The last of a repeated name counts; a name that is no text is nobody's."""
    found: dict[str, str | None] = {}
    for name, value in pairs:
        try:
            known = name.decode()
        except UnicodeDecodeError:
            continue
        try:
            found[known] = value.decode()
        except UnicodeDecodeError:
            found[known] = None
    return Parameters(
        {name: text for name, text in found.items() if text or (text is not None and name in MEANT_WHEN_EMPTY)},
        {name: NOT_TEXT for name, text in found.items() if text is None},
    )


def _of_json(octets: bytes) -> Parameters:
    if not octets.strip():
        return Parameters()
    try:
        members = from_json(octets, allow_inf_nan=False)
    except ValueError:
        raise Rejected("invalid_json", "The body is not valid JSON.") from None
    if not isinstance(members, dict):
        raise Rejected("invalid_request", "The body is not a JSON object.")
    if len(members) > MOST_FIELDS:
        raise _too_many()
    values: dict[str, str] = {}
    faults: dict[str, str] = {}
    for name, value in members.items():
        match value:
            case bool() | float() | list() | dict():
                faults[name] = NOT_STRING
            case int():
                values[name] = str(value)
            case str() if value or name in MEANT_WHEN_EMPTY:
                values[name] = value
    return Parameters(values, faults)


def _of_multipart(octets: bytes, content_type: str) -> Parameters:
    boundary = _header("Content-Type", content_type).get_boundary()
    if not boundary:
        raise Rejected("invalid_request", "The body has no boundary.")
    parts = (b"\r\n" + octets).split(b"\r\n--" + boundary.encode("utf-8", "surrogateescape"), MOST_FIELDS + 2)
    if len(parts) > MOST_FIELDS + 1:
        raise _too_many()
    return _decoded(_part(part) for part in parts[1:] if part.startswith(b"\r\n"))


def _part(octets: bytes) -> tuple[bytes, bytes]:
    """The name and the value of one part."""
    head, _, value = octets.partition(b"\r\n\r\n")
    for line in head.decode("utf-8", "replace").split("\r\n"):
        header, _, content = line.partition(":")
        if header.strip().lower() == "content-disposition":
            name = _header("Content-Disposition", content).get_param("name", header="Content-Disposition")
            return (name.encode() if isinstance(name, str) else b"", value)
    return b"", value


def _header(name: str, value: str) -> Message:
    message = Message()
    message[name] = re.sub(r"[\r\n]", " ", value)
    return message


def _too_many() -> Rejected:
    return Rejected("invalid_request", f"More than {MOST_FIELDS} parameters.")
