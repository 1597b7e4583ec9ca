"""The control socket's server: one method for each operation, on the bank it belongs to.

A request is {"op": ..., fields}, the answer {"ok": true, "result": ...} or {"ok": false, "error": ...}, in turn on each
connection; what waits (`wait`, `wait_ledger`) holds up its own connection only. `control` is the client.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from modem.pdu.dcs import Alphabet
from modem.simulator.control import LONGEST_REQUEST, Fields
from modem.simulator.phone import echo

if TYPE_CHECKING:
    from modem.simulator.bank import Bank
    from modem.simulator.bay import SetTrap


class ControlServer:
    """Answers on a Unix socket for a bank."""

    def __init__(self, bank: "Bank", path: Path) -> None:
        self._bank, self._path = bank, path
        self._traps: dict[int, SetTrap] = {}
        self._server: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._operations: dict[str, Callable[[Fields], Awaitable[object]]] = {
            name[4:]: getattr(self, name) for name in dir(self) if name.startswith("_op_")
        }

    async def start(self) -> None:
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._converse, self._path, limit=LONGEST_REQUEST)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self._stopped = True
        for conversation in self._conversations:
            conversation.cancel()  # one may wait for a moment that never comes
        await asyncio.gather(*self._conversations, return_exceptions=True)
        await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                while not self._stopped and (line := await reader.readline()):
                    writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                    await writer.drain()
        finally:
            self._conversations.discard(task)
            writer.close()

    async def _answer(self, line: bytes) -> Fields:
        try:
            request: Fields = json.loads(line)
            operation = self._operations[request.pop("op", "")]
            return {"ok": True, "result": await operation(request)}
        except KeyError as error:
            return {"ok": False, "error": f"unknown or missing: {error}"}
        except (ValueError, TypeError, IndexError, TimeoutError) as error:
            return {"ok": False, "error": f"{type(error).__name__}: {error}"}

    async def _op_ping(self, fields: Fields) -> object:
        return "pong"

    async def _op_modems(self, fields: Fields) -> object:
        return [
            {
                "index": bay.index,
                "device": bay.device,
                "port": bay.port,
                "number": bay.number,
                "imei": bay.imei,
                "iccid": bay.iccid,
                "imsi": bay.equipment.card.imsi,
                "manner": bay.equipment.manner.name,
                "state": bay.state,
            }
            for bay in self._bank.modems
        ]

    async def _op_deliver(self, fields: Fields) -> object:
        if "alphabet" in fields:
            fields["alphabet"] = Alphabet(fields["alphabet"])
        if "at" in fields:
            fields["at"] = datetime.fromisoformat(fields["at"])
        for name in ("data", "pdu"):
            if name in fields:
                fields[name] = bytes.fromhex(fields[name])
        return [pdu.hex().upper() for pdu in self._bank.deliver(fields.pop("modem"), **fields)]

    async def _op_report(self, fields: Fields) -> object:
        if "at" in fields:
            fields["at"] = datetime.fromisoformat(fields["at"])
        return self._bank.report(fields.pop("modem"), **fields).hex().upper()

    async def _op_fault(self, fields: Fields) -> object:
        if "octets" in fields:
            fields["octets"] = fields["octets"].encode("latin-1")
        return self._bank.modems[fields.pop("modem")].fault(fields.pop("kind"), **fields)

    async def _op_clear(self, fields: Fields) -> object:
        self._bank.modems[fields["modem"]].clear(fields.get("kind"), fault_id=fields.get("fault_id"))
        return None

    async def _op_trap(self, fields: Fields) -> object:
        trap = self._bank.modems[fields["modem"]].trap(fields["moment"], fields["action"], nth=fields.get("nth", 1))
        self._traps[trap.id] = trap
        return trap.id

    async def _op_wait(self, fields: Fields) -> object:
        await self._traps[fields["trap"]].reached(fields.get("timeout", 10.0))
        return None

    async def _op_release(self, fields: Fields) -> object:
        self._traps.pop(fields["trap"]).release()
        return None

    async def _op_unplug(self, fields: Fields) -> object:
        self._bank.modems[fields["modem"]].unplug()
        return None

    async def _op_plug(self, fields: Fields) -> object:
        bay = self._bank.modems[fields["modem"]]
        bay.plug(fields.get("name"))
        return {"device": bay.device, "port": bay.port}

    async def _op_reboot(self, fields: Fields) -> object:
        self._bank.modems[fields["modem"]].reboot()
        return None

    async def _op_registration(self, fields: Fields) -> object:
        self._bank.modems[fields["modem"]].register(fields["state"])
        return None

    async def _op_pin(self, fields: Fields) -> object:
        card = self._bank.modems[fields["modem"]].equipment.card
        if "pin" in fields:
            self._bank.modems[fields["modem"]].lock(fields["pin"])
        if "tries" in fields:
            card.pin_tries = fields["tries"]
        return {"lock": card.lock.value, "pin_tries": card.pin_tries, "puk_tries": card.puk_tries}

    async def _op_call(self, fields: Fields) -> object:
        self._bank.modems[fields["modem"]].call(fields["number"], fields.get("rings", 1))
        return None

    async def _op_card(self, fields: Fields) -> object:
        """Another card in the modem (or other values of this one), as after a swap."""
        card = self._bank.modems[fields.pop("modem")].equipment.card
        for name in ("number", "imsi", "iccid", "service_centre", "reference", "inserted"):
            if name in fields:
                setattr(card, name, fields[name])
        return None

    async def _op_ussd(self, fields: Fields) -> object:
        self._bank.modems[fields["modem"]].equipment.replies[fields["code"]] = fields["reply"]
        return None

    async def _op_phone(self, fields: Fields) -> object:
        phone = self._bank.phone(
            fields["number"],
            answer=echo if fields.get("echo") else None,
            answer_seconds=fields.get("answer_seconds", 0.0),
        )
        return [
            {"sender": message.sender, "text": message.text, "at": message.at.isoformat(), "parts": message.parts}
            for message in phone.received
        ]

    async def _op_ledger(self, fields: Fields) -> object:
        return self._bank.ledger.entries[fields.get("since", 0) :]

    async def _op_wait_ledger(self, fields: Fields) -> object:
        kind = fields["kind"]
        await self._bank.ledger.wait_for_count(kind, fields["count"], fields.get("timeout", 10.0))
        return self._bank.ledger.of(kind)

    async def _op_stop(self, fields: Fields) -> object:
        self._bank.stopped.set()
        return None
