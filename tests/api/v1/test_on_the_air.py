"""What /v1 says of sending, compared with what two simulated modems really did."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.domain.line import LineState
from tests.support.stage import PATIENCE_S, Stage, receiving, staged

PEER = "+13105551212"
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "segmentation.json").read_text())


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, modems=2) as stage:
        yield stage


async def carried(stage: Stage, count: int) -> list[int]:
    """Which modem each of so many messages went out through."""
    return [int(entry["modem"]) for entry in await stage.submitted(count)]


async def down(stage: Stage, name: str) -> None:
    """The line's modem is pulled out, and the gateway has seen it."""
    lines = [line.name for line in await stage.store.lines()]
    with stage.store.bells.watchers.watching("lines") as bell:
        stage.bank.modems[lines.index(name)].unplug()
        while True:
            bell.clear()
            states = {line.name: line.state for line in await stage.store.lines()}
            if states[name] is LineState.DOWN:
                return
            assert await bell.wait(PATIENCE_S)


async def test_a_sender_takes_its_first_line_and_the_next_when_that_is_gone(stage: Stage):
    await stage.ask("POST", "/v1/senders", {"value": "STORE1", "lines": ["home", "office"]})
    for n in range(2):
        message = await stage.ask("POST", "/v1/messages", {"to": PEER, "text": str(n), "from": "store1"})
        await stage.in_state(message["id"], "delivered")
    assert await carried(stage, 2) == [1, 1]
    await down(stage, "home")
    await stage.ask("POST", "/v1/messages", {"to": PEER, "text": "2", "from": "STORE1"})
    assert await carried(stage, 3) == [1, 1, 0]


async def test_lines_of_a_sender_take_turns(stage: Stage):
    sender = {"value": "80888", "lines": ["office", "home"], "strategy": "round_robin"}
    await stage.ask("POST", "/v1/senders", sender)
    for n in range(4):
        message = await stage.ask("POST", "/v1/messages", {"to": PEER, "text": str(n), "from": "80888"})
        await stage.in_state(message["id"], "delivered")
    assert await carried(stage, 4) == [0, 1, 0, 1]


async def test_a_conversation_goes_on_over_the_line_it_began_on(stage: Stage):
    begun = await stage.ask("POST", "/v1/messages", {"to": PEER, "text": "first", "from": "home"})
    await stage.in_state(begun["id"], "delivered")
    went_on = await stage.ask("POST", "/v1/messages", {"to": PEER, "text": "second"})
    assert went_on["from"] == "+13109060902"
    assert await carried(stage, 2) == [1, 1]


async def test_a_required_reply_is_linked_and_told_as_one(stage: Stage):
    asked = {"to": PEER, "text": "Coming?", "from": "office", "reply": "required", "reply_due": 60}
    async with receiving() as replies, receiving() as everything:
        await stage.ask("POST", "/v1/webhooks", {"url": replies.url, "events": ["message.reply_received"]})
        await stage.ask("POST", "/v1/webhooks", {"url": everything.url, "events": []})
        question = await stage.ask("POST", "/v1/messages", asked)
        await stage.in_state(question["id"], "delivered")
        stage.bank.deliver(0, sender=PEER, text="Yes")
        (answer,) = await stage.received(1)
        assert answer.reply_to == question["id"]
        await replies.first(1)
        stage.bank.deliver(0, sender=PEER, text="the last thing that is told")
        await replies.first(2)
        last = await everything.first(4)
    told = [body for _, body in last]
    assert sum(b"message.received" in body for body in told) == 2
    assert not any(b"message.reply_received" in body for body in told)


async def test_a_paused_batch_goes_out_only_once_it_is_resumed(stage: Stage):
    for name in ("office", "home"):
        await stage.ask("PATCH", f"/v1/lines/{name}", {"paused": True})
    many = {"messages": [{"to": f"+131055512{n:02d}"} for n in range(3)], "text": "x"}
    batch = (await stage.ask("POST", "/v1/batches", many))["id"]
    await stage.ask("POST", f"/v1/batches/{batch}/pause")
    for name in ("office", "home"):
        await stage.ask("PATCH", f"/v1/lines/{name}", {"paused": False})
    alone = await stage.ask("POST", "/v1/messages", {"to": PEER, "text": "alone"})
    await stage.in_state(alone["id"], "delivered")
    assert [entry["text"] for entry in await stage.submitted(1)] == ["alone"]
    await stage.ask("POST", f"/v1/batches/{batch}/resume")
    assert len(await stage.submitted(4)) == 4


async def test_native_11_a_preview_is_what_is_sent_for_every_text_of_the_vectors(stage: Stage):
    promised: dict[str, list[str]] = {}
    for number, case in enumerate(VECTORS["cases"]):
        peer = f"+131055512{number:02}"
        told = await stage.ask("POST", "/v1/messages/preview", {"text": case["text"]})
        message = await stage.ask("POST", "/v1/messages", {"to": peer, "text": case["text"], "from": "office"})
        assert (message["encoding"], message["segments"]) == (told["encoding"], told["segments"]), case["label"]
        assert len(told["parts"]) == told["segments"], case["label"]
        promised[peer] = [part["text"] for part in told["parts"]]
    sent: dict[str, list[str]] = {peer: [] for peer in promised}
    for entry in await stage.submitted(sum(len(parts) for parts in promised.values())):
        sent[str(entry["to"])].append(str(entry["text"]))
    assert sent == promised
