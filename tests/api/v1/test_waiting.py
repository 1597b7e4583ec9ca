"""GET /v1/messages/{id}/waiting, for every way in which a gateway on a simulated modem lets a message wait."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.line import LineState
from gateway.domain.message import Message
from tests.support.stage import PATIENCE_S, Stage, lines_are, staged

PEER = "+13105551212"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        yield stage


async def send(stage: Stage, **changed: Any) -> str:
    made = await stage.ask("POST", "/v1/messages", {"to": PEER, "text": "x", "from": "office", **changed})
    return str(made["id"])


async def why(stage: Stage, message: str, **headers: str) -> Any:
    return await stage.ask("GET", f"/v1/messages/{message}/waiting", **headers)


async def pause(stage: Stage, *, paused: bool = True) -> str:
    return str((await stage.ask("PATCH", "/v1/lines/office", {"paused": paused}))["id"])


async def once(stage: Stage, message: str, is_so: Callable[[Message], bool]) -> Message:
    """The message once that is so."""
    with stage.store.bells.watchers.watching(message) as bell:
        while True:
            bell.clear()
            found = await stage.store.message(None, message)
            assert found is not None
            if is_so(found):
                return found
            assert await bell.wait(PATIENCE_S)


def in_words(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


async def test_a_paused_line_is_named_until_it_goes_on(stage: Stage) -> None:
    line = await pause(stage)
    message = await send(stage)
    assert await why(stage, message) == {
        "reason": "no_line_ready",
        "text": "the only line that may carry it is office: paused by a person",
        "until": None,
        "lines": [{"line": line, "reason": "paused", "text": "paused by a person"}],
    }
    await pause(stage, paused=False)
    await stage.in_state(message, "delivered")
    assert await why(stage, message) == {
        "reason": "not_waiting", "text": "it does not wait any more: it is delivered", "until": None, "lines": [],
    }  # fmt: skip


async def test_a_scheduled_message_says_when_it_is_due(stage: Stage) -> None:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    told = await why(stage, await send(stage, schedule_at=due.isoformat()))
    assert (told["reason"], told["text"]) == ("scheduled", f"it is scheduled for {in_words(due)}")
    assert datetime.fromisoformat(told["until"]) == due


async def test_a_closed_send_window_says_when_it_opens(stage: Stage) -> None:
    opens = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=2)
    window = {"from": f"{opens:%H:%M}", "to": f"{opens + timedelta(hours=1):%H:%M}", "tz": "UTC"}
    told = await why(stage, await send(stage, send_window=window))
    assert told["reason"] == "outside_send_window"
    assert datetime.fromisoformat(told["until"]) == opens


async def test_a_sender_that_no_line_carries_any_more_is_named(stage: Stage) -> None:
    await pause(stage)
    await stage.ask("PATCH", "/v1/lines/office", {"aliases": ["SHOP"]})
    message = await send(stage, **{"from": "SHOP"})
    await stage.ask("PATCH", "/v1/lines/office", {"aliases": []})
    told = await why(stage, message)
    assert (told["reason"], told["text"], told["lines"]) == ("no_line", "no line carries the sender SHOP", [])


async def test_a_line_that_is_down_says_why_and_since_when(stage: Stage) -> None:
    stage.bank.modems[0].unplug()
    await lines_are(stage.store, LineState.DOWN)
    told = await why(stage, await send(stage))
    [line] = await stage.store.lines()
    assert line.status.since is not None
    [only] = told["lines"]
    assert (told["reason"], only["reason"]) == ("no_line_ready", "down")
    assert f"down since {in_words(line.status.since)}" in only["text"]
    assert told["text"] == f"the only line that may carry it is office: {only['text']}"


async def test_a_line_without_a_network_says_so(stage: Stage) -> None:
    stage.bank.modems[0].register(2)
    await lines_are(stage.store, LineState.DOWN)
    told = await why(stage, await send(stage))
    assert [line["reason"] for line in told["lines"]] == ["unregistered"]
    assert "searching for a network" in told["text"]


async def test_a_retry_tells_the_modems_number_the_line_and_the_next_try(stage: Stage) -> None:
    stage.bank.modems[0].fault("reject", "+CMGS", code=38)
    message = await send(stage)
    found = await once(stage, message, lambda known: known.due_at is not None)
    assert found.due_at is not None
    told = await why(stage, message)
    assert told["reason"] == "retry"
    assert told["text"].startswith(f"the next try is at {in_words(found.due_at)} after +CMS ERROR 38 on line office: ")
    assert datetime.fromisoformat(told["until"]) == found.due_at


async def test_what_is_on_the_air_says_so_and_the_next_one_that_it_is_next(stage: Stage) -> None:
    await pause(stage)
    first, second, third, fourth = [await send(stage) for _ in range(4)]
    trap = stage.bank.hold(0, "ctrl_z")
    await pause(stage, paused=False)
    await trap.reached()
    told = await why(stage, first)
    assert told["reason"] == "on_air"
    assert told["text"].startswith("line office is sending it now, since ")
    await once(stage, second, lambda known: known.state == "sending")  # claimed ahead
    assert (await why(stage, second))["text"] == "line office has taken it and sends it next"
    assert (await why(stage, third))["text"] == "it is next: line office takes it"
    assert (await why(stage, fourth))["text"] == "1 message of its account is ahead of it"
    trap.release()
    await stage.in_state(fourth, "delivered")


async def test_a_paused_batch_is_the_reason_whatever_the_lines_do(stage: Stage) -> None:
    await pause(stage)
    many = {"messages": [{"to": PEER}, {"to": "+13105551213"}], "text": "x"}
    batch = await stage.ask("POST", "/v1/batches", many)
    await stage.ask("POST", f"/v1/batches/{batch['id']}/pause")
    page = await stage.ask("GET", f"/v1/messages?batch={batch['id']}")
    told = [(await why(stage, message["id"]))["reason"] for message in page["data"]]
    assert told == ["batch_paused", "batch_paused"]


async def test_an_inbound_message_does_not_wait(stage: Stage) -> None:
    stage.bank.deliver(0, sender=PEER, text="hi")
    [came] = await stage.received(1)
    told = await why(stage, came.id)
    assert (told["reason"], told["text"]) == ("not_waiting", "it came in, and is not to be sent")


async def test_a_message_of_another_account_is_none(stage: Stage) -> None:
    await pause(stage)
    message = await send(stage)
    await stage.account("other")
    theirs = {"Authorization": f"Bearer {await stage.new_key('other')}"}
    for wanted in (message, "msg_none"):
        async with stage.http.get(f"/v1/messages/{wanted}/waiting", headers=theirs) as answer:
            assert answer.status == 404
            assert (await answer.json())["code"] == "not_found"


async def test_lines_are_named_only_to_who_may_read_them(stage: Stage) -> None:
    await pause(stage)
    message = await send(stage)
    key = await stage.new_key(scopes=["messages:read"])
    told = await why(stage, message, Authorization=f"Bearer {key}")
    assert told == {
        "reason": "no_line_ready", "text": "the only line that may carry it cannot take it now", "until": None,
        "lines": [],
    }  # fmt: skip
