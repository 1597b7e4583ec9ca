"""Members of this dialect's bodies and queries: their names in any case, null as if it was not there."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from pydantic_core import from_json

from gateway.domain.errors import Rejected

Fields = Mapping[str, Any]
"""Members by their names in lower case."""


def fields_of(octets: bytes) -> Fields:
    """The members of a JSON object; of one given twice the first. Raises Rejected("invalid_json")."""
    try:
        value = from_json(octets, allow_inf_nan=False)
    except ValueError as error:
        raise Rejected("invalid_json", str(error)) from None
    if not isinstance(value, dict):
        raise Rejected("invalid_json", "send a JSON object")
    fields: dict[str, Any] = {}
    for name, member in value.items():
        if member is not None:
            fields.setdefault(name.lower(), member)
    return fields


def query_value(request: web.Request, name: str) -> str:
    """What the query says under that name, in any case; "" for nothing."""
    return next((value for given, value in request.query.items() if given.lower() == name), "").strip()


def text_of(fields: Fields, name: str, label: str) -> str | None:
    """None for one that is not there. Raises Rejected("invalid_request") for what is no text."""
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value
    raise Rejected("invalid_request", f"{label}: a string")


def number_of(value: object, label: str, code: str) -> str:
    """A phone number: a string, or a JSON integer in its digits. Raises Rejected(code) for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15:
        return str(value)
    raise Rejected(code, f"{label}: not a phone number")


def flag_of(fields: Fields, name: str, label: str) -> bool | None:
    """A boolean, or the word for it. Raises Rejected("invalid_request")."""
    value = fields.get(name)
    if value is None or isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in ("true", "false"):
        raise Rejected("invalid_request", f"{label}: true or false")
    return word == "true"


def seconds(at: datetime) -> str:
    """A time as this dialect writes it, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
