"""How this dialect tells things: its JSON, dates and refusals (contract rest-sms §2, §4)."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from zoneinfo import ZoneInfo

from aiohttp import web

from api.codes import code_of, retry_after
from gateway.domain.access import Account
from gateway.domain.errors import GatewayError

VENDOR_TYPE = "application/vnd.whatcounts-v1+json"
JSON_TYPE = "application/json; charset=utf-8"
CHALLENGE = 'Basic realm="rest"'
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FIXED: Mapping[int, str] = MappingProxyType(
    {401: "Unauthorized", 405: "Method Not Allowed", 429: "Too Many Requests", 500: "Internal Server Error"}
)
"""Statuses that are told by nothing but their phrase; so is every one from 500 up."""

Body = Mapping[str, object] | Sequence[Mapping[str, object]]


class Worded(GatewayError):
    """A refusal in this dialect's own words."""


def date(at: datetime, account: Account) -> str:
    """``Mar 22, 2018 4:05:11 PM`` in the account's time zone [seed]; English whatever the process's locale is."""
    local = at.astimezone(ZoneInfo(account.settings.timezone))
    hour, half = local.hour % 12 or 12, "AM" if local.hour < 12 else "PM"
    day = f"{MONTHS[local.month - 1]} {local.day}, {local.year}"
    return f"{day} {hour}:{local.minute:02}:{local.second:02} {half}"


def dump(body: Body) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def answer(
    body: Body | str, request: web.Request, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """body: what is to be told, or its text."""
    octets = (body if isinstance(body, str) else dump(body)).encode()
    return web.Response(status=status, body=octets, headers={"Content-Type": content_type(request), **(headers or {})})


def content_type(request: web.Request) -> str:
    """The vendor's own where ``Accept`` names it."""
    accepted = (field.partition(";")[0].strip().lower() for field in request.headers.get("Accept", "").split(","))
    return VENDOR_TYPE if VENDOR_TYPE in accepted else JSON_TYPE


def refusal(
    error: GatewayError, request: web.Request, *, headers: Mapping[str, str], as_500: bool = False
) -> web.Response:
    """as_500: a status that says "do not ask like this again" is told as 500, as the vendor does."""
    status = code_of(error.code).rest_sms
    told = _words(error, status)
    if as_500 and status in (400, 404, 409):
        status = 500
    more = {**headers, **retry_after(error)}
    if status == 401:
        more["WWW-Authenticate"] = CHALLENGE
    body = {"error": told, "status": HTTPStatus(status).phrase, "statusCode": status}
    return answer(body, request, status=status, headers=more)


def _words(error: GatewayError, status: int) -> str:
    phrase = HTTPStatus(status).phrase
    if isinstance(error, Worded):
        return error.detail
    if status in FIXED or status >= 500:
        return phrase
    if status == 403:
        return f"Forbidden: {error.detail or code_of(error.code).title}"
    return error.detail or phrase
