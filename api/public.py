"""What has no login: the redirects behind short links, and files that messages link to (native-v1 §7.9, §8)."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from api.auth import ADDRESS
from api.front import OpenEndpoint
from gateway.domain.access import Principal
from gateway.domain.errors import GatewayError, NotFound, NotPermitted
from gateway.domain.media import Media
from gateway.services import Gateway, Visit

HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}
MEDIA_HEADERS = HEADERS | {
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
SHOWN = ("image/", "audio/", "video/")  # in the browser; everything else is saved
PATIENCE_S = 60.0  # seconds a reader may take for one piece
CODE = "[1-9A-HJ-NP-Za-km-z]"  # base58


@dataclass(frozen=True, slots=True)
class PublicFront:
    """prefix: where short links live, media_prefix: where files do, each with both slashes."""

    gateway: Gateway
    prefix: str = "/l/"
    media_prefix: str = "/m/"
    name: str = "public"

    def routes(self) -> Iterable[OpenEndpoint]:
        """The code is the last segment; it alone decides the target, so there is no open redirect."""
        link, file = f"{self.prefix}{{code:{CODE}{{1,16}}}}", f"{self.media_prefix}{{token:{CODE}{{1,32}}}}"
        yield OpenEndpoint("GET", link, self.follow)
        yield OpenEndpoint("HEAD", link, self.follow)
        yield OpenEndpoint("GET", file, self.serve)

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

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A file, piece by piece: no more of it is in memory than the reader has not taken."""
        served = await self.gateway.media.serve(request.match_info["token"])
        response = web.StreamResponse(headers=_file_headers(served.media))
        response.content_length = served.media.size
        await response.prepare(request)
        if request.method != "HEAD":
            await self._pour(served.chunks, response, request)
        return response

    async def _pour(self, chunks: AsyncIterator[bytes], response: web.StreamResponse, request: web.Request) -> None:
        """A reader that goes away, or takes nothing for a minute, is let go; so is one whose file ends meanwhile."""
        try:
            async for octets in chunks:
                async with asyncio.timeout(PATIENCE_S):
                    await response.write(octets)
        except (ConnectionError, TimeoutError, GatewayError):
            if request.transport is not None:
                request.transport.abort()

    def explain(self, error: GatewayError, request: web.Request) -> web.StreamResponse:
        """A plain sentence: people read it on their phones."""
        what = "file" if request.path.startswith(self.media_prefix) else "link"
        if error.code == "method_not_allowed":
            status, text = 405, f"A {what} is followed, nothing else."
        elif isinstance(error, NotFound):
            status, text = (
                (410, f"This {what} is over.") if error.code == "gone" else (404, f"There is no such {what}.")
            )
        else:
            status, text = 503, "Please try again in a moment."
        return web.Response(status=status, text=text + "\n", headers=HEADERS)


def _file_headers(media: Media) -> dict[str, str]:
    """Under its sniffed type and name; only pictures, sounds and films are shown where they are fetched."""
    how = "inline" if media.media_type.startswith(SHOWN) else "attachment"
    name = quote(media.name, safe="", errors="replace")  # RFC 8187
    return MEDIA_HEADERS | {
        "Content-Type": media.media_type,
        "Content-Disposition": f"{how}; filename*=UTF-8''{name}",
    }
