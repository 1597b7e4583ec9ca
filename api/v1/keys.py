"""/v1/keys (native-v1 §7.10)."""

from aiohttp import web

from api.v1 import schema
from api.v1.answer import answer
from api.v1.operation import Operation
from api.v1.shapes import KeyShape, ListShape, NewKeyShape
from api.v1.show import show_key
from gateway.domain.access import Principal
from gateway.services import Gateway

TAG = "keys"
SCOPE = "keys:write"


class KeyRoutes:
    """The keys of the caller's account."""

    def __init__(self, gateway: Gateway) -> None:
        self._access = gateway.access

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on keys."""
        body, page = schema.CreateKey, ListShape[KeyShape]
        return (
            Operation("GET", "/v1/keys", self.list, SCOPE, "List keys", TAG, {200: page}),
            Operation("POST", "/v1/keys", self.create, SCOPE, "Make a key", TAG, {201: NewKeyShape}, body=body),
            Operation("DELETE", "/v1/keys/{id}", self.revoke, SCOPE, "Revoke a key", TAG, {204: None}),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        rows = await self._access.keys(by=principal)
        return answer({"data": [show_key(row) for row in rows], "has_more": False, "next_cursor": None})

    async def create(self, request: web.Request, principal: Principal) -> web.Response:
        body = await schema.CreateKey.read(request)
        key, plain = await self._access.create_key(
            by=principal, name=body.name, scopes=body.scopes, ip_allow=body.ip_allow, expires_at=body.expires_at
        )
        return answer(show_key(key) | {"key": plain}, 201)

    async def revoke(self, request: web.Request, principal: Principal) -> web.Response:
        await self._access.revoke(request.match_info["id"], by=principal)
        return web.Response(status=204)
