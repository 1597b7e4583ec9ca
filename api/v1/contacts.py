"""/v1/contacts: the people an account knows (native-v1 §7.6)."""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from api.v1 import schema
from api.v1.answer import answer, binding_of, cursor_after, listed, row_of
from api.v1.operation import Operation
from api.v1.shapes import ListShape, Shape
from api.wire import Text, Wire, parse_query, read_body
from gateway.domain.access import Principal
from gateway.domain.contact import Contact, ContactChange, ImportReport
from gateway.domain.event import instant
from gateway.services import Gateway

READ, WRITE = "contacts:read", "contacts:write"
TAG = "contacts"
CSV = "text/csv"

Said = Annotated[Text, StringConstraints(max_length=1000)]
"""A text whose own bounds the service knows."""


class ContactQuery(schema.OrderedPage):
    """Each narrows the list. q: part of the name, the e-mail address or the external id; group: an id or a name."""

    phone: Said | None = None
    q: Annotated[Text, StringConstraints(max_length=200)] | None = None
    group: Said | None = None


class ContactBody(Wire):
    """What is said of a contact: what is left out stays, null or "" empties; fields: those named, "" removes one."""

    name: Said | None = None
    phone: Said | None = Field(None, description="Best in E.164; no other contact has it")
    email: Said | None = None
    external_id: Said | None = Field(None, description="The caller's own key; no other contact has it")
    tags: list[Text] | None = Field(None, max_length=50)
    fields: dict[Text, Text] | None = Field(None, max_length=50, description="Placeholders of templates by name")

    def change(self) -> ContactChange:
        def given(name: str) -> str | None:
            return (getattr(self, name) or "") if name in self.model_fields_set else None

        tags = self.tags or () if "tags" in self.model_fields_set else None
        words = {name: given(name) for name in ("name", "phone", "email", "external_id")}
        return ContactChange(**words, tags=None if tags is None else tuple(tags), fields=self.fields)


class ContactShape(Shape):
    """Somebody an account knows."""

    id: str
    name: str
    phone: str | None
    email: str | None
    external_id: str | None
    tags: list[str]
    fields: dict[str, str]
    created_at: datetime
    updated_at: datetime


class ImportFaultShape(Shape):
    """Why a row was left out. line: of the file, counted from 1."""

    line: int
    message: str


class ImportShape(Shape):
    """What became of a file."""

    created: int
    updated: int
    faults: list[ImportFaultShape]


class ContactRoutes:
    """Contacts one by one, and many out of a file."""

    def __init__(self, gateway: Gateway) -> None:
        self._contacts = gateway.contacts

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on contacts."""
        all_, one, shape, body = "/v1/contacts", "/v1/contacts/{id}", ContactShape, ContactBody
        page, query = ListShape[ContactShape], ContactQuery
        file = {CSV: None}
        return (
            Operation("GET", all_, self.list, READ, "List contacts", TAG, {200: page}, query=query),
            Operation("POST", all_, self.create, WRITE, "Make a contact", TAG, {201: shape}, body=body),
            Operation("POST", f"{all_}/import", self.load, WRITE, "Read a file", TAG, {200: ImportShape}, takes=file),
            Operation("GET", one, self.get, READ, "A contact", TAG, {200: shape}),
            Operation("PATCH", one, self.update, WRITE, "Change it", TAG, {200: shape}, body=body),
            Operation("DELETE", one, self.delete, WRITE, "Remove it", TAG, {204: None}),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(ContactQuery, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._contacts.list(
            by=principal,
            limit=query.limit + 1,
            cursor=row_of(query.cursor, binding),
            phone=query.phone,
            q=query.q,
            group=query.group,
            ascending=query.order == "asc",
        )
        return listed(rows, query.limit, show_contact, lambda row: cursor_after(row.num, binding))

    async def create(self, request: web.Request, principal: Principal) -> web.Response:
        body = await ContactBody.read(request)
        made = await self._contacts.create(body.change(), by=principal)
        return answer(show_contact(made), 201, {"Location": f"/v1/contacts/{made.id}"})

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(show_contact(await self._contacts.get(request.match_info["id"], by=principal)))

    async def update(self, request: web.Request, principal: Principal) -> web.Response:
        body = await ContactBody.read(request)
        changed = await self._contacts.update(request.match_info["id"], body.change(), by=principal)
        return answer(show_contact(changed))

    async def delete(self, request: web.Request, principal: Principal) -> web.Response:
        await self._contacts.delete(request.match_info["id"], by=principal)
        return web.Response(status=204)

    async def load(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(_show_report(await self._contacts.import_csv(await read_body(request), by=principal)))


def show_contact(contact: Contact) -> dict[str, object]:
    """A contact as /v1 shows it."""
    return {
        "id": contact.id,
        "name": contact.name,
        "phone": contact.phone,
        "email": contact.email,
        "external_id": contact.external_id,
        "tags": list(contact.tags),
        "fields": dict(contact.fields),
        "created_at": instant(contact.created_at),
        "updated_at": instant(contact.updated_at),
    }


def _show_report(report: ImportReport) -> dict[str, object]:
    faults = [{"line": line, "message": message} for line, message in report.faults.items()]
    return {"created": report.created, "updated": report.updated, "faults": faults}
