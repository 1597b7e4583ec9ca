"""The reassembly scenarios of tests/vectors/concat-sets.json, through the store and its restarts."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.store.contract import Arrival, Store
from modem.pdu.tpdu import decode_deliver
from tests.gateway.contract.build import BOB, NOW, line_up

VECTORS = Path(__file__).parents[2] / "vectors"
KNOWN = json.loads((VECTORS / "concat-sets.json").read_text("utf-8"))
SETS = {known["id"]: known for known in KNOWN["sets"]}
PDUS = {case["id"]: case["pdu"] for case in json.loads((VECTORS / "concat.json").read_text("utf-8"))["vectors"]}
SCENARIOS = {scenario["id"]: scenario for scenario in KNOWN["scenarios"]}
HOUR = timedelta(hours=1)


def arriving(name: str, sequence: int, *, late: timedelta = timedelta(), **changed: Any) -> Arrival:
    """A part of a known set. late: how much later the service centre got it than in the vector."""
    pdu = bytes.fromhex(PDUS[SETS[name]["parts"][sequence - 1]])
    deliver = decode_deliver(pdu)
    header = deliver.user_data.header
    assert header is not None
    concatenation = header.concatenation
    assert concatenation is not None
    assert deliver.service_centre_timestamp is not None
    known: dict[str, Any] = {
        "pdu": pdu,
        "place": None,
        "announced": True,
        "sender": deliver.originating_address.value,
        "alphabet": deliver.user_data.alphabet.value,
        "content": deliver.user_data.content,
        "bits": concatenation.bits,
        "reference": concatenation.reference,
        "total": concatenation.total,
        "sequence": concatenation.sequence,
        "smsc_at": deliver.service_centre_timestamp + late,
    }
    return Arrival(**known | changed)


async def play(scenario: str, store: Store, *, sent_again_s: float = float("inf")) -> list[Any]:
    """File the scenario's arrivals; those from sent_again_s on were also sent so much later. Returns the inbox."""
    line = await line_up(store)
    for sequence, seconds in SCENARIOS[scenario]["arrivals"]:
        at = timedelta(seconds=seconds)
        late = at if seconds >= sent_again_s else timedelta()
        await store.file_arrival(line.num, arriving(SCENARIOS[scenario]["set"], sequence, late=late), NOW + at)
    return await inbox(store)


async def inbox(store: Store) -> list[Any]:
    return await store.inbound_after("default", None, 100, None)


def text(name: str) -> str:
    return SETS[name]["expect_text"]


def test_every_scenario_has_its_test():
    assert set(SCENARIOS) == {
        "in-order",
        "reverse",
        "duplicate-part",
        "late-third-part",
        "never-completes",
        "ref-reuse-after-complete",
        "ref-reuse-while-open",
        "two-senders-same-ref",
        "8bit-vs-16bit-same-number",
        "total-mismatch",
        "restart-between-parts",
        "parts-via-different-smsc-and-scts",
        "parts-by-two-modems",
    }


@pytest.mark.parametrize("scenario", ["in-order", "reverse", "duplicate-part"])
async def test_one_message_whatever_the_order_and_the_repetitions(store: Store, scenario: str):
    [message] = await play(scenario, store)
    assert (message.text, message.segments, message.incomplete) == (text("gen-8bit3"), 3, False)


async def test_late_third_part(store: Store):
    line = await line_up(store)
    (first, _), (second, _), (third, much_later) = SCENARIOS["late-third-part"]["arrivals"]
    for sequence in (first, second):
        await store.file_arrival(line.num, arriving("gen-8bit3", sequence), NOW)
    await store.expire_arrivals(NOW + HOUR, NOW)
    [shown] = await inbox(store)
    assert shown.incomplete
    await store.file_arrival(line.num, arriving("gen-8bit3", third), NOW + timedelta(seconds=much_later))
    [whole] = await inbox(store)
    assert (whole.id, whole.text, whole.incomplete) == (shown.id, text("gen-8bit3"), False)


async def test_never_completes(store: Store):
    assert await play("never-completes", store) == []
    assert await store.expire_arrivals(NOW + 25 * HOUR, NOW + HOUR) == 1
    [message] = await inbox(store)
    assert message.incomplete
    assert message.text.count("[…]") == 1


async def test_ref_reuse_after_complete(store: Store):
    messages = await play("ref-reuse-after-complete", store, sent_again_s=600)
    assert [message.text for message in messages] == [text("gen-8bit3")] * 2


async def test_ref_reuse_while_open(store: Store):
    [message] = await play("ref-reuse-while-open", store, sent_again_s=7200)
    assert message.text == text("gen-8bit3")
    await store.expire_arrivals(NOW + 25 * HOUR, NOW + 3 * HOUR)
    [_, older] = await inbox(store)
    assert older.incomplete


@pytest.mark.parametrize(
    ("scenario", "changed"),
    [
        ("two-senders-same-ref", {"sender": BOB}),
        ("8bit-vs-16bit-same-number", {"bits": 16}),
        ("total-mismatch", {"total": 4}),
    ],
)
async def test_another_key_is_another_message(store: Store, scenario: str, changed: dict[str, Any]):
    line = await line_up(store)
    await store.file_arrival(line.num, arriving("gen-8bit3", 1), NOW)
    for sequence in (2, 3):
        await store.file_arrival(line.num, arriving("gen-8bit3", sequence, **changed), NOW)
    assert await inbox(store) == []
    assert await store.expire_arrivals(NOW + 25 * HOUR, NOW) == 2, SCENARIOS[scenario]


async def test_restart_between_parts(store: Store, reopen):
    line = await line_up(store)
    for sequence, _ in SCENARIOS["restart-between-parts"]["arrivals"]:
        if sequence == "restart":
            store = await reopen()
        else:
            await store.file_arrival(line.num, arriving("gen-16bit3", sequence), NOW)
    [message] = await inbox(store)
    assert message.text == text("gen-16bit3")


async def test_parts_via_different_smsc_and_scts(store: Store):
    line = await line_up(store)
    first, second = arriving("mm-a", 1), arriving("mm-a", 2)
    assert first.smsc_at != second.smsc_at
    for arrival in (second, first):
        await store.file_arrival(line.num, arrival, NOW)
    [message] = await inbox(store)
    assert message.text == text("mm-a")


async def test_parts_by_two_modems(store: Store):
    one, other = await line_up(store), await line_up(store, "other")
    await store.file_arrival(one.num, arriving("mm-a", 1), NOW)
    await store.file_arrival(other.num, arriving("mm-a", 2), NOW)
    assert await inbox(store) == []
