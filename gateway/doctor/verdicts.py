"""What the answers of a modem mean for the line that is to send through it; pure."""

from collections.abc import Iterator, Sequence
from math import ceil
from statistics import median

from gateway.config import LineSettings
from gateway.doctor.finding import Finding, fail, ok, skipped, warn
from gateway.policy.storages import is_high
from modem.driver import Health, Inspection, PinState

WEAK_DBM = -105  # RSSI below which sending often takes several attempts
WEAK_RSRP_DBM = -118  # LTE counts one subcarrier: about 20 dB less for the same signal
SLOW_AT_S = 0.5  # a healthy port answers AT in some milliseconds
_ATTEMPTS_LEFT = 2  # the driver leaves the last one to a person

_SIM = {
    PinState.PUK: ("it wants its PUK", "put the SIM into a phone and enter the PUK there"),
    PinState.PIN2: ("it wants its PIN2", "put the SIM into a phone and enter the PIN2 there"),
    PinState.LOCKED: ("the modem is locked to another operator or SIM", "have the modem unlocked by who sold it"),
    PinState.ABSENT: ("there is no SIM in it", "put a SIM in, then unplug the modem and plug it in again"),
    PinState.FAILED: ("the SIM has failed", "take the SIM out, clean its contacts, and try it in a phone"),
    PinState.WAIT: ("the SIM is still starting", "unplug the modem and plug it in again"),
}


def judge(looked_at: str, line: LineSettings, inspection: Inspection, edit: str) -> Iterator[Finding]:
    """SIM, registration, signal, service centre, storages; edit: the command that changes the configuration."""
    yield _identity(looked_at, line, inspection, edit)
    yield _sim(looked_at, line, inspection, edit)
    health = inspection.health
    if health is None:
        yield skipped("modem.network", looked_at, "while the SIM is not ready there is no network")
        return
    yield _registration(looked_at, health)
    yield _signal(looked_at, health)
    yield _service_centre(looked_at, line, inspection, edit)
    yield _storages(looked_at, health)


def judge_link(looked_at: str, asked: int, times: Sequence[float]) -> Finding:
    """times: the seconds of the round trips that were answered."""
    if not times:
        return fail("modem.link", looked_at, f"none of {asked} AT was answered", "use another cable and USB socket")
    slow = sorted(times)[ceil(0.95 * len(times)) - 1]
    cause = (
        f"{len(times)} of {asked} AT answered, {1000 * median(times):.0f} ms in the middle, {1000 * slow:.0f} ms at p95"
    )
    if len(times) < asked:
        return warn("modem.link", looked_at, cause, "use another cable, and a hub with its own supply")
    if slow > SLOW_AT_S:
        return warn("modem.link", looked_at, cause, "plug it into another USB socket, not behind a shared hub")
    return ok("modem.link", looked_at, cause)


def _identity(looked_at: str, line: LineSettings, inspection: Inspection, edit: str) -> Finding:
    """A line found by its device, while the configuration also says who is to be there."""
    who = inspection.identity
    for name, wanted, there in (("IMEI", line.imei, who.imei), ("ICCID", line.iccid, who.iccid)):
        if wanted is not None and there is not None and wanted != there:
            cause = f"the configuration wants {name} {wanted}, and {there} is there"
            return fail("modem.identity", looked_at, cause, edit)
    return ok("modem.identity", looked_at, f"IMEI {who.imei or 'unknown'}, ICCID {who.iccid or 'unknown'}")


def _sim(looked_at: str, line: LineSettings, inspection: Inspection, edit: str) -> Finding:
    left = inspection.pin_attempts
    attempts = (
        "how many attempts at its PIN are left is not told" if left is None else f"{left} attempts at its PIN left"
    )
    if (trouble := _SIM.get(inspection.pin)) is not None:
        return fail("modem.sim", looked_at, *trouble)
    if inspection.pin is not PinState.PIN:
        return ok("modem.sim", looked_at, f"the SIM is ready; {attempts}")
    if left is not None and left < _ATTEMPTS_LEFT:
        cause = f"the SIM wants its PIN, and {attempts}: the gateway will not use up the last one"
        return fail("modem.sim", looked_at, cause, "put the SIM into a phone and enter the right PIN there")
    if line.pin is None:
        cause = f"the SIM wants its PIN and none is configured; {attempts}"
        return fail("modem.sim", looked_at, cause, edit)
    return ok("modem.sim", looked_at, f"the SIM wants its PIN, which the gateway enters when it starts; {attempts}")


def _registration(looked_at: str, health: Health) -> Finding:
    found = health.registration
    technology = found.technology.upper() if found.technology else "it does not tell by which technology"
    network = f"{health.operator or 'a network'}, {technology}"
    status = f"CREG {_shown(found.circuit)}, CEREG {_shown(found.eps)}"
    if found.denied:
        cause = f"the network refuses the SIM ({status})"
        return fail("modem.registration", looked_at, cause, "have the SIM activated by its operator")
    if not found.may_send:
        cause = f"it is not registered ({status})"
        return fail("modem.registration", looked_at, cause, "screw the antenna on, or move the modem to a window")
    if found.untold:
        return skipped("modem.registration", looked_at, "the modem does not tell whether it is registered")
    if found.roaming:
        cause = f"roaming in {network} ({status}): each message may cost more"
        return warn("modem.registration", looked_at, cause, "use a SIM of an operator of this country")
    return ok("modem.registration", looked_at, f"registered with {network} ({status})")


def _signal(looked_at: str, health: Health) -> Finding:
    signal = health.signal
    known = {"RSSI": signal.rssi_dbm, "RSRP": signal.rsrp_dbm, "RSCP": signal.rscp_dbm}
    cause = ", ".join(f"{name} {value} dBm" for name, value in known.items() if value is not None)
    if not cause:
        return skipped("modem.signal", looked_at, "the modem does not tell how strong the signal is")
    if signal.rsrp_dbm is not None:
        weak = signal.rsrp_dbm < WEAK_RSRP_DBM
    else:
        weak = signal.rssi_dbm is not None and signal.rssi_dbm < WEAK_DBM
    if weak:
        return warn("modem.signal", looked_at, f"weak: {cause}", "use an external antenna, or move it to a window")
    return ok("modem.signal", looked_at, cause)


def _service_centre(looked_at: str, line: LineSettings, inspection: Inspection, edit: str) -> Finding:
    if inspection.service_centre or line.service_centre:
        return ok("modem.service_centre", looked_at, f"{line.service_centre or inspection.service_centre}")
    cause = "neither the SIM nor the configuration names the service centre: nothing can be sent"
    return fail("modem.service_centre", looked_at, cause, edit)


def _storages(looked_at: str, health: Health) -> Finding:
    if not health.storages:
        return skipped("modem.storages", looked_at, "the modem does not tell how full its storages are")
    cause = ", ".join(f"{use.storage} {use.used} of {use.total}" for use in health.storages)
    if any(is_high(use.used, use.total) for use in health.storages):
        cause = f"{cause}: when it is full the network keeps new messages back; the gateway empties it when it runs"
        return warn("modem.storages", looked_at, cause, "sudo systemctl start simgate")
    return ok("modem.storages", looked_at, cause)


def _shown(stat: int | None) -> str:
    return "unknown" if stat is None else str(stat)
