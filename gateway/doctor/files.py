"""Who else may read what must stay secret: the configuration with a PIN in it, PIN files, keys, the database."""

import os
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from gateway.doctor.case import Case
from gateway.doctor.finding import Finding, fail, ok, skipped

OTHERS = 0o007
OTHERS_WRITE = 0o022


def modes(case: Case) -> Iterator[Finding]:
    """A group may read, since administrators make groups for that; everybody may not."""
    source = case.settings.source
    if source is not None and source.exists() and not os.access(source, os.R_OK):
        cause = "it is closed to this user, so what it names cannot be looked at"
        yield skipped("files.mode", str(source), cause, f"sudo simgate doctor{case.options}")
        return
    wrong = False
    for path, what in _secret_files(case):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue  # that it is missing is told by the check of what it is for
        if mode & OTHERS:
            wrong = True
            cause = f"every user of this machine may read it (mode {mode:03o}), and {what}"
            yield fail("files.mode", str(path), cause, f"sudo chmod o-rwx {quote(str(path))}")
    if source is not None and source.exists() and (mode := stat.S_IMODE(source.stat().st_mode)) & OTHERS_WRITE:
        wrong = True
        cause = f"others than its owner may change it (mode {mode:03o})"
        yield fail("files.mode", str(source), cause, f"sudo chmod go-w {quote(str(source))}")
    if not wrong:
        yield ok("files.mode", "configuration, PIN files, TLS key, state", "nobody else may read what is secret")


def _secret_files(case: Case) -> Iterator[tuple[Path, str]]:
    settings = case.settings
    source = settings.source
    lines = _lines_as_written(source) if source else []
    if source and any("pin" in line for line in lines):
        yield source, "a PIN stands in it"
    for line in lines:
        if source and isinstance(name := line.get("pin_file"), str):
            yield source.parent / name, "it is a PIN"
    if settings.http.tls_key:
        yield Path(settings.http.tls_key), "it is the private key of HTTPS"
    if not case.closed and case.database.exists():
        folder_is_closed = not case.database.parent.stat().st_mode & OTHERS
        if not folder_is_closed:
            yield case.database, "it holds all messages"


def _lines_as_written(source: Path) -> list[dict[str, object]]:
    """Which way a PIN is given can be seen in the file only."""
    try:
        found = tomllib.loads(source.read_text("utf-8")).get("lines", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return []
    return [line for line in found if isinstance(line, dict)] if isinstance(found, list) else []


CHECKS = (modes,)
