"""/livez, /readyz and /metrics (operator.md C1, C2 in short: alive, ready, counted)."""

from aiohttp import web

from api.auth import ADDRESS, bearer_or_basic, is_loopback
from api.v1.answer import answer
from api.v1.operation import JSON, OpenOperation
from gateway.metrics import CONTENT_TYPE, Metrics
from gateway.services import Gateway

TAG = "health"


class HealthRoutes:
    """For load balancers, service managers and Prometheus."""

    def __init__(self, gateway: Gateway, metrics: Metrics) -> None:
        self._health = gateway.health
        self._access = gateway.access
        self._lines = gateway.lines
        self._metrics = metrics

    def operations(self) -> tuple[OpenOperation, ...]:
        """Every operation for those who watch over the gateway."""
        text = {200: "text/plain"}
        both = {200: JSON, 503: JSON}
        return (
            OpenOperation("GET", "/livez", self.livez, "Event loop and database writer are alive", TAG, both),
            OpenOperation("GET", "/readyz", self.readyz, "It writes, and enough lines are up", TAG, both),
            OpenOperation(
                "GET",
                "/metrics",
                self.metrics,
                "Prometheus; from elsewhere one's lines with lines:read, all with admin",
                TAG,
                text,
            ),
        )

    async def livez(self, request: web.Request) -> web.Response:
        live = await self._health.live()
        return answer({"status": "ok" if live else "fail"}, 200 if live else 503)

    async def readyz(self, request: web.Request) -> web.Response:
        state = await self._health.ready()
        body = {
            "status": "ok" if state.ready else "fail",
            "database": "ok" if state.writable else "fail",
            "lines": state.lines,
            "lines_up": state.lines_up,
        }
        return answer(body, 200 if state.ready else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """From elsewhere without admin: what the modems of the account's own lines do. All else is of all accounts."""
        lines = None
        if not is_loopback(request):
            principal = await self._access.authenticate(bearer_or_basic(request), address=request[ADDRESS])
            principal.need("lines:read")
            if "admin" not in principal.scopes:
                lines = {line.configured_name for line in await self._lines.list(by=principal)}
        return web.Response(body=self._metrics.render(lines), headers={"Content-Type": CONTENT_TYPE})
