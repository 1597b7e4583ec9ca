"""Every fault on demand, and traps at the moments of an exchange."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from modem.pdu.tpdu import decode_deliver, decode_status_report
from modem.simulator.bank import Bank
from modem.simulator.faults import Fault, FaultKind, Faults
from tests.modem.simulator.host import Host, finished, lines, submit

OUTSIDE = "+447700900123"


async def test_a_lost_answer_does_not_undo_the_submission(bank: Bank, host: Host) -> None:
    bank.modems[0].fault("lose_answer", "+CMGS")
    message = submit(OUTSIDE)
    await host.prompt(message.tpdu_length)
    host.write(message.encode().hex() + "\x1a")
    await bank.ledger.wait_for(lambda entries: len(entries) == 1)
    assert await host.ask("AT") == ["OK"]
    assert (await host.send(message))[0] == "+CMGS: 1"


async def test_a_late_answer_comes_before_the_next_one(bank: Bank, host: Host) -> None:
    bank.modems[0].fault("delay_answer", "+CSQ", seconds=0.05)
    host.write("AT+CSQ\rAT+CMGF?\r")
    assert host.quiet_now()
    shown = lines(await host.until(lambda seen: seen.count(b"OK") == 2))
    assert shown == ["+CSQ: 20,99", "OK", "+CMGF: 0", "OK"]


async def test_a_garbled_answer_is_not_what_was_said(bank: Bank, host: Host) -> None:
    bank.modems[0].fault("garble_answer", "+CGSN")
    host.write("AT+CGSN\r")
    whole = b"\r\n001014000000018\r\n\r\nOK\r\n"
    garbled = await host.until(lambda seen: len(seen) == len(whole))
    assert garbled != whole
    assert await host.ask("AT+CGSN") == ["001014000000018", "OK"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("before_echo", b"\r\n^RSSI:1\r\nAT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n"),
        ("before", b"AT+CSQ\r\r\n^RSSI:1\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n"),
        ("inside", b"AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\n^RSSI:1\r\n\r\nOK\r\n"),
        ("after", b"AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n\r\n^RSSI:1\r\n"),
    ],
)
async def test_noise_falls_anywhere(bank: Bank, host: Host, where: str, expected: bytes) -> None:
    await host.ask("ATE1")
    bank.modems[0].fault("add_noise", "+CSQ", octets=b"\r\n^RSSI:1\r\n", where=where)
    host.write("AT+CSQ\r")
    assert await host.until(lambda seen: len(seen) == len(expected)) == expected


async def test_ok_without_the_reference(bank: Bank, host: Host) -> None:
    bank.modems[0].fault("only_ok", "+CMGS")
    assert await host.send(submit(OUTSIDE)) == ["OK"]
    assert len(bank.ledger.submitted) == 1


async def test_the_network_refuses_the_next_submissions(bank: Bank, host: Host) -> None:
    bank.modems[0].fault("reject", "+CMGS", code=38, times=2)
    answers = [(await host.send(submit(OUTSIDE)))[-1] for _ in range(3)]
    assert answers == ["+CMS ERROR: 38", "+CMS ERROR: 38", "OK"]
    assert len(bank.ledger.submitted) == 1


async def test_a_command_is_refused_before_its_prompt(bank: Bank, host: Host) -> None:
    bank.modems[0].fault("reject_command", "+CMGS", code=515, where="cme")
    assert await host.ask("AT+CMGS=18") == ["+CME ERROR: 515"]
    bank.modems[0].fault("reject_command", "+CSQ", text="TOO MANY PARAMETERS")
    host.write("AT+CSQ\r")
    assert await host.until(b"TOO MANY PARAMETERS\r\n") == b"\r\nTOO MANY PARAMETERS\r\n"


async def test_an_error_although_the_network_has_it(bank: Bank, host: Host) -> None:
    bank.modems[0].fault("reject_taken", "+CMGS", code=332)
    assert await host.send(submit(OUTSIDE)) == ["+CMS ERROR: 332"]
    assert len(bank.ledger.submitted) == 1


async def test_silence_lasts_until_cleared(bank: Bank, host: Host) -> None:
    bank.modems[0].fault("silence")
    host.write("AT\r")
    bank.deliver(0, sender=OUTSIDE, text="unheard")
    other = Host(bank.modems[1].device)
    await other.ask("AT")  # what went to modem 0 before has been read by then
    other.close()
    assert len(bank.ledger.of("stored")) == 1
    assert host.quiet_now()
    bank.modems[0].clear()
    assert await host.ask("AT") == ["OK"]


async def test_echo_flips(bank: Bank, host: Host) -> None:
    bank.modems[0].fault("flip_echo", "+CSQ")
    await host.ask("AT+CSQ")
    host.write("AT\r")
    assert await host.until(finished) == b"AT\r\r\nOK\r\n"


async def test_no_prompt_and_a_slow_prompt(bank: Bank, host: Host) -> None:
    message = submit(OUTSIDE)
    bank.modems[0].fault("no_prompt")
    host.write(f"AT+CMGS={message.tpdu_length}\r")
    host.write(message.encode().hex() + "\x1a")
    assert lines(await host.until(finished)) == ["+CMGS: 0", "OK"]
    bank.modems[0].fault("slow_prompt", seconds=0.02)
    assert await host.prompt(message.tpdu_length) == b"\r\n> "
    host.write("\x1b")
    await host.until(finished)


async def test_an_announcement_gets_lost(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,0,0")
    bank.modems[0].fault("lose_urc", "+CMTI")
    bank.deliver(0, sender=OUTSIDE, text="first")
    bank.deliver(0, sender=OUTSIDE, text="second")
    assert lines(await host.until(b"+CMTI")) == ['+CMTI: "SM",2']


async def test_an_announcement_without_a_place(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,0,0")
    bank.modems[0].fault("bad_place")
    bank.deliver(0, sender=OUTSIDE, text="somewhere")
    assert lines(await host.until(b"+CMTI")) == ["+CMTI: ,-1"]
    assert (await host.ask("AT+CMGL=4"))[0].startswith("+CMGL: 1,0,,")


async def test_octets_dribble_one_by_one(bank: Bank, host: Host) -> None:
    reads: list[int] = []
    bank.modems[0].fault("dribble", seconds=0.0005)

    def enough(seen: bytes) -> bool:
        reads.append(len(seen))
        return finished(seen)

    host.write("AT+CGSN\r")
    assert lines(await host.until(enough)) == ["001014000000018", "OK"]
    assert len(set(reads)) > 4
    bank.modems[0].clear()
    assert await host.ask("AT") == ["OK"]


async def test_every_storage_is_full_until_cleared(bank: Bank, host: Host) -> None:
    bank.modems[0].fault("storage_full")
    bank.deliver(0, sender=OUTSIDE, text="waits")
    assert [entry["why"] for entry in bank.ledger.of("kept")] == ["full"]
    assert (await host.ask("AT+CPMS?"))[0] == '+CPMS: "SM",5,5,"SM",5,5,"SM",5,5'
    bank.modems[0].clear("storage_full")
    assert len(bank.ledger.of("stored")) == 1


async def test_routing_is_reset_silently(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,2,0")
    bank.modems[0].fault("reset_cnmi")
    assert (await host.ask("AT+CNMI?"))[0] == "+CNMI: 2,0,0,0,0"


async def sent_with_report(host: Host, indications: int = 1) -> list[str]:
    message = submit(OUTSIDE, report=True)
    await host.prompt(message.tpdu_length)
    host.write(message.encode().hex() + "\x1a")
    return lines(await host.until(lambda seen: b"OK" in seen and seen.count(b"+CDS") == indications))


async def test_the_report_comes_before_the_reference(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,1,0")
    bank.modems[0].fault("report_first")
    shown = await sent_with_report(host)
    assert [line.partition(":")[0] for line in shown if line.startswith("+")] == ["+CDS", "+CMGS"]


async def test_reports_come_twice_not_at_all_or_with_another_status(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,1,0")
    bank.modems[0].fault("duplicate_report")
    pdus = [line for line in await sent_with_report(host, 2) if line.startswith("07")]
    assert len(pdus) == 2
    assert pdus[0] == pdus[1]
    bank.modems[0].fault("no_report")
    assert await sent_with_report(host, 0) == ["+CMGS: 1", "OK"]
    bank.modems[0].fault("report_status", code=0x46)
    assert decode_status_report(bytes.fromhex((await sent_with_report(host))[-1])).status.code == 0x46


async def test_reports_come_in_the_wrong_order(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,1,0")
    bank.modems[0].fault("swap_reports")
    assert await sent_with_report(host, 0) == ["+CMGS: 0", "OK"]
    pdus = [line for line in await sent_with_report(host, 2) if line.startswith("07")]
    assert [decode_status_report(bytes.fromhex(pdu)).message_reference for pdu in pdus] == [1, 0]


async def test_the_service_centres_clock_is_wrong(bank: Bank) -> None:
    bank.modems[0].fault("clock_offset", seconds=4500)
    (pdu,) = bank.deliver(0, sender=OUTSIDE, text="from the future")
    stamp = decode_deliver(pdu).service_centre_timestamp
    assert stamp is not None
    assert timedelta(seconds=4490) < stamp - datetime.now(UTC) < timedelta(seconds=4510)


def test_chances_are_skipped_counted_and_thrown() -> None:
    faults = Faults(Random(1))
    faults.add(Fault(FaultKind.LOSE_ANSWER, "+CMG", times=2, skip=1))
    struck = [faults.take(FaultKind.LOSE_ANSWER, "+CMGS") is not None for _ in range(5)]
    assert struck == [False, True, True, False, False]
    assert faults.take(FaultKind.LOSE_ANSWER, "+CSQ") is None
    faults.add(Fault(FaultKind.LOSE_ANSWER, times=None, probability=0.5))
    struck = [faults.take(FaultKind.LOSE_ANSWER) is not None for _ in range(200)]
    assert 60 < sum(struck) < 140


def test_faults_are_cleared_by_kind_by_id_or_all() -> None:
    faults = Faults(Random(1))
    first = faults.add(Fault(FaultKind.SILENCE))
    faults.add(Fault(FaultKind.ONLY_OK))
    faults.add(Fault(FaultKind.NO_PROMPT))
    faults.clear(fault_id=first)
    assert [fault.kind for fault in faults.waiting] == ["only_ok", "no_prompt"]
    faults.clear(FaultKind.ONLY_OK)
    assert [fault.kind for fault in faults.waiting] == ["no_prompt"]
    faults.clear()
    assert faults.waiting == []


@pytest.mark.parametrize(
    ("moment", "taken", "shown"),
    [
        ("received:+CMGS", 0, []),
        ("prompt", 0, [">"]),
        ("text", 0, [">"]),
        ("ctrl_z", 0, [">"]),
        ("submitted", 1, [">"]),
        ("answered:+CMGS", 1, [">", "+CMGS: 0", "OK"]),
    ],
)
async def test_a_hold_stops_the_exchange_at_its_moment(
    bank: Bank, host: Host, moment: str, taken: int, shown: list[str]
) -> None:
    message = submit(OUTSIDE)
    trap = bank.hold(0, moment)
    host.write(f"AT+CMGS={message.tpdu_length}\r")
    if moment != "received:+CMGS":
        await host.until(b"> ")
        host.write(message.encode().hex() + "\x1a")
    await trap.reached()
    assert bank.modems[0].state == "held"
    assert len(bank.ledger.submitted) == taken
    assert ([">"] if moment != "received:+CMGS" else []) + lines(host.seen_now()) == shown
    trap.release()
    if moment == "received:+CMGS":
        await host.until(b"> ")
        host.write(message.encode().hex() + "\x1a")
    if moment != "answered:+CMGS":
        assert lines(await host.until(finished)) == ["+CMGS: 0", "OK"]
    assert await host.ask("AT") == ["OK"]
    assert len(bank.ledger.submitted) == 1


async def test_a_hold_at_a_delete_keeps_the_message(bank: Bank, host: Host) -> None:
    bank.deliver(0, sender=OUTSIDE, text="kept")
    trap = bank.hold(0, "received:+CMGD")
    host.write("AT+CMGD=1\r")
    await trap.reached()
    assert bank.ledger.of("deleted") == []
    trap.release()
    assert lines(await host.until(finished)) == ["OK"]
    assert len(bank.ledger.of("deleted")) == 1


@pytest.mark.parametrize(("moment", "taken"), [("prompt", 0), ("ctrl_z", 0), ("submitted", 1)])
async def test_a_restart_at_a_moment(bank: Bank, host: Host, moment: str, taken: int) -> None:
    bank.modems[0].trap(moment, "reboot")
    message = submit(OUTSIDE)
    host.write(f"AT+CMGS={message.tpdu_length}\r")
    await host.until(b"> ")
    if moment != "prompt":
        host.write(message.encode().hex() + "\x1a")
        await host.until(b"+CPIN: READY\r\n")
    assert len(bank.ledger.submitted) == taken
    assert (await host.ask("AT"))[-1] == "OK"


async def test_a_trap_waits_for_its_nth_time(bank: Bank, host: Host) -> None:
    trap = bank.modems[0].trap("answered:+CSQ", nth=2)
    await host.ask("AT+CSQ")
    assert not trap.trap.sprung
    await host.ask("AT+CSQ")
    await trap.reached()


async def test_the_port_goes_at_a_moment(bank: Bank, host: Host) -> None:
    bank.modems[0].trap("ctrl_z", "unplug")
    message = submit(OUTSIDE)
    await host.prompt(message.tpdu_length)
    host.write(message.encode().hex() + "\x1a")
    await host.gone.wait()
    assert bank.modems[0].state == "unplugged"
    assert bank.ledger.submitted == []
