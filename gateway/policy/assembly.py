"""Inbound parts → whole messages: which set a part belongs to, and the text of a set. Pure.

The concatenation reference is one octet or two, reused by its sender within minutes, and parts come in any order,
twice, or never (TS 23.040 §9.2.3.24.1). A set is keyed by receiving line, sender, width of the reference, reference and
total; what is given here are the sets of one key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from modem.pdu.dcs import Alphabet
from modem.pdu.tpdu import UserData, join_text
from modem.pdu.udh import InformationElement, UserDataHeader

APART = timedelta(hours=1)
"""Parts of one message are stamped by the service centre within seconds; further apart the reference was reused."""

CLOSED = timedelta(hours=24)
"""How long after its completion a set still swallows repetitions of its parts, equal to the service centre's stamp: it
offers one anew whose acknowledgement it did not hear, once the modem is back, which may take a night."""

CLOSED_UNSTAMPED = timedelta(minutes=10)
"""The same where there is no stamp to tell a repetition from a reference that is used again for the same text."""

GAP = "[…]"
MOST_OPEN_OF_SENDER = 20
MOST_OPEN = 1000

_SINGLE_SHIFT = 0x24  # TS 23.040 §9.2.3.24.15
_LOCKING_SHIFT = 0x25  # TS 23.040 §9.2.3.24.16


@dataclass(frozen=True, slots=True)
class Piece:
    """One part as it came. content: septets one per octet for "gsm7", octets otherwise."""

    sequence: int
    alphabet: str
    content: bytes
    smsc_at: datetime | None = None
    locking: int = 0
    single: int = 0


@dataclass(frozen=True, slots=True)
class PartialSet:
    """The parts of one message so far. closed_at: when it became whole."""

    num: int
    pieces: tuple[Piece, ...]
    closed_at: datetime | None = None


class Verdict(StrEnum):
    """joins: the set that it names; opens: a set of its own; repeats: was there already, to be dropped."""

    JOINS = "joins"
    OPENS = "opens"
    REPEATS = "repeats"


def place(piece: Piece, sets: Iterable[PartialSet], now: datetime) -> tuple[Verdict, PartialSet | None]:
    """Where a part belongs. sets: those of its key, newest first.

    A part whose number is there already repeats it when the octets are the same, and otherwise begins a new message.
    """
    for known in sets:
        if known.closed_at is not None:
            swallows_for = CLOSED_UNSTAMPED if piece.smsc_at is None else CLOSED
            if now - known.closed_at <= swallows_for and piece in known.pieces:
                return Verdict.REPEATS, known
            continue
        if any(_apart(piece, other) for other in known.pieces):
            continue
        same = next((other for other in known.pieces if other.sequence == piece.sequence), None)
        if same is None:
            return Verdict.JOINS, known
        if (same.alphabet, same.content) == (piece.alphabet, piece.content):
            return Verdict.REPEATS, known
    return Verdict.OPENS, None


def text_of(pieces: Iterable[Piece], total: int) -> str:
    """The text of a set, gaps marked. Neighbours in one alphabet are joined before they are decoded, so that pairs of
    UTF-16 and escape sequences that were cut in two are whole again."""
    by_sequence = {piece.sequence: piece for piece in pieces}
    text = ""
    run: list[UserData] = []
    for sequence in range(1, total + 1):
        piece = by_sequence.get(sequence)
        if piece is not None:
            run.append(_user_data(piece))
            continue
        text += join_text(run)
        run = []
        text += "" if text.endswith(GAP) else GAP
    return text + join_text(run)


def octets_of(pieces: Iterable[Piece]) -> bytes:
    """What a set that is not text carries, in order."""
    return b"".join(piece.content for piece in sorted(pieces, key=lambda piece: piece.sequence))


def encoding_of(pieces: Sequence[Piece]) -> str:
    """The widest alphabet in it: "8bit", "ucs2" or "gsm7"."""
    alphabets = {piece.alphabet for piece in pieces}
    return next(alphabet for alphabet in ("8bit", "ucs2", "gsm7") if alphabet in alphabets)


def _apart(one: Piece, other: Piece) -> bool:
    if one.smsc_at is None or other.smsc_at is None:
        return False
    return abs(one.smsc_at - other.smsc_at) > APART


def _user_data(piece: Piece) -> UserData:
    shifts = [
        InformationElement(iei, bytes([language]))
        for iei, language in ((_SINGLE_SHIFT, piece.single), (_LOCKING_SHIFT, piece.locking))
        if language
    ]
    return UserData(Alphabet(piece.alphabet), piece.content, UserDataHeader(tuple(shifts)) if shifts else None)
