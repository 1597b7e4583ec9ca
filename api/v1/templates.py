"""/v1/templates: texts with placeholders, under a name (native-v1 §7.7)."""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from api.v1 import schema
from api.v1.answer import answer, binding_of, cursor_after, etags, listed, row_of
from api.v1.operation import Operation
from api.v1.shapes import ListShape, Shape
from api.wire import Text, Wire, parse_query
from gateway.domain.access import Principal
from gateway.domain.errors import Rejected
from gateway.domain.event import instant
from gateway.domain.template import Template
from gateway.services import Gateway

READ, WRITE = "messages:read", "messages:send"
TAG = "templates"
_MATCH = {"If-Match": "The ETag of the template as you know it; 412 when it was changed meanwhile"}

Named = Annotated[Text, StringConstraints(max_length=1000)]


class PatchTemplate(Wire):
    """What shall change."""

    name: Named | None = None
    text: Text | None = None
    labels: list[Text] | None = Field(None, max_length=50)


class CreateTemplate(Wire):
    """A text in which {{name}} and {{name|default}} stand for variables. No other template has its name."""

    name: Named
    text: Text
    labels: list[Text] = Field(default_factory=list, max_length=50)


class TemplateShape(Shape):
    """A named text. segments: parts that it takes as it stands."""

    id: str
    name: str
    text: str
    segments: int
    labels: list[str]
    created_at: datetime
    updated_at: datetime


class TemplateRoutes:
    """Named texts. A template is named by its id or its name."""

    def __init__(self, gateway: Gateway) -> None:
        self._templates = gateway.templates

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on templates."""
        all_, one, shape = "/v1/templates", "/v1/templates/{id}", TemplateShape
        page, query, create, patch = ListShape[TemplateShape], schema.OrderedPage, CreateTemplate, PatchTemplate
        return (
            Operation("GET", all_, self.list, READ, "List templates", TAG, {200: page}, query=query),
            Operation("POST", all_, self.create, WRITE, "Make a template", TAG, {201: shape}, body=create),
            Operation("GET", one, self.get, READ, "A template", TAG, {200: shape}),
            Operation("PATCH", one, self.update, WRITE, "Change it", TAG, {200: shape}, body=patch, headers=_MATCH),
            Operation("DELETE", one, self.delete, WRITE, "Remove it", TAG, {204: None}),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(schema.OrderedPage, request)
        binding = binding_of(request, principal.account.name)
        cursor, ascending = row_of(query.cursor, binding), query.order == "asc"
        rows = await self._templates.list(by=principal, limit=query.limit + 1, cursor=cursor, ascending=ascending)
        return listed(rows, query.limit, show_template, lambda row: cursor_after(row.num, binding))

    async def create(self, request: web.Request, principal: Principal) -> web.Response:
        body = await CreateTemplate.read(request)
        made = await self._templates.create(body.name, body.text, by=principal, labels=body.labels)
        return _answered(made, 201, {"Location": f"/v1/templates/{made.id}"})

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return _answered(await self._templates.get(request.match_info["id"], by=principal))

    async def update(self, request: web.Request, principal: Principal) -> web.Response:
        body = await PatchTemplate.read(request)
        template = request.match_info["id"]
        expected = await self._expected(request, template, principal)
        changed = await self._templates.update(
            template, by=principal, name=body.name, text=body.text, labels=body.labels, expected=expected
        )
        return _answered(changed)

    async def delete(self, request: web.Request, principal: Principal) -> web.Response:
        await self._templates.delete(request.match_info["id"], by=principal)
        return web.Response(status=204)

    async def _expected(self, request: web.Request, template: str, principal: Principal) -> datetime | None:
        """The time that ``If-Match`` stands for. Raises NotFound, Rejected("precondition_failed") for any other."""
        wanted = etags(request)
        if wanted is None:
            return None
        known = await self._templates.get(template, by=principal)
        if _tag(known) not in wanted:
            raise Rejected("precondition_failed", "the template was changed meanwhile")
        return known.updated_at


def show_template(template: Template) -> dict[str, object]:
    """A template as /v1 shows it."""
    return {
        "id": template.id,
        "name": template.name,
        "text": template.text,
        "segments": template.segments,
        "labels": list(template.labels),
        "created_at": instant(template.created_at),
        "updated_at": instant(template.updated_at),
    }


def _answered(template: Template, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return answer(show_template(template), status, {"ETag": f'"{_tag(template)}"'} | (headers or {}))


def _tag(template: Template) -> str:
    return f"{round(template.updated_at.timestamp() * 1000):x}"
