"""A disk that is full or read-only under the whole daemon: numbers 4 and 7 of the fault catalogue.

The database is held at its size, or kept from being written, from inside: that needs no rights on any machine.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from gateway.config import HttpSettings, LineSettings, Settings
from gateway.control import ask
from gateway.daemon import Running, run_daemon
from gateway.workers.connection import Intervals
from gateway.workers.supervisor import Supervisor
from modem.simulator.bank import Bank

PATIENCE_S = 20.0
PHONE = "+447700900999"
LARGE = "x" * 1500


@dataclass(frozen=True, slots=True)
class Disk:
    """What the daemon's database stands on."""

    running: Running

    async def is_full(self) -> None:
        [pages] = await self._pragma("page_count")
        await self._pragma(f"max_page_count = {pages[0]}")

    async def has_room(self) -> None:
        await self._pragma("max_page_count = 1000000")

    async def is_read_only(self, so: bool = True) -> None:
        await self._pragma(f"query_only = {so}")

    async def _pragma(self, pragma: str) -> list[Any]:
        return list(await self.running.store._connections.writing.execute_fetchall(f"PRAGMA {pragma}"))


@dataclass(frozen=True, slots=True)
class Story:
    bank: Bank
    disk: Disk
    http: ClientSession

    async def send(self, text: str) -> tuple[int, dict[str, Any]]:
        async with self.http.post("/v1/messages", json={"to": PHONE, "text": text}) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Any:
        async with self.http.get(path) as answer:
            return await answer.json()

    async def inbox(self) -> list[str]:
        return [message["text"] for message in (await self.get("/v1/messages?direction=in"))["data"]]


@pytest.fixture
async def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Story]:
    monkeypatch.setattr("gateway.daemon.Supervisor", partial(Supervisor, intervals=Intervals(sweep_again=0.2)))
    async with Bank(1, directory=tmp_path / "modems") as bank:
        line = LineSettings("office", bank.modems[0].number, bank.modems[0].device)
        settings = Settings(data_dir=tmp_path / "state", http=HttpSettings(port=0, rate_per_key=0), lines=(line,))
        async with started(settings) as running:
            made = await asyncio.to_thread(ask, settings.data_dir, "keys.add", {"account": "default"})
            headers = {"Authorization": f"Bearer {made['key']}"}
            async with ClientSession(running.url, headers=headers) as http:
                story = Story(bank, Disk(running), http)
                await until(lambda: line_is_up(story))
                yield story


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[Running]:
    up: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(run_daemon(settings, ready=up.set_result))
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.wait({task, up}, return_when=asyncio.FIRST_COMPLETED)
    running = up.result()
    try:
        yield running
    finally:
        running.stop()
        async with asyncio.timeout(PATIENCE_S):
            await task


async def line_is_up(story: Story) -> bool:
    return (await story.get("/v1/lines"))["data"][0]["state"] == "up"


async def until(holds: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await holds()):
            await asyncio.sleep(0.02)
    return found


async def test_4_a_full_disk_refuses_keeps_what_it_has_and_is_healed_without_a_restart(story: Story) -> None:
    await story.disk.is_full()
    accepted = []
    while (answer := await story.send(LARGE))[0] == 202:
        accepted.append(answer[1]["id"])
    status, problem = answer
    assert (status, problem["code"]) == (507, "storage_full")
    assert len((await story.get("/v1/messages?limit=200"))["data"]) == len(accepted)

    story.bank.deliver(0, sender=PHONE, text="comes in")
    await asyncio.sleep(0.5)
    deleted = [entry for entry in story.bank.ledger.of("deleted") if entry["storage"] != "SR"]
    assert len(deleted) <= len(await story.inbox())  # a last free page may have taken it

    await story.disk.has_room()

    async def all_is_well() -> bool:
        states = {(await story.get(f"/v1/messages/{message}"))["state"] for message in accepted}
        return states <= {"sent", "delivered"} and await story.inbox() == ["comes in"]

    await until(all_is_well)
    assert (await story.send("after it"))[0] == 202
    parts = [str(entry["concat"]) for entry in story.bank.ledger.submitted if entry["text"] != "after it"]
    assert len(parts) == len(set(parts)) == 10 * len(accepted)


async def test_7_a_read_only_disk_refuses_and_leaves_in_the_sim_what_comes(story: Story) -> None:
    await story.disk.is_read_only()
    status, problem = await story.send("cannot be kept")
    assert (status, problem["code"]) == (503, "unavailable")
    async with story.http.get("/livez") as live, story.http.get("/readyz") as ready:
        assert (live.status, ready.status) == (200, 503)  # no new process would cure it
    story.bank.deliver(0, sender=PHONE, text="stays in the SIM")
    await asyncio.sleep(0.5)
    assert await story.inbox() == []
    assert story.bank.ledger.of("deleted") == []
    assert [entry["kind"] for entry in story.bank.ledger.of("stored")] == ["stored"]

    await story.disk.is_read_only(False)

    async def it_came() -> bool:
        return await story.inbox() == ["stays in the SIM"]

    await until(it_came)
    assert (await story.send("again"))[0] == 202
    await story.bank.ledger.wait_for_count("deleted", 1)
