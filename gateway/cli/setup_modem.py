"""Setup's first half: which modem it is, how it is, and its SIM unlocked where that asks for a PIN."""

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.cli.exits import Exit, Failure
from gateway.cli.talk import Talk
from gateway.cli.working import work
from gateway.config import LineSettings, Settings
from gateway.doctor.host import Host
from gateway.doctor.verdicts import judge
from gateway.setup.candidates import Plugged, plugged
from gateway.setup.modems import Found, prepare, probe, probe_all
from gateway.setup.state import prepare_with_pin
from modem.driver import Identity, Inspection, PinState
from modem.errors import ModemError, SimUnusable

ATTEMPTS_LEFT = 2  # below that the last one is left to a person


@dataclass(frozen=True, slots=True)
class Chosen:
    """A modem that is brought up. pin: what has just unlocked its SIM; pin_file: where it was read from, if given.

    iccid: as it is read before any PIN, which is how the gateway will look for it; None: it tells none by then.
    """

    found: Found
    identity: Identity
    inspection: Inspection
    iccid: str | None
    pin: str | None = None
    pin_file: Path | None = None


def choose_modem(arguments: Namespace, talk: Talk, host: Host, settings: Settings) -> Chosen:
    """Raises Failure where a person has to do something first."""
    there = work(plugged(host, settings.data_dir, arguments.device))
    _show_plugged(talk, there)
    askable = [port for port in there.ports if not port.trouble]
    talk.tell()
    found = work(probe_all(askable, talk.tell))
    if not found:
        raise Failure(Exit.REFUSED, _nobody(there))
    for one in found:
        talk.tell(f"{one.candidate.device} is {named(one.inspection.identity)}")
    one = found[0]
    if len(found) > 1:
        if not talk.asks:
            devices = ", ".join(other.candidate.device for other in found)
            raise Failure(Exit.USAGE, f"{len(found)} modems answer; say which with --device: {devices}")
        names = [f"{other.candidate.device}  {named(other.inspection.identity)}" for other in found]
        one = found[talk.choose("Which one", names)]
    return _unlock(arguments, talk, settings, one)


def named(identity: Identity) -> str:
    """Maker, model and firmware."""
    about = " ".join(filter(None, (identity.manufacturer, identity.model))) or "a modem that does not say its name"
    return f"{about}, firmware {identity.revision or 'unknown'}"


def _show_plugged(talk: Talk, there: Plugged) -> None:
    talk.tell("What is plugged in:")
    if not there.ports and not there.others:
        talk.tell("  nothing that looks like a modem")
    for port in there.ports:
        talk.tell(f"  {port.device}  {port.about or 'not on USB'}".rstrip())
        if port.trouble:
            talk.tell(f"    not asked: {port.trouble}\n    cure: {port.cure}")
        if port.remark:
            talk.tell(f"    {port.remark}")
    for other in there.others:
        talk.tell(f"  {other.about}: {other.trouble}\n    cure: {other.cure}")
    if there.unasked:
        talk.tell(f"  not asked, unless named with --device: {' '.join(there.unasked)}")


def _nobody(there: Plugged) -> str:
    cures = [one.cure for one in (*there.ports, *there.others) if one.cure]
    if cures:
        return f"no modem can be asked yet; first: {cures[0]}"
    if there.ports:
        return "no port answers AT commands: look at the modem's power supply, or name its port with --device"
    return "no modem is plugged in (to try without one: simgate simulate, then --device var/modems/modem0)"


# -- the SIM


def _unlock(arguments: Namespace, talk: Talk, settings: Settings, found: Found) -> Chosen:
    """Ask for the PIN only where the SIM does, never for the last attempt, and no more than once where none is told."""
    iccid = found.inspection.identity.iccid
    pin = pin_file = None
    known = configured(settings.lines, found.candidate.device, found.inspection.identity)
    while True:
        if found.inspection.pin is PinState.PIN:
            _show(talk, found.inspection)
            _need_attempts(found.inspection.pin_attempts, again=pin is not None)
            pin, pin_file = _pin(arguments, talk, known if pin is None else None)
        talk.tell("Bringing it up …")
        try:
            step = prepare(found, None, None) if pin is None else prepare_with_pin(settings, found, pin)
            identity, inspection = work(step)
        except SimUnusable as trouble:
            again = talk.asks and trouble.state == "pin-refused" and pin_file is None
            if not again:
                raise Failure(Exit.REFUSED, f"{trouble}") from trouble
            talk.tell(f"  {trouble}")
            found = _look_again(found)
            continue
        except (ModemError, TimeoutError) as trouble:
            reason = str(trouble) or "it takes too long"
            raise Failure(Exit.REFUSED, f"the modem could not be brought up: {reason}") from None
        _show(talk, inspection)
        return Chosen(found, identity, inspection, iccid, pin, pin_file)


def configured(lines: Iterable[LineSettings], device: str, identity: Identity) -> LineSettings | None:
    """The line of the configuration that means this modem or SIM already."""
    for line in lines:
        if line.iccid is not None or line.imei is not None:
            if line.iccid in (None, identity.iccid) and line.imei in (None, identity.imei):
                return line
        elif line.device is not None and Path(line.device).resolve() == Path(device).resolve():
            return line
    return None


def _look_again(found: Found) -> Found:
    again = work(probe(replace(found.candidate, speeds=(found.baudrate,))))
    if again is None:
        raise Failure(Exit.REFUSED, "the modem answers no more")
    return again


def _need_attempts(left: int | None, *, again: bool) -> None:
    phone = "put the SIM into a phone and enter the right PIN there"
    if left is not None and left < ATTEMPTS_LEFT:
        raise Failure(Exit.REFUSED, f"only {left} attempt at the PIN is left, and it is not used up here: {phone}")
    if left is None and again:
        raise Failure(Exit.REFUSED, f"how many attempts at the PIN are left is not told, so no other is tried: {phone}")


def _pin(arguments: Namespace, talk: Talk, known: LineSettings | None) -> tuple[str, Path | None]:
    if arguments.pin_file is not None:
        try:
            pin = arguments.pin_file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(Exit.USAGE, f"the PIN file {arguments.pin_file} cannot be read") from error
        if (wrong := _no_pin(pin)) is not None:
            raise Failure(Exit.USAGE, f"{arguments.pin_file} does not hold a PIN: {wrong}")
        return pin, arguments.pin_file.absolute()
    if known is not None and known.pin is not None:
        talk.tell(f"Its PIN is that of the line {known.name} in the configuration.")
        return known.pin, None
    if not talk.asks:
        raise Failure(Exit.USAGE, "the SIM wants its PIN; give --pin-file FILE, a file that holds the PIN alone")
    return talk.secret("PIN of the SIM (tried once, not shown)", _no_pin), None


def _no_pin(text: str) -> str | None:
    return None if text.isascii() and text.isdigit() and 4 <= len(text) <= 8 else "a PIN has 4 to 8 digits"


def _show(talk: Talk, inspection: Inspection) -> None:
    """In the doctor's words; nobody has configured this modem yet."""
    for one in judge("", LineSettings(""), inspection, ""):
        if one.check == "modem.sim" and inspection.pin is PinState.PIN:
            left = inspection.pin_attempts
            told = "" if left is None else f"; {left} attempts are left"
            talk.tell(f"  {'sim':<15}  it wants its PIN{told}")
        elif one.check != "modem.network":
            talk.tell(f"  {one.check.removeprefix('modem.').replace('_', ' '):<15}  {one.cause}")
