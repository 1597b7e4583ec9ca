"""The configuration file: whether it can be used, and whether it says anything."""

from collections.abc import Iterator

from gateway.doctor.case import Case
from gateway.doctor.finding import Finding, fail, ok, warn


def valid(case: Case) -> Iterator[Finding]:
    """Every fault of the file is a finding of its own."""
    for fault in case.faults.faults if case.faults else ():
        yield fail("config.valid", f"{case.config_name}, {fault.key}", fault.text, f"sudoedit {case.config_name}")
    if case.faults:
        return
    settings = case.settings
    if settings.source is None:
        yield warn(
            "config.valid",
            "/etc/simgate/config.toml",
            "there is none, so every default holds and no line is known",
            "sudo install -D -m 640 config.example.toml /etc/simgate/config.toml",
        )
    elif not settings.lines:
        yield warn(
            "config.valid",
            case.config_name,
            "it names no line, so nothing can be sent or received",
            f"sudoedit {case.config_name}",
        )
    else:
        count = len(settings.lines)
        yield ok("config.valid", case.config_name, f"no fault; {count} line{'s' * (count != 1)}")


def gateway(case: Case) -> Iterator[Finding]:
    """Not a fault either way; it says what the other checks could see."""
    running = f"process {case.running} runs" if case.running else "none runs, so ports and modems can be looked at"
    yield ok("gateway.running", f"a gateway on {case.settings.data_dir}", running)


CHECKS = (valid, gateway)
