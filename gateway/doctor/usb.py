"""Sticks that are plugged in and are no modem yet, or never will be."""

from collections.abc import Iterator

from gateway.config import LineSettings
from gateway.doctor.case import Case
from gateway.doctor.finding import Finding, Verdict, ok
from gateway.ports.names import mark
from gateway.ports.sysfs import usb_devices
from gateway.ports.troubles import stick_trouble


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


CHECKS = (modes,)
