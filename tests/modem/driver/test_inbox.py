import asyncio

import pytest

from modem.driver.inbox import Inbox, incoming, is_empty, is_own
from modem.events import (
    CallReceived,
    DeliverReceived,
    Registration,
    RegistrationChanged,
    ReportReceived,
    StoragePlace,
    UndecodableReceived,
)
from tests.modem.driver.responder import DELIVER, REPORT, SUBMIT


async def test_events_come_in_their_order_and_end_with_the_inbox() -> None:
    inbox = Inbox()
    inbox.put(CallReceived("1"))
    inbox.put(CallReceived("2"))
    inbox.close()
    assert [event async for event in inbox] == [CallReceived("1"), CallReceived("2")]


async def test_only_the_newest_registration_counts() -> None:
    inbox = Inbox()
    for stat in (2, 3, 1):
        inbox.put(RegistrationChanged(Registration(circuit=stat)))
    inbox.close()
    assert [event async for event in inbox] == [RegistrationChanged(Registration(circuit=1))]


async def test_a_consumer_that_was_interrupted_may_come_back() -> None:
    inbox = Inbox()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(inbox)
    inbox.put(CallReceived(None))
    assert await anext(inbox) == CallReceived(None)


async def test_a_full_inbox_says_so_until_it_is_taken_from() -> None:
    rooms: list[bool] = []
    inbox = Inbox(on_room=lambda: rooms.append(inbox.full))
    count = 0
    while not inbox.full:
        inbox.put(CallReceived(str(count)))
        count += 1
    waiting = asyncio.create_task(inbox.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    await anext(inbox)
    await waiting
    assert rooms == [False]


@pytest.mark.parametrize(
    ("pdu", "empty"), [(None, True), ("", True), ("FFFF", True), ("00FFFF", True), (DELIVER, False)]
)
def test_erased_records_are_empty(pdu: str | None, empty: bool) -> None:
    assert is_empty(pdu) is empty


@pytest.mark.parametrize(
    ("pdu", "stat", "own"),
    [
        (DELIVER, 0, False),
        (DELIVER, 3, False),
        (REPORT, 3, False),
        (SUBMIT, 3, True),
        (SUBMIT, 0, True),
        ("61678199639551", 3, True),
        ("61678199639551", 0, False),
        ("no hex", 2, True),
        ("no hex", None, False),
    ],
)
def test_what_we_have_stored_ourselves_is_told_from_what_was_received(pdu: str, stat: int | None, own: bool) -> None:
    assert is_own(pdu, stat) is own


def test_a_pdu_becomes_the_event_of_its_type() -> None:
    place = StoragePlace("SM", 1)
    assert isinstance(incoming(DELIVER, None, place, announced=True), DeliverReceived)
    assert isinstance(incoming(REPORT, None, place, announced=True), ReportReceived)
    broken = incoming(DELIVER[:20], None, place, announced=False)
    assert isinstance(broken, UndecodableReceived)
    assert broken.raw == bytes.fromhex(DELIVER[:20])
    text = incoming("hello there", None, None, announced=True)
    assert isinstance(text, UndecodableReceived)
    assert text.raw == b"hello there"


def test_a_length_that_is_too_long_cuts_nothing() -> None:
    event = incoming(DELIVER, 200, None, announced=True)
    assert isinstance(event, DeliverReceived)
    assert event.pdu == bytes.fromhex(DELIVER)


@pytest.mark.parametrize(
    "line",
    [
        f"YJ\\x0c=^\xc3{DELIVER}",
        f"{DELIVER}^RSSI:12",
        f"\xff{DELIVER}\x80",
        f"YJ3A{DELIVER}",  # the noise ends in hex digits
        f"{DELIVER}FF!",
        f"{DELIVER[:20]}!{DELIVER}",
    ],
)
def test_a_pdu_amid_noise_on_its_line_is_what_has_the_announced_length(line: str) -> None:
    """Taken for something that does not decode, it would be kept as octets that nobody can read, and deleted."""
    length = len(DELIVER) // 2 - 8
    event = incoming(line, length, None, announced=True)
    assert isinstance(event, DeliverReceived)
    assert event.pdu == bytes.fromhex(DELIVER)


@pytest.mark.parametrize("line", [DELIVER[:20] + "!" + DELIVER[21:], DELIVER[2:] + "!", "!" + DELIVER[:-2], "!"])
def test_what_noise_has_spoiled_is_not_made_up(line: str) -> None:
    event = incoming(line, len(DELIVER) // 2 - 8, None, announced=True)
    assert isinstance(event, UndecodableReceived)
    assert event.raw == line.encode("latin-1")


def test_without_a_length_noise_leaves_nothing_to_tell_the_pdu_by() -> None:
    assert isinstance(incoming(f"!{DELIVER}", None, None, announced=True), UndecodableReceived)
