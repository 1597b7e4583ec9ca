"""The ``rest-sms`` front: realms, sender codes and named messages, most of it in the path (seed 001).

front.py ── target.py (the raw path) ── values.py (path, body, query)
    ├─ messages.py      named messages, sending
    └─ subscribers.py   subscribing, stopping ── countries.py
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from aiohttp import web

from api.auth import ADDRESS, basic, decode_basic, is_key
from api.description import About
from api.front import Endpoint
from api.fronts.rest_sms import messages, subscribers
from api.fronts.rest_sms.answers import refusal
from api.fronts.rest_sms.call import Call
from api.fronts.rest_sms.schema import ABOUT, ROUTES
from api.fronts.rest_sms.target import Target, allowed, nowhere, target_of
from api.fronts.rest_sms.values import BODY_MOST, Values, body_values, form_values
from api.wire import read_body
from gateway.config.settings import RestSmsSettings
from gateway.domain.access import Principal
from gateway.domain.errors import GatewayError, NotPermitted, Rejected
from gateway.services import Gateway

COMMANDS: Mapping[str, tuple[str, Callable[[Call], Awaitable[web.StreamResponse]]]] = MappingProxyType(
    {
        "createMessage": ("messages:send", messages.create),
        "sms": ("messages:read", messages.show),
        "sendMessageToPhone": ("messages:send", messages.send_to_phone),
        "sendMessageToSenderCode": ("messages:send", messages.send_to_sender_code),
        "addPhoneToSenderCode": ("contacts:write", subscribers.add_phone),
        "addSubscriberToSenderCode": ("contacts:write", subscribers.add_subscriber),
        "stopSubscriberSend": ("contacts:write", subscribers.stop),
    }
)
"""Command → the scope it needs, and who does it."""
EVERYTHING = ("/rest", "/rest/{path:.*}")
_TARGET = web.RequestKey("rest_sms_target", Target)
_ALLOW = web.RequestKey("rest_sms_allow", str)


@dataclass(frozen=True, slots=True)
class RestSmsFront:
    """public_url: what the links of long lists begin with; without it they are relative."""

    gateway: Gateway
    settings: RestSmsSettings = field(default_factory=RestSmsSettings)
    public_url: str = ""
    name: str = "rest-sms"

    def routes(self) -> Iterable[Endpoint]:
        """The documented paths, and everything else below /rest: each request is read from its raw path alone."""
        for method, path, told in ROUTES:
            yield Endpoint(method, path, self.act, body_limit=BODY_MOST, told=told)
        for path in EVERYTHING:
            yield Endpoint("*", path, self.act, body_limit=BODY_MOST)

    def about(self) -> About:
        return ABOUT

    async def authenticate(self, request: web.Request) -> Principal:
        """HTTP Basic: the realm's name and its password [vendor: 1]. What is no command is told before."""
        target = target_of(request.raw_path)
        methods = allowed(target.command)
        if request.method not in methods:
            request[_ALLOW] = ", ".join(methods)
            raise Rejected("method_not_allowed")
        request[_TARGET] = target
        user, password = basic(request) or (None, None)
        principal = await self.gateway.access.login(user, password, address=request[ADDRESS])
        if self.settings.require_client_key:
            await self._prove_client(request, principal)
        return principal

    async def act(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        """Read what the request says, and do it."""
        target = request[_TARGET]
        scope, command = COMMANDS[target.command.name]
        principal.need(scope)
        octets = await read_body(request, BODY_MOST)
        path = target.values()
        values = Values((path, body_values(request, octets), form_values(target.query)))
        said = b"\0".join((*target.segments, target.query, octets))
        call = Call(
            self.gateway, self.settings, self.public_url.rstrip("/"), self.name, request, principal, values, said
        )
        return await command(call)

    def explain(self, error: GatewayError, request: web.Request) -> web.StreamResponse:
        """``{"error", "status", "statusCode"}`` [vendor: 3, 5]; with ``vendor_500`` a command's refusals are 500."""
        allow = request.get(_ALLOW)
        is_command = _TARGET in request and error.code != nowhere().code
        return refusal(
            error,
            request,
            headers={} if allow is None else {"Allow": allow},
            as_500=self.settings.vendor_500 and is_command,
        )

    async def _prove_client(self, request: web.Request, principal: Principal) -> None:
        """``x-api-key``: base64 of name and secret, of a key or login of the same account. Raises NotPermitted."""
        name, secret = decode_basic(request.headers.get("x-api-key", "")) or ("", "")
        access, address = self.gateway.access, request[ADDRESS]
        if is_key(secret):
            client = await access.authenticate(secret, address=address)
        else:
            client = await access.login(name, secret, address=address)
        if client.account.name != principal.account.name:
            raise NotPermitted("auth_invalid", "this client key is not known")
