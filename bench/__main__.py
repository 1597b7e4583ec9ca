"""``python -m bench``: measure everything, print a table, write JSON."""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import measures
from bench.bulk import load_bulk
from bench.codec import codec_rates
from bench.dialects import SENDER
from bench.measures import CLIENTS
from bench.rig import gateway, modems
from modem.simulator.control import ControlClient

NETWORK_S = 0.5
ROUNDS = 3  # of the large database and an empty one
LINES = (1, 8, 64)
IDLE_LINES = (1, 16, 64)
LONG_LINES = 8
IDLE_LINE = f'''
[[lines]]
name = "nowhere"
number = "{SENDER}"
imei = "490154203237518"
'''
"""A line whose modem is never found: somebody to send from, who never does."""


async def measure(directory: Path, *, quick: bool) -> dict[str, Any]:
    """Every figure, by the letters that the README's table uses. quick: less of everything, to try the bench itself."""
    scale = 10 if quick else 1
    figures: dict[str, Any] = {"machine": machine()}
    with step("codec", figures):
        figures["codec_us"] = codec_rates()
    with step("one line, no network time", figures):
        await _one_line(directory / "one", figures, scale)
    with step("the six APIs", figures):
        async with gateway(directory / "dialects", None, login=True, extra=IDLE_LINE) as rig:
            figures["dialects"] = await measures.dialects(rig, 2.0 / scale, 5)
    with step("many lines", figures):
        await _many_lines(directory, figures, scale)
    with step("long messages", figures):
        figures["long"] = {
            mode: await _long_messages(directory / mode, scale, link_kept=mode == "on") for mode in ("on", "off")
        }
    with step("a million messages", figures):
        await _large(directory / "large", figures, scale)
    return figures


async def _one_line(directory: Path, figures: dict[str, Any], scale: int) -> None:
    async with modems(1, directory / "modems") as control, gateway(directory / "latency", control) as rig:
        figures["idle_mb"] = {"1": rig.resident_mb}
        figures["first_byte"] = await measures.first_byte(rig, 200 // scale)
        figures["inbound"] = await measures.inbound_to_webhook(rig, 200 // scale)
        figures["lost"] = await measures.lost_per_message(rig, 1000 // scale)
        figures["lost_with_reports"] = await measures.lost_per_message(rig, 1000 // scale, reports=True)
    async with gateway(directory / "accepts", None) as rig:
        figures["accepts"] = await measures.accepts(rig, 2.0 / scale, 3)
        await measures.accept_many(rig, 100_000 // scale)
        figures["after_accepts_mb"] = rig.resident_mb


async def _many_lines(directory: Path, figures: dict[str, Any], scale: int) -> None:
    figures["utilisation"], figures["utilisation_with_reports"] = {}, {}
    for lines in LINES:
        where = directory / f"busy{lines}"
        async with modems(lines, where / "modems", submit=str(NETWORK_S)) as control, gateway(where, control) as rig:
            if lines in IDLE_LINES:
                figures["idle_mb"][str(lines)] = rig.resident_mb
            each = max(20 // scale, 3)
            share = await measures.utilisation(rig, lines, each, reports=False)
            figures["utilisation"][str(lines)] = share
            share = await measures.utilisation(rig, lines, each, reports=True)
            figures["utilisation_with_reports"][str(lines)] = share
    where = directory / "idle16"
    async with modems(16, where / "modems") as control, gateway(where, control) as rig:
        figures["idle_mb"]["16"] = rig.resident_mb


async def _long_messages(directory: Path, scale: int, *, link_kept: bool) -> dict[str, Any]:
    """Messages in three parts. link_kept: by modems that offer AT+CMMS, so that the link stays open between parts."""
    idle, busy = directory / "idle", directory / "busy"
    async with (
        modems(1, idle / "modems") as one,
        modems(LONG_LINES, busy / "modems", submit=str(NETWORK_S)) as several,
    ):
        for control, count in ((one, 1), (several, LONG_LINES)):
            for index in range(0 if link_kept else count):
                await control.fault(index, "reject_command", "+CMMS", text="ERROR", times=None)
        async with gateway(idle, one) as first, gateway(busy, several) as second:
            return await measures.long_messages(first, second, LONG_LINES, scale)


async def _large(directory: Path, figures: dict[str, Any], scale: int) -> None:
    """(a) to (c) again: a million messages in the database, a hundred thousand of them waiting."""
    large: dict[str, Any] = {}
    async with modems(2, directory / "modems") as control:
        waiting_for = (await control.modems())[1]["number"]
        async with gateway(directory, control) as rig:
            data = rig.data_dir
        load_bulk(
            measures.database(data),
            delivered=1_000_000 // scale,
            waiting=100_000 // scale,
            route=waiting_for,
            now_ms=int(time.time() * 1000),
        )
        large["database_mb"] = measures.database(data).stat().st_size / 1e6
        large |= await _beside_a_small_one(directory, data, control, scale)
        async with gateway(directory, None, data_dir=data) as rig:
            large["accepts"] = await measures.accepts(rig, 2.0 / scale, 3)
            large["resident_mb"] = rig.resident_mb
        async with gateway(directory, control, data_dir=data, only={1}) as rig:  # now its line works them off
            large["lost_from_the_long_queue"] = await measures.from_the_queue(rig, 1, 1000 // scale)
    figures["large"] = large


async def _beside_a_small_one(directory: Path, data: Path, control: ControlClient, scale: int) -> dict[str, Any]:
    """What a message takes with the large database and with an empty one, in turns: the machine's moods hit both.

    The medians of the rounds with the large one, and how many times the empty one's of the same round they are.
    """
    rounds: list[dict[str, dict[str, Any]]] = []
    for number in range(ROUNDS):
        seen: dict[str, dict[str, Any]] = {}
        for name, where in (("small", directory / f"small{number}"), ("large", data)):
            # only the first: nobody serves those that wait
            async with gateway(directory, control, data_dir=where, only={0}) as rig:
                seen[name] = {
                    "first_byte": await measures.first_byte(rig, 200 // scale),
                    "lost": await measures.lost_per_message(rig, 1000 // scale),
                }
        rounds.append(seen)
    return {
        what: {
            figure: statistics.median(seen["large"][what][figure] for seen in rounds)
            for figure in rounds[0]["large"][what]
        }
        | {
            f"times_{figure}": statistics.median(
                seen["large"][what][figure] / seen["small"][what][figure] for seen in rounds
            )
            for figure in rounds[0]["large"][what]
        }
        for what in ("first_byte", "lost")
    }


class step:  # noqa: N801  reads as a word of the with statement
    """Says what is measured, and how long it took."""

    def __init__(self, name: str, figures: dict[str, Any]) -> None:
        self._name = name
        self._figures = figures

    def __enter__(self) -> None:
        self._began = time.monotonic()
        print(f"measuring: {self._name} …", file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        took = time.monotonic() - self._began
        self._figures.setdefault("took_s", {})[self._name] = round(took, 1)


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine()
    )
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "fsync_ms": round(fsync_ms(), 2),
    }


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []


def fsync_ms(rounds: int = 50) -> float:
    """The median time of one 4 KB write with fsync where temporary files live."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(rounds):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return sorted(times)[rounds // 2] * 1000


def table(figures: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of a Markdown table."""
    large = figures["large"]

    def accepts(of: dict[str, Any]) -> str:
        return " · ".join(f"{of['accepts'][str(n)]['per_second']:,.0f}" for n in CLIENTS)

    def spread(of: dict[str, float]) -> str:
        return f"{of['p50_ms']:.1f} / {of['p99_ms']:.1f}"

    about = figures["machine"]
    yield (
        f"{about['processor']}, {about['cores']} cores, {about['memory_gb']} GB, {about['system']}, "
        f"Python {about['python']}, SQLite {about['sqlite']}, fsync {about['fsync_ms']} ms."
    )
    yield ""
    yield "| | figure | aim |"
    yield "| --- | --- | --- |"
    yield f"| (a) durable accepts/s, 1 · 16 · 64 clients | {accepts(figures)} | 1,500 · – · 6,000 |"
    yield f"| (b) POST → `AT+CMGS`, p50 / p99 ms | {spread(figures['first_byte'])} | 3 / – |"
    yield f"| (c) lost per message, mean ms (p50 / p99) | {lost(figures['lost'])} | 3 |"
    yield f"| (c) the same, with a status report read and filed for each | {lost(figures['lost_with_reports'])} | |"
    for name, aim in (("utilisation", "99 · 99 · 98 %"), ("utilisation_with_reports", "")):
        shares = " · ".join(f"{figures[name][str(n)] * 100:.1f} %" for n in LINES)
        what = "the same, with status reports" if aim == "" else f"utilisation at {NETWORK_S} s a message"
        yield f"| (c) {what}, 1 · 8 · 64 lines | {shares} | {aim} |"
    kept, cut = figures["long"]["on"], figures["long"]["off"]
    yield (
        "| (c) lost per part of a long message, mean ms (p50 / p99), `AT+CMMS` on · off | "
        f"{lost(kept['lost'])} · {lost(cut['lost'])} | 3 |"
    )
    yield (
        f"| (c) utilisation with long messages, {LONG_LINES} lines, `AT+CMMS` on · off | "
        f"{kept['utilisation'] * 100:.1f} % · {cut['utilisation'] * 100:.1f} % | 99 % |"
    )
    yield f"| (d) `+CMTI` → webhook, p50 / p99 ms | {spread(figures['inbound'])} | 4 / – |"
    idle = " · ".join(f"{figures['idle_mb'][str(n)]:.0f}" for n in IDLE_LINES)
    yield f"| (e) resident MB idle, 1 · 16 · 64 lines | {idle} | – · 70 · – |"
    yield f"| (e) resident MB after 100,000 accepts | {figures['after_accepts_mb']:.0f} | – |"
    yield f"| (f) accepts/s with 1 M messages, 100,000 waiting | {accepts(large)} | within 10 % of (a) |"
    first, gap = large["first_byte"], large["lost"]
    yield f"| (f) POST → `AT+CMGS`, p50 / p99 ms | {spread(first)} | |"
    yield (
        "| (f) times an empty database's of the same minute, p50 / p99 | "
        f"{first['times_p50_ms']:.2f} / {first['times_p99_ms']:.2f} | 1.10 |"
    )
    yield f"| (f) lost per message, mean ms (p50 / p99) | {lost(gap)} | |"
    yield (
        "| (f) times an empty database's of the same minute, mean (p50 / p99) | "
        f"{gap['times_mean_ms']:.2f} ({gap['times_p50_ms']:.2f} / {gap['times_p99_ms']:.2f}) | 1.10 |"
    )
    queued = lost(large["lost_from_the_long_queue"])
    yield f"| (f) the same with reports, working off the 100,000 | {queued} | |"
    for name, of in figures["dialects"].items():
        rate, aim = f"{of['per_second']:,.0f} ({of['share']:.0%})", "" if name == "v1" else "80 %"
        yield f"| (h) {name}: accepts/s, 16 clients (share of `/v1`'s) | {rate} | {aim} |"
    for name, microseconds in figures["codec_us"].items():
        yield f"| (g) {name}, µs | {microseconds:.1f} | |"


def lost(of: dict[str, float]) -> str:
    """Mean, and the median and 99th percentile behind it."""
    return f"{of['mean_ms']:.2f} ({of['p50_ms']:.2f} / {of['p99_ms']:.2f})"


def main() -> None:
    """Measure in a temporary directory, print the table, write the JSON."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where the figures go")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything: to try the bench itself")
    parser.add_argument("--dir", type=Path, help="measure on this disk (default: a temporary directory)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simgate-bench-", dir=given.dir) as directory:
        figures = asyncio.run(measure(Path(directory), quick=given.quick))
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(figures, indent=1) + "\n")
    print("\n".join(table(figures)))
    print(f"\nin {sum(figures['took_s'].values()):.0f} s; all figures: {given.json}", file=sys.stderr)


if __name__ == "__main__":
    main()
