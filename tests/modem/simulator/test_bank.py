"""The bank: devices in a directory, unplugging and plugging, ledger, the program around it."""

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modem.pdu.tpdu import Deliver, decode_incoming
from modem.simulator.bank import Bank, serve
from modem.simulator.control import ControlClient
from tests.modem.simulator.host import Host, submit

OUTSIDE = "+447700900123"


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_the_devices_exist_while_the_bank_is_open(tmp_path: Path) -> None:
    async with Bank(3, directory=tmp_path, numbers=["+447700900777"], manner=["generic", "zte"]) as bank:
        assert names_in(tmp_path) == [
            "control.sock",
            "ledger.jsonl",
            "modem0",
            "modem1",
            "modem2",
        ]
        assert [bay.number for bay in bank.modems] == ["+447700900777", "+447700900001", "+447700900002"]
        assert [bay.equipment.manner.name for bay in bank.modems] == ["generic", "zte", "generic"]
        assert len({bay.imei for bay in bank.modems} | {bay.iccid for bay in bank.modems}) == 6
        assert {bay.state for bay in bank.modems} == {"ready"}
    assert names_in(tmp_path) == ["ledger.jsonl"]


async def test_unplugged_and_plugged_it_is_the_same_modem_on_another_port(bank: Bank, host: Host) -> None:
    bay = bank.modems[0]
    before = bay.port
    await host.ask("AT+CNMI=2,1,0,0,0")
    bay.unplug()
    await host.gone.wait()
    assert (bay.state, bay.port) == ("unplugged", None)
    assert "modem0" not in names_in(bank.directory)
    bank.deliver(0, sender=OUTSIDE, text="meanwhile")
    bay.plug()
    assert bay.port != before
    again = Host(bay.device)
    assert (await again.ask("ATE0"))[-1] == "OK"
    assert await again.ask("AT+CGSN") == [bay.imei, "OK"]
    assert (await again.ask("AT+CMGL=4"))[0].startswith("+CMGL: 1,0,,")
    again.close()


async def test_it_may_come_back_under_another_name(bank: Bank) -> None:
    bay = bank.modems[0]
    bay.unplug()
    bay.plug("modem7")
    assert Path(bay.device).name == "modem7"
    assert "modem0" not in names_in(bank.directory)
    host = Host(str(bank.directory / "modem7"))
    assert (await host.ask("AT"))[-1] == "OK"
    host.close()


async def test_the_ledger_is_a_file_too(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank:
        host = Host(bank.modems[0].device)
        await host.ask("ATE0")
        await host.send(submit(OUTSIDE, "für dich"))
        host.close()
    (line,) = (tmp_path / "ledger.jsonl").read_text().splitlines()
    entry = json.loads(line)
    assert (entry["seq"], entry["kind"], entry["text"], entry["mr"]) == (1, "submitted", "für dich", 0)


async def test_waiting_for_the_ledger_ends_with_the_entry_or_the_time(bank: Bank, host: Host) -> None:
    waiting = asyncio.ensure_future(bank.ledger.wait_for(lambda entries: len(entries) >= 2))
    await host.send(submit(OUTSIDE))
    assert not waiting.done()
    await host.send(submit(OUTSIDE))
    await waiting
    with pytest.raises(TimeoutError):
        await bank.ledger.wait_for(lambda entries: len(entries) >= 3, timeout=0.01)


async def test_serve_runs_until_told_to_stop(tmp_path: Path) -> None:
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(modems=2, directory=tmp_path, ready=lambda bank: ready.set()))
        await ready.wait()
        async with ControlClient(tmp_path / "control.sock") as client:
            assert len(await client.modems()) == 2
            await client.stop()


async def test_the_program_prints_its_devices_and_ends_when_interrupted(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "modem.simulator", "--modems", "2", "--dir", str(tmp_path), "--submit", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    devices = [(await process.stdout.readline()).decode().strip() for _ in range(2)]
    assert devices == [str(tmp_path / "modem0"), str(tmp_path / "modem1")]
    host = Host(devices[1])
    assert (await host.ask("AT"))[-1] == "OK"
    host.close()
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0
    assert names_in(tmp_path) == ["ledger.jsonl"]


async def test_the_world_of_the_modems_has_the_time_it_is_given(tmp_path: Path) -> None:
    then = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)
    async with Bank(1, directory=tmp_path, now=lambda: then) as bank:
        [pdu] = bank.deliver(0, sender="+447700900555", text="then")
        message = decode_incoming(pdu)
        assert isinstance(message, Deliver)
        assert message.service_centre_timestamp == then
        assert {entry["at"] for entry in bank.ledger.entries} == {then.isoformat()}
        assert bank.modems[0].now() == then
