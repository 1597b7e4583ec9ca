"""Setup's last part: the first key, a test SMS, and what to type next."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from gateway.cli.exits import Exit, Failure
from gateway.cli.setup_line import no_number
from gateway.cli.setup_modem import Chosen
from gateway.cli.talk import Talk
from gateway.cli.working import work
from gateway.config import SERVICE_CONFIG, LineSettings, Settings
from gateway.setup.configuration import undisturbed
from gateway.setup.modems import Sent, send_test
from gateway.setup.state import perform
from modem.errors import CommandTimeout, ModemError, TransportLost
from modem.pdu.status import StatusClass

UNITS = (Path("/etc/systemd/system/simgate.service"), Path("/usr/lib/systemd/system/simgate.service"))
EXAMPLE = "+13105551212"


@dataclass(frozen=True, slots=True)
class Ready:
    """A line that the configuration names."""

    config: Path
    settings: Settings
    line: LineSettings
    chosen: Chosen


def finish(arguments: Namespace, talk: Talk, ready: Ready, steps: list[str]) -> dict[str, Any]:
    """Key, test, next commands; everything that was made, for a program. steps: gets what lasts."""
    key = _key(talk, ready, steps)
    to = _recipient(arguments, talk)
    test = _test(talk, ready, to) if to else None
    commands = _next(ready, key, to)
    if not talk.aside:
        talk.tell("\n".join(["\nNext:", *(f"  {command}" for command in commands)]))
    identity, about = ready.chosen.identity, ready.chosen.inspection
    health = about.health
    return {
        "config": str(ready.config),
        "data_dir": str(ready.settings.data_dir),
        "modem": {
            "device": ready.chosen.found.candidate.device,
            "manufacturer": identity.manufacturer,
            "model": identity.model,
            "revision": identity.revision,
            "imei": identity.imei,
            "iccid": identity.iccid,
            "operator": health.operator if health else None,
            "signal_dbm": health.signal.rssi_dbm if health else None,
            "registered": health.registration.registered if health else False,
            "service_centre": about.service_centre,
        },
        "line": {"name": ready.line.name, "number": ready.line.number},
        "key": key,
        "test": test,
        "next": commands,
    }


def _key(talk: Talk, ready: Ready, steps: list[str]) -> str | None:
    """The first key of the account ``default``; another one only for who asks for it."""
    keys = work(perform(ready.settings, "keys.list", {"account": "default"}))
    there = [key for key in keys if not key["revoked_at"]]
    if there and not talk.confirm(f"There is a key already ({there[0]['id']}). Make another?", default=False):
        return None
    arguments: Mapping[str, Any] = {"account": "default", "name": "setup"}
    with undisturbed():  # a key that is made is also shown
        key = str(work(perform(ready.settings, "keys.add", arguments))["key"])
        if not talk.aside:
            talk.tell(f"\nThe API key, shown this once:\n\n  {key}\n")
            steps.append("A key was made and shown.")
    return key


def _recipient(arguments: Namespace, talk: Talk) -> str:
    if arguments.test_to is not None:
        if (wrong := no_number(arguments.test_to)) is not None:
            raise Failure(Exit.USAGE, f"--test-to {arguments.test_to}: {wrong}")
        return str(arguments.test_to)
    return talk.ask("A number to send one test SMS to (empty: none is sent)", "", no_number)


def _test(talk: Talk, ready: Ready, to: str) -> dict[str, Any]:
    """Over the modem itself, in the open: what is said of it has happened."""
    talk.tell(f"Sending to {to} …")
    told: dict[str, Any] = {"to": to, "state": "failed", "reference": None, "report": None, "reason": None}
    try:
        sent = work(send_test(ready.chosen.found, to, f"SIMgate: the line {ready.line.name} can send."))
    except KeyboardInterrupt:
        talk.tell("\n  stopped while it was being sent: it may have gone out")
        raise
    except (CommandTimeout, TransportLost, TimeoutError) as trouble:
        told |= {"state": "unknown", "reason": str(trouble) or "it takes too long"}
        talk.tell(f"  no answer: {told['reason']}. It may have gone out.")
    except (ModemError, ValueError) as trouble:
        told |= {"reason": str(trouble)}
        talk.tell(f"  it was not sent: {trouble}. What cures it: simgate doctor --config {quote(str(ready.config))}")
    else:
        told |= {"state": "sent", "reference": sent.reference, "report": sent.report.name if sent.report else None}
        talk.tell(f"  {_outcome(sent)}")
    return told


def _outcome(sent: Sent) -> str:
    taken = f"the network has taken it (reference {sent.reference})"
    if sent.report is None:
        return f"{taken}; no delivery report came so far: the phone is off, or this network gives none"
    if sent.report.status_class is StatusClass.COMPLETED:
        return f"{taken} and reports: {sent.report.name}"
    return f"{taken}, but it did not arrive: {sent.report.name}"


def _next(ready: Ready, key: str | None, to: str) -> list[str]:
    """What to type, in this order; each works as it stands."""
    http = ready.settings.http
    host = f"[{http.host}]" if ":" in http.host else http.host
    url = f"http{'s' if http.tls_cert else ''}://{host}:{http.port}"
    options = f"--config {quote(str(ready.config))} --data-dir {quote(str(ready.settings.data_dir))}"
    if ready.config == SERVICE_CONFIG and any(unit.exists() for unit in UNITS):
        start = "sudo systemctl enable --now simgate"
    else:
        start = f"simgate run {options}"
    commands = [start]
    if key is not None:
        commands.append(f"export SIMGATE_KEY={key}")
    body = f'{{"to": "{to or EXAMPLE}", "text": "Hello from my own SIM"}}'
    commands.append(
        f'curl -H "Authorization: Bearer $SIMGATE_KEY" -H "Content-Type: application/json" '
        f"-d '{body}' {url}/v1/messages"
    )
    return commands
