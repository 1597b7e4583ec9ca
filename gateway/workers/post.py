"""One request to one endpoint: no redirects, no proxies, no decompression, bounded in time and size (faults E5)."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from gateway.domain.webhook import Webhook
from gateway.workers.guard import Guard
from gateway.workers.verdict import Answer

READ_AT_MOST = 4096  # octets of an answer
EXCERPT = 500  # characters of it that are kept
KEEP_ALIVE_S = 60.0
OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "user-agent"})
"""Headers that an endpoint's own settings do not replace."""


def open_session(guard: Guard) -> aiohttp.ClientSession:
    """The one session of all deliveries; it keeps connections, but no cookies.

    The notifier bounds what is open to an endpoint; a bound for all would let some that hang hold up the others.
    """
    connector = aiohttp.TCPConnector(socket_factory=guard, limit=0, keepalive_timeout=KEEP_ALIVE_S, ttl_dns_cache=60)
    return aiohttp.ClientSession(
        connector=connector,
        trust_env=False,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),  # ``post`` bounds each request as its format says
        headers={"User-Agent": "simgate", "Accept-Encoding": "identity"},  # what comes back is kept as it comes
    )


async def post(
    session: aiohttp.ClientSession, webhook: Webhook, body: bytes, signed: Mapping[str, str], within_s: float
) -> Answer:
    """Send it and say what came back; never raises for anything that the far end or the network does."""
    answer = Answer(None, error=f"no answer within {within_s:g} s")
    try:
        async with asyncio.timeout(within_s):
            url, authorization = _split(webhook.url)
            headers = CIMultiDict(_own(webhook.headers))
            headers.update(authorization, **{"Content-Type": "application/json"}, **signed)
            async with session.post(
                url, data=body, headers=headers, allow_redirects=False, ssl=webhook.verify_tls
            ) as response:
                answer = Answer(response.status, None, response.headers.get("Retry-After"))
                excerpt = await _beginning(response)
                return Answer(answer.status, excerpt, answer.retry_after)
    except TimeoutError:
        return answer  # a body that drips does not take back the status before it
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return answer if answer.status is not None else Answer(None, error=_named(error))


async def _beginning(response: aiohttp.ClientResponse) -> str:
    octets = b""
    while len(octets) < READ_AT_MOST:
        chunk = await response.content.read(READ_AT_MOST - len(octets))
        if not chunk:
            break
        octets += chunk
    else:
        response.close()  # there may be more without end
    return octets[:EXCERPT].decode("utf-8", "replace")


def _split(text: str) -> tuple[URL, dict[str, str]]:
    """The URL without ``user:pass@``, and that as Basic authorization (RFC 7617, UTF-8)."""
    url = URL(text)
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("not an http or https URL")
    if url.user is None:
        return url, {}
    pair = f"{url.user}:{url.password or ''}".encode()
    return url.with_user(None), {"Authorization": "Basic " + b64encode(pair).decode("ascii")}


def _own(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in OURS}


def _named(error: Exception) -> str:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return f"{type(cause).__name__}: {cause}"[:EXCERPT]
