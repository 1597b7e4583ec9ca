"""/v1/stats: how much was sent and received (native-v1 §7.10)."""

from datetime import datetime
from typing import Any, Literal

from aiohttp import web

from api.v1.answer import answer
from api.v1.operation import Operation
from api.v1.schema import Instant
from api.v1.shapes import Shape
from api.wire import Wire, parse_query
from gateway.domain.access import Principal
from gateway.domain.event import instant
from gateway.domain.stats import Group
from gateway.services import Gateway


class StatsQuery(Wire):
    """since, until: of when messages were accepted or came; the last 30 days."""

    group_by: Literal["day", "line", "campaign"] = "day"
    since: Instant | None = None
    until: Instant | None = None


class SentShape(Shape):
    """What went out, or is to. states: messages in each state."""

    messages: int
    segments: int
    states: dict[str, int]


class ReceivedShape(Shape):
    """What came in."""

    messages: int
    segments: int


class GroupShape(Shape):
    """One of them. key: a day as 2026-11-20 in the account's time zone, a line's id or a campaign's ref; null: none."""

    key: str | None
    sent: SentShape
    received: ReceivedShape


class StatsShape(Shape):
    """complete: false when there was more than one look counts; then the oldest messages are missing."""

    group_by: Literal["day", "line", "campaign"]
    since: datetime
    until: datetime
    complete: bool
    data: list[GroupShape]


class StatsRoutes:
    """Numbers of the caller's account."""

    def __init__(self, gateway: Gateway) -> None:
        self._stats = gateway.stats

    def operations(self) -> tuple[Operation, ...]:
        """One look at them."""
        summary = "How much was sent and received"
        return (
            Operation(
                "GET", "/v1/stats", self.get, "messages:read", summary, "stats", {200: StatsShape}, query=StatsQuery
            ),
        )

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(StatsQuery, request)
        report = await self._stats.report(query.group_by, by=principal, since=query.since, until=query.until)
        return answer(
            {
                "group_by": query.group_by,
                "since": instant(report.since),
                "until": instant(report.until),
                "complete": report.complete,
                "data": [_show(group) for group in report.groups],
            }
        )


def _show(group: Group) -> dict[str, Any]:
    return {
        "key": group.key,
        "sent": {"messages": group.sent, "segments": group.sent_segments, "states": dict(group.states)},
        "received": {"messages": group.received, "segments": group.received_segments},
    }
