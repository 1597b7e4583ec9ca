import asyncio
from datetime import UTC, datetime

import pytest

from gateway.domain.errors import Unavailable
from gateway.domain.message import State
from gateway.limiter import Limiter
from gateway.line import Line, Who
from gateway.metrics import Metrics
from gateway.store.contract import Outcome, Place
from gateway.workers.receiver import Receiver, arrival_of, report_of
from modem.driver import Identity
from modem.errors import CommandRejected, DecodeError
from modem.events import (
    DeliverReceived,
    LateReference,
    PowerWarning,
    ReportReceived,
    StoragePlace,
    UndecodableReceived,
)
from modem.pdu.address import Address
from modem.pdu.dcs import DataCoding
from modem.pdu.segmentation import segment
from modem.pdu.status import classify
from modem.pdu.tpdu import Deliver, StatusReport
from modem.pdu.udh import InformationElement, UserDataHeader
from modem.pdu.user_data import UserData

PHONE = "+447911123456"
AT = datetime(2026, 11, 20, 9, 9, 7, tzinfo=UTC)
PLACE = StoragePlace("SM", 3)


def delivers(text: str, *, sender=PHONE) -> list[Deliver]:
    cut = segment(text, reference=0xA5)
    return [
        Deliver(Address.of(sender), part.user_data, DataCoding.for_text(cut.alphabet), 0, AT, False)
        for part in cut.parts
    ]


def received(deliver: Deliver, place: StoragePlace | None = PLACE, *, announced=True) -> DeliverReceived:
    return DeliverReceived(deliver.encode(), deliver, place, announced)


class QueuedModem:
    """Gives the events it is told to; remembers what was acknowledged and refused."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue = asyncio.Queue()
        self.since_announced = 0.0
        self.acknowledged: list[object] = []
        self.refused: list[object] = []
        self.rejection: CommandRejected | None = None

    async def events(self):
        while True:
            yield await self.queue.get()

    async def acknowledge(self, incoming) -> None:
        if self.rejection is not None:
            raise self.rejection
        self.acknowledged.append(incoming)

    async def refuse(self, incoming) -> None:
        self.refused.append(incoming)


@pytest.fixture
def modem() -> QueuedModem:
    return QueuedModem()


@pytest.fixture
def noticed() -> list[object]:
    return []


@pytest.fixture
async def line(store, clock, modem, add_line, noticed):
    record = await add_line()
    line = Line(Who(record.num, record.id, record.name), modem, Identity(), Limiter(clock), clock)

    async def notice(event) -> None:
        noticed.append(event)

    task = asyncio.create_task(Receiver(line, store, clock, Metrics(), notice).run())
    await asyncio.sleep(0.01)
    yield line
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def inbox(store):
    async def wait(count: int):
        async with asyncio.timeout(5):
            while len(found := await store.inbound_after("default", None, 100, None)) < count:
                await asyncio.sleep(0.01)
        return found

    return wait


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_message_is_on_disk_before_it_is_acknowledged(line, modem, store, inbox, monkeypatch):
    order = []
    file = store.file_arrival

    async def filing(*args):
        filed = await file(*args)
        order.append("filed")
        return filed

    async def acknowledging(incoming):
        order.append("acknowledged")

    monkeypatch.setattr(store, "file_arrival", filing)
    monkeypatch.setattr(modem, "acknowledge", acknowledging)
    modem.queue.put_nowait(received(*delivers("hello")))
    await until(lambda: len(order) == 2)
    assert order == ["filed", "acknowledged"]
    (got,) = await inbox(1)
    assert (got.text, got.sender) == ("hello", PHONE)


async def test_the_same_place_read_again_before_it_was_emptied_is_one_message(line, modem, inbox):
    modem.rejection = CommandRejected("AT+CMGD=3", "cms", 320, "+CMS ERROR: 320")
    modem.queue.put_nowait(received(*delivers("hello")))
    await until(lambda: line.left_in_sim)
    modem.rejection = None
    modem.queue.put_nowait(received(*delivers("hello"), announced=False))
    await until(lambda: len(modem.acknowledged) == 1)
    assert len(await inbox(1)) == 1


async def test_the_same_octets_in_the_place_after_it_was_emptied_are_a_new_message(line, modem, inbox):
    for count in (1, 2):
        modem.queue.put_nowait(received(*delivers("hello")))
        await until(lambda n=count: len(modem.acknowledged) == n)
        await asyncio.sleep(0.02)
    assert len(await inbox(2)) == 2


async def test_what_was_queued_twice_before_its_place_was_emptied_is_one_message(line, modem, inbox):
    modem.queue.put_nowait(received(*delivers("hello"), announced=False))
    modem.queue.put_nowait(received(*delivers("hello")))
    modem.queue.put_nowait(received(*delivers("other"), place=StoragePlace("SM", 4)))
    assert sorted(message.text for message in await inbox(2)) == ["hello", "other"]
    await until(lambda: len(modem.acknowledged) == 2)
    assert line.left_in_sim  # a sweep finds it, should it be a new one after all


async def test_what_was_read_before_the_modem_was_set_up_anew_is_left_to_the_sweep(
    store, clock, modem, add_line, inbox
):
    """Its place may have been emptied, or misread by a modem that had just restarted."""
    record = await add_line()
    line = Line(Who(record.num, record.id, record.name), modem, Identity(), Limiter(clock), clock)
    modem.queue.put_nowait(received(*delivers("left over")))
    modem.queue.put_nowait(received(*delivers("handed over"), place=None))
    task = asyncio.create_task(Receiver(line, store, clock, Metrics(), lambda _: asyncio.sleep(0)).run())
    (got,) = await inbox(1)
    modem.queue.put_nowait(received(*delivers("swept"), announced=False))
    await inbox(2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert got.text == "handed over"


async def test_what_the_disk_does_not_take_is_refused_and_looked_for_again(line, modem, store, monkeypatch):
    async def full(*args):
        raise Unavailable("storage_full")

    monkeypatch.setattr(store, "file_arrival", full)
    modem.queue.put_nowait(received(*delivers("hello")))
    await until(lambda: modem.refused)
    assert modem.acknowledged == []
    assert line.left_in_sim


BROKEN = UndecodableReceived(b"\x00\x04", DecodeError("TP-OA", 2, "too short"), PLACE, True)


async def test_a_pdu_that_was_garbled_on_the_wire_is_read_again(line, modem, inbox):
    modem.queue.put_nowait(BROKEN)
    await until(lambda: line.in_doubt)
    modem.queue.put_nowait(received(*delivers("hello"), announced=False))
    (got,) = await inbox(1)
    assert got.text == "hello"


async def test_a_pdu_that_does_not_decode_is_filed_raw_and_acknowledged(line, modem, inbox):
    broken = BROKEN
    modem.queue.put_nowait(broken)
    await until(lambda: line.in_doubt)
    assert modem.acknowledged == []
    modem.queue.put_nowait(broken)
    (got,) = await inbox(1)
    assert (got.encoding, got.data, got.text) == ("raw", b"\x00\x04", "")
    await until(lambda: modem.acknowledged == [broken])


async def test_a_report_settles_its_message_and_is_acknowledged(line, modem, store, clock, enqueue, settled):
    message = await enqueue(to=PHONE)
    claim = await store.claim(line.who.num, clock.now())
    await store.on_air(claim, 1, clock.now())
    await store.record(claim, 1, Outcome("sent", reference=9), clock.now(), started_at=clock.now())
    now = clock.now()
    report = StatusReport(9, Address.of(PHONE), now, now, classify(0), None, False)
    modem.queue.put_nowait(ReportReceived(report.encode(), report, None, True))
    await settled(message.id, State.DELIVERED)
    await until(lambda: len(modem.acknowledged) == 1)


async def test_a_late_reference_settles_the_doubtful_part(line, modem, store, clock, enqueue, settled):
    message = await enqueue()
    claim = await store.claim(line.who.num, clock.now())
    await store.on_air(claim, 1, clock.now())
    await store.record(claim, 1, Outcome("unknown"), clock.now(), started_at=clock.now())
    modem.queue.put_nowait(LateReference(77))
    assert (await settled(message.id, State.SENT)).parts[0].reference == 77


async def test_other_news_is_passed_on(line, modem, noticed):
    modem.queue.put_nowait(PowerWarning("UNDER-VOLTAGE WARNNING"))
    await until(lambda: noticed == [PowerWarning("UNDER-VOLTAGE WARNNING")])


def test_every_field_of_a_part_reaches_the_store():
    parts = [arrival_of(received(part)) for part in delivers("x" * 200)]
    assert [(part.bits, part.reference, part.total, part.sequence) for part in parts] == [
        (8, 0xA5, 2, 1),
        (8, 0xA5, 2, 2),
    ]
    assert b"".join(part.content for part in parts) == b"x" * 200
    first = parts[0]
    assert (first.sender, first.alphabet, first.place, first.announced) == (PHONE, "gsm7", Place("SM", 3), True)
    assert (first.smsc_at, first.data_coding, first.protocol_identifier) == (AT, 0, 0)


def test_ports_and_binary_content_reach_the_store():
    header = UserDataHeader((InformationElement(5, bytes.fromhex("0B8423F0")),))
    coding = DataCoding(0xF5)
    deliver = Deliver(Address.of(PHONE), UserData(coding.alphabet, b"\x01\xff", header), coding, 0, AT, False)
    arrival = arrival_of(received(deliver, None))
    assert (arrival.ports, arrival.content, arrival.alphabet, arrival.place) == (
        (2948, 9200),
        b"\x01\xff",
        "8bit",
        None,
    )


def test_a_report_keeps_both_its_times():
    later = AT.replace(minute=10)
    report = StatusReport(9, Address.of(PHONE), AT, later, classify(0x46), None, False)
    arrival = report_of(report.encode(), report)
    assert (arrival.reference, arrival.recipient, arrival.status) == (9, PHONE, 0x46)
    assert (arrival.sent_at, arrival.discharged_at) == (AT, later)
