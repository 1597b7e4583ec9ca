"""/v1/keys (native-v1 §7.10)."""

from aiohttp import web

from api.v1 import schema
from api.v1.answer import answer, binding_of, cursor_after, listed, row_of
from api.v1.operation import Operation
from api.v1.shapes import KeyShape, ListShape, NewKeyShape
from api.v1.show import show_key
from api.wire import parse_query
from gateway.domain.access import Principal
from gateway.services import Gateway

TAG = "keys"
SCOPE = "keys:write"


class KeyRoutes:
    """The API keys of the caller's account; its logins are the operator's (``/v1/accounts``)."""

    def __init__(self, gateway: Gateway) -> None:
        self._access = gateway.access

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on keys."""
        body, page = schema.CreateKey, ListShape[KeyShape]
        return (
            Operation("GET", "/v1/keys", self.list, SCOPE, "List keys", TAG, {200: page}, query=schema.Page),
            Operation("POST", "/v1/keys", self.create, SCOPE, "Make a key", TAG, {201: NewKeyShape}, body=body),
            Operation("DELETE", "/v1/keys/{id}", self.revoke, SCOPE, "Revoke a key", TAG, {204: None}),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(schema.Page, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._access.keys(by=principal, limit=query.limit + 1, cursor=row_of(query.cursor, binding))
        return listed(rows, query.limit, show_key, lambda row: cursor_after(row.num, binding))

    async def create(self, request: web.Request, principal: Principal) -> web.Response:
        body = await schema.CreateKey.read(request)
        key, plain = await self._access.create_key(
            by=principal,
            name=body.name,
            scopes=body.scopes,
            ip_allow=body.ip_allow,
            fronts=body.fronts,
            expires_at=body.expires_at,
        )
        return answer(show_key(key) | {"key": plain}, 201)

    async def revoke(self, request: web.Request, principal: Principal) -> web.Response:
        await self._access.revoke(request.match_info["id"], by=principal)
        return web.Response(status=204)
