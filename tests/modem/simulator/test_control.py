"""The control socket, through its client."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modem.simulator.bank import Bank
from modem.simulator.control import ControlClient, ControlError
from tests.modem.simulator.host import Host, finished, lines, submit

OUTSIDE = "+447700900123"


@pytest.fixture
async def control(bank: Bank) -> AsyncIterator[ControlClient]:
    async with ControlClient(bank.control_socket) as control:
        yield control


async def test_it_lists_the_modems(bank: Bank, control: ControlClient) -> None:
    first, second = await control.modems()
    assert (first["device"], first["number"], first["imei"]) == (
        bank.modems[0].device,
        bank.modems[0].number,
        bank.modems[0].imei,
    )
    assert (second["iccid"], second["state"], second["manner"]) == (bank.modems[1].iccid, "ready", "generic")


async def test_it_delivers_and_the_ledger_tells(control: ControlClient, host: Host) -> None:
    pdus = await control.deliver(0, sender=OUTSIDE, text="x" * 300, order=[2, 1], reference=7)
    entries = await control.wait_ledger("stored", 2)
    assert [entry["pdu"] for entry in entries] == pdus
    assert [entry["seq"] for entry in await control.ledger(since=1)] == [2]
    await control.deliver(0, sender=OUTSIDE, text="klass", message_class=2, alphabet="ucs2")
    await control.deliver(0, sender=OUTSIDE, data=b"\x01\x02")
    await control.deliver(0, pdu=bytes.fromhex("00FFFF"))
    assert len(await control.wait_ledger("stored", 5)) == 5


async def test_a_held_modem_waits_for_its_release(bank: Bank, control: ControlClient, host: Host) -> None:
    trap = await control.hold(0, "ctrl_z")
    message = submit(OUTSIDE)
    await host.prompt(message.tpdu_length)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(control.wait(trap))
        await control.ask("ping")  # another request is not held up
        host.write(message.encode().hex() + "\x1a")
    assert (await control.modems())[0]["state"] == "held"
    assert bank.ledger.submitted == []
    await control.release(trap)
    assert lines(await host.until(finished)) == ["+CMGS: 0", "OK"]


async def test_a_hold_that_never_came_is_taken_away(control: ControlClient, host: Host) -> None:
    trap = await control.hold(0, "prompt")
    with pytest.raises(ControlError, match="TimeoutError"):
        await control.wait(trap, timeout=0.01)
    await control.release(trap)
    assert (await host.send(submit(OUTSIDE)))[0] == "+CMGS: 0"


async def test_an_announcement_can_be_held(bank: Bank, control: ControlClient, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,0,0")
    trap = await control.hold(0, "announced")
    await control.deliver(0, sender=OUTSIDE, text="held")
    await control.wait(trap)
    assert lines(await host.until(b"+CMTI")) == ['+CMTI: "SM",1']
    host.write("AT+CMGR=1\r")
    await control.ask("ping")
    assert host.quiet_now()
    await control.release(trap)
    assert (lines(await host.until(finished)))[-1] == "OK"


async def test_the_bank_closes_while_somebody_waits(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank:
        client = ControlClient(bank.control_socket)
        trap = await client.hold(0, "prompt")
        waiting = asyncio.ensure_future(client.wait(trap, timeout=60))
        await client.ask("ping")
    with pytest.raises(ControlError, match="gone"):
        await waiting
    await client.__aexit__(None, None, None)


async def test_faults_come_and_go(control: ControlClient, host: Host) -> None:
    await control.fault(0, "reject", "+CMGS", code=500, times=None)
    first = await control.fault(0, "add_noise", "+CSQ", octets="\r\nNOISE\r\n", times=5)
    assert await host.ask("AT+CSQ") == ["NOISE", "+CSQ: 20,99", "OK"]
    await control.clear(0, fault_id=first)
    assert await host.ask("AT+CSQ") == ["+CSQ: 20,99", "OK"]
    assert await host.send(submit(OUTSIDE)) == ["+CMS ERROR: 500"]
    await control.clear(0)
    assert (await host.send(submit(OUTSIDE)))[-1] == "OK"


async def test_unplug_plug_and_reboot(bank: Bank, control: ControlClient, host: Host) -> None:
    await control.unplug(0)
    await host.gone.wait()
    assert await control.plug(0, "modem9") == str(bank.directory / "modem9")
    await control.reboot(0)
    again = Host(bank.modems[0].device)
    assert (await again.ask("AT"))[-1] == "OK"
    again.close()
    assert [entry["kind"] for entry in await control.ledger()] == ["unplugged", "plugged", "rebooted"]


async def test_registration_pin_card_ussd_and_calls(bank: Bank, control: ControlClient, host: Host) -> None:
    await control.register(0, 3)
    assert (await host.ask("AT+CREG?"))[0] == "+CREG: 0,3"
    await control.lock(0, "4321")
    assert (await host.ask("AT+CPIN?"))[0] == "+CPIN: SIM PIN"
    assert await control.ask("pin", modem=0, tries=1) == {"lock": "SIM PIN", "pin_tries": 1, "puk_tries": 10}
    await control.ask("card", modem=1, iccid="8999", number="+447700900555", reference=9)
    assert (bank.modems[1].iccid, bank.modems[1].number) == ("8999", "+447700900555")
    await control.ask("ussd", modem=1, code="*101#", reply="12 left")
    assert bank.modems[1].equipment.replies["*101#"] == "12 left"
    await control.ask("call", modem=0, number=OUTSIDE, rings=2)
    assert lines(await host.until(lambda seen: seen.count(b"RING") == 2)) == ["RING", "RING"]


async def test_phones_outside(control: ControlClient, host: Host) -> None:
    assert await control.phone(OUTSIDE, echo=True) == []
    await host.send(submit(OUTSIDE, "hello phone"))
    (message,) = await control.phone(OUTSIDE)
    assert (message["sender"], message["text"]) == ("+447700900000", "hello phone")
    assert len(await control.wait_ledger("stored", 1)) == 1
    assert await control.report(0, reference=1, recipient=OUTSIDE, status=48)


@pytest.mark.parametrize(
    "request_fields",
    [
        {"op": "nonsense"},
        {"op": "unplug"},
        {"op": "unplug", "modem": 9},
        {"op": "fault", "modem": 0, "kind": "nonsense"},
        {"op": "fault", "modem": 0, "kind": "silence", "colour": "red"},
        {"op": "deliver", "modem": 0, "sender": OUTSIDE, "text": "x", "at": "yesterday"},
        {"op": "trap", "modem": 0, "moment": "prompt", "action": "dance"},
        {"op": "release", "trap": 99999},
    ],
)
async def test_a_wrong_request_is_told_and_harms_nothing(
    control: ControlClient, request_fields: dict[str, object]
) -> None:
    with pytest.raises(ControlError):
        await control.ask(**request_fields)  # type: ignore[arg-type]  # the table holds anything
    assert await control.ask("ping") == "pong"
