"""Whose a SIM and a modem are: no line takes what is another's.

A line is a SIM. Who names a SIM by its ICCID has it. Who names a modem by its IMEI has whatever SIM is in it, and who
names a port whatever is behind it, but for what other lines name or were last up with.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.config import LineSettings
from modem.driver import Identity

CURE = "or give this line the SIM's number (iccid) in the configuration"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a line was last up with."""

    imei: str | None = None
    iccid: str | None = None


class Claims:
    """Of all configured lines; shared by them."""

    def __init__(self, lines: Sequence[LineSettings]) -> None:
        self._lines = {line.name: line for line in lines}
        self._seen: dict[str, Seen] = {}

    def remember(self, line: str, imei: str | None, iccid: str | None) -> None:
        """The line is up with this modem and this SIM, which is then no other's; None leaves what is known."""
        before = self._seen_of(line)
        for other, seen in self._seen.items():
            if other != line and iccid is not None and seen.iccid == iccid:
                self._seen[other] = Seen(seen.imei)
        self._seen[line] = Seen(imei or before.imei, iccid or before.iccid)

    def last_sim(self, line: str) -> str | None:
        """The ICCID of the SIM that a line was last up with."""
        return self._seen_of(line).iccid

    def is_stranger(self, line: str, found: Identity) -> bool:
        """Both the modem and the SIM are others than those that the line was last up with."""
        seen = self._seen_of(line)
        pairs = ((seen.imei, found.imei), (seen.iccid, found.iccid))
        return all(before is not None and now is not None and before != now for before, now in pairs)

    def user_of(self, line: LineSettings, users: Iterable[str]) -> str | None:
        """Which of the users has the modem that the line names by its IMEI."""
        if line.imei is None:
            return None
        return next((user for user in users if user != line.name and self._seen_of(user).imei == line.imei), None)

    def objection(self, line: str, found: Identity) -> str | None:
        """Why a line must not use what it found, as a sentence for a person; None where it may.

        found: as far as modem and SIM have told by then.
        """
        if found.iccid is not None and self._lines[line].iccid == found.iccid:
            return None
        for other in self._lines.values():
            if other.name != line and (what := self._what_is_of(other, line, found)) is not None:
                return f'{what} the line "{other.name}", so "{line}" does not use it: put the right one in, {CURE}'
        return None

    def is_free(self, line: str, sim: str) -> bool:
        """Whether a SIM may get this line's PIN. sim: its ICCID, or the IMEI where that cannot be read."""
        return self.objection(line, Identity(iccid=sim)) is None and self.objection(line, Identity(imei=sim)) is None

    def _what_is_of(self, other: LineSettings, line: str, found: Identity) -> str | None:
        if other.iccid is not None:
            return f"the SIM {found.iccid} is that of" if other.iccid == found.iccid else None
        if other.imei is not None and found.imei == other.imei and self._lines[line].imei != found.imei:
            return f"the modem {found.imei} is that of"
        seen, own = self._seen_of(other.name), self._seen_of(line)
        if found.iccid is not None:
            was_there = seen.iccid == found.iccid != own.iccid
            return f"the SIM {found.iccid} was last seen in" if was_there else None
        if seen.iccid is None and found.imei is not None and seen.imei == found.imei != own.imei:
            return f"the modem {found.imei} was last seen at"  # nothing but its number tells one of these from another
        return None

    def _seen_of(self, line: str) -> Seen:
        return self._seen.get(line, Seen())
