"""The driver against six families that nobody here wrote it for: the bank in tests/support/manners."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from modem.driver import Timing
from modem.errors import CommandRejected, CommandTimeout, ModemError, SimUnusable
from modem.events import CallReceived, DeliverReceived, LateReference, ReportReceived, Restarted, StorageFull
from tests.support.manners import octets
from tests.support.manners.card import READ, SENT, UNREAD, UNSENT
from tests.support.manners.families import FAMILIES, GENERIC, HUAWEI, QUECTEL, SIMCOM, STORELESS, WAVECOM, ZTE
from tests.support.manners.host import QUICK, Host
from tests.support.manners.manner import Manner
from tests.support.manners.mixing import mixed
from tests.support.manners.port import Port

NOW = datetime(2024, 5, 17, 9, 30, tzinfo=timezone(timedelta(hours=-7)))
LONG = "A long text is cut into parts; {braces} and € cost two septets each. " * 5
EMOJI = "Grüße 😀 и привет 👍 " * 10
TURKISH = "Şişli'de ığdır ağacı: İstanbul, çok güzel şeyler. " * 3
STORED_SUBMIT = bytes.fromhex("0001000A8160938934390000" + "04D4F29C0E")

FOR_THE_SIM = octets.plain("+447700900123", "to the SIM", NOW, message_class=2)

Opened = Callable[..., Awaitable[tuple[Port, Host]]]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """Plug a modem in, with or without what the test puts there first, and bring it up."""
    with ExitStack() as ports:
        async with AsyncExitStack() as hosts:

            async def plug(
                manner: Manner, prepare: Callable[[Port], None] = lambda _: None, timing: Timing = QUICK
            ) -> tuple[Port, Host]:
                port = ports.enter_context(Port(manner, tmp_path))
                prepare(port)
                host = await Host.open(port.device, timing)
                hosts.push_async_callback(host.close)
                await host.modem.bring_up()
                return port, host

            yield plug


@pytest.fixture(params=FAMILIES, ids=lambda manner: manner.name)
def manner(request: pytest.FixtureRequest) -> Manner:
    return request.param


def every_form() -> list[bytes]:
    """What may come in, each once."""
    flat = octets.long("+447700900456", LONG, NOW, reference=9, size=153, wide=False)
    torn = octets.long("+447700900457", "a" + "😀👍" * 20, NOW, reference=10, size=68, wide=True)  # through a pair
    parts = flat + torn
    random.Random(4).shuffle(parts)
    return [
        octets.plain("+447700900123", "Hello", NOW),
        octets.plain("Bank4U", "Your code is 1234", NOW),
        octets.plain("60600", "flash", NOW, message_class=0),
        FOR_THE_SIM,
        octets.plain("+447700900123", "", NOW),
        octets.national("+905551234567", "Şişli ğı", NOW, locking=1, single=1),
        octets.national("+905551234567", "only ş and Ğ", NOW, locking=0, single=1),
        octets.binary("+447700900123", bytes(range(120)), NOW, port=2948),
        octets.wide("+447700900123", "Жду 👍", NOW),
        *parts,
    ]


def places(host: Host) -> dict[bytes, int]:
    """How many messages each PDU was: read twice in one place it is still one."""
    seen = {(e.pdu, e.place) for e in host.of(DeliverReceived)}
    return dict(Counter(pdu for pdu, _ in seen))


class Memory:
    """A guard that remembers nothing bad."""

    async def may_try(self, sim: str, pin: str) -> bool:
        return True

    async def trying(self, sim: str, pin: str) -> None: ...

    async def accepted(self, sim: str, pin: str) -> None: ...

    async def refused(self, sim: str, pin: str) -> None: ...


async def settled(port: Port, held: Callable[[], bool], what: str, seconds: float = 8.0) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(held):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen\n{port.log}") from None


async def test_texts_go_out_and_every_report_comes_back(manner, opened):
    port, host = await opened(manner)
    references = []
    for text in ("Hello", LONG, EMOJI, TURKISH):
        references += await host.send(text, languages=(1,))
    assert port.texts == [("+447700900123", text) for text in ("Hello", LONG, EMOJI, TURKISH)]
    assert host.of(CallReceived) == []
    assert references == [(manner.first_reference + i) % 256 for i in range(len(references))]
    await host.until(lambda h: len(h.of(ReportReceived)) >= len(references), "every report", 12)
    assert Counter(e.report.message_reference for e in host.of(ReportReceived)) == Counter(references)
    await settled(port, lambda: not port.records(), "every report deleted")
    assert port.violations == []


async def test_every_form_of_message_comes_in_once(manner, opened):
    port, host = await opened(manner)
    pdus = every_form()
    port.deliver(*pdus[:6])
    sent = await host.send("in between")
    port.deliver(*pdus[6:])
    await host.until(lambda h: len(set(h.delivered)) == len(pdus), "every message", 15)
    await settled(port, lambda: not port.records(), "every message deleted")
    assert len(sent) == 1
    assert places(host) == dict.fromkeys(pdus, 1)
    assert {e.deliver.text for e in host.of(DeliverReceived)} >= {
        "Hello",
        "Your code is 1234",
        "Şişli ğı",
        "Жду 👍",
        "",
    }
    assert "Bank4U" in {e.deliver.originating_address.value for e in host.of(DeliverReceived)}
    assert port.violations == []


async def test_what_lay_in_any_storage_before_is_found_and_what_was_stored_for_sending_is_left(manner, opened):
    storages = [name for name in ("SM", "ME") if name in manner.storages]
    report = octets.report(77, "+447700900123", NOW, NOW)
    waiting = {
        (name, status): octets.plain("+447700900123", f"{name} {status}", NOW)
        for name in storages
        for status in (UNREAD, READ)
    }
    kept = set()

    def prepare(port: Port) -> None:
        for (name, status), pdu in waiting.items():
            kept.add(port.preload(name, UNSENT if status else SENT, STORED_SUBMIT))
            port.preload(name, status, pdu)
        port.preload(manner.report_storage, UNREAD, report)

    port, host = await opened(manner, prepare)
    await host.modem.sweep()
    await host.until(lambda h: set(h.delivered) == set(waiting.values()), "every message that lay there")
    await host.until(lambda h: any(e.pdu == report for e in h.of(ReportReceived)), "the report that lay there")
    await settled(port, lambda: set(port.records()) == kept, "everything but the stored submits deleted")
    assert places(host) == dict.fromkeys(waiting.values(), 1)
    assert port.violations == []


PAGE = bytes.fromhex("0010022100010F11") + bytes(range(80))  # of a cell broadcast: 88 octets (TS 23.041 §9.4.1.2)


async def test_reports_and_broadcasts_are_drained_at_the_start_and_ever_after(manner, opened):
    """Every storage of the modem that has them, to the last place; SR and BM are announced by no +CMTI."""
    reports = [
        octets.report(n, "+447700900123", NOW, NOW) for n in range(min(20, manner.storages.get("SR", (0, 0))[0]))
    ]
    pages = [PAGE[:-1] + bytes([n]) for n in range(manner.storages.get("BM", (0, 0))[0])]

    def fill(port: Port) -> None:
        for report in reports:
            port.preload("SR", UNREAD, report)
        for page in pages:
            port.preload("BM", UNREAD, page)

    port, host = await opened(manner, fill)
    for rounds in (1, 2):
        await host.modem.sweep()
        await host.until(lambda h, n=rounds: len(h.of(ReportReceived)) >= n * len(reports), "every report", 15)
        await settled(port, lambda: not port.records(), "every storage empty", 15)
        if rounds == 1:
            fill(port)
    assert {e.pdu for e in host.of(ReportReceived)} == set(reports)
    assert host.of(DeliverReceived) == []
    assert port.violations == []


async def test_a_service_centre_that_was_lost_is_put_on_the_sim_in_whatever_form_it_takes(manner, opened):
    """One that is there is never written over; the bank would not forgive it."""
    port, host = await opened(manner)
    assert host.modem.capabilities.service_centre == "+447700900587"
    port.call(lambda modem: setattr(modem, "centre", ""))
    lost = await host.modem.service_centre()
    assert lost is not None
    assert lost.number is None
    await host.modem.set_service_centre("+447700900588")
    assert port.call(lambda modem: modem.centre) == "+447700900588"
    found = await host.modem.service_centre()
    assert found is not None
    assert found.number == "+447700900588"
    assert port.violations == []


@pytest.mark.parametrize("manner", [GENERIC, SIMCOM, ZTE, WAVECOM], ids=lambda manner: manner.name)
async def test_acknowledging_frees_that_place_and_no_other(manner, opened):
    port, host = await opened(manner)
    host.keep = lambda _: True
    pdus = [octets.plain("+447700900123", f"number {i}", NOW) for i in range(3)]
    port.deliver(*pdus)
    await host.until(lambda h: len(h.delivered) == 3, "three messages")
    middle = next(e for e in host.of(DeliverReceived) if e.pdu == pdus[1])
    await host.modem.acknowledge(middle)
    await settled(port, lambda: set(port.records().values()) == {pdus[0], pdus[2]}, "the middle one gone")
    later = octets.plain("+447700900123", "takes the free place", NOW)
    port.deliver(later)
    await host.until(lambda h: later in h.delivered, "the message in the place that was free")
    await host.modem.acknowledge(middle)
    assert set(port.records().values()) == {pdus[0], pdus[2], later}
    assert port.violations == []


@pytest.mark.parametrize("manner", [HUAWEI, QUECTEL], ids=lambda manner: manner.name)
async def test_a_lost_answer_to_a_deletion_deletes_nothing_else(manner, opened):
    """The place may hold another message by now: read it again before deleting again."""
    port, host = await opened(manner, timing=replace(QUICK, delete=0.7))
    first, second = (octets.plain("+447700900123", text, NOW) for text in ("first", "second"))
    host.keep = lambda _: True
    port.deliver(first)
    await host.until(lambda h: first in h.delivered, "the first message")
    port.call(lambda modem: setattr(modem.faults, "swallow", "+CMGD"))
    acknowledging = asyncio.create_task(host.modem.acknowledge(host.of(DeliverReceived)[0]))
    await settled(port, lambda: not port.records(), "the first message deleted")
    port.deliver(second)
    await acknowledging
    await host.until(lambda h: second in h.delivered, "the second message")
    assert list(port.records().values()) == [second]
    assert port.violations == []


@pytest.mark.parametrize("manner", [GENERIC, HUAWEI, SIMCOM, QUECTEL], ids=lambda manner: manner.name)
async def test_a_full_storage_takes_in_again_what_the_network_kept(manner, opened):
    port, host = await opened(manner)
    host.keep = lambda event: not isinstance(event, ReportReceived)
    room = max(manner.storages[name][0] for name in ("SM", "ME") if name in manner.storages)
    pdus = [octets.plain("+447700900123", f"number {i}", NOW) for i in range(room + 3)]
    port.deliver(*pdus)
    if manner.full_line is not None:
        await host.until(lambda h: bool(h.of(StorageFull)), "word that the storage is full", 15)
    await settled(port, lambda: port.call(lambda m: not m._pending and m.wire.idle), "a quiet line")
    host.keep = lambda _: False
    for event in host.of(DeliverReceived):
        await host.modem.acknowledge(event)
    await host.modem.sweep()
    await host.until(lambda h: set(h.delivered) == set(pdus), "every message", 20)
    await settled(port, lambda: not port.records(), "every message deleted")
    assert port.violations == []


@pytest.mark.parametrize("manner", [HUAWEI, SIMCOM], ids=lambda manner: manner.name)
async def test_a_refusal_is_told_as_it_is_and_the_next_message_goes(manner, opened):
    port, host = await opened(manner)
    port.call(lambda modem: setattr(modem.faults, "refuse_submit", "+CMS ERROR: 38"))
    with pytest.raises(CommandRejected) as refused:
        await host.send("refused")
    assert refused.value.code == (None if manner.mute_errors else 38)
    await host.send("taken")
    assert port.texts == [("+447700900123", "taken")]
    assert port.violations == []


@pytest.mark.parametrize("manner", [GENERIC, HUAWEI], ids=lambda manner: manner.name)
async def test_a_reference_that_comes_too_late_is_still_told(manner, tmp_path):
    with Port(manner, tmp_path) as port:
        host = await Host.open(port.device, replace(QUICK, submit=0.5))
        try:
            await host.modem.bring_up()
            port.call(lambda modem: setattr(modem.faults, "late_reference_s", 0.8))
            port.call(lambda modem: setattr(modem, "patience_s", 0.45))
            with pytest.raises(CommandTimeout):
                await host.send("slow")
            await host.until(lambda h: bool(h.of(LateReference)), "the late reference")
            assert [e.reference for e in host.of(LateReference)] == [254]
            assert await host.send("quick") == [255]
            assert [text for _, text in port.texts] == ["slow", "quick"]
            assert port.violations == []
        finally:
            await host.close()


@pytest.mark.parametrize("seed", range(3))
async def test_oddities_thrown_together_lose_and_double_nothing(seed, opened):
    """Seeds 0 to 69 were tried; there is room for some."""
    port, host = await opened(mixed(seed))
    pdus = every_form()
    references = await host.send("Hello") + await host.send(LONG)
    port.deliver(*pdus[:8])
    references += await host.send(EMOJI)
    port.deliver(*pdus[8:])
    await host.until(lambda h: set(h.delivered) == set(pdus), "every message", 15)
    await host.until(lambda h: {e.report.message_reference for e in h.of(ReportReceived)} == set(references), "reports")
    await settled(port, lambda: not port.records(), "everything deleted")
    assert places(host) == dict.fromkeys(pdus, 1)
    assert [text for _, text in port.texts] == ["Hello", LONG, EMOJI]
    assert port.violations == []


async def test_routing_is_found_where_half_of_what_is_offered_is_refused(opened):
    """Mode 2 and <ds> 1 (Qualcomm) and <bfr> 0 (Cinterion) at once: the reports are not given up for it."""
    takes = ((0, 1), (0, 1, 2, 3), (0, 2), (0, 2), (1,))
    port, host = await opened(replace(HUAWEI, cnmi_takes=takes, cnmi_first=(1, 0, 0, 0, 1)))
    await host.send("Hello")
    await host.until(lambda h: len(h.of(ReportReceived)) == 1, "the report")
    assert port.violations == []


async def test_a_modem_without_storages_hands_over_and_is_told_of_every_message(opened):
    """TS 27.005 §3.4.4: each +CMT and +CDS is owed one +CNMA, and only one; without it routing is switched off."""
    port, host = await opened(STORELESS)
    pdus = [pdu for pdu in every_form() if pdu != FOR_THE_SIM]  # class 2 goes nowhere else (TS 23.038 §4)
    references = await host.send("Hello") + await host.send(LONG)
    for pdu in pdus:
        port.deliver(pdu)
    await host.until(lambda h: len(h.delivered) == len(pdus), "every message")
    await host.until(lambda h: len(h.of(ReportReceived)) == len(references), "every report")
    await settled(port, lambda: port.call(lambda m: len(m.routing.acknowledged)) == len(pdus + references), "+CNMA")
    assert Counter(host.delivered) == Counter(pdus)
    assert port.violations == []


@pytest.mark.parametrize(
    ("manner", "when"),
    [(SIMCOM, "reboot_after_prompt"), (QUECTEL, "reboot_after_submit"), (WAVECOM, "reboot_after_submit")],
    ids=["simcom", "quectel", "wavecom"],
)
async def test_a_modem_that_restarts_in_a_submission_is_brought_up_again(manner, when, opened):
    port, host = await opened(manner)
    port.call(lambda modem: setattr(modem.faults, when, True))
    with pytest.raises(ModemError):
        await host.send("lost")
    assert len(port.submits) == (when == "reboot_after_submit")
    meanwhile = octets.plain("+447700900123", "while it was away", NOW)
    port.deliver(meanwhile)
    await host.until(lambda h: bool(h.of(Restarted)), "word of the restart")
    await host.modem.bring_up()
    await host.modem.sweep()
    await host.until(lambda h: meanwhile in h.delivered, "the message that came meanwhile")
    await host.send("again")
    later = octets.plain("+447700900123", "later", NOW)
    port.deliver(later)
    await host.until(lambda h: later in h.delivered, "the message that came later")
    assert [text for _, text in port.texts][-1] == "again"
    assert len(port.submits) == 1 + (when == "reboot_after_submit")
    assert port.violations == []


@pytest.mark.parametrize("manner", [GENERIC, HUAWEI, ZTE], ids=lambda manner: manner.name)
async def test_a_stick_that_leaves_the_bus_and_returns_works_again(manner, opened, tmp_path):
    port, host = await opened(manner)
    meanwhile = octets.plain("+447700900123", "while it was away", NOW)
    replugging = asyncio.create_task(asyncio.to_thread(port.replug, 0.3))
    await host.lost()
    await replugging
    port.deliver(meanwhile)
    host = await Host.open(port.device)
    try:
        await host.modem.bring_up()
        await host.modem.sweep()
        await host.until(lambda h: meanwhile in h.delivered, "the message that came meanwhile")
        await host.send("again")
        await settled(port, lambda: port.texts == [("+447700900123", "again")], "the text sent")
        assert port.violations == []
    finally:
        await host.close()


@pytest.mark.parametrize("manner", [SIMCOM, QUECTEL], ids=lambda manner: manner.name)
async def test_a_cold_start_is_waited_for(manner, opened):
    port, host = await opened(manner, lambda port: port.call(lambda modem: modem.reboot()))
    await host.send("warm now")
    assert port.texts == [("+447700900123", "warm now")]
    assert port.violations == []


@pytest.mark.parametrize("manner", [GENERIC, QUECTEL, WAVECOM], ids=lambda manner: manner.name)
@pytest.mark.parametrize("pin", ["1234", "4321"])
async def test_a_pin_is_entered_once_right_or_wrong(manner, pin, tmp_path):
    with Port(replace(manner, pin="1234"), tmp_path) as port:
        host = await Host.open(port.device)
        try:
            if pin == "1234":
                await host.modem.bring_up(pin=pin, pin_guard=Memory())
                await host.send("unlocked")
            else:
                with pytest.raises(SimUnusable):
                    await host.modem.bring_up(pin=pin, pin_guard=Memory())
            assert port.call(lambda modem: modem.pins) == [pin]
            assert port.violations == []
        finally:
            await host.close()


def test_the_bank_itself_reads_what_it_builds():
    """A codec fault in the bank would be taken for one of the driver."""
    report = octets.report(5, "+447700900123", datetime.now(UTC), datetime.now(UTC))
    assert len(report) - 1 - report[0] == 25
    assert octets.read_submit(STORED_SUBMIT).destination == "0639984393"
