"""Setup's middle: what the line is called, and its table in the configuration."""

import os
import re
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.exits import Exit, Failure
from gateway.cli.setup_modem import Chosen, configured
from gateway.cli.talk import Talk
from gateway.config import LineSettings, Settings
from gateway.doctor.host import Host
from gateway.setup.candidates import is_searched
from gateway.setup.configuration import (
    NEW_FILE,
    SECRET,
    Changed,
    Written,
    checked,
    commit,
    line_table,
    undisturbed,
    with_line,
)
from gateway.setup.state import reader
from gateway.workers.finder import REMOTE
from modem.transport import DEFAULT_BAUDRATE

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
NUMBER = re.compile(r"\+[1-9][0-9]{4,14}")


@dataclass(frozen=True, slots=True)
class Draft:
    """The line, and the whole configuration with it."""

    line: LineSettings
    settings: Settings


def write_line(
    arguments: Namespace, talk: Talk, host: Host, config: Path, settings: Settings, chosen: Chosen, steps: list[str]
) -> Draft:
    """One more ``[[lines]]``, once the person has seen it; a modem that has one keeps it.

    steps: gets what lasts. Raises Failure, ConfigError, OSError.
    """
    known = configured(settings.lines, chosen.found.candidate.device, chosen.identity)
    if known is not None:
        talk.tell(f"\n{config} has this modem already: line {known.name}. It stays as it is.")
        return Draft(known, settings)
    talk.tell()
    name = _name(arguments, talk, settings)
    values: dict[str, object] = {"name": name, "number": _number(arguments, talk, chosen), **_whom(host, chosen)}
    secrets = _keep_pin(talk, config, settings.data_dir, values, chosen)
    file = _file(config, settings.data_dir, values)
    after = checked(file, settings.data_dir, secrets)
    talk.tell(f"\n{file.difference}")
    if not talk.confirm(f"Write it to {config}?", default=True):
        raise Failure(Exit.REFUSED, "nothing was written")
    try:
        with undisturbed():
            commit((*secrets, file))
            steps.append(f"{config} has the line {name}.")
    except Changed as changed:
        raise Failure(Exit.REFUSED, str(changed)) from changed
    talk.tell(f"Written: {', '.join(str(one.path) for one in (*secrets, file))}")
    line = next(line for line in after.lines if line.name == name)
    return Draft(line, after)


def _name(arguments: Namespace, talk: Talk, settings: Settings) -> str:
    taken = {line.name for line in settings.lines}
    free = next(name for n in range(1, len(taken) + 2) if (name := f"line{n}") not in taken)

    def wrong(name: str) -> str | None:
        if name in taken:
            return f"there is a line {name} already"
        return None if _NAME.fullmatch(name) else "1 to 63 of A-Z a-z 0-9 . _ -, no blank"

    return _given(arguments.name, wrong, "--name") or talk.ask("Name of the line", free, wrong)


def _number(arguments: Namespace, talk: Talk, chosen: Chosen) -> str:
    """The SIM's own; networks often leave it out of the SIM."""
    own = chosen.identity.number or ""
    own = own if NUMBER.fullmatch(own) else ""
    question = "Its own number, as +13109060901" + ("" if own else " (empty: not known)")
    return _given(arguments.number, no_number, "--number") or talk.ask(question, own, no_number)


def no_number(text: str) -> str | None:
    """What is wrong with a number; none at all is allowed."""
    return None if not text or NUMBER.fullmatch(text) else "a number in international form, as +13109060901"


def _given(value: str | None, wrong: object, option: str) -> str:
    """An option's value, checked as an answer is."""
    assert callable(wrong)
    if value is not None and (fault := wrong(value)) is not None:
        raise Failure(Exit.USAGE, f"{option} {value}: {fault}")
    return value or ""


def _whom(host: Host, chosen: Chosen) -> dict[str, object]:
    """How the gateway finds it again: by SIM, else by modem; by port where it searches none.

    A SIM that tells its number only after the PIN cannot be searched for before it.
    """
    found = chosen.found
    identity: dict[str, object] = {"iccid": chosen.iccid} if chosen.iccid else {"imei": chosen.identity.imei}
    where: dict[str, object] = {}
    if not is_searched(found.candidate.device, host.dev) or not any(identity.values()):
        device = found.candidate.device
        where["device"] = device if REMOTE in device else str(Path(device).absolute())  # a stable name is a link
    if found.baudrate != DEFAULT_BAUDRATE:
        where["baudrate"] = found.baudrate
    return where | identity


def _keep_pin(
    talk: Talk, config: Path, data_dir: Path, values: dict[str, object], chosen: Chosen
) -> tuple[Written, ...]:
    """Where the PIN will be read from at each start; values: the line's table, which gets pin or pin_file."""
    if chosen.pin is None:
        return ()
    if chosen.pin_file is not None:
        values["pin_file"] = str(chosen.pin_file)
        return ()
    path = config.with_name(f"{values['name']}.pin")
    choices = [f"in {path}, mode 0600", f"in {config} itself", "nowhere: somebody unlocks the SIM after each power cut"]
    where = talk.choose("Where shall the PIN be kept", choices)
    if where == 1:
        values["pin"] = chosen.pin
    if where != 0:
        return ()
    if path.exists():
        raise Failure(Exit.REFUSED, f"{path} exists already; nothing was written")
    values["pin_file"] = path.name
    return (Written(path, f"{chosen.pin}\n", None, SECRET, reader(config, data_dir)),)


def _file(config: Path, data_dir: Path, values: dict[str, object]) -> Written:
    """A configuration that stands keeps its mode; root's new one is for the service's group to read."""
    before = config.read_text("utf-8") if config.exists() else None
    owner = reader(config, data_dir)
    mode = SECRET if "pin" in values and owner is None else NEW_FILE
    if before is not None:
        found = config.stat()
        mode = found.st_mode & (0o740 if "pin" in values else 0o777)
        owner = (found.st_uid, found.st_gid) if os.geteuid() == 0 else None
    elif owner is not None:
        owner = (0, owner[1])
    return Written(config, with_line(before, line_table(values)), before, mode, owner)
