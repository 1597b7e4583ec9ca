"""Sticks that are plugged in and are no modem yet, or never will be; and what keeps leaving the USB."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from gateway.config import LineSettings
from gateway.doctor.case import Case
from gateway.doctor.finding import Finding, Verdict, ok, skipped, warn
from gateway.ports.names import mark
from gateway.ports.sysfs import usb_devices
from gateway.ports.troubles import stick_trouble

MANY = 3  # more often than somebody who looks for the right socket
_KERNEL_LOG = ("journalctl", "--dmesg", "--since=-1h", "--output=cat", "--no-pager", "--quiet")
_LEFT = re.compile(r"^usb ([\d.-]+): USB disconnect", re.MULTILINE)
_SUPPLY = "plug it into a hub with its own supply, with a short cable"


def modes(case: Case) -> Iterator[Finding]:
    """A fault while a configured port is missing, which may be this stick's; else it may be there for the internet."""
    verdict = Verdict.FAIL if any(map(_is_missing, case.settings.lines)) else Verdict.WARN
    troubles = [trouble for device in usb_devices(case.host.sys) if (trouble := stick_trouble(device)) is not None]
    for trouble in troubles:
        yield Finding(f"usb.{trouble.kind}", verdict, trouble.looked_at, trouble.cause, trouble.cure)
    if not any(trouble.kind == "mode" for trouble in troubles):
        yield ok("usb.mode", "what is plugged in", "no stick waits to be switched, none is a router")


def _is_missing(line: LineSettings) -> bool:
    return line.device is not None and mark(line.device) is None


async def disconnects(case: Case) -> Iterable[Finding]:
    """A modem that gets too little power leaves the bus when it sends."""
    log = await case.host.run(_KERNEL_LOG)
    if log is None:
        return [skipped("usb.disconnects", "the kernel's log", "this user cannot read it", "sudo simgate doctor")]
    often = {path: count for path, count in Counter(_LEFT.findall(log)).items() if count >= MANY}
    return [
        warn(
            "usb.disconnects",
            f"USB {path}",
            f"it left the bus {count} times in the last hour: too little power?",
            _SUPPLY,
        )
        for path, count in sorted(often.items())
    ] or [ok("usb.disconnects", "the last hour", "nothing left the USB again and again")]


CHECKS = (modes, disconnects)
