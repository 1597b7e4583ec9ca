"""A zip for whoever helps: findings, configuration, versions, journal. No key, PIN, secret or whole number is in it."""

import json
import platform
import sqlite3
import sys
import zipfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gateway.doctor.finding import Finding
from gateway.doctor.host import Host
from gateway.doctor.redaction import Redaction, redacted_config
from gateway.doctor.system import PACKAGES

JOURNAL_LINES = 500
_JOURNAL = ("journalctl", "--unit=simgate", f"--lines={JOURNAL_LINES}", "--no-pager", "--output=short-iso")
_ABOVE_DEBUG = "--priority=info"  # at debug the journal may hold texts


async def write_bundle(
    target: Path, host: Host, findings: Sequence[Finding], config: Path | None, data_dir: Path | None
) -> None:
    """Raises OSError, FileExistsError among them: what is there is never overwritten."""
    redaction, settings = _redaction(host, config, data_dir)
    shown = [{name: redaction.text(value) for name, value in finding.as_json().items()} for finding in findings]
    journal = await host.run((*_JOURNAL, _ABOVE_DEBUG))
    members = {
        "findings.txt": "".join(map(_sentence, shown)),
        "findings.json": _json(shown),
        "config.json": _json(settings),
        "versions.json": _json(_versions()),
        "journal.txt": redaction.text(journal) if journal is not None else "there is no journal to read\n",
    }
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)


def _redaction(host: Host, config: Path | None, data_dir: Path | None) -> tuple[Redaction, object]:
    """What must not be shown, and what may be shown of the configuration; also when that cannot be read."""
    try:
        from gateway.doctor.case import read_case
    except ImportError as error:  # a package is missing, which the findings tell
        return Redaction(), f"not read: {error}"
    case = read_case(host, config, data_dir)
    secrets = [line.pin for line in case.settings.lines if line.pin]
    return Redaction(secrets), redacted_config(case.settings.source)


def _versions() -> dict[str, str]:
    found = {
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "machine": platform.machine(),
        "system": platform.platform(),
    }
    for distribution in ("simgate", *PACKAGES.values()):
        try:
            found[distribution] = version(distribution)
        except PackageNotFoundError:
            found[distribution] = "not installed"
    return found


def _sentence(finding: dict[str, str]) -> str:
    cure = f"    cure: {finding['cure']}\n" if finding["cure"] else ""
    return f"{finding['verdict']:<7} {finding['check']}  {finding['looked_at']}: {finding['cause']}\n{cure}"


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
