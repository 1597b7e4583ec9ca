"""``simgate trace`` beside a gateway at work: what it shows, what it does not, and how it ends."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from modem.simulator.bank import Bank
from tests.support.daemon import PATIENCE_S, Daemon, LineOf

PHONE = "+447700900999"
SECRET_TEXT = "the vault opens at nine"


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    async with Bank(modems=2, directory=tmp_path / "modems", manner=("quectel", "simcom")) as bank:
        yield bank


@pytest.fixture
async def daemon(bank: Bank, tmp_path: Path) -> AsyncIterator[Daemon]:
    lines = [LineOf(bay.device, bay.number, name) for bay, name in zip(bank.modems, ("office", "home"), strict=True)]
    async with Daemon(tmp_path, lines) as daemon:
        await daemon.lines_up()
        yield daemon


@dataclass(slots=True)
class Tracer:
    """``simgate trace`` in a process, its lines as they come."""

    daemon: Daemon
    arguments: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        key = (await self.daemon.command("keys", "add", "--scopes", "admin")).strip()
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "trace", *self.arguments),
            *("--url", f"http://127.0.0.1:{self.daemon.port}", "--key", key),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()

    async def until(self, *words: str) -> str:
        """The first line from now on that has all these words."""
        assert self.process is not None
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self.process.stdout.readline()).decode():
                self.lines.append(line.rstrip("\n"))
                if all(word in line for word in words):
                    return self.lines[-1]
        errors = await self.process.stderr.read() if self.process.stderr else b""
        raise AssertionError(f"it ended without {words}: {errors.decode()} {self.lines}")

    async def ended(self, number: signal.Signals | None = None) -> tuple[int, str]:
        """Exit status and standard error."""
        assert self.process is not None
        if number is not None:
            self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE_S):
            _, errors = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, errors.decode()


async def test_a_message_is_seen_going_out_and_coming_in_and_nobody_learns_whose_it_is(
    bank: Bank, daemon: Daemon
) -> None:
    async with Tracer(daemon, ("--line", "office")) as tracer:
        await tracer.until("# reading along; the line is up")
        await daemon.in_state(await daemon.send(SECRET_TEXT, to=PHONE, **{"from": "office"}), "delivered")
        await daemon.in_state(await daemon.send("not over this line", to=PHONE, **{"from": "home"}), "delivered")
        bank.deliver(0, sender="+447700900123", text=SECRET_TEXT)
        await tracer.until("office  < +CMTI:")
        await tracer.until("office  > AT+CMGD=")
        shown = "\n".join(tracer.lines)
        assert "office  > AT+CMGS=" in shown
        assert "office  < <prompt>" in shown
        assert "office  < +CMGS: 0" in shown
        assert "octets)" in shown
        assert "home" not in shown
        octets = [str(entry["pdu"]) for entry in bank.ledger.submitted]
        personal = (PHONE, "447700900123", bank.modems[0].iccid, bank.modems[0].imei, SECRET_TEXT, *octets)
        assert [one for one in personal if one in shown] == []
        assert await tracer.ended(signal.SIGINT) == (0, "")
    await daemon.send("goes on without a reader", to=PHONE)


async def test_a_modem_that_comes_back_is_seen_from_its_port_on(bank: Bank, daemon: Daemon) -> None:
    async with Tracer(daemon, ("--line", "home", "-o", "json")) as tracer:
        await tracer.until('"direction": "note"', "reading along")
        bank.modems[1].unplug()
        await tracer.until('"direction": "note"', "down: ", "lost")
        bank.modems[1].plug()
        await tracer.until('"direction": "note"', "opening")
        await tracer.until('"direction": "out"', '"AT"')
        await tracer.until('"text": "up"')
        told = [json.loads(line) for line in tracer.lines]
    assert {tuple(one) for one in told} == {("at", "line", "direction", "text", "since_ms")}
    assert not any(bank.modems[1].iccid in one["text"] or bank.modems[1].imei in one["text"] for one in told)
    assert any(one["text"] == f"{bank.modems[1].iccid[:3]}…{bank.modems[1].iccid[-3:]}" for one in told)


async def test_a_reboot_shows_its_boot_lines(bank: Bank, daemon: Daemon) -> None:
    async with Tracer(daemon, ("--line", "office")) as tracer:
        await tracer.until("reading along")
        bank.modems[0].reboot()
        await tracer.until("office  < RDY")
        await tracer.until("# down: being set up again: the modem restarted by itself")
        await tracer.until("office  # up")


async def test_it_ends_after_its_time(daemon: Daemon) -> None:
    async with Tracer(daemon, ("--line", "office", "--for", "0.3")) as tracer:
        await tracer.until("reading along")
        assert await tracer.ended() == (0, "")


async def test_it_ends_when_the_gateway_stops_and_says_so(daemon: Daemon) -> None:
    async with Tracer(daemon, ("--line", "office")) as tracer:
        await tracer.until("reading along")
        assert await daemon.stop() == 0
        code, errors = await tracer.ended()
    assert (code, "the gateway has stopped" in errors) == (0, True)


async def test_it_ends_when_the_gateway_is_killed_too(daemon: Daemon) -> None:
    async with Tracer(daemon, ("--line", "office")) as tracer:
        await tracer.until("reading along")
        await daemon.kill()
        code, errors = await tracer.ended()
    assert (code, "the gateway has stopped" in errors) == (0, True)


async def test_a_line_that_is_not_there_and_a_key_that_may_not(daemon: Daemon) -> None:
    async with Tracer(daemon, ("--line", "nowhere")) as tracer:
        code, errors = await tracer.ended()
    assert (code, "no such line" in errors) == (2, True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "trace", "--line", "office"),
        *("--url", f"http://127.0.0.1:{daemon.port}", "--key", daemon.key),
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    assert (process.returncode, b"admin" in told) == (4, True)


async def test_the_log_of_the_wire_shows_no_more_than_the_trace(bank: Bank, tmp_path: Path) -> None:
    """At debug, unless texts are asked for; what is asked for is there as a whole."""
    for text in ("false", "true"):
        extra = f'[log]\nlevel = "debug"\ntext = {text}'
        async with Daemon(tmp_path / text, [LineOf(bank.modems[0].device, bank.modems[0].number)], extra) as daemon:
            await daemon.lines_up()
            await daemon.in_state(await daemon.send(SECRET_TEXT, to=PHONE), "delivered")
            wire = "\n".join(line for line in daemon.log.splitlines() if "modem.wire" in line)
            pdu = str(bank.ledger.submitted[-1]["pdu"])[6:]  # behind TP-MR, which the modem puts in
        personal = (pdu, bank.modems[0].iccid, bank.modems[0].imei)
        assert "AT+CMGS=" in wire
        assert [one in wire for one in personal] == [text == "true"] * 3
        assert SECRET_TEXT not in wire
