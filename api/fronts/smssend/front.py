"""The ``smssend`` front: ServiceStack's ``SMSSend``, as its clients speak it (seed 000; contract servicestack-smssend).

It translates and decides nothing: a body in one of many formats → drafts, what the core says → ``CommResponse``.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from aiohttp import web

from api.auth import ADDRESS
from api.description import About, Told
from api.formats import NotReadable, Tree
from api.front import REQUEST_ID, Endpoint, OpenEndpoint
from api.fronts.smssend import pages, schema
from api.fronts.smssend.answers import PAGE_HEADERS, RESPONSE, answer
from api.fronts.smssend.dialect import (
    CONTENT_TYPES,
    NAME,
    Format,
    UnknownFormat,
    Voice,
    check_content_type,
    peek,
    read_request,
    voice_of,
)
from api.fronts.smssend.dto import Authenticate, read_dto
from api.fronts.smssend.faults import FieldError, Invalid, headers_of, response_status, status_of, unreadable
from api.fronts.smssend.login import Logins, forget, remember, tokens_of
from api.fronts.smssend.paths import (
    FORMAT,
    LOG_IN,
    LOG_OUT,
    MANY,
    ONEWAY,
    OURS,
    PREDEFINED,
    ROUTES,
    SEND,
    opened,
    placed,
    sending,
)
from api.fronts.smssend.sending import Keyed, Sending
from api.idempotency import idempotency_of
from api.wire import BODY_LIMIT, check_transport, read_body
from gateway.config.settings import SmsSendSettings
from gateway.domain.access import Principal
from gateway.domain.errors import GatewayError
from gateway.services import Enqueued, Gateway, Idempotency, StoredAnswer

MOST_AT_ONCE = 100
COMPLETED = "X-AutoBatch-Completed"
LOGIN_LIMIT = 64 * 1024  # octets


class SmsSendFront:
    """See ``SmsSendSettings`` for what can be set. public_url: where a proxy before us is reached, "" without one."""

    name = "smssend"

    def __init__(self, gateway: Gateway, settings: SmsSendSettings | None = None, public_url: str = "") -> None:
        self._settings = settings or SmsSendSettings()
        self._access = gateway.access
        self._logins = Logins(gateway.access, self._settings.allow_query_key, public_url)
        self._sending = Sending(gateway, self.name)

    def routes(self) -> Iterable[Endpoint | OpenEndpoint]:
        """Every path in any case, with a slash at its end, and but for the pages with a format's suffix."""
        for path in SEND:
            yield from sending(path, self.send, schema.SEND)
            yield from sending(f"{path}/immediate", self.send_and_wait, schema.SEND_AND_WAIT)
        for path in PREDEFINED:
            yield from sending(path, self.send, schema.SEND)
            yield from sending(path + MANY, self.send, schema.SEND)
        for path in ONEWAY:
            yield from sending(path, self.send_oneway, schema.ONEWAY)
            yield from sending(path + MANY, self.send_oneway, schema.ONEWAY)
        for path in LOG_IN:
            yield from opened("POST", path, self.log_in, schema.LOG_IN)
        for path in LOG_OUT:
            yield from opened("GET", path, self.log_out, schema.LOG_OUT)
            yield from opened("POST", path, self.log_out, schema.LOG_OUT)
        yield self._page("/metadata", self.metadata, schema.METADATA)
        yield self._page(f"/{FORMAT}/metadata", self.operation, placed(schema.OPERATION, FORMAT))

    def _page(self, path: str, show: Callable[[web.Request], web.Response], told: Told) -> Endpoint | OpenEndpoint:
        async def for_all(request: web.Request) -> web.Response:
            return show(request)

        async def for_callers(request: web.Request, _: Principal) -> web.Response:
            return show(request)

        if self._settings.metadata_public:
            return OpenEndpoint("GET", path, for_all, any_case=True, told=told)
        return Endpoint("GET", path, for_callers, any_case=True, told=told)

    def about(self) -> About:
        return schema.ABOUT

    def owns(self, path: str) -> bool:
        """Where a ServiceStack client expects its own kind of 404."""
        return OURS.match(path) is not None

    async def authenticate(self, request: web.Request) -> Principal:
        """The body is looked at before: its first name tells how ours are to be written, in a refusal too."""
        check_content_type(request)
        body = await read_body(request, BODY_LIMIT)
        peek(request, body)
        return await self._logins.authenticate(request, body)

    def explain(self, error: GatewayError, request: web.Request) -> web.Response:
        """``ResponseStatus`` in the format that was asked for; in JSON where that is the fault."""
        return self._refusal(error, request, {})

    def _refusal(self, error: GatewayError, request: web.Request, meta: Mapping[str, str]) -> web.Response:
        try:
            voice = voice_of(request)
        except UnknownFormat:
            voice = Voice(Format.JSON)
        told = response_status(error, {"RequestId": request[REQUEST_ID], **meta})
        response = answer("ErrorResponse", told, voice, status=status_of(error))
        for name, value in headers_of(error):
            response.headers.add(name, value)
        return response

    # ------------------------------------------------------------------------------------ sending

    async def send(self, request: web.Request, principal: Principal) -> web.Response:
        """Answered as soon as it is on disk."""
        return await self._send(request, principal, wait_s=None)

    async def send_and_wait(self, request: web.Request, principal: Principal) -> web.Response:
        """Answered when it was sent, or the time is over."""
        return await self._send(request, principal, wait_s=float(self._settings.immediate_timeout_s))

    async def send_oneway(self, request: web.Request, principal: Principal) -> web.Response:
        """Likewise, without a body."""
        response = await self._send(request, principal, wait_s=None)
        return response if response.status != 200 else web.Response(status=204)

    async def _send(self, request: web.Request, principal: Principal, *, wait_s: float | None) -> web.Response:
        voice = voice_of(request)
        body = await read_body(request, BODY_LIMIT)
        asked = _read(request, body, NAME)
        if isinstance(asked, Sequence) and not isinstance(asked, str):
            return await self._send_all(request, principal, asked, body, wait_s)
        if MANY in request.path:
            return await self._send_all(request, principal, [asked], body, wait_s)
        keyed = _keyed(request, principal, body)
        result = await self._sending.send(asked, keyed, by=principal, wait_s=wait_s)
        response = answer(RESPONSE, result.told, voice)
        if result.replayed:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    async def _send_all(
        self, request: web.Request, principal: Principal, asked: Sequence[Tree], body: bytes, wait_s: float | None
    ) -> web.Response:
        """One after the other, until one is refused; what came before it stays queued. One wait for them all."""
        if len(asked) > MOST_AT_ONCE:
            raise Invalid([FieldError("Length", NAME, f"At most {MOST_AT_ONCE} at once.")])
        clock = asyncio.get_running_loop()
        deadline = clock.time() + (wait_s or 0)
        told: list[Tree] = []
        for place, one in enumerate(asked):
            left = None if wait_s is None else max(0.0, deadline - clock.time())
            keyed = _keyed(request, principal, body, f" {place}")
            try:
                told.append((await self._sending.send(one, keyed, by=principal, wait_s=left)).told)
            except GatewayError as error:
                response = self._refusal(error, request, {"AutoBatchIndex": str(place)})
                response.headers[COMPLETED] = str(place)
                return response
        response = answer(RESPONSE, told, voice_of(request))
        response.headers[COMPLETED] = str(len(told))
        return response

    # ----------------------------------------------------------------------------------- sessions

    async def log_in(self, request: web.Request) -> web.Response:
        """A session for a user and password, its token in the body and as a cookie."""
        check_transport(request, LOGIN_LIMIT, ())
        check_content_type(request)
        body = await read_body(request, LOGIN_LIMIT)
        peek(request, body)
        voice = voice_of(request)
        asked = _authenticate(request, body)
        if asked.provider.lower() == "logout":
            return await self.log_out(request)
        by = await self._logins.login(asked.user_name, asked.password, address=request[ADDRESS])
        token = await self._access.open_session(by, permanent=asked.remember_me)
        told: Tree = {
            "UserId": str(by.account.num),
            "SessionId": token,
            "UserName": asked.user_name,
            "DisplayName": asked.user_name,
            "ResponseStatus": {},
        }
        response = answer("AuthenticateResponse", told, voice)
        remember(response, token, permanent=asked.remember_me, secure=self._logins.is_secure(request))
        return response

    async def log_out(self, request: web.Request) -> web.Response:
        """The session opens nothing any more; without one there is nothing to end."""
        self._logins.check_origin(request)
        voice = voice_of(request)
        for token in tokens_of(request):
            await self._access.close_session(token)
        response = answer("AuthenticateResponse", {"ResponseStatus": {}}, voice)
        forget(response)
        return response

    # ----------------------------------------------------------------------------------- metadata

    def metadata(self, _: web.Request) -> web.Response:
        """The list of services."""
        return _shown(pages.index())

    def operation(self, request: web.Request) -> web.Response:
        """One service in one format. Raises NotFound."""
        return _shown(pages.operation(request.query.get("op", ""), request.match_info["format"], ROUTES))


def _read(request: web.Request, body: bytes, name: str) -> Tree:
    try:
        return read_request(request, body)
    except NotReadable as error:
        raise unreadable(error, name) from None


def _authenticate(request: web.Request, body: bytes) -> Authenticate:
    errors: list[FieldError] = []
    name = Authenticate.__name__
    asked = _read(request, body, name)
    try:
        given = Authenticate() if asked is None else read_dto(Authenticate, asked, errors)
    except NotReadable as error:
        raise unreadable(error, name) from None
    if errors:
        raise Invalid(errors)
    return given


def _keyed(request: web.Request, principal: Principal, body: bytes, place: str = "") -> Keyed:
    """place: of one call among many in a request; each has an answer of its own to keep."""

    def keyed(render: Callable[[Enqueued], StoredAnswer]) -> Idempotency | None:
        asked = idempotency_of(request, principal, body, render)
        return replace(asked, scope=asked.scope + place) if asked else None

    return keyed


def _shown(text: str) -> web.Response:
    return web.Response(text=text, headers={"Content-Type": CONTENT_TYPES[Format.HTML], **PAGE_HEADERS})
