"""What has no login: the redirects behind short links (native-v1 §7.9)."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from api.auth import ADDRESS
from api.front import OpenEndpoint
from gateway.domain.access import Principal
from gateway.domain.errors import GatewayError, NotFound, NotPermitted
from gateway.services import Gateway, Visit

HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class PublicFront:
    """prefix: where short links live, with both slashes."""

    gateway: Gateway
    prefix: str = "/l/"
    name: str = "public"

    def routes(self) -> Iterable[OpenEndpoint]:
        """The code is the last segment; it alone decides the target, so there is no open redirect."""
        yield OpenEndpoint("GET", self.prefix + "{code:[1-9A-HJ-NP-Za-km-z]{1,16}}", self.follow)
        yield OpenEndpoint("HEAD", self.prefix + "{code:[1-9A-HJ-NP-Za-km-z]{1,16}}", self.follow)

    def about(self) -> None:
        """It is no API of its own."""

    async def authenticate(self, request: web.Request) -> Principal:
        """Nobody logs in here."""
        raise NotPermitted("auth_missing")

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """302 to where the link leads."""
        purposes = request.headers.get("Purpose", "") + request.headers.get("Sec-Purpose", "")
        visit = Visit(
            address=request[ADDRESS],
            user_agent=request.headers.get("User-Agent", ""),
            prefetch=request.method == "HEAD" or "prefetch" in purposes.lower(),
        )
        link = await self.gateway.links.follow(request.match_info["code"], visit)
        return web.Response(status=302, headers={**HEADERS, "Location": link.target})

    def explain(self, error: GatewayError, request: web.Request) -> web.StreamResponse:
        """A plain sentence: people read it on their phones."""
        if error.code == "method_not_allowed":
            status, text = 405, "A link is followed, nothing else."
        elif isinstance(error, NotFound):
            status, text = (410, "This link is over.") if error.code == "gone" else (404, "There is no such link.")
        else:
            status, text = 503, "Please try again in a moment."
        return web.Response(status=status, text=text + "\n", headers=HEADERS)
