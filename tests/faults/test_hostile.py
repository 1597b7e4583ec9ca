"""Faults 46 to 52: what anybody who knows the number can send."""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.aio import SystemClock
from gateway.domain.message import Message
from gateway.policy.assembly import MOST_OPEN, MOST_OPEN_OF_SENDER, PartialSet, Piece, Verdict, place, text_of
from gateway.store import open_store
from gateway.store.contract import Arrival, Store
from modem.driver.inbox import incoming
from modem.events import DeliverReceived, UndecodableReceived
from modem.pdu.address import Address
from modem.pdu.dcs import Alphabet, DataCoding
from modem.pdu.tpdu import Deliver, UserData
from modem.pdu.udh import InformationElement, UserDataHeader
from modem.simulator.phone import PhoneMessage
from tests.faults.conftest import Play
from tests.gateway.contract.build import line_up, part
from tests.support.stage import NUMBERS, Stage, receiving

PHONE = "+447911123456"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
PARTS_A_DAY = 24 * 60 * 10  # one every six seconds, as fast as a GSM modem hears them for long
CPU_S_A_DAY = 10.0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store("sqlite", tmp_path, clock=SystemClock())
    try:
        yield opened
    finally:
        await opened.close()


async def file_all(store: Store, line: int, arrivals: Sequence[Arrival]) -> None:
    await asyncio.gather(*(store.file_arrival(line, arrival, NOW) for arrival in arrivals))


def bomb(reference: int, sender: str = PHONE) -> Arrival:
    """The first of 255 parts; the others never come."""
    return part(1, 255, sender=sender, bits=16, reference=reference)


async def test_fault_46_one_sender_has_twenty_open_sets_and_what_came_is_shown(store: Store) -> None:
    line = await line_up(store)
    await file_all(store, line.num, [bomb(n) for n in range(300)])
    assert (await store.counts())["inbound_parts"] == MOST_OPEN_OF_SENDER == 20
    shown = await store.inbound_after("default", None, 1000, None)
    assert len(shown) == 300 - MOST_OPEN_OF_SENDER
    assert all(message.incomplete for message in shown)
    assert await store.expire_arrivals(NOW + DAY, NOW) == MOST_OPEN_OF_SENDER
    assert (await store.counts())["inbound_parts"] == 0
    assert len(await store.inbound_after("default", None, 1000, None)) == 300, "nothing that came is lost"


async def test_fault_46_all_senders_together_have_a_thousand_open_sets(store: Store) -> None:
    """And what a modem can take of them in a day costs seconds."""
    line = await line_up(store)
    gc.collect()
    gc.freeze()  # what other tests have left is not searched again on this one's time
    before = time.process_time()
    await file_all(store, line.num, [bomb(n, f"+4479{n:08}") for n in range(1200)])
    each = (time.process_time() - before) / 1200
    gc.unfreeze()
    assert (await store.counts())["inbound_parts"] == MOST_OPEN == 1000
    assert len(await store.inbound_after("default", None, 1000, None)) == 200
    assert each * PARTS_A_DAY <= CPU_S_A_DAY


SEQUENCES = st.integers(1, 4)
PIECES = st.builds(
    Piece,
    sequence=SEQUENCES,
    alphabet=st.just("gsm7"),
    content=st.sampled_from([b"a", b"b", b"c"]),
    smsc_at=st.sampled_from([None, NOW, NOW + timedelta(minutes=3), NOW + timedelta(days=2)]),
)


@settings(max_examples=400, deadline=None)
@given(arriving=st.lists(PIECES, max_size=24), total=st.integers(2, 4))
def test_fault_47_the_first_of_a_number_wins_and_another_text_begins_a_new_set(
    arriving: list[Piece], total: int
) -> None:
    """Whatever comes under one reference: no set holds a number twice, nothing is dropped but what is there already."""
    sets: list[PartialSet] = []
    for piece in arriving:
        verdict, known = place(piece, list(reversed(sets)), NOW)
        if verdict is Verdict.OPENS:
            sets.append(PartialSet(len(sets), (piece,)))
        elif verdict is Verdict.JOINS:
            assert known is not None
            sets[known.num] = PartialSet(known.num, (*known.pieces, piece))
        else:
            assert known is not None
            assert (piece.sequence, piece.content) in [(one.sequence, one.content) for one in known.pieces]
    for one in sets:
        numbers = [piece.sequence for piece in one.pieces]
        assert len(numbers) == len(set(numbers))
        text_of(one.pieces, total)


async def test_fault_47_part_three_of_two_and_a_second_text_for_one_number(play: Play) -> None:
    async with play() as stage:
        impossible = deliver(b"three", header=concatenated(reference=9, total=2, sequence=3))
        stage.bank.deliver(0, sender=PHONE, pdu=impossible)
        for content, sequence in ((b"one ", 1), (b"ONE ", 1), (b"two", 2), (b"TWO", 2)):
            header = concatenated(reference=7, total=2, sequence=sequence)
            stage.bank.deliver(0, sender=PHONE, pdu=deliver(content, header=header))
        got = await stage.received(3)
        await drained(stage)
    assert Counter(message.text for message in got)["three"] == 1
    assert sorted(message.text.lower() for message in got) == ["one two", "one two", "three"]
    assert not any(message.incomplete for message in got)


def concatenated(*, reference: int, total: int, sequence: int) -> UserDataHeader:
    return UserDataHeader((InformationElement(0, bytes([reference, total, sequence])),))


def deliver(
    content: bytes,
    *,
    header: UserDataHeader | None = None,
    alphabet: Alphabet = Alphabet.GSM7,
    coding: int | None = None,
    protocol_identifier: int = 0,
) -> bytes:
    data_coding = DataCoding.for_text(alphabet) if coding is None else DataCoding(coding)
    user_data = UserData(alphabet, content, header)
    return Deliver(Address.of(PHONE), user_data, data_coding, protocol_identifier, NOW).encode()


async def drained(stage: Stage) -> None:
    """Nothing lies in the SIM any more, and nothing waits for room in it."""
    counts = stage.bank.ledger.counts
    await stage.bank.ledger.wait_for(lambda _: counts["deleted"] == counts["stored"])


PREFIX = "00" + "040B91" + "9711325476F8"  # no SMSC field, a DELIVER of +79112345678
MALFORMED = {
    "cut behind the sender's length": "00040B9197",
    "nothing but the type": "0004",
    "a sender of 200 digits": "0004C891" + "21" * 100 + "0000" + "62112090900000" + "00",
    "a name of an odd length in septets": "00" + "0403D0" + "C1E0" + "0000" + "62112090900000" + "00",
    "a header longer than the user data": "00440B919711325476F8" + "0004" + "62112090900000" + "05" + "FF00030102",
    "user data shorter than it says": PREFIX + "0000" + "62112090900000" + "A0" + "C8",
    "a reserved coding": PREFIX + "00" + "B7" + "62112090900000" + "01" + "C8",
    "a date that is none": PREFIX + "0000" + "FFFFFFFFFFFFFF" + "01" + "41",
    "a submit report": "0002" + "00" * 8,
    "a service centre field beyond the end": "FF91",
}


@pytest.mark.parametrize("pdu", MALFORMED.values(), ids=MALFORMED)
async def test_fault_48_a_malformed_pdu_is_kept_and_its_place_is_freed(play: Play, pdu: str) -> None:
    """One message, of what could be read or raw; what comes behind it comes through."""
    async with play() as stage:
        stage.bank.deliver(0, sender=PHONE, pdu=bytes.fromhex(pdu))
        stage.bank.deliver(0, sender=PHONE, text="behind it")
        odd, *others = sorted(await stage.received(2), key=lambda message: message.text == "behind it")
        await drained(stage)
        read = incoming(pdu, None, None, announced=True)
        raw = stage.running.metrics.inbound_pdu_errors
        counted = sum(sample.value for metric in raw.collect() for sample in metric.samples if "_total" in sample.name)
    assert [message.text for message in others] == ["behind it"]
    assert (odd.encoding == "raw") is isinstance(read, UndecodableReceived)
    assert counted == (odd.encoding == "raw")
    if odd.encoding == "raw":
        assert odd.data == bytes.fromhex(pdu)


@settings(max_examples=3000, deadline=None)
@given(octets=st.binary(max_size=180), length=st.none() | st.integers(0, 255))
def test_fault_48_any_octets_are_an_event(octets: bytes, length: int | None) -> None:
    """Nothing is raised, whatever a PDU line says; the texts come out as well."""
    event = incoming(octets.hex(), length, None, announced=True)
    if isinstance(event, DeliverReceived):
        _ = event.deliver.text


WAP_PUSH = bytes.fromhex("0601AE02056A0045C60C03687474703A2F2F6578616D706C652E636F6D00")
MMS = bytes.fromhex("0B06226170706C69636174696F6E2F766E642E7761702E6D6D732D6D65737361676500AF84")
TO_PUSH = UserDataHeader((InformationElement(5, bytes.fromhex("0B8423F0")),))
TO_OTA = UserDataHeader((InformationElement(5, bytes.fromhex("0B840B84")),))
OCTETS = Alphabet.OCTETS
ODD = {
    "WAP push": (deliver(WAP_PUSH, header=TO_PUSH, alphabet=OCTETS), "8bit"),
    "MMS notification": (deliver(MMS, header=TO_PUSH, alphabet=OCTETS), "8bit"),
    "OTA": (deliver(b"\x01\x06\x2f\x1f\x2d\xb6", header=TO_OTA, alphabet=OCTETS), "8bit"),
    "class 0": (deliver(b"flash", coding=0x10), "gsm7"),
    "type 0": (deliver(b"silent", protocol_identifier=0x40), None),
    "SIM data download": (deliver(b"\x00\x01", alphabet=OCTETS, coding=0xF6, protocol_identifier=0x7F), "8bit"),
    "message waiting": (deliver(b"", coding=0xC8), "gsm7"),
}


@pytest.mark.parametrize(("pdu", "encoding"), ODD.values(), ids=ODD)
async def test_fault_49_what_is_no_plain_text_is_typed_and_blocks_nothing(
    play: Play, pdu: bytes, encoding: str | None
) -> None:
    """Type 0 is kept and shown to nobody (TS 23.040 §9.2.3.9)."""
    async with play() as stage:
        stage.bank.deliver(0, sender=PHONE, pdu=pdu)
        stage.bank.deliver(0, sender=PHONE, text="behind it")
        got = await stage.received(1 if encoding is None else 2)
        await drained(stage)
    assert got[-1].text == "behind it"
    assert [message.encoding for message in got[:-1]] == ([] if encoding is None else [encoding])
    if encoding == "8bit":
        read = incoming(pdu.hex(), None, None, announced=True)
        assert isinstance(read, DeliverReceived)
        header = read.deliver.user_data.header
        ports = None if header is None or header.ports is None else (header.ports.destination, header.ports.source)
        assert (got[0].data, got[0].ports) == (read.deliver.user_data.content, ports)


async def test_fault_50_a_flood_is_filed_whole_while_what_goes_out_still_goes(play: Play) -> None:
    """Two seconds of it at once; what the SIM has no room for waits in the network, and the webhook gets each one."""
    flood = 200
    async with play() as stage, receiving() as hook:
        await stage.ask("POST", "/v1/webhooks", {"url": hook.url, "events": ["message.received"]})
        for n in range(flood):
            stage.bank.deliver(0, sender=f"+4479111{n:05}", text=f"flood {n}")
        sent = [await stage.send(f"out {n}", to=f"+44770090090{n}") for n in range(5)]
        for message in sent:
            await stage.in_state(message, "sent", "delivered")
        filed_meanwhile = len(await stage.store.inbound_after("default", None, 1000, None))
        assert filed_meanwhile < flood, "what goes out does not wait for the end of the flood"
        got = await everything(stage, flood)
        await hook.first(flood)
        await drained(stage)
    assert sorted(message.text for message in got) == sorted(f"flood {n}" for n in range(flood))
    assert stage.on_the_air() == [(f"out {n}", 0) for n in range(5)]


async def everything(stage: Stage, count: int) -> list[Message]:
    with stage.store.bells.watchers.watching("inbox:default") as bell:
        async with asyncio.timeout(20.0):
            while len(found := await stage.store.inbound_after("default", None, 2 * count, None)) < count:
                await bell.wait()
                bell.clear()
    return found


COMMANDS = (
    "RESTART",
    "*100#",
    "AT+CFUN=1,1",
    "#reboot",
    "/status",
    "SEND +447700900999 hello",
    "ACK 1",
    "ALLOW",
    "PIN 1",
)


async def test_fault_51_no_text_is_a_command_whoever_seems_to_send_it(play: Play) -> None:
    """A sender is easily forged, so nothing but the wish to be left alone is heeded, and that for the sender alone."""
    async with play() as stage:
        office = stage.bank.modems[0]
        before = office.equipment.settings
        message = await stage.send("hello", to=PHONE)
        await stage.in_state(message, "delivered")
        for sender in (PHONE, NUMBERS[0], "SIMgate"):  # a customer, the gateway itself, a name
            for text in COMMANDS:
                stage.bank.deliver(0, sender=sender, text=text)
        got = await stage.received(3 * len(COMMANDS))
        await drained(stage)
        messages = await stage.messages()
        assert await stage.store.consent.opt_outs("default") == []
        assert office.equipment.settings is before, "it was not restarted"
    assert Counter(one.text for one in got) == Counter(dict.fromkeys(COMMANDS, 3))
    assert [one.id for one in messages if one.direction == "out"] == [message]
    assert [text for text, _ in stage.on_the_air()] == ["hello"]


@pytest.mark.parametrize("word", ["HELP", "STOP", "START"])
async def test_fault_52_an_automatic_answer_is_not_answered_again(play: Play, word: str) -> None:
    """A phone that says the same word to whatever it gets is answered once an hour."""
    async with play() as stage:

        def say(_: PhoneMessage) -> str:
            return word

        stage.bank.phone(PHONE, answer=say)
        await stage.send("hello", to=PHONE)
        await stage.received(1 if word == "START" else 2)
        await drained(stage)
        messages = await stage.messages()
    texts = [text for text, _ in stage.on_the_air()]
    assert texts[0] == "hello"
    assert len(texts) == (1 if word == "START" else 2)
    assert len([one for one in messages if one.direction == "out"]) == len(texts)


async def test_fault_52_two_gateways_do_not_go_on_answering_each_other(play: Play) -> None:
    async with play(modems=2) as stage:
        await stage.send("HELP", to=NUMBERS[1], **{"from": "office"})
        got = await stage.received(2)
        out = [one.text for one in reversed(await stage.messages()) if one.direction == "out"]
    assert len(out) == 2, "one answer, which is no question"
    assert [text for text, _ in stage.on_the_air()] == out
    assert [(one.sender, one.to) for one in got] == [(NUMBERS[0], NUMBERS[1]), (NUMBERS[1], NUMBERS[0])]
