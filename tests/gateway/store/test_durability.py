"""Killed at any moment, the store keeps all it answered for (promises 1 and 9)."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.domain.message import State
from gateway.store.contract import MessageFilter
from tests.gateway.contract.build import NOW

WORK = """
import asyncio, sys
from pathlib import Path
from gateway.aio import SystemClock
from gateway.domain.access import AccountSettings
from gateway.store import open_store
from gateway.store.contract import Outcome
from tests.gateway.contract.build import NOW, accept, line_up, put_on_air

async def work():
    store = await open_store("sqlite", Path(sys.argv[1]), clock=SystemClock())
    await store.put_account("default", AccountSettings(), NOW)
    line = await line_up(store)
    print("started", flush=True)

    async def accepting():
        while True:
            print("accepted", (await accept(store)).id, flush=True)

    async def sending():
        while True:
            claim = await store.claim(line.num, NOW)
            if claim is None:
                await asyncio.sleep(0)
                continue
            await put_on_air(store, claim)
            print("on_air", claim.message, flush=True)
            await store.record(claim, 1, Outcome("sent", reference=1), NOW, started_at=NOW)
            print("sent", claim.message, flush=True)

    await asyncio.gather(*(accepting() for _ in range(8)), sending())

asyncio.run(work())
"""


@pytest.fixture(params=range(3))
def told(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, set[str]]:
    """What a process said of its store, line by line, until it was killed."""
    told: dict[str, set[str]] = {"accepted": set(), "on_air": set(), "sent": set()}
    with subprocess.Popen([sys.executable, "-c", WORK, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        time.sleep(random.Random(request.param).uniform(0.05, 0.3))
        process.kill()
        for line in process.stdout:
            if line.endswith("\n"):
                kind, message = line.split()
                told[kind].add(message)
    return told


async def test_what_was_told_before_the_kill_is_there_after_it(told: dict[str, set[str]], reopen):
    store = await reopen()
    await store.recover(NOW)
    kept = {message.id: message.state for message in await store.messages(MessageFilter(None), limit=100_000)}
    assert told["accepted"]
    assert told["accepted"] <= kept.keys()
    assert {kept[message] for message in told["sent"]} <= {State.SENT}
    assert {kept[message] for message in told["on_air"]} <= {State.SENT, State.UNKNOWN}
    assert list(kept.values()).count(State.UNKNOWN) <= 1
    waiting = list(kept.values()).count(State.QUEUED)
    assert (await store.counts())["waiting"] == waiting
