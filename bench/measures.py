"""The measurements (a) to (f): each takes a running rig and gives figures back."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web

from bench import rig as rigs
from bench.dialects import DIALECTS
from bench.rig import Rig
from modem.pdu.segmentation import segment

CLIENTS = (1, 16, 64)
FRONT_CLIENTS = 16
SETTLE_S = 30.0
LONG = "In three parts. " * 25


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies; values need not be sorted."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def accepts(rig: Rig, seconds: float, rounds: int) -> dict[str, dict[str, float]]:
    """(a) Durable accepts per second with 1, 16 and 64 keep-alive clients: the median of some rounds."""
    table = {}
    for clients in CLIENTS:
        runs = [await rigs.load(rig, clients, seconds) for _ in range(rounds)]
        bad = [run["statuses"] for run in runs if set(run["statuses"]) != {"202"}]
        if bad:
            raise RuntimeError(f"not every request was accepted: {bad}")
        table[str(clients)] = {
            name: statistics.median(run[name] for run in runs) for name in ("per_second", "p50_ms", "p99_ms")
        }
    return table


async def dialects(rig: Rig, seconds: float, rounds: int) -> dict[str, dict[str, float]]:
    """(h) Durable accepts per second of each API with 16 clients, and its share of /v1's: the median of some rounds.

    The dialects take turns within a round, and a share is one of the same round: the machine's moods hit all alike.
    """
    rates: dict[str, list[float]] = {name: [] for name in DIALECTS}
    for _ in range(rounds):
        for name, seen in rates.items():
            before = rig.accepted(name)
            run = await rigs.load(rig, FRONT_CLIENTS, seconds, name)
            if rig.accepted(name) - before != run["answered"]:  # some say no with a status of 200
                raise RuntimeError(f"{name}: not every request was accepted: {run}")
            seen.append(run["per_second"])
    own = rates["v1"]
    return {
        name: {
            "per_second": statistics.median(seen),
            "share": statistics.median(rate / base for rate, base in zip(seen, own, strict=True)),
        }
        for name, seen in rates.items()
    }


async def first_byte(rig: Rig, samples: int) -> dict[str, float]:
    """(b) From the start of a POST to the arrival of ``AT+CMGS`` at an idle modem, in milliseconds.

    The modem's word comes back over the control socket, whose way is part of the figure: an upper bound.
    """
    assert rig.simulator is not None
    taken, sender = [], (await rig.simulator.modems())[0]["number"]
    async with ClientSession(headers={"Authorization": f"Bearer {rig.key}"}) as http:
        for number in range(samples):
            trap = await rig.simulator.trap(0, "received:+CMGS")
            over = await rig.simulator.trap(0, "answered:+CMGS")
            waiting = asyncio.ensure_future(_moment(rig, trap))
            await asyncio.sleep(0.005)  # the line has recorded its last message and is idle again
            began = time.perf_counter()
            body = {"to": f"+4477009{number:05d}", "from": sender, "text": "bench"}
            async with http.post(f"http://127.0.0.1:{rig.port}/v1/messages", json=body) as answer:
                answer.raise_for_status()
                await answer.read()
            taken.append((await waiting - began) * 1000)
            await rig.simulator.wait(over)
    return {"p50_ms": percentile(taken, 0.5), "p99_ms": percentile(taken, 0.99)}


async def _moment(rig: Rig, trap: int) -> float:
    assert rig.simulator is not None
    await rig.simulator.wait(trap, 30.0)
    return time.perf_counter()


async def enqueue(rig: Rig, senders: Sequence[str], each: int, *, reports: bool, text: str = "bench") -> None:
    """So many messages from each sender, through batches of at most 500. reports: status reports are asked for."""
    for sender in senders:
        for start in range(0, each, 500):
            messages = [{"to": f"+4477008{n:05d}"} for n in range(start, min(start + 500, each))]
            batch = {"from": sender, "text": text, "delivery_report": reports, "messages": messages}
            await asyncio.to_thread(rig.ask, "POST", "/v1/batches", batch)


async def lost_per_message(rig: Rig, messages: int, *, reports: bool = False) -> dict[str, float]:
    """(c) What a line needs for a message when the network needs nothing: the whole of it is loss, in milliseconds.

    reports: each message also has its status report announced, read, filed and deleted over the same port.
    """
    return _gaps((await _submissions(rig, messages, senders=1, reports=reports))[0])


async def long_messages(idle: Rig, busy: Rig, lines: int, scale: int) -> dict[str, Any]:
    """(c) The same two figures for messages in three parts. idle: its network needs nothing; busy: lines at work."""
    lost = await _submissions(idle, 200 // scale, senders=1, reports=False, text=LONG)
    per_line = await _submissions(busy, max(5 // scale, 2), senders=lines, reports=False, text=LONG)
    return {"lost": _gaps(lost[0]), "utilisation": statistics.fmean(map(_share, per_line))}


async def from_the_queue(rig: Rig, modem: int, messages: int) -> dict[str, float]:
    """(f) The same for a line that works off what has waited since before the daemon started, reports and all."""
    assert rig.simulator is not None
    so_far = len([entry for entry in await rig.simulator.ledger() if entry["kind"] == "submitted"])
    entries = await rig.simulator.wait_ledger("submitted", so_far + messages, timeout=120)
    return _gaps([Taken.of(entry) for entry in entries[so_far:] if entry["modem"] == modem])


@dataclass(frozen=True, slots=True)
class Taken:
    """A message on the air, from its Ctrl-Z until the network had it: seconds of the simulator's clock."""

    since: float
    at: float

    @classmethod
    def of(cls, entry: dict[str, Any]) -> "Taken":
        """An entry ``submitted`` of the ledger."""
        return cls(*(datetime.fromisoformat(entry[name]).timestamp() for name in ("since", "at")))


def _gaps(taken: Sequence[Taken]) -> dict[str, float]:
    gaps = [(after.at - before.at) * 1000 for before, after in pairwise(taken)]
    return {"mean_ms": statistics.fmean(gaps), "p50_ms": percentile(gaps, 0.5), "p99_ms": percentile(gaps, 0.99)}


def _share(taken: Sequence[Taken]) -> float:
    """Of the time from the first to the last. Measured: the simulator's timer may overshoot by a millisecond."""
    return sum(each.at - each.since for each in taken[1:]) / (taken[-1].at - taken[0].at)


async def utilisation(rig: Rig, lines: int, each: int, *, reports: bool) -> float:
    """(c) The share of time in which the lines had a message on the air, from its Ctrl-Z until the network took it."""
    per_line = await _submissions(rig, each, senders=lines, reports=reports)
    return statistics.fmean(map(_share, per_line))


async def _submissions(rig: Rig, each: int, *, senders: int, reports: bool, text: str = "bench") -> list[list[Taken]]:
    """Enqueue for every line, wait until the network has it all: what it took, line by line and part by part."""
    assert rig.simulator is not None
    numbers = [modem["number"] for modem in await rig.simulator.modems()][:senders]
    before = len(await rig.simulator.ledger())
    done = len([entry for entry in await rig.simulator.ledger() if entry["kind"] == "submitted"])
    await enqueue(rig, numbers, each, reports=reports, text=text)
    parts = len(segment(text, reference=0).parts)
    await rig.simulator.wait_ledger("submitted", done + each * senders * parts, timeout=120)
    taken = [entry for entry in await rig.simulator.ledger(before) if entry["kind"] == "submitted"]
    by_line: dict[Any, list[Taken]] = {}
    for entry in taken:
        by_line.setdefault(entry["modem"], []).append(Taken.of(entry))
    return list(by_line.values())


async def inbound_to_webhook(rig: Rig, samples: int) -> dict[str, float]:
    """(d) From the order to announce an SMS (+CMTI) to the webhook request about it, in milliseconds."""
    assert rig.simulator is not None
    came: asyncio.Queue[float] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        came.put_nowait(time.perf_counter())
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    port = rigs.free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    hook = {"url": f"http://127.0.0.1:{port}/hook", "events": ["message.received"]}
    await asyncio.to_thread(rig.ask, "POST", "/v1/webhooks", hook)
    taken = []
    try:
        for number in range(samples):
            freed = await rig.simulator.trap(0, "answered:+CMGD")
            began = time.perf_counter()
            await rig.simulator.deliver(0, sender="+447700900999", text=f"bench {number}")
            async with asyncio.timeout(SETTLE_S):
                taken.append((await came.get() - began) * 1000)
            await rig.simulator.wait(freed)
    finally:
        await runner.cleanup()
    return {"p50_ms": percentile(taken, 0.5), "p99_ms": percentile(taken, 0.99)}


async def accept_many(rig: Rig, count: int) -> None:
    """(e) So many messages accepted through HTTP, for the figure of memory after them."""
    accepted = 0
    while accepted < count:
        figures = await rigs.load(rig, 64, 2.0)
        accepted += int(figures["answered"])


def database(data_dir: Path) -> Path:
    """The one SQLite file of a state directory."""
    return data_dir / "simgate.db"
