"""What a front says of itself, once for the whole and once a route; ``api.openapi`` makes its document of that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

Json = dict[str, Any]

Content = type[BaseModel] | str | Mapping[str, type[BaseModel] | None] | None
"""A body: a model (then it is JSON), a media type alone, media types each with its model (None: no shape that a
schema could give), or None for no body. Alternatives are a RootModel of a union."""

BEARER: Mapping[str, str] = {"type": "http", "scheme": "bearer", "description": "An API key, gsk_<id>_<secret>"}
BASIC: Mapping[str, str] = {"type": "http", "scheme": "basic", "description": "A login's user and password"}


def header(name: str, description: str) -> Mapping[str, str]:
    """The security scheme of a credential in a request header."""
    return {"type": "apiKey", "in": "header", "name": name, "description": description}


def query(name: str, description: str) -> Mapping[str, str]:
    """The security scheme of a credential in the query."""
    return {"type": "apiKey", "in": "query", "name": name, "description": description}


@dataclass(frozen=True, slots=True)
class About:
    """A front as a whole.

    logins: OpenAPI security schemes by name; any one of them opens, or with ``together`` only all at once.
    refusal: how it refuses, whatever the status; a route's own ``answers`` say so where they differ.
    """

    title: str
    description: str
    logins: Mapping[str, Mapping[str, str]]
    refusal: Content
    together: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One route, beside what the route itself says (method, path, who may).

    answers: HTTP status → body. body, query: what comes in. headers: request headers → what they do. places: schemas
    of the path's parameters, where they are more than texts. tag: its group on the page; name: its operationId.
    """

    summary: str
    answers: Mapping[int, Content]
    body: Content = None
    body_required: bool = True
    query: type[BaseModel] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Json] = field(default_factory=dict)
    description: str = ""
    tag: str = ""
    name: str = ""
