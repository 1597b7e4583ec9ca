"""The control socket's client: makes things happen to simulated modems in another process (see `operations`)."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Fields = dict[str, Any]
LONGEST_REQUEST = 1 << 28  # octets; a benchmark's whole ledger in one answer


class ControlError(Exception):
    """The simulator said no; the text says why."""


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
        line, whole = b"", False
        try:
            present = {name: value for name, value in fields.items() if value is not None}
            with suppress(ConnectionError):
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

    async def clear(self, modem: int, kind: str | None = None, *, fault_id: int | None = None) -> None:
        await self.ask("clear", modem=modem, kind=kind, fault_id=fault_id)

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
