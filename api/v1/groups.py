"""/v1/groups: names for many contacts, and who is in them (native-v1 §7.6)."""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from api.v1 import schema
from api.v1.answer import answer, binding_of, cursor_after, listed, row_of
from api.v1.contacts import READ, WRITE, ContactShape, show_contact
from api.v1.operation import Operation
from api.v1.shapes import ListShape, Shape
from api.wire import Text, Wire, parse_query
from gateway.domain.access import Principal
from gateway.domain.contact import Group
from gateway.domain.event import instant
from gateway.services import Gateway

TAG = "groups"
MOST_AT_ONCE = 1000


class GroupBody(Wire):
    """A group's name: no other one has it, whatever its case."""

    name: Annotated[Text, StringConstraints(max_length=1000)]


class AddMembers(Wire):
    """Contacts by id; those in it already are fine."""

    contacts: list[Text] = Field(min_length=1, max_length=MOST_AT_ONCE)


class GroupShape(Shape):
    """A group. members: how many contacts are in it."""

    id: str
    name: str
    members: int
    created_at: datetime


class GroupRoutes:
    """Groups, and the contacts in them. A group is named by its id or its name."""

    def __init__(self, gateway: Gateway) -> None:
        self._contacts = gateway.contacts

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on groups."""
        all_, one, shape, body = "/v1/groups", "/v1/groups/{id}", GroupShape, GroupBody
        members = f"{one}/members"
        page, query, found = ListShape[GroupShape], schema.OrderedPage, ListShape[ContactShape]
        return (
            Operation("GET", all_, self.list, READ, "List groups", TAG, {200: page}, query=query),
            Operation("POST", all_, self.create, WRITE, "Make a group", TAG, {201: shape}, body=body),
            Operation("GET", one, self.get, READ, "A group", TAG, {200: shape}),
            Operation("PATCH", one, self.rename, WRITE, "Rename it", TAG, {200: shape}, body=body),
            Operation("DELETE", one, self.delete, WRITE, "Remove it; its members stay", TAG, {204: None}),
            Operation("GET", members, self.members, READ, "Who is in it", TAG, {200: found}, query=query),
            Operation("POST", members, self.add, WRITE, "Put contacts into it", TAG, {200: shape}, body=AddMembers),
            Operation("DELETE", f"{members}/{{contact}}", self.remove, WRITE, "Take one out", TAG, {204: None}),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(schema.OrderedPage, request)
        binding = binding_of(request, principal.account.name)
        cursor, ascending = row_of(query.cursor, binding), query.order == "asc"
        rows = await self._contacts.groups(by=principal, limit=query.limit + 1, cursor=cursor, ascending=ascending)
        return listed(rows, query.limit, show_group, lambda row: cursor_after(row.num, binding))

    async def create(self, request: web.Request, principal: Principal) -> web.Response:
        body = await GroupBody.read(request)
        made = await self._contacts.create_group(body.name, by=principal)
        return answer(show_group(made), 201, {"Location": f"/v1/groups/{made.id}"})

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(show_group(await self._contacts.group(request.match_info["id"], by=principal)))

    async def rename(self, request: web.Request, principal: Principal) -> web.Response:
        body = await GroupBody.read(request)
        return answer(show_group(await self._contacts.rename_group(request.match_info["id"], body.name, by=principal)))

    async def delete(self, request: web.Request, principal: Principal) -> web.Response:
        await self._contacts.delete_group(request.match_info["id"], by=principal)
        return web.Response(status=204)

    async def members(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(schema.OrderedPage, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._contacts.list(
            by=principal,
            limit=query.limit + 1,
            cursor=row_of(query.cursor, binding),
            group=request.match_info["id"],
            ascending=query.order == "asc",
        )
        return listed(rows, query.limit, show_contact, lambda row: cursor_after(row.num, binding))

    async def add(self, request: web.Request, principal: Principal) -> web.Response:
        body = await AddMembers.read(request)
        group = await self._contacts.add_members(request.match_info["id"], body.contacts, by=principal)
        return answer(show_group(group))

    async def remove(self, request: web.Request, principal: Principal) -> web.Response:
        asked = request.match_info
        await self._contacts.remove_members(asked["id"], (asked["contact"],), by=principal)
        return web.Response(status=204)


def show_group(group: Group) -> dict[str, object]:
    """A group as /v1 shows it."""
    return {"id": group.id, "name": group.name, "members": group.members, "created_at": instant(group.created_at)}
