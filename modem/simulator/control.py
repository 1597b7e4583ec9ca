"""The control socket: JSON lines that make things happen to the simulated modems; its server and its client.

A request is {"op": ..., fields}, the answer {"ok": true, "result": ...} or {"ok": false, "error": ...}, in turn on each
connection; what waits (`wait`, `wait_ledger`) holds up its own connection only.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from modem.pdu.dcs import Alphabet
from modem.simulator.phone import echo

if TYPE_CHECKING:
    from modem.simulator.bank import Bank
    from modem.simulator.bay import SetTrap

Fields = dict[str, Any]
LONGEST_REQUEST = 1 << 24  # octets


class ControlError(Exception):
    """The simulator said no; the text says why."""


class ControlServer:
    """Answers on a Unix socket for a bank."""

    def __init__(self, bank: "Bank", path: Path) -> None:
        self._bank, self._path = bank, path
        self._traps: dict[int, SetTrap] = {}
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()
        self._operations: dict[str, Callable[[Fields], Awaitable[object]]] = {
            name[4:]: getattr(self, name) for name in dir(self) if name.startswith("_op_")
        }

    async def start(self) -> None:
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._converse, self._path, limit=LONGEST_REQUEST)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._connections):
            writer.close()
        await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        with suppress(ConnectionError, asyncio.CancelledError):
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        self._connections.discard(writer)
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
        self._bank.modems[fields["modem"]].clear(fields.get("kind"), id=fields.get("id"))
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
        kind, count = fields["kind"], fields["count"]
        await self._bank.ledger.wait_for(
            lambda entries: sum(entry["kind"] == kind for entry in entries) >= count, fields.get("timeout", 10.0)
        )
        return self._bank.ledger.of(kind)

    async def _op_stop(self, fields: Fields) -> object:
        self._bank.stopped.set()
        return None


class ControlClient:
    """Talks to a bank in another process; use as an asynchronous context manager. Calls may run side by side.

    Every call raises ControlError when the simulator says no.
    """

    def __init__(self, path: Path) -> None:
        self._path = Path(path)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __aenter__(self) -> Self:
        await self.ask("ping")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, writer in self._idle:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        self._idle.clear()

    async def ask(self, op: str, **fields: object) -> Any:
        """One request, one answer; fields that are None are left out."""
        if self._idle:
            reader, writer = self._idle.pop()
        else:
            reader, writer = await asyncio.open_unix_connection(self._path, limit=LONGEST_REQUEST)
        whole = False
        try:
            present = {name: value for name, value in fields.items() if value is not None}
            writer.write(json.dumps({"op": op, **present}).encode() + b"\n")
            line = await reader.readline()
            whole = line.endswith(b"\n")
        finally:
            if whole:
                self._idle.append((reader, writer))
            else:
                writer.close()
        if not whole:
            raise ControlError(f"{op}: the simulator is gone")
        answer: Fields = json.loads(line)
        if not answer["ok"]:
            raise ControlError(f"{op}: {answer['error']}")
        return answer["result"]

    async def modems(self) -> list[Fields]:
        """index, device, port, number, imei, iccid, imsi, manner and state of each."""
        result: list[Fields] = await self.ask("modems")
        return result

    async def deliver(
        self,
        modem: int,
        *,
        sender: str = "",
        text: str | None = None,
        data: bytes | None = None,
        pdu: bytes | None = None,
        message_class: int | None = None,
        alphabet: str | None = None,
        reference: int | None = None,
        reference_bits: int | None = None,
        order: Sequence[int] | None = None,
        at: datetime | None = None,
    ) -> list[str]:
        """As Bank.deliver; returns the PDUs in hexadecimal."""
        result: list[str] = await self.ask(
            "deliver",
            modem=modem,
            sender=sender,
            text=text,
            data=None if data is None else data.hex(),
            pdu=None if pdu is None else pdu.hex(),
            message_class=message_class,
            alphabet=alphabet,
            reference=reference,
            reference_bits=reference_bits,
            order=order,
            at=None if at is None else at.isoformat(),
        )
        return result

    async def report(
        self, modem: int, *, reference: int, recipient: str, status: int = 0, at: datetime | None = None
    ) -> str:
        """As Bank.report; returns the PDU in hexadecimal."""
        result: str = await self.ask(
            "report",
            modem=modem,
            reference=reference,
            recipient=recipient,
            status=status,
            at=None if at is None else at.isoformat(),
        )
        return result

    async def fault(self, modem: int, kind: str, command: str = "", **fields: object) -> int:
        """Ask for a fault (FaultKind, Fault); `octets` as text. Returns its id."""
        result: int = await self.ask("fault", modem=modem, kind=kind, command=command, **fields)
        return result

    async def clear(self, modem: int, kind: str | None = None, *, id: int | None = None) -> None:  # noqa: A002
        await self.ask("clear", modem=modem, kind=kind, id=id)

    async def hold(self, modem: int, moment: str, *, nth: int = 1) -> int:
        """Stop answering at that moment (see Trap) until released. Returns the trap for wait and release."""
        return await self.trap(modem, moment, "hold", nth=nth)

    async def trap(self, modem: int, moment: str, action: str = "watch", *, nth: int = 1) -> int:
        result: int = await self.ask("trap", modem=modem, moment=moment, action=action, nth=nth)
        return result

    async def wait(self, trap: int, timeout: float = 10.0) -> None:
        """Return once the trap's moment came; at once when it already has."""
        await self.ask("wait", trap=trap, timeout=timeout)

    async def release(self, trap: int) -> None:
        await self.ask("release", trap=trap)

    async def unplug(self, modem: int) -> None:
        await self.ask("unplug", modem=modem)

    async def plug(self, modem: int, name: str | None = None) -> str:
        """Returns the device's path."""
        result: Fields = await self.ask("plug", modem=modem, name=name)
        return str(result["device"])

    async def reboot(self, modem: int) -> None:
        await self.ask("reboot", modem=modem)

    async def register(self, modem: int, state: int) -> None:
        await self.ask("registration", modem=modem, state=state)

    async def lock(self, modem: int, pin: str) -> None:
        """The card asks for this PIN from now on."""
        await self.ask("pin", modem=modem, pin=pin)

    async def phone(self, number: str, *, echo: bool = False, answer_seconds: float = 0.0) -> list[Fields]:
        """Make a phone outside, if it is not there yet; what it has received."""
        result: list[Fields] = await self.ask("phone", number=number, echo=echo, answer_seconds=answer_seconds)
        return result

    async def ledger(self, since: int = 0) -> list[Fields]:
        """The entries after the one whose seq is `since`."""
        result: list[Fields] = await self.ask("ledger", since=since)
        return result

    async def wait_ledger(self, kind: str, count: int, timeout: float = 10.0) -> list[Fields]:
        """All entries of a kind once there are `count`. Raises ControlError after `timeout` seconds."""
        result: list[Fields] = await self.ask("wait_ledger", kind=kind, count=count, timeout=timeout)
        return result

    async def stop(self) -> None:
        """End the simulator's program."""
        await self.ask("stop")
