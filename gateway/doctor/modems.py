"""The modems of the configured lines, asked one by one; no PIN is entered, and no port that is in use is touched."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from gateway.aio import together
from gateway.config import LineSettings
from gateway.doctor.case import Case, reading
from gateway.doctor.finding import Finding, fail, ok, skipped, warn
from gateway.doctor.verdicts import judge, judge_link
from gateway.ports.holders import port_holder
from gateway.ports.names import REMOTE, mark
from gateway.workers.asking import Answer, ask
from gateway.workers.connection import fault_in
from gateway.workers.finder import Finder
from modem.driver import Identity, Modem, ModemSettings, Timing
from modem.errors import CommandTimeout, ModemError

ROUND_TRIPS = 20
LONGEST_S = 120.0  # for all that one modem is asked; a SIM may take a minute to start
SETTLE_S = 20.0  # a SIM that needs longer shows in the findings

Asker = Callable[[Modem], Coroutine[Any, Any, None]]


async def modems(case: Case) -> Iterable[Finding]:
    """Line by line: two lines may search for their modems behind the same ports."""
    finder = Finder(_Asker(case), case.host.dev, case.host.sys, case.host.proc)
    found: list[Finding] = []
    for line in case.settings.lines:
        found += await _line(case, finder, line)
    return found


async def _line(case: Case, finder: Finder, line: LineSettings) -> list[Finding]:
    looked_at = f"{line.name}: {line.device or _sought(line)}"
    if case.running is not None:
        cause = f"the gateway that runs (process {case.running}) has it, and knows how it is"
        return [
            skipped("modem.answers", looked_at, cause, "simgate lines list"),
            *_known_storages(case, line, looked_at),
        ]
    if case.closed:
        cause = "whether a gateway runs cannot be seen, so its port is not touched"
        return [skipped("modem.answers", looked_at, cause, f"sudo simgate doctor{case.options}")]
    if line.device is not None and REMOTE not in line.device and mark(line.device) is None:
        return [skipped("modem.answers", looked_at, "there is no such device")]
    device = await finder.find(line)
    if device is None:
        cause = "no free port answers with that number"
        kept = [
            fail(f"ports.{one.kind}", f"{line.name}: {one.looked_at}", one.cause, one.cure) for one in finder.refused
        ]
        return [*kept, fail("modem.answers", looked_at, cause, "simgate doctor, with the modem in another USB socket")]
    if not _free(case, device):
        return [skipped("modem.answers", looked_at, "another program has the port, or this user may not use it")]
    finder.take(device, line.name)
    return await _ask(f"{line.name}: {device}", device, line, case)


STATUS = "SELECT status FROM lines WHERE name = ? AND retired = 0"


def _known_storages(case: Case, line: LineSettings, looked_at: str) -> list[Finding]:
    """The storages that the gateway cannot empty; a database that cannot be read is another check's finding."""
    try:
        with reading(case.database) as database:
            row = database.execute(STATUS, (line.name,)).fetchone()
    except sqlite3.Error:
        return []
    low = () if row is None else json.loads(row[0]).get("storages_low", ())
    if not low:
        return []
    full = ", ".join(f"{fill['storage']} {fill['used']} of {fill['size']}" for fill in low)
    cause = f"{full}, and emptying it does not help: when it is full the network keeps new messages back"
    return [warn("modem.storages", looked_at, cause, "put the SIM into a phone and delete the messages stored on it")]


async def _ask(looked_at: str, device: str, line: LineSettings, case: Case) -> list[Finding]:
    found: list[Finding] = []

    async def ask(modem: Modem) -> None:
        async with asyncio.timeout(LONGEST_S):
            inspection = await modem.inspect()
            found.append(_answers(looked_at, inspection.identity))
            found.extend(judge(looked_at, line, inspection, case.edit))
            found.append(judge_link(looked_at, ROUND_TRIPS, await round_trips(modem)))

    settings = ModemSettings(profile=line.profile, baudrate=line.baudrate, timing=Timing(settle=SETTLE_S))
    fault = await _with_modem(device, settings, ask)
    if fault is not None and not found:
        cure = f"unplug it and plug it in again; then: simgate doctor{case.options}"
        found.append(fail("modem.answers", looked_at, f"nobody answers AT commands there: {fault}", cure))
    elif fault is not None:
        cure = f"unplug it and plug it in again; then: simgate doctor{case.options}"
        found.append(fail("modem.link", looked_at, f"it stopped answering: {fault}", cure))
    return found


async def _with_modem(device: str, settings: ModemSettings, ask: Asker) -> str | None:
    """Open, ask, close. What the modem or its port did wrong, in words."""
    try:
        modem = await Modem.open(device, settings)
    except ModemError as error:
        return str(error)
    try:
        await together(ask(modem), base=modem.run())
    except ExceptionGroup as group:
        fault = fault_in(group)
        if not isinstance(fault, ModemError | TimeoutError):
            raise
        return str(fault) or "it takes too long"
    finally:
        await modem.close()
    return None


async def round_trips(modem: Modem) -> list[float]:
    """The seconds of those that were answered."""
    times = []
    for _ in range(ROUND_TRIPS):
        try:
            times.append(await modem.round_trip())
        except CommandTimeout:
            await modem.resync()
    return times


class _Asker:
    """Who answers at a port that somebody's line is searched behind; one that is in use is not opened."""

    def __init__(self, case: Case) -> None:
        self._case = case

    async def __call__(self, device: str, *, on_usb: bool) -> Answer:
        if not _free(self._case, device):
            return Answer(opened=False, busy=_is_held(self._case, device))
        return await ask(Modem.open, device, ModemSettings(), on_usb=on_usb)


def _free(case: Case, device: str) -> bool:
    return REMOTE in device or (case.host.may_use(Path(device)) and not _is_held(case, device))


def _is_held(case: Case, device: str) -> bool:
    return port_holder(case.host.proc, device) is not None


def _answers(looked_at: str, identity: Identity) -> Finding:
    about = " ".join(filter(None, (identity.manufacturer, identity.model))) or "a modem that does not say its name"
    return ok("modem.answers", looked_at, f"{about}, firmware {identity.revision or 'unknown'}")


def _sought(line: LineSettings) -> str:
    return f"IMEI {line.imei}" if line.imei else f"ICCID {line.iccid}"


CHECKS = (modems,)
