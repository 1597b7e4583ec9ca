"""The ``sendsms`` front: one endpoint, ``{"action": "sendsms"}``, ``x-api-key`` (seed 004; contract sendsms-action).

Every answer that this API decides has HTTP status 200 and says "Success" or "Failure" in its body, because that is
where its clients look; ``http_errors`` in the configuration gives failures a status of their own as well.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from aiohttp import web
from pydantic_core import from_json

from api.auth import ADDRESS
from api.codes import code_of, retry_after
from api.description import About
from api.front import Endpoint
from api.fronts.sendsms.schema import ABOUT, ACT
from api.idempotency import idempotency_of, replayed
from api.wire import read_body
from gateway.domain.access import Principal
from gateway.domain.errors import Conflict, GatewayError, Rejected
from gateway.domain.message import Draft
from gateway.domain.sender import named
from gateway.services import Enqueued, Gateway, StoredAnswer

PATHS = ("/action", "/api/action", "/sendsms")
BODY_MOST = 256 * 1024  # octets
CONTENT_TYPE = "application/json; charset=utf-8"

INFO: Mapping[str, str] = MappingProxyType(
    {
        "E100": "Invalid request. Please make a valid JSON POST request with all the required variables.",
        "E103": "Account is blocked.",
        "E104": "Authentication failed.",
        "E105": "API access is not enabled.",
        "E106": "Same request repeated too early.",
        "E107": "Invalid action or no rights for it.",
        "E108": "JSON could not be parsed.",
        "E110": "Invalid Receiver.",
        "E111": "Invalid Sender.",
        "E112": "IP address is not allowed.",
        "E113": "Throughput limit exceeded.",
        "E114": "Receiver is blacklisted.",
        "E115": "Invalid sender mask.",
        "E503": "Internal error. Please try again.",
        "E621": "'to' is required.",
        "E628": "Operator is not supported.",
        "E712": "Message text is required.",
        "E713": "Account limit reached.",
        "E714": "Missing or invalid campaign.",
        "E715": "Number is not subscribed to the campaign.",
        "E901": "Mobile number is required.",
        "E902": "Campaign is required.",
        "E903": "Invalid campaign.",
        "E904": "Could not subscribe.",
        "E905": "Could not unsubscribe.",
    }
)
HTTP_STATUS: Mapping[str, int] = MappingProxyType(
    {"E104": 401, "E103": 403, "E105": 403, "E112": 403, "E106": 429, "E113": 429, "E503": 503}
)
"""With ``http_errors``; every other failure is 400."""
TRANSPORT_STATUS: Mapping[str, int] = MappingProxyType(
    {"payload_too_large": 413, "request_timeout": 408, "method_not_allowed": 405, "not_found": 404, "internal": 500}
)
"""Real HTTP statuses in any mode: nothing of the body was understood yet."""

TRUE_WORDS = frozenset({"true", "yes", "1"})
FALSE_WORDS = frozenset({"false", "no", "0"})
_GIVEN_TO = web.RequestKey("sendsms_to", str)


class _Failure(GatewayError):
    """A refusal with this dialect's own code, where no core code says it."""

    def __init__(self, own_code: str, detail: str = "") -> None:
        super().__init__("invalid_request", detail)
        self.own_code = own_code


@dataclass(frozen=True, slots=True)
class SendSmsFront:
    """paths: where it answers. http_errors: failures also say so by their HTTP status."""

    gateway: Gateway
    paths: Sequence[str] = PATHS
    http_errors: bool = False
    name: str = "sendsms"

    def routes(self) -> Iterable[Endpoint]:
        """The same action under each path; the media type is not looked at, curl's default is not JSON."""
        for path in self.paths:
            yield Endpoint("POST", path, self.act, body_limit=BODY_MOST, told=ACT, service_later=True)

    def about(self) -> About:
        return ABOUT

    async def authenticate(self, request: web.Request) -> Principal:
        """By the header ``x-api-key`` alone: a key in the address or body would end in logs.

        The body is looked at before, for the ``to`` that every failure tells [seed], this one too.
        """
        octets = await read_body(request, BODY_MOST)
        with suppress(Rejected):  # told once it is known who asks
            body = _object(octets)
            request[_GIVEN_TO] = _echo(body.get("to", body.get("mobile")))
        return await self.gateway.access.authenticate(request.headers.get("x-api-key"), address=request[ADDRESS])

    async def act(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        """Read the body and do what its ``action`` says; the value's case does not matter [seed]."""
        octets = await read_body(request, BODY_MOST)
        body = _object(octets)
        action = body.get("action")
        if not isinstance(action, str) or not action.strip():
            raise Rejected("invalid_request")
        match action.strip().lower():
            case "sendsms":
                return await self._send(request, principal, body, octets)
            case "subscribe":
                principal.need_front(self.name)
                return await self._subscribe(principal, body)
            case "unsubscribe":
                principal.need_front(self.name)
                return await self._unsubscribe(principal, body)
            case _:
                raise Rejected("unknown_action")

    def explain(self, error: GatewayError, request: web.Request) -> web.StreamResponse:
        """A failure in this dialect's words [seed]: status, error-code, error-info, to."""
        code = error.own_code if isinstance(error, _Failure) else code_of(error.code).sendsms
        info = error.detail if code == "E100" and error.detail.startswith("Click tracking") else INFO[code]
        body = {"status": "Failure", "error-code": code, "error-info": info, "to": request.get(_GIVEN_TO, "")}
        status = TRANSPORT_STATUS.get(error.code, HTTP_STATUS.get(code, 400) if self.http_errors else 200)
        return _answer(body, status=status, headers=retry_after(error))

    async def _send(
        self, request: web.Request, principal: Principal, body: Mapping[str, Any], octets: bytes
    ) -> web.StreamResponse:
        principal.need("messages:send")
        draft = _draft(body)
        if not _is_text(body.get("campaign-ref")):
            faults = await self.gateway.messages.faults(draft, by=principal)  # those that come first [decision]
            raise Rejected(faults[0].code if faults else "campaign_unknown")
        given = {"to": request[_GIVEN_TO], "from": draft.sender or ""}

        def render(enqueued: Enqueued) -> StoredAnswer:
            return StoredAnswer(200, _dump(_success(given, enqueued)))

        idempotency = idempotency_of(request, principal, octets, render)
        enqueued = await self.gateway.messages.enqueue(draft, by=principal, front=self.name, idempotency=idempotency)
        if enqueued.replay is not None:
            return replayed(enqueued.replay, CONTENT_TYPE)
        return _answer(_success(given, enqueued))

    async def _subscribe(self, principal: Principal, body: Mapping[str, Any]) -> web.StreamResponse:
        mobile, campaign = _subscription(body)
        try:
            await self.gateway.subscriptions.subscribe(
                mobile, campaign=campaign, by=principal, international_first=True
            )
        except Rejected as error:
            raise _subscription_failure(error, "E904") from error
        return _answer(_subscription_success(campaign, mobile, "Subscribed."))

    async def _unsubscribe(self, principal: Principal, body: Mapping[str, Any]) -> web.StreamResponse:
        mobile, campaign = _subscription(body)
        try:
            await self.gateway.subscriptions.unsubscribe(
                mobile, campaign=campaign, by=principal, international_first=True
            )
        except (Rejected, Conflict) as error:
            raise _subscription_failure(error, "E905") from error
        return _answer(_subscription_success(campaign, mobile, "Unsubscribed."))


def _object(octets: bytes) -> Mapping[str, Any]:
    """Raises Rejected: "invalid_json" for what is no JSON, "invalid_request" for an empty body or what is no object."""
    if not octets.strip():
        raise Rejected("invalid_request")
    try:
        value = from_json(octets, allow_inf_nan=False)
    except ValueError as error:
        raise Rejected("invalid_json", str(error)) from None
    if not isinstance(value, dict):
        raise Rejected("invalid_request")
    return {name: member for name, member in value.items() if member is not None}


def _echo(to: object) -> str:
    """``to`` as given; a JSON integer in its digits, anything unreadable as nothing [seed: always there]."""
    if isinstance(to, str):
        return to
    return str(to) if isinstance(to, int) and not isinstance(to, bool) else ""


def _draft(body: Mapping[str, Any]) -> Draft:
    """The members of ``sendsms``; what is missing goes to the core empty, which refuses it in the fixed order."""
    track = _flag(body.get("click-tracking"))
    to, sender, text = body.get("to"), body.get("from"), body.get("message-text")
    if to is None or to == "":
        raise Rejected("recipient_missing")
    if not _echo(to):
        raise Rejected("invalid_recipient")
    return Draft(
        to=_echo(to),
        text=text if isinstance(text, str) else "",
        sender=named(sender) if isinstance(sender, str) else "",
        sender_mask=_mask(body.get("from-mask")),
        campaign=_campaign(body.get("campaign-ref")),
        track_clicks=track,
        track_bare_domains=True,
        international_first=True,
    )


def _flag(value: object) -> bool | None:
    """``click-tracking``: a boolean, or a word or number people write for one."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int) else ""
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise Rejected("invalid_request", "click-tracking is true or false")


def _mask(value: object) -> str | None:
    """``from-mask`` as it is given; the core cuts it [seed] and refuses what no mask can be, other types too."""
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else "\0"


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _campaign(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _subscription(body: Mapping[str, Any]) -> tuple[str, str]:
    """The phone and the campaign of ``subscribe`` and ``unsubscribe``; ``to`` is another word for ``mobile``."""
    mobile = _echo(body.get("mobile", body.get("to")))
    if not mobile:
        raise _Failure("E901")
    campaign = body.get("campaign-ref")
    if not isinstance(campaign, str) or not campaign:
        raise _Failure("E902")
    return mobile, campaign


def _subscription_failure(error: GatewayError, otherwise: str) -> GatewayError:
    match error.code:
        case "campaign_unknown":
            return _Failure("E903")
        case "opted_out" | "not_subscribed":
            return _Failure(otherwise)
        case _:
            return error


def _success(given: Mapping[str, str], enqueued: Enqueued) -> dict[str, Any]:
    return {
        "status": "Success",
        "tracking-id": enqueued.messages[0].tracking_id,
        "to": given["to"],
        "from": given["from"],
        "status-details": "SMS request accepted and queued for delivery",
    }


def _subscription_success(campaign: str, mobile: str, details: str) -> dict[str, Any]:
    return {"status": "Success", "campaign-ref": campaign, "mobile": mobile, "status-details": details}


def _dump(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _answer(body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, body=_dump(body).encode(), headers={"Content-Type": CONTENT_TYPE, **(headers or {})}
    )
