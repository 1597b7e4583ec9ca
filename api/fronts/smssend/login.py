"""Who is asking: keys, logins and the sessions of ServiceStack's clients (contract servicestack-smssend §3)."""

import base64
import binascii
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from api.auth import ADDRESS
from api.formats import NotReadable, Tree
from api.fronts.smssend.dialect import FORM, read_request
from gateway.domain.access import Principal
from gateway.domain.errors import NotPermitted
from gateway.services import Access

SESSION = "ss-id"
PERMANENT = "ss-pid"
HEADER = "X-ss-id"
PERMANENT_S = 14 * 24 * 3600
QUERY_KEY = "apikey"
WRONG_LOGIN = "Invalid UserName or Password"
WRONG_KEY = "Invalid API Key"
_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Logins:
    """allow_query_key: a key may also stand in the address or in a form, where it ends in logs. public_url: where a
    proxy before us is reached, "" without one."""

    access: Access
    allow_query_key: bool = False
    public_url: str = ""

    async def authenticate(self, request: web.Request, body: bytes) -> Principal:
        """By the first credential that is there: Authorization, session, and where it is allowed ``apikey``."""
        address = request[ADDRESS]
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        match scheme.lower():
            case "bearer":
                return await _proven(self.access.authenticate(value.strip(), address=address), WRONG_KEY)
            case "basic":
                return await self._basic(value.strip(), address)
        tokens = tokens_of(request)
        if tokens:
            self.check_origin(request)
            return await self._session(tokens, address)
        key = self._query_key(request, body) if self.allow_query_key else None
        return await _proven(self.access.authenticate(key, address=address), WRONG_KEY)

    def is_secure(self, request: web.Request) -> bool:
        """Whether the caller came by HTTPS: to us, or to the proxy before us."""
        public = urlsplit(self.public_url)
        return request.secure or (public.scheme == "https" and _is_host(request.host, public.netloc, ":443"))

    def check_origin(self, request: web.Request) -> None:
        """A browser sends a session's cookie along for any page: what changes things is for our own pages alone.

        Raises NotPermitted for a POST with such a cookie from elsewhere.
        """
        origin = request.headers.get("Origin")
        by_cookie = SESSION in request.cookies or PERMANENT in request.cookies
        if request.method != "POST" or origin is None or not by_cookie:
            return
        try:
            page = urlsplit(origin)
        except ValueError:
            page = urlsplit("")
        port = _PORTS.get(page.scheme, "")
        ours = [host for host in (request.host, urlsplit(self.public_url).netloc) if host]
        if not page.netloc or not any(_is_host(page.netloc, host, port) for host in ours):
            raise NotPermitted("forbidden_scope", "A page of another site may not use this session.")

    async def _basic(self, value: str, address: str) -> Principal:
        user, password = _credentials(value)
        if user and not password:
            return await _proven(self.access.authenticate(user, address=address), WRONG_KEY)
        return await self.login(user, password, address=address)

    async def login(self, user: str, password: str, *, address: str) -> Principal:
        return await _proven(self.access.login(user, password, address=address), WRONG_LOGIN)

    async def _session(self, tokens: Mapping[str, None], address: str) -> Principal:
        *others, last = tokens
        for token in others:
            try:
                return await self.access.session(token, address=address)
            except NotPermitted as refusal:
                if refusal.code != "auth_invalid":
                    raise
        return await _proven(self.access.session(last, address=address), "Not Authenticated")

    def _query_key(self, request: web.Request, body: bytes) -> str | None:
        given: list[tuple[str, Tree]] = list(request.query.items())
        if request.content_type == FORM:
            try:
                form = read_request(request, body)
            except NotReadable:
                form = None
            given += form.items() if isinstance(form, Mapping) else ()
        return next((value for name, value in given if name.lower() == QUERY_KEY and isinstance(value, str)), None)


async def _proven(proof: Awaitable[Principal], wrong: str) -> Principal:
    """A wrong credential in this dialect's words."""
    try:
        return await proof
    except NotPermitted as refusal:
        if refusal.code == "auth_invalid":
            raise NotPermitted("auth_invalid", wrong) from refusal
        raise


def _credentials(value: str) -> tuple[str, str]:
    """User and password of Basic (RFC 7617); what is none is nobody."""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


def tokens_of(request: web.Request) -> dict[str, None]:
    """The sessions that a request names, each once, in the order in which they are tried."""
    named = (request.headers.get(HEADER), request.cookies.get(SESSION), request.cookies.get(PERMANENT))
    return dict.fromkeys(token for token in named if token)


def _is_host(one: str, other: str, port: str) -> bool:
    """port: with its colon, what either may leave out."""
    return one.lower().removesuffix(port) == other.lower().removesuffix(port)


def remember(response: web.Response, token: str, *, permanent: bool, secure: bool) -> None:
    """Set the session's cookies."""
    response.set_cookie(SESSION, token, httponly=True, samesite="Lax", secure=secure, path="/")
    if permanent:
        response.set_cookie(
            PERMANENT, token, httponly=True, samesite="Lax", secure=secure, path="/", max_age=PERMANENT_S
        )


def forget(response: web.Response) -> None:
    for name in (SESSION, PERMANENT):
        response.del_cookie(name, path="/", httponly=True, samesite="Lax")
