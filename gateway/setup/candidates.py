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
from gateway.ports.kinds import is_bridge
from gateway.ports.names import REMOTE, candidates, real
from gateway.ports.sysfs import UsbDevice, id_of_port, usb_devices
from modem.transport import BAUDRATES, DEFAULT_BAUDRATE

UNASKED = ("ttyAMA*", "serial[0-9]*")  # soldered ports: there may be a console, or nothing, behind them


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
    devices = [device] if device else candidates(host.dev)
    lines = tuple(LineSettings(name=f"port{n}", device=path) for n, path in enumerate(devices))
    case = Case(host, Settings(data_dir=data_dir, lines=lines), running=running_gateway(host, data_dir))
    found = [*present(case), *permitted(case), *free(case), *await modem_manager(case)]
    sticks = {one.id: one for one in usb_devices(host.sys)}
    ports = tuple(_candidate(host, sticks, line, found) for line in lines)
    if device:
        return Plugged(ports, ())
    others = tuple(Candidate("", one.looked_at, one.cause, one.cure or "") for one in modes(case) if one.cure)
    unasked = tuple(str(path) for pattern in UNASKED for path in sorted(host.dev.glob(pattern)))
    return Plugged(ports, others, unasked)


def is_searched(device: str, devices: Path) -> bool:
    """Whether the gateway finds what is behind this port by IMEI or ICCID alone."""
    return real(device) in {real(path) for path in candidates(devices)}


def _candidate(host: Host, sticks: dict[str, UsbDevice], line: LineSettings, found: Iterable[Finding]) -> Candidate:
    device = str(line.device)
    usb_id = None if REMOTE in device else id_of_port(host.sys, device)
    stick = sticks.get(usb_id) if usb_id else None
    candidate = Candidate(device, "" if stick is None else str(stick), speeds=_speeds(device, stick))
    for one in found:
        if one.looked_at.partition(": ")[0] != line.name:
            continue
        if one.verdict is Verdict.FAIL:
            return replace(candidate, trouble=one.cause, cure=one.cure or "")
        if one.verdict is Verdict.WARN:
            candidate = replace(candidate, remark=f"{one.cause}. Cure: {one.cure}")
    return candidate


def _speeds(device: str, stick: UsbDevice | None) -> tuple[int, ...]:
    """A USB modem has no speed; behind an adapter or on a soldered port any may be set."""
    if stick is not None:
        return BAUDRATES if is_bridge(stick) else (DEFAULT_BAUDRATE,)
    plain = REMOTE not in device and real(device).startswith("/dev/tty")
    return BAUDRATES if plain else (DEFAULT_BAUDRATE,)
