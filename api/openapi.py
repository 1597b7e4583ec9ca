"""The OpenAPI 3.1 document of a route table: operations and their pydantic models in, a JSON-ready document out."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

Json = dict[str, Any]
_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Described:
    """What the document says of one operation.

    scope: None for anybody. answers: status → model, a media type for what is no JSON of ours, or None for no body.
    problem: the model of every refusal. headers: request headers → what they do.
    """

    method: str
    path: str
    name: str
    summary: str
    tag: str
    scope: str | None
    answers: Mapping[int, type[BaseModel] | str | None]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    headers: Mapping[str, str]


def document(
    operations: Sequence[Described], *, problem: type[BaseModel], title: str, version: str, description: str
) -> Json:
    """The whole document."""
    schemas = _Schemas(operations, problem)
    paths: Json = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas, problem)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.definitions,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key, gsk_<id>_<secret>"}
            },
        },
    }


class _Schemas:
    """Every model's schema once, under a name of its own."""

    def __init__(self, operations: Iterable[Described], problem: type[BaseModel]) -> None:
        wanted: dict[tuple[type[BaseModel], Literal["validation", "serialization"]], None] = {}
        for operation in operations:
            for model in (operation.body, operation.query):
                if model is not None:
                    wanted[model, "validation"] = None
            for answer in operation.answers.values():
                if isinstance(answer, type):
                    wanted[answer, "serialization"] = None
        wanted[problem, "serialization"] = None
        self._known, definitions = models_json_schema(list(wanted), ref_template=_REF)
        self.definitions: Json = definitions.get("$defs", {})

    def reference(self, model: type[BaseModel], mode: Literal["validation", "serialization"]) -> Json:
        return self._known[model, mode]

    def properties(self, model: type[BaseModel]) -> tuple[Json, Sequence[str]]:
        """A query's members and which of them are required."""
        reference = self.reference(model, "validation")["$ref"]
        schema = self.definitions[reference.rpartition("/")[2]]
        return schema["properties"], schema.get("required", ())


def _operation(operation: Described, schemas: _Schemas, problem: type[BaseModel]) -> Json:
    told: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": _responses(operation, schemas, problem),
    }
    if parameters := _parameters(operation, schemas):
        told["parameters"] = parameters
    if operation.scope is None:
        told["security"] = []
    else:
        told["description"] = f"Scope: `{operation.scope}`."
    if operation.body is not None:
        content = {"application/json": {"schema": schemas.reference(operation.body, "validation")}}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _responses(operation: Described, schemas: _Schemas, problem: type[BaseModel]) -> Json:
    told: Json = {}
    for status, answer in sorted(operation.answers.items()):
        told[str(status)] = {"description": operation.summary if status < 400 else "Not so"}
        if isinstance(answer, str):
            told[str(status)]["content"] = {answer: {}}
        elif answer is not None:
            told[str(status)]["content"] = {"application/json": {"schema": schemas.reference(answer, "serialization")}}
    refusal = {"application/problem+json": {"schema": schemas.reference(problem, "serialization")}}
    told["default"] = {"description": "A refusal", "content": refusal}
    return told


def _parameters(operation: Described, schemas: _Schemas) -> list[Json]:
    told: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(operation.path)
    ]
    if operation.query is not None:
        members, required = schemas.properties(operation.query)
        told += [
            {"name": name, "in": "query", "required": name in required, "schema": schema}
            for name, schema in members.items()
        ]
    told += [
        {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}
        for name, text in operation.headers.items()
    ]
    return told
