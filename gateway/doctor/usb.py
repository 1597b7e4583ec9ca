"""Sticks that are plugged in and are no modem yet, or never will be."""

from collections.abc import Iterator

from gateway.config import LineSettings
from gateway.doctor.case import Case
from gateway.doctor.finding import Finding, Verdict, ok
from gateway.doctor.usb_devices import usb_devices
from gateway.workers.finder import mark


def modes(case: Case) -> Iterator[Finding]:
    """A fault while a configured port is missing, which may be this stick's; else it may be there for the internet."""
    verdict = Verdict.FAIL if any(map(_is_missing, case.settings.lines)) else Verdict.WARN
    fine = True
    for device in usb_devices(case.host.sys):
        looked_at = f"USB {device.id} {device.name}".rstrip()
        if (command := device.switch_command) is not None:
            fine = False
            cause = "the stick shows a CD-ROM and has to be switched before it is a modem"
            yield Finding("usb.mode", verdict, looked_at, cause, command)
        elif device.router is not None:
            fine = False
            cause = f"{device.router}: it is a router of its own and has no port for AT commands"
            yield Finding("usb.mode", verdict, looked_at, cause, "use another modem, or its vendor's stick firmware")
    if fine:
        yield ok("usb.mode", "what is plugged in", "no stick waits to be switched, none is a router")


def _is_missing(line: LineSettings) -> bool:
    return line.device is not None and mark(line.device) is None


CHECKS = (modes,)
