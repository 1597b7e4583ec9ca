"""What is plugged in, with what is known of it before anything is said to it: the doctor's checks on every port."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.config import LineSettings, Settings
from gateway.doctor.case import Case, running_gateway
from gateway.doctor.finding import Finding, Verdict
from gateway.doctor.host import Host
from gateway.doctor.ports import free, modem_manager, permitted, present
from gateway.doctor.usb import modes
from gateway.doctor.usb_devices import id_of_port, usb_devices
from gateway.workers.finder import PATTERNS, REMOTE, real
from modem.transport import BAUDRATES, DEFAULT_BAUDRATE

UNASKED = ("ttyAMA*", "serial[0-9]*")  # soldered ports: there may be a console, or nothing, behind them
_ADAPTERS = frozenset({"0403", "067b", "10c4", "1a86"})  # FTDI, Prolific, Silicon Labs, WCH: any modem may be behind


@dataclass(frozen=True, slots=True)
class Candidate:
    """A port that may lead to a modem. about: what USB says. trouble: why it is not asked; cure: the one command.

    remark: what will trouble it later, with its own cure.
    """

    device: str
    about: str = ""
    trouble: str = ""
    cure: str = ""
    remark: str = ""
    speeds: tuple[int, ...] = (DEFAULT_BAUDRATE,)


@dataclass(frozen=True, slots=True)
class Plugged:
    """ports: what can be asked, or could be after a cure. others: sticks without a port for AT commands."""

    ports: tuple[Candidate, ...]
    others: tuple[Candidate, ...]
    unasked: tuple[str, ...] = ()


async def plugged(host: Host, data_dir: Path, device: str | None = None) -> Plugged:
    """All ports that the gateway would search by itself; or the named one alone, whatever it is."""
    devices = [device] if device else searched(host.dev)
    lines = tuple(LineSettings(name=f"port{n}", device=path) for n, path in enumerate(devices))
    case = Case(host, Settings(data_dir=data_dir, lines=lines), running=running_gateway(host, data_dir))
    found = [*present(case), *permitted(case), *free(case), *await modem_manager(case)]
    names = {one.id: one.name for one in usb_devices(host.sys)}
    ports = tuple(_candidate(host, names, line, found) for line in lines)
    if device:
        return Plugged(ports, ())
    others = tuple(Candidate("", one.looked_at, one.cause, one.cure or "") for one in modes(case) if one.cure)
    unasked = tuple(str(path) for pattern in UNASKED for path in sorted(host.dev.glob(pattern)))
    return Plugged(ports, others, unasked)


def searched(devices: Path) -> list[str]:
    """The ports that a line without ``device`` is searched behind; stable names first, each port once."""
    seen: dict[str, str] = {}
    for pattern in PATTERNS:
        for path in sorted(devices.glob(pattern)):
            seen.setdefault(real(str(path)), str(path))
    return list(seen.values())


def is_searched(device: str, devices: Path) -> bool:
    """Whether the gateway finds what is behind this port by IMEI or ICCID alone."""
    return real(device) in {real(path) for path in searched(devices)}


def _candidate(host: Host, names: dict[str, str], line: LineSettings, found: Iterable[Finding]) -> Candidate:
    device = str(line.device)
    usb_id = None if REMOTE in device else id_of_port(host.sys, device)
    about = f"USB {usb_id} {names.get(usb_id, '')}".rstrip() if usb_id else ""
    candidate = Candidate(device, about, speeds=_speeds(device, usb_id))
    for one in found:
        if one.looked_at.partition(": ")[0] != line.name:
            continue
        if one.verdict is Verdict.FAIL:
            return replace(candidate, trouble=one.cause, cure=one.cure or "")
        if one.verdict is Verdict.WARN:
            candidate = replace(candidate, remark=f"{one.cause}. Cure: {one.cure}")
    return candidate


def _speeds(device: str, usb_id: str | None) -> tuple[int, ...]:
    """A USB modem has no speed; behind an adapter or on a soldered port any may be set."""
    plain = usb_id is None and REMOTE not in device and real(device).startswith("/dev/tty")
    return BAUDRATES if plain or (usb_id or "").partition(":")[0] in _ADAPTERS else (DEFAULT_BAUDRATE,)
