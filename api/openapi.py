"""The OpenAPI 3.1 document of a front, made of its own route table: nothing is told of a route that is not there."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.description import About, Content, Json, Told
from api.front import Endpoint, Front, OpenEndpoint

JSON = "application/json"
_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"{(\w+)(?::(?:[^{}]|{[^{}]*})*)?}")  # aiohttp's: a name, perhaps a pattern

Mode = Literal["validation", "serialization"]
Route = Endpoint | OpenEndpoint


def document(front: Front, *, version: str) -> Json:
    """The whole document: every route of the front that has something told. Raises ValueError for one without about."""
    about = front.about()
    if about is None:
        raise ValueError(f"{front.name} is no API of its own")
    told = [(route, route.told) for route in front.routes() if route.told is not None]
    schemas = _Schemas((told for _, told in told), about.refusal)
    names = _Names()
    paths: Json = {}
    for route, described in told:
        operation = _operation(route, described, about, schemas)
        operation["operationId"] = names.of(front.name, route, described)
        operation["tags"] = [described.tag or front.name]
        paths.setdefault(openapi_path(route.path), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": about.title, "version": version, "description": about.description},
        "servers": [{"url": "/"}],
        "security": _security(about),
        "paths": paths,
        "components": {"schemas": schemas.definitions, "securitySchemes": dict(about.logins)},
    }


def openapi_path(path: str) -> str:
    """aiohttp's template as OpenAPI writes it: without the patterns."""
    return _PARAMETER.sub(r"{\1}", path)


def _security(about: About) -> list[dict[str, list[str]]]:
    if about.together:
        return [{name: [] for name in about.logins}]
    return [{name: []} for name in about.logins]


class _Names:
    """operationIds, each once: the same handler under a second path or method gets a number."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, front: str, route: Route, told: Told) -> str:
        wish = told.name or f"{told.tag or front}_{getattr(route.handler, '__name__', 'operation')}"
        name, number = wish, 1
        while name in self._taken:
            number += 1
            name = f"{wish}_{number}"
        self._taken.add(name)
        return name


class _Schemas:
    """Every model's schema once, under a name of its own."""

    def __init__(self, told: Iterable[Told], refusal: Content) -> None:
        wanted: dict[tuple[type[BaseModel], Mode], None] = {}
        for one in told:
            for model in (*_models(one.body), *_models(one.query)):
                wanted[model, "validation"] = None
            for answer in one.answers.values():
                wanted.update(((model, "serialization"), None) for model in _models(answer))
        wanted.update(((model, "serialization"), None) for model in _models(refusal))
        self._known, definitions = models_json_schema(list(wanted), ref_template=_REF)
        self.definitions: Json = definitions.get("$defs", {})

    def content(self, content: Content, mode: Mode) -> Json:
        """The member ``content`` of a body."""
        return {
            media_type: {} if model is None else {"schema": self._known[model, mode]}
            for media_type, model in _by_media_type(content).items()
        }

    def properties(self, model: type[BaseModel]) -> tuple[Json, Sequence[str]]:
        """A query's members and which of them are required."""
        reference = self._known[model, "validation"]["$ref"]
        schema = self.definitions[reference.rpartition("/")[2]]
        return schema["properties"], schema.get("required", ())


def _by_media_type(content: Content) -> Mapping[str, type[BaseModel] | None]:
    match content:
        case None:
            return {}
        case str():
            return {content: None}
        case type():
            return {JSON: content}
        case _:
            return content


def _models(content: Content) -> Iterator[type[BaseModel]]:
    return (model for model in _by_media_type(content).values() if model is not None)


def _operation(route: Route, told: Told, about: About, schemas: _Schemas) -> Json:
    operation: Json = {"summary": told.summary, "responses": _responses(told, about, schemas)}
    if parameters := _parameters(route.path, told, schemas):
        operation["parameters"] = parameters
    lines = [told.description] if told.description else []
    if isinstance(route, OpenEndpoint):
        operation["security"] = []
    elif route.scope is not None:
        lines.append(f"Scope: `{route.scope}`.")
    if lines:
        operation["description"] = "\n\n".join(lines)
    if told.body is not None:
        operation["requestBody"] = {
            "required": told.body_required,
            "content": schemas.content(told.body, "validation"),
        }
    return operation


def _responses(told: Told, about: About, schemas: _Schemas) -> Json:
    responses: Json = {}
    for status, answer in sorted(told.answers.items()):
        responses[str(status)] = {"description": told.summary if status < 400 else "Not so"}
        if answer is not None:
            responses[str(status)]["content"] = schemas.content(answer, "serialization")
    responses["default"] = {"description": "A refusal", "content": schemas.content(about.refusal, "serialization")}
    return responses


def _parameters(path: str, told: Told, schemas: _Schemas) -> list[Json]:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": told.places.get(name, {"type": "string"})}
        for name in _PARAMETER.findall(path)
    ]
    if told.query is not None:
        members, required = schemas.properties(told.query)
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": schema}
            for name, schema in members.items()
        ]
    parameters += [
        {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}
        for name, text in told.headers.items()
    ]
    return parameters
