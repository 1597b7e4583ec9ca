"""Who says that he is asking: what stands in ``Authorization``, and what 3CX makes of what people paste there."""

from aiohttp import web

from api.auth import basic, decode_basic, is_key
from api.fronts.messaging.fields import query_value

Given = tuple[str, str] | str | None
"""User and password, or an API key, or nothing."""


def credentials_of(request: web.Request) -> Given:
    """A login or key in Basic, a key as bearer; with ``pbx=3cx`` the Basic header's value as bearer as well, and each
    of these in ``X-Auth-Token``. What cannot be read is handed on as a key, which it is not."""
    pair = basic(request)
    if pair is not None:
        return _key_or(pair)
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    bearer = value.strip() if scheme.lower() == "bearer" else ""
    if query_value(request, "pbx").lower() != "3cx":
        return bearer or None
    return _pasted(bearer) or _pasted(request.headers.get("X-Auth-Token", ""))


def _pasted(text: str) -> Given:
    """``gsk_…``, or ``base64(user:token)``; each perhaps with the word of its scheme before it."""
    scheme, blank, rest = text.strip().partition(" ")
    value = rest.strip() if blank and scheme.lower() in ("basic", "bearer") else text.strip()
    pair = None if is_key(value) else decode_basic(value)
    return (value or None) if pair is None else _key_or(pair)


def _key_or(pair: tuple[str, str]) -> Given:
    """A key may stand for the password, whatever the user is called."""
    return pair[1] if is_key(pair[1]) else pair
