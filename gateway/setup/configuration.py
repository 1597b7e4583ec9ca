"""The configuration that setup writes: a new file or one more ``[[lines]]``, all of it or nothing."""

import contextlib
import difflib
import json
import os
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from gateway.config import Settings, parse
from gateway.config.tables import LineTable

SECRET = 0o600
NEW_FILE = 0o640  # the service's group reads it; no secret stands in it unless the person wants it there
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HEAD = """\
# Made by `simgate setup`. Every key stands with its default in config.example.toml;
# `simgate check-config --config FILE` tells every fault at once.

[http]
host = "127.0.0.1"      # address to listen on; others than this machine reach it only when this is changed
port = 8080
"""


class Changed(Exception):
    """The file is not what it was when the person was shown what becomes of it."""


@dataclass(frozen=True, slots=True)
class Written:
    """One file as it shall be. before: its text now, None when there is none. owner: user and group, None: as it is."""

    path: Path
    text: str
    before: str | None
    mode: int
    owner: tuple[int, int] | None = None

    @property
    def difference(self) -> str:
        """What changes, as diff -u shows it."""
        before = (self.before or "").splitlines(keepends=True)
        after = self.text.splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, str(self.path), f"{self.path} (new)", n=1))


def line_table(values: Mapping[str, object]) -> str:
    """One ``[[lines]]`` in TOML; the keys in the order of config.example.toml, what is None or empty left out."""
    known = [one.name for one in fields(LineTable)]
    assert set(values) <= set(known), values
    written = [f"{name} = {_toml(values[name])}" for name in known if values.get(name) not in (None, "")]
    return "\n".join(["[[lines]]", *written, ""])


def with_line(before: str | None, table: str) -> str:
    """The whole text with one more line; what stood there stays as it is, to the octet."""
    if before is None:
        return f"{HEAD}\n{table}"
    end = "" if not before or before.endswith("\n") else "\n"
    return f"{before}{end}\n{table}" if before else table


def checked(written: Written, data_dir: Path, pins: Sequence[Written] = ()) -> Settings:
    """The settings that the new text says. pins: files that it names and that are not there yet.

    Raises ConfigError with every fault.
    """
    with _there(pins):
        return parse(written.text, data_dir=data_dir, source=written.path)


def commit(files: Sequence[Written]) -> None:
    """Write them all, or none where one cannot be written; an interrupt waits until that is decided.

    A file that exists already is replaced only while it still reads as it did. Raises OSError, Changed.
    """
    with undisturbed():
        done: list[Written] = []
        try:
            for file in files:
                _write(file)
                done.append(file)
        except BaseException:
            for file in reversed(done):
                _take_back(file)
            raise


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP are heeded when the block has ended. Only in the main thread."""
    came: list[int] = []
    usual = {number: signal.signal(number, lambda number, _: came.append(number)) for number in _STOPS}
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
        for late in came[:1]:
            signal.raise_signal(late)


@contextmanager
def _there(pins: Sequence[Written]) -> Iterator[None]:
    """The files of PINs exist for as long as the block runs."""
    with undisturbed():
        done: list[Written] = []
        try:
            for file in pins:
                _write(file)
                done.append(file)
            yield
        finally:
            for file in done:
                _take_back(file)


def _write(file: Written) -> None:
    """By a new file beside it that takes its name when it is whole and on disk."""
    file.path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.path.parent, prefix=f".{file.path.name}.")
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(file.text)
            stream.flush()
            os.fchmod(stream.fileno(), file.mode)
            if file.owner is not None:
                os.fchown(stream.fileno(), *file.owner)
            os.fsync(stream.fileno())
        if file.before is None:
            os.link(beside, file.path)  # fails where there is one by now, as no rename does
        elif file.path.read_text("utf-8") != file.before:
            raise Changed(f"{file.path} was changed meanwhile; nothing was written")
        else:
            beside.replace(file.path)
        _sync(file.path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _take_back(file: Written) -> None:
    with contextlib.suppress(OSError):
        if file.before is None:
            file.path.unlink()
        else:
            _write(Written(file.path, file.before, file.text, file.mode, file.owner))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _toml(value: object) -> str:
    """A basic string of TOML is one of JSON, but for DEL, which no value here has."""
    return json.dumps(value, ensure_ascii=False)
