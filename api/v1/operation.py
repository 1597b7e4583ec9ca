"""One operation of /v1: its route, and what the document says of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from pydantic import BaseModel

from api.description import Told
from api.front import Endpoint, OpenEndpoint
from api.wire import BODY_LIMIT, Wire
from gateway.domain.access import Principal

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """For callers with a key.

    scope: what the key needs. body, query: models of what comes in. answers: HTTP status → model of what goes out,
    None for an answer without body. headers: request headers with a meaning of their own → what it is.
    """

    method: str
    path: str
    handler: Callable[[web.Request, Principal], Awaitable[web.StreamResponse]]
    scope: str
    summary: str
    tag: str
    answers: Mapping[int, type[BaseModel] | None]
    body: type[Wire] | None = None
    query: type[Wire] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def endpoint(self) -> Endpoint:
        """The route behind the guard."""
        takes = self.body is not None
        return Endpoint(
            self.method,
            self.path,
            self.handler,
            scope=self.scope,
            body_limit=BODY_LIMIT if takes else 0,
            media_types=(JSON,) if takes else (),
            told=Told(self.summary, self.answers, body=self.body, query=self.query, headers=self.headers, tag=self.tag),
        )


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
