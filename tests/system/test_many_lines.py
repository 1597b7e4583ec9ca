"""Three SIMs: which of them carries what, who steps in for whom, and what overtakes; all of it over HTTP."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modem.simulator.bank import Bank
from tests.support.daemon import Daemon, LineOf

BERLIN = "+493090182000"
MUNICH = "+498921800000"
VIENNA = "+43140001000"
NAMES = ("domestic", "reserve", "slow")
ROUTES = """
[[operators]]
name = "telekom"
prefixes = ["+49151"]

[[routes]]
name = "germany"
to = ["DE"]
lines = ["domestic", "reserve"]
strategy = "first_up"

[[routes]]
name = "austria"
to = ["+43"]
lines = ["slow"]
"""


@dataclass
class Play:
    bank: Bank
    daemon: Daemon

    def carried(self) -> dict[str, str]:
        """Text → the line that it went over."""
        return {entry["text"]: NAMES[entry["modem"]] for entry in self.bank.ledger.submitted}

    async def line(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.daemon.ask("GET", f"/v1/lines/{name}")
        return found

    async def line_is(self, name: str, state: str) -> None:
        async def look() -> bool:
            return bool((await self.line(name))["state"] == state)

        await self.daemon.until(look)

    async def waits_for(self, message: str, reason: str) -> dict[str, Any]:
        """Why it waits, once one of its lines says so."""

        async def look() -> dict[str, Any] | None:
            told: dict[str, Any] = await self.daemon.ask("GET", f"/v1/messages/{message}/waiting")
            return told if reason in {line["reason"] for line in told["lines"]} else None

        found: dict[str, Any] = await self.daemon.until(look)
        return found


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Play]:
    async with AsyncExitStack() as stack:
        bank = await stack.enter_async_context(Bank(modems=3, directory=tmp_path / "modems"))
        extra = {"slow": "rate_per_minute = 0.1\nparts_per_day = 3\nblock_after = 9"}
        lines = [
            LineOf(bay.device, bay.number, name, extra.get(name, ""))
            for bay, name in zip(bank.modems, NAMES, strict=True)
        ]
        daemon = await stack.enter_async_context(Daemon(tmp_path, lines, extra=ROUTES, program="tests.support.hurried"))
        await daemon.lines_up()
        yield Play(bank, daemon)


async def test_each_message_goes_over_the_lines_of_its_route(play: Play):
    sent = [await play.daemon.send(text, to=to) for text, to in (("b", BERLIN), ("m", MUNICH), ("v", VIENNA))]
    for message in sent:
        await play.daemon.in_state(message, "delivered")
    assert play.carried() == {"b": "domestic", "m": "domestic", "v": "slow"}


async def test_the_reserve_steps_in_for_a_line_that_is_gone_and_the_message_says_so(play: Play):
    play.bank.modems[0].unplug()
    await play.line_is("domestic", "down")
    message = await play.daemon.in_state(await play.daemon.send("b", to=BERLIN), "delivered")
    domestic, reserve = await play.line("domestic"), await play.line("reserve")
    [told] = message["takeovers"]
    assert (told["from"], told["to"], told["reason"]) == (domestic["id"], reserve["id"], "down")
    assert told["text"] == domestic["reason"]
    play.bank.modems[0].plug()
    await play.line_is("domestic", "up")
    again = await play.daemon.send("again", to=BERLIN, **{"from": "auto"})  # left out, it would stay with the reserve
    await play.daemon.in_state(again, "delivered")
    assert play.carried() == {"b": "reserve", "again": "domestic"}


async def test_what_one_sim_was_refused_another_sends_and_the_number_is_told(play: Play):
    play.bank.modems[0].fault("reject", "+CMGS", code=8, times=1)
    message = await play.daemon.in_state(await play.daemon.send("b", to=BERLIN), "delivered")
    [told] = message["takeovers"]
    assert (told["reason"], told["cause"]) == ("refused", {"cms": 8})
    assert "Operator determined barring" in told["text"]
    shown = await play.daemon.ask("GET", f"/v1/messages/{message['id']}/events")
    assert [one["outcome"] for one in shown["attempts"]] == ["elsewhere", "sent"]


async def test_an_alert_overtakes_the_rate_and_not_the_budget(play: Play):
    """The line's rate is one part in ten minutes, its budget three a day; the budget outlives a restart."""
    await play.daemon.in_state(await play.daemon.send("first", to=VIENNA), "delivered")
    ordinary = await play.daemon.send("ordinary", to=VIENNA)
    told = await play.waits_for(ordinary, "paced")
    assert "0.1 parts a minute" in told["text"]
    assert told["until"] is not None
    for n in range(2):
        await play.daemon.in_state(await play.daemon.send(f"fire {n}", to=VIENNA, priority=8), "delivered")
    await play.line_is("slow", "down")
    late = await play.daemon.send("fire too late", to=VIENNA, priority=9)
    told = await play.waits_for(late, "budget_spent")
    assert "3 parts of today" in told["text"]
    assert (await play.line("slow"))["quota_left"]["today"] == 0
    await play.daemon.stop()
    await play.daemon.start()
    await play.waits_for(late, "budget_spent")
    assert (await play.daemon.message(late))["parts"][0]["attempts"] == 0
    raised = await play.daemon.ask("PATCH", "/v1/lines/slow", {"limits": {"parts_per_day": 4}})
    assert (raised["overrides"], raised["quota_left"]["today"]) == (["parts_per_day"], 1)
    await play.daemon.in_state(late, "delivered")
    assert list(play.carried()) == ["first", "fire 0", "fire 1", "fire too late"]
    assert (await play.daemon.message(ordinary))["state"] == "queued"


async def test_what_is_set_of_a_line_holds_at_once_and_after_a_restart(play: Play):
    await play.daemon.in_state(await play.daemon.send("first", to=VIENNA), "delivered")
    second = await play.daemon.send("second", to=VIENNA)
    await play.waits_for(second, "paced")
    output = await play.daemon.ask("PATCH", "/v1/lines/slow", {"name": "fast", "limits": {"rate_per_minute": 0}})
    assert (output["name"], output["limits"]["rate_per_minute"]) == ("fast", 0)
    await play.daemon.in_state(second, "delivered")
    await play.daemon.stop()
    await play.daemon.start()
    line = await play.line("slow")
    assert (line["name"], line["limits"]["rate_per_minute"]) == ("fast", 0)
    await play.daemon.in_state(await play.daemon.send("third", to=VIENNA), "delivered")


async def test_other_routes_hold_for_what_waits_from_the_next_start_on(play: Play):
    play.bank.modems[2].unplug()
    await play.line_is("slow", "down")
    waiting = await play.daemon.send("v", to=VIENNA)
    told = await play.waits_for(waiting, "down")
    assert [line["reason"] for line in told["lines"]] == ["down"]
    await play.daemon.stop()
    play.daemon.config.write_text(play.daemon.config.read_text().replace('lines = ["slow"]', 'lines = ["reserve"]'))
    await play.daemon.start()
    await play.daemon.in_state(waiting, "delivered")
    nowhere = play.daemon.config.read_text().replace('lines = ["reserve"]', 'networks = ["99999"]')
    await play.daemon.stop()
    play.daemon.config.write_text(nowhere)
    await play.daemon.start()
    stuck = await play.daemon.send("nowhere", to=VIENNA)
    told = await play.daemon.ask("GET", f"/v1/messages/{stuck}/waiting")
    assert (told["reason"], told["text"]) == ("no_line", "the route austria leads to no line of this account")
    assert play.carried() == {"v": "reserve"}
