"""What a request says, by name: its path before its body before its query (contract rest-sms §2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic_core import from_json

from api.fronts.rest_sms.answers import VENDOR_TYPE, Worded
from gateway.domain.errors import Rejected

BODY_MOST = 256 * 1024  # octets
MOST_FIELDS = 100
SHOWN = 100  # characters of a wrong value that are told back
JSON_TYPES = frozenset({"application/json", VENDOR_TYPE})
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Values:
    """sources: the first that has a name decides. Members of a JSON body may be strings, integers or null."""

    sources: tuple[Mapping[str, object], ...]

    def find(self, *names: str) -> str | None:
        """The value under the first of these names that anything says. Raises Worded for what can be no value."""
        for source in self.sources:
            for name in names:
                value = source.get(name)
                if value is not None:
                    return _text(names[0], value)
        return None

    def get(self, *names: str) -> str:
        """As ``find``; "" where nobody says it."""
        return self.find(*names) or ""


def wrong(name: str, value: str, code: str = "invalid_request") -> Worded:
    """A value that cannot be, told in brackets as the vendor does."""
    return Worded(code, f"Invalid {name} [{value[:SHOWN]}]")


def form_values(octets: bytes) -> Mapping[str, str]:
    """A form or a query; of a name given twice, the first. Raises Rejected("invalid_request")."""
    try:
        pairs = parse_qsl(octets.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Rejected("invalid_request", "The form or query is not UTF-8, or too long") from None
    return _first_of_each(pairs)


def body_values(request: web.Request, octets: bytes) -> Mapping[str, object]:
    """The body's values: a JSON object or a form; what says no type is JSON if it looks so.

    Raises Rejected("invalid_json", "invalid_request", "unsupported_media_type").
    """
    if not octets.strip():
        return {}
    said = request.content_type if "Content-Type" in request.headers else ""
    if said in JSON_TYPES or (not said and octets.lstrip()[:1] in (b"{", b"[")):
        return _json_values(octets)
    if said in (FORM_TYPE, ""):
        return form_values(octets)
    raise Rejected("unsupported_media_type", f"send application/json or {FORM_TYPE}")


def _json_values(octets: bytes) -> Mapping[str, object]:
    try:
        value = from_json(octets, allow_inf_nan=False)
    except ValueError:
        raise Rejected("invalid_json", "Invalid JSON") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Rejected("invalid_request", "The body is no JSON object")
    return value


def _first_of_each(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    values: dict[str, str] = {}
    for name, value in pairs:
        values.setdefault(name, value)
    return values


def _text(name: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**20:
        return str(value)  # a phone, a sender code or a customer key that was written as a number
    if not isinstance(value, str):
        raise Worded("invalid_request", f"Invalid {name}")
    if "\0" in value:
        raise wrong(name, value)
    return value
