"""Python, the packages, and the power: what has to be right before anything else can be looked at."""

import platform
import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module

from gateway.doctor.finding import Finding, fail, ok, skipped, warn
from gateway.doctor.host import Host

PYTHON = (3, 11)
SQLITE = (3, 40, 0)
PACKAGES = {  # module → distribution
    "serial": "pyserial",
    "serial_asyncio": "pyserial-asyncio",
    "aiohttp": "aiohttp",
    "aiosqlite": "aiosqlite",
    "pydantic": "pydantic",
    "jinja2": "jinja2",
    "prometheus_client": "prometheus-client",
    "phonenumbers": "phonenumbers",
}
_THROTTLED = "devices/platform/soc/soc:firmware/get_throttled"
_UNDER_VOLTAGE_NOW = 1 << 0
_UNDER_VOLTAGE_SINCE_BOOT = 1 << 16
_UNIT = "simgate.service"
_EXPOSED = 4.0  # on systemd's scale to 10; the unit that we ship has less than half
_SUPPLY = "use the power supply made for this board, and a hub with its own supply for the modems"


def python(_: Host) -> Iterator[Finding]:
    looked_at = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}"
    if sys.version_info < PYTHON:
        yield fail("system.python", looked_at, "Python 3.11 or newer is needed", "sudo apt install python3.11")
    elif sqlite3.sqlite_version_info < SQLITE:
        yield warn(
            "system.python", looked_at, "SQLite 3.40 or newer is what the gateway is tested with", "sudo apt upgrade"
        )
    elif platform.machine() == "armv6l":
        yield warn(
            "system.python",
            looked_at,
            "for this processor there are no wheels: it is not supported",
            "use a board with a 64-bit system, such as a Raspberry Pi Zero 2 W",
        )
    else:
        yield ok("system.python", looked_at, "new enough")


def packages(_: Host) -> Iterator[Finding]:
    """Loaded, not only listed: a wheel for another processor is there and does not load."""
    missing = {}
    for module, distribution in PACKAGES.items():
        try:
            import_module(module)
        except ImportError as error:
            missing[distribution] = str(error)
    if missing:
        yield fail(
            "system.packages",
            ", ".join(missing),
            f"cannot be loaded ({'; '.join(missing.values())})",
            f"{sys.executable} -m pip install --force-reinstall {' '.join(missing)}",
        )
    else:
        yield ok("system.packages", f"{len(PACKAGES)} packages", "all can be loaded")


def power(host: Host) -> Iterator[Finding]:
    """A Raspberry Pi tells of under-voltage; a modem takes its 2 A just when it sends."""
    flags = host.text(host.sys / _THROTTLED)
    alarms = [
        host.text(folder / "in0_lcrit_alarm")
        for folder in host.sys.glob("class/hwmon/hwmon*")
        if host.text(folder / "name") == "rpi_volt"
    ]
    if flags is None and not alarms:
        yield skipped("system.power", "the supply voltage", "this machine does not tell whether it is enough")
        return
    bits = int(flags, 16) if flags else 0
    if bits & _UNDER_VOLTAGE_NOW or "1" in alarms:
        yield fail("system.power", "the supply voltage", "it is too low now: modems reset when they send", _SUPPLY)
    elif bits & _UNDER_VOLTAGE_SINCE_BOOT:
        yield warn("system.power", "the supply voltage", "it has been too low since the start", _SUPPLY)
    else:
        yield ok("system.power", "the supply voltage", "it has been enough since the start")


async def hardening(host: Host) -> Iterable[Finding]:
    """What the service could do to the machine if somebody took it over, by systemd's own score."""
    told = await host.run(("systemd-analyze", "security", "--no-pager", _UNIT))
    score = re.search(rf"exposure level for {re.escape(_UNIT)}: ([\d.]+)", told or "")
    if score is None:
        return [skipped("system.hardening", _UNIT, "systemd does not have it, or does not run here")]
    if float(score[1]) > _EXPOSED:
        cause = f"its exposure is {score[1]} of 10: something has loosened what it may do"
        return [warn("system.hardening", _UNIT, cause, f"sudo systemctl revert {_UNIT}")]
    return [ok("system.hardening", _UNIT, f"its exposure is {score[1]} of 10")]


CHECKS = (python, packages, hardening, power)
