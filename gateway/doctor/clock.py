"""The clock: schedules, report times and signatures of webhooks depend on it."""

from collections.abc import Iterable
from datetime import UTC, datetime

from gateway.doctor.case import Case
from gateway.doctor.finding import Finding, fail, ok, warn

BUILT = datetime(2026, 1, 1, tzinfo=UTC)  # no machine that runs this version is earlier
_CURE = "sudo timedatectl set-ntp true"


async def synchronised(case: Case) -> Iterable[Finding]:
    """A clock without battery begins in the past after a power cut, until the network sets it."""
    host = case.host
    now = datetime.fromtimestamp(host.now(), UTC)
    if now < BUILT:
        return [fail("clock.time", f"{now:%Y-%m-%d %H:%M} UTC", "that is in the past: schedules go wrong", _CURE)]
    answer = await host.run(("timedatectl", "show", "--property=NTPSynchronized", "--value"))
    has_battery = any(host.sys.glob("class/rtc/rtc*"))
    battery = "a battery-backed clock" if has_battery else "no battery-backed clock"
    looked_at = f"{now:%Y-%m-%d %H:%M} UTC, {battery}"
    if answer is None:
        cause = "nothing here tells whether the network sets the clock"
        return [warn("clock.time", looked_at, cause, "sudo apt install systemd-timesyncd")]
    if answer.strip() == "yes":
        return [ok("clock.time", looked_at, "the network sets it")]
    if has_battery:
        return [warn("clock.time", looked_at, "the network has not set it since the start", _CURE)]
    cause = "the network has not set it since the start, and after a power cut it is wrong"
    return [warn("clock.time", looked_at, cause, _CURE)]


CHECKS = (synchronised,)
