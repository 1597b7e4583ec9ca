"""Where the ``smssend`` front answers: every path in any case, most with a format's suffix (contract §1)."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from aiohttp import web

from api.description import Told
from api.front import Endpoint, OpenEndpoint
from api.fronts.smssend.dialect import FORMATS, NAME
from api.wire import BODY_LIMIT
from gateway.domain.access import Principal

FORMAT = f"{{format:(?i:{'|'.join(FORMATS)})}}"
SUFFIX = r"{suffix:\.[A-Za-z]+}"
SEND = ("/api/sendmessage", "/api/send", "/api/sms/send")
PREDEFINED = (f"/api/{NAME}", f"/{FORMAT}/reply/{NAME}", f"/api/{FORMAT}/reply/{NAME}")
ONEWAY = (f"/{FORMAT}/oneway/{NAME}", f"/api/{FORMAT}/oneway/{NAME}")
LOG_IN = (
    "/auth", "/api/auth", "/auth/credentials", "/api/auth/credentials", "/api/Authenticate",
    f"/{FORMAT}/reply/Authenticate",
)  # fmt: skip
LOG_OUT = ("/auth/logout", "/api/auth/logout")
MANY = "[]"
OURS = re.compile(
    r"(?:/(?:api|auth|metadata)|/.*/(?:reply|oneway|metadata))(?:/|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""Where a ServiceStack client expects its own kind of 404; others, who have a part of it, are asked before."""


def _shown(path: str) -> str:
    """Without the patterns."""
    return path.replace(FORMAT, "{format}")


ROUTES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "smssend": [
            *(f"POST {path}{end}" for end in ("", "/immediate") for path in SEND),
            *(f"POST {_shown(path)}{end}" for path in PREDEFINED + ONEWAY for end in ("", MANY)),
        ],
        "authenticate": [f"POST {_shown(path)}" for path in LOG_IN + LOG_OUT],
    }
)
"""As the metadata pages list them."""


def sending(
    path: str, handler: Callable[[web.Request, Principal], Awaitable[web.StreamResponse]], told: Told
) -> Iterable[Endpoint]:
    whole = Endpoint(
        "POST", path, handler, scope="messages:send", body_limit=BODY_LIMIT, any_case=True, service_later=True
    )
    yield replace(whole, told=placed(told, path))
    yield replace(whole, path=path + SUFFIX)


def opened(
    method: str, path: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]], told: Told
) -> Iterable[OpenEndpoint]:
    whole = OpenEndpoint(method, path, handler, any_case=True, head=False)
    yield replace(whole, told=placed(told, path))
    yield replace(whole, path=path + SUFFIX)


def placed(told: Told, path: str) -> Told:
    return replace(told, places={"format": {"enum": list(FORMATS)}}) if FORMAT in path else told
