"""``Idempotency-Key`` on every front that enqueues (native-v1 §5; draft-ietf-httpapi-idempotency-key-header-07)."""

import hashlib
from collections.abc import Callable

from aiohttp import web

from gateway.domain.access import Principal
from gateway.domain.errors import Rejected
from gateway.services import Enqueued, Idempotency, StoredAnswer

HEADER = "Idempotency-Key"
LONGEST_KEY = 255


def idempotency_of(
    request: web.Request,
    principal: Principal,
    body: bytes,
    render: Callable[[Enqueued], StoredAnswer],
    *,
    route: str | None = None,
) -> Idempotency | None:
    """What the caller's key asks for, or None when he sent none.

    body: all that the caller says. render: makes the answer of this front from what was accepted; it is kept with the
    key for 24 hours. route: what is asked for, where the path does not name that alone but carries values as well.
    Raises Rejected("invalid_request") for a key that is not 1 to 255 visible characters. In quotes and without
    is the same key.
    """
    given = request.headers.get(HEADER)
    if given is None:
        return None
    key = given.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 1 <= len(key) <= LONGEST_KEY or not all("!" <= character <= "~" for character in key):
        raise Rejected("invalid_request", f"{HEADER} is 1 to {LONGEST_KEY} visible characters")
    asked = f"{request.method} {route or request.path}"
    return Idempotency(f"{principal.key_id} {asked}", key, hashlib.sha256(body).digest(), render)


def replayed(answer: StoredAnswer, content_type: str) -> web.Response:
    """The stored answer once more, to the letter, and marked as such."""
    return web.Response(
        status=answer.status,
        body=answer.body.encode(),
        headers={"Content-Type": content_type, **answer.headers, "Idempotency-Replayed": "true"},
    )
