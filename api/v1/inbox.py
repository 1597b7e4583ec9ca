"""/v1/inbound: what came in, for callers without a public address (native-v1 §7.3)."""

from aiohttp import web

from api.v1 import schema
from api.v1.answer import answer
from api.v1.operation import Operation
from api.v1.shapes import InboundShape, MessageShape
from api.wire import parse_query
from gateway.domain.access import Principal
from gateway.domain.event import describe
from gateway.services import Gateway


class InboxRoutes:
    """Fetching, instead of being called."""

    def __init__(self, gateway: Gateway) -> None:
        self._inbox = gateway.inbox

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on what came in."""
        return (
            Operation(
                "GET",
                "/v1/inbound",
                self.list,
                "inbound:read",
                "Inbound messages after the last one seen, oldest first",
                "inbound",
                {200: InboundShape},
                query=schema.InboundQuery,
            ),
            Operation(
                "POST",
                "/v1/inbound/{id}/ack",
                self.ack,
                "inbound:read",
                "Mark it handled",
                "inbound",
                {200: MessageShape},
            ),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(schema.InboundQuery, request)
        rows = await self._inbox.after(
            query.after, by=principal, limit=query.limit + 1, wait_s=query.wait, acked=query.acked
        )
        return answer({"data": [describe(row) for row in rows[: query.limit]], "has_more": len(rows) > query.limit})

    async def ack(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(describe(await self._inbox.ack(request.match_info["id"], by=principal)))
