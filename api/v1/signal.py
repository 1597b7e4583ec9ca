"""/v1/lines/{id}/signal: how a line heard the network, for charts (native-v1 §7.5)."""

from datetime import datetime
from typing import Any

from aiohttp import web

from api.v1.answer import answer
from api.v1.operation import Operation
from api.v1.schema import Instant
from api.v1.shapes import Shape
from api.wire import Wire, parse_query
from gateway.domain.access import Principal
from gateway.domain.event import instant
from gateway.domain.signal import SignalPoint
from gateway.services import Gateway


class SignalQuery(Wire):
    """since, until: the last day unless told otherwise."""

    since: Instant | None = None
    until: Instant | None = None


class PointShape(Shape):
    """A point, at the beginning of its five minutes. dbm: RSSI; rsrp in dBm; rsrq, sinr in dB; technology: 2G to 5G."""

    at: datetime
    dbm: int | None
    rsrp: int | None
    rsrq: float | None
    sinr: float | None
    operator: str | None
    technology: str | None
    registration: str | None
    roaming: bool


class SignalShape(Shape):
    """A point for every five minutes in which the modem was asked; for an hour where that is more than two days ago."""

    data: list[PointShape]


class SignalRoutes:
    """The history of the caller's lines."""

    def __init__(self, gateway: Gateway) -> None:
        self._lines = gateway.lines

    def operations(self) -> tuple[Operation, ...]:
        """One look at it."""
        path, summary, answers = "/v1/lines/{id}/signal", "How it heard the network", {200: SignalShape}
        return (Operation("GET", path, self.get, "lines:read", summary, "lines", answers, query=SignalQuery),)

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(SignalQuery, request)
        points = await self._lines.signal(request.match_info["id"], by=principal, since=query.since, until=query.until)
        return answer({"data": [_show(point) for point in points]})


def _show(point: SignalPoint) -> dict[str, Any]:
    return {
        "at": instant(point.at),
        "dbm": point.dbm,
        "rsrp": point.rsrp,
        "rsrq": point.rsrq,
        "sinr": point.sinr,
        "operator": point.operator,
        "technology": point.technology,
        "registration": point.registration,
        "roaming": point.roaming,
    }
