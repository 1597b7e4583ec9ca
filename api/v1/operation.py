"""One operation of /v1: its route, and what the document says of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from pydantic import BaseModel

from api.description import Told
from api.front import Endpoint, OpenEndpoint
from api.idempotency import HEADER
from api.wire import BODY_LIMIT, Wire
from gateway.domain.access import Principal

JSON = "application/json"
KEYED = {HEADER: "1 to 255 visible characters; the same key again gives the first answer again, for 24 h"}
"""The header of what is accepted once."""
ANYTHING = "*/*"


@dataclass(frozen=True, slots=True)
class Operation:
    """For callers with a key.

    scope: what the key needs. body, query: models of what comes in. answers: HTTP status → model of what goes out,
    a media type for what is no JSON of ours, None for an answer without body. headers: request headers with a meaning
    of their own → what it is. takes: instead of body, media type → model of what comes in. limit: octets of it.
    sends: it ends in an enqueue, which asks in its place whether the account may use this API.
    """

    method: str
    path: str
    handler: Callable[[web.Request, Principal], Awaitable[web.StreamResponse]]
    scope: str
    summary: str
    tag: str
    answers: Mapping[int, type[BaseModel] | str | None]
    body: type[Wire] | None = None
    query: type[Wire] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    takes: Mapping[str, type[BaseModel] | None] = field(default_factory=dict)
    limit: int = BODY_LIMIT
    sends: bool = False

    def endpoint(self) -> Endpoint:
        """The route behind the guard."""
        return Endpoint(
            self.method,
            self.path,
            self.handler,
            scope=self.scope,
            body_limit=self.limit if self.body or self.takes else 0,
            media_types=self._media_types(),
            told=Told(
                self.summary,
                self.answers,
                body=self.body or self.takes or None,
                query=self.query,
                headers=self.headers,
                tag=self.tag,
            ),
            service_later=self.sends,
        )

    def _media_types(self) -> tuple[str, ...]:
        if self.body is not None:
            return (JSON,)
        return () if ANYTHING in self.takes else tuple(self.takes)


@dataclass(frozen=True, slots=True)
class OpenOperation:
    """For anybody. media_type: of what goes out."""

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    summary: str
    tag: str
    media_types: Mapping[int, str]

    def endpoint(self) -> OpenEndpoint:
        return OpenEndpoint(
            self.method, self.path, self.handler, told=Told(self.summary, self.media_types, tag=self.tag)
        )
