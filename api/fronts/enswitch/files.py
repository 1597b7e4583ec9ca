"""The numbered files of ``text/send``: ``filename1``, ``file1`` (base64), ``filename2`` …"""

import base64
import binascii
import re
from collections.abc import Mapping

from api.fronts.enswitch.parameters import Parameters
from gateway.domain.message import MediaRef
from gateway.services.media import made_name

MOST_FILES = 10
MOST_OCTETS = 1024 * 1024  # of one file
MOST_IN_ALL = 5 * 1024 * 1024
LONGEST_NAME = 128  # characters

_NUMBERED = re.compile(r"(?:filename|file)([1-9][0-9]{0,3})")
_ALPHABET = str.maketrans({" ": "+", "-": "+", "_": "/", "\r": None, "\n": None, "\t": None, "=": None})
_NO_NAME = re.compile(r"[\x00-\x1f\x7f/\\]")


class Unreadable(ValueError):
    """No base64."""


def files_of(given: Parameters) -> tuple[tuple[MediaRef, ...], Mapping[str, str]]:
    """The files in the order of their numbers, and by parameter what is wrong with them."""
    numbers = sorted({int(hit[1]) for name in _names(given) if (hit := _NUMBERED.fullmatch(name))})
    faults: dict[str, str] = {}
    files: list[MediaRef] = []
    room = MOST_IN_ALL
    for number in numbers:
        file, name = f"file{number}", f"filename{number}"
        if number > MOST_FILES:
            faults[file if file in _names(given) else name] = f"At most {MOST_FILES} files."
            continue
        faults |= _name_faults(given, number) | {one: given.faults[one] for one in (file, name) if one in given.faults}
        octets = _octets(given, file, room, faults)
        if octets is not None:
            room -= len(octets)
            files.append(MediaRef(name=given.text(name) or made_name(file, octets), octets=octets))
    return tuple(files), faults


def _names(given: Parameters) -> set[str]:
    return given.values.keys() | given.faults.keys()


def _name_faults(given: Parameters, number: int) -> dict[str, str]:
    name = f"filename{number}"
    wanted = given.text(name)
    if not wanted:
        return {}
    if f"file{number}" not in _names(given):
        return {name: f"There is no file{number} to it."}
    if len(wanted) > LONGEST_NAME or _NO_NAME.search(wanted) or not wanted.strip(". "):
        return {name: f"A name of at most {LONGEST_NAME} characters without path."}
    return {}


def _octets(given: Parameters, file: str, room: int, faults: dict[str, str]) -> bytes | None:
    text = given.text(file)
    if not text:
        return None
    try:
        octets = decode(text)
    except Unreadable:
        faults[file] = "Not valid base64."
        return None
    if len(octets) > MOST_OCTETS:
        faults[file] = "Larger than 1 MiB."
    elif len(octets) > room:
        faults[file] = "Files larger than 5 MiB in all."
    else:
        return octets
    return None


def decode(text: str) -> bytes:
    """Base64 as callers send it: either alphabet, padded or not, over several lines, its ``+`` decoded to blanks.

    Raises Unreadable, also where nothing is left of it.
    """
    plain = text.translate(_ALPHABET)
    try:
        octets = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable from None
    if not octets:
        raise Unreadable
    return octets
