"""/v1/modems: the devices that the account's lines are in, and what is asked of them (native-v1 §7.5)."""

from typing import Any

from aiohttp import web

from api.v1 import schema
from api.v1.answer import answer
from api.v1.messages import wait_of
from api.v1.operation import Operation
from api.v1.shapes import ErrorShape, ListShape, Shape
from gateway.domain.access import Principal
from gateway.domain.command import Command, CommandKind, CommandState, describe_command
from gateway.domain.line import LineState
from gateway.domain.modem import Modem
from gateway.services import Gateway

READ, WRITE = "lines:read", "lines:write"
TAG = "modems"


class ModemShape(Shape):
    """A device as it was last seen. line: the id of the line whose SIM is in it; state and the rest are that line's."""

    id: str
    imei: str | None
    manufacturer: str | None
    model: str | None
    revision: str | None
    line: str
    state: LineState
    reason: str
    registration: str | None
    operator: str | None
    signal_dbm: int | None
    recoveries: int


class CommandShape(Shape):
    """What was asked of a modem. text: the network's answer; wants_reply: it asks for more, by another code."""

    id: str
    line: str
    kind: CommandKind
    code: str | None
    state: CommandState
    text: str
    wants_reply: bool
    error: ErrorShape | None
    created_at: str
    ended_at: str | None


class ModemRoutes:
    """Devices of the caller's account."""

    def __init__(self, gateway: Gateway) -> None:
        self._modems = gateway.modems
        self._commands = gateway.commands

    def operations(self) -> tuple[Operation, ...]:
        """Looking at them, and asking something of them."""
        page, one, shape = ListShape[ModemShape], "/v1/modems/{id}", CommandShape
        prefer = {"Prefer": "wait=N: answer once it has ended, or after N seconds (1 to 30)"}
        return (
            Operation("GET", "/v1/modems", self.list, READ, "List modems", TAG, {200: page}),
            Operation("GET", one, self.get, READ, "A modem as it was last seen", TAG, {200: ModemShape}),
            Operation(
                "POST",
                f"{one}/ussd",
                self.ussd,
                WRITE,
                "Send a USSD code; the answer comes as an event",
                TAG,
                {202: shape},
                body=schema.Ussd,
            ),
            Operation("POST", f"{one}/restart", self.restart, WRITE, "Reboot it", TAG, {202: shape}),
            Operation(
                "GET",
                "/v1/commands/{id}",
                self.command,
                READ,
                "What came of a command",
                TAG,
                {200: shape},
                headers=prefer,
            ),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        rows = await self._modems.list(by=principal)
        return answer({"data": [_show(row) for row in rows], "has_more": False, "next_cursor": None})

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(_show(await self._modems.get(request.match_info["id"], by=principal)))

    async def ussd(self, request: web.Request, principal: Principal) -> web.Response:
        body = await schema.Ussd.read(request)
        return asked(await self._commands.ussd(request.match_info["id"], body.code, by=principal))

    async def restart(self, request: web.Request, principal: Principal) -> web.Response:
        return asked(await self._commands.restart(request.match_info["id"], by=principal))

    async def command(self, request: web.Request, principal: Principal) -> web.Response:
        found = await self._commands.wait(request.match_info["id"], wait_of(request), by=principal)
        return answer(describe_command(found))


def asked(command: Command) -> web.Response:
    """202, and where what comes of it is to be seen."""
    return answer(describe_command(command), 202, {"Location": f"/v1/commands/{command.id}"})


def _show(modem: Modem) -> dict[str, Any]:
    line = modem.line
    status = line.status
    return {
        "id": modem.id,
        "imei": status.imei,
        "manufacturer": status.manufacturer,
        "model": status.model,
        "revision": status.revision,
        "line": line.id,
        "state": line.state.value,
        "reason": "paused" if line.paused else status.reason,
        "registration": status.registration,
        "operator": status.operator,
        "signal_dbm": status.signal_dbm,
        "recoveries": status.recoveries,
    }
