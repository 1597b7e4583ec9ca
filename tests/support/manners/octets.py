"""PDUs as the network sees them (TS 23.040, TS 23.038): SUBMIT read, DELIVER and STATUS-REPORT built."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

SERVICE_CENTRE = bytes.fromhex("0791447700095078")  # +447700900587
GSM7, OCTETS, UCS2 = 0x00, 0x04, 0x08
UDHI, SRR = 0x40, 0x20

_TABLES = json.loads((Path(__file__).parents[2] / "vectors" / "shift-tables.json").read_text())


def _table(kind: str, language: int) -> dict[int, str]:
    return {int(code, 16): text for code, text in _TABLES[kind][str(language)].items()}


# --- septets ---------------------------------------------------------------------------------------------------------


def septets_of(text: str, *, locking: int = 0, single: int = 0) -> list[int]:
    """Raises KeyError for a character that neither table has."""
    base = {character: code for code, character in _table("locking", locking).items()}
    extension = {character: code for code, character in _table("single", single).items()}
    out: list[int] = []
    for character in text:
        out += [base[character]] if character in base else [0x1B, extension[character]]
    return out


def text_of(septets: Iterable[int], *, locking: int = 0, single: int = 0) -> str:
    base, extension = _table("locking", locking), _table("single", single)
    out, escaped = "", False
    for code in septets:
        if code == 0x1B and not escaped:
            escaped = True
            continue
        out += extension.get(code, base.get(code, " ")) if escaped else base.get(code, " ")
        escaped = False
    return out


def pack(septets: Sequence[int], fill: int = 0) -> bytes:
    bits = 0
    for place, code in enumerate(septets):
        bits |= code << (fill + 7 * place)
    return bits.to_bytes((fill + 7 * len(septets) + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill: int = 0) -> list[int]:
    bits = int.from_bytes(octets, "little") >> fill
    return [bits >> 7 * place & 0x7F for place in range(count)]


# --- fields ----------------------------------------------------------------------------------------------------------


def swapped(digits: str) -> bytes:
    digits += "F" * (len(digits) % 2)
    return bytes.fromhex("".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2)))


def address(text: str) -> bytes:
    """TP-OA or TP-RA: "+44…" international, digits unknown, anything else alphanumeric."""
    if text.startswith("+"):
        return bytes((len(text) - 1, 0x91)) + swapped(text[1:])
    if text.isdigit():
        return bytes((len(text), 0x81)) + swapped(text)
    septets = septets_of(text)
    return bytes(((7 * len(septets) + 3) // 4, 0xD0)) + pack(septets)


def timestamp(moment: datetime) -> bytes:
    """TP-SCTS of an aware time, with its zone in quarters of an hour."""
    offset = moment.utcoffset()
    assert offset is not None
    quarters = int(offset.total_seconds()) // 900
    zone = bytearray(swapped(f"{abs(quarters):02d}"))
    zone[0] |= 0x08 if quarters < 0 else 0
    return swapped(moment.strftime("%y%m%d%H%M%S")) + bytes(zone)


# --- what the network sends ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a DELIVER says. content: septets for GSM 7-bit, else octets; elements: the header without its length."""

    sender: str
    content: bytes
    coding: int
    moment: datetime
    elements: bytes = b""
    protocol: int = 0

    @property
    def octets(self) -> bytes:
        """Service centre field and TPDU."""
        header = bytes((len(self.elements),)) + self.elements if self.elements else b""
        if self.coding & 0x0C == GSM7:
            fill = -8 * len(header) % 7
            length = (8 * len(header) + fill) // 7 + len(self.content)
            data = header + pack(self.content, fill)
        else:
            data = header + self.content
            length = len(data)
        first = 0x04 | (UDHI if header else 0)
        tpdu = bytes((first,)) + address(self.sender) + bytes((self.protocol, self.coding))
        return SERVICE_CENTRE + tpdu + timestamp(self.moment) + bytes((length,)) + data


def plain(sender: str, text: str, moment: datetime, *, message_class: int | None = None) -> bytes:
    """One DELIVER in the default alphabet."""
    coding = GSM7 if message_class is None else 0x10 | message_class
    return Inbound(sender, bytes(septets_of(text)), coding, moment).octets


def national(sender: str, text: str, moment: datetime, *, locking: int, single: int) -> bytes:
    """One DELIVER in the tables of a national language (TS 23.040 §9.2.3.24.15, .16)."""
    elements = bytes((0x25, 1, locking)) * bool(locking) + bytes((0x24, 1, single)) * bool(single)
    septets = bytes(septets_of(text, locking=locking, single=single))
    return Inbound(sender, septets, GSM7, moment, elements).octets


def binary(sender: str, data: bytes, moment: datetime, *, port: int) -> bytes:
    """One DELIVER of 8-bit data to an application port."""
    ports = bytes((0x05, 4)) + port.to_bytes(2, "big") + bytes((0x23, 0xF0))
    return Inbound(sender, data, OCTETS, moment, ports).octets


def wide(sender: str, text: str, moment: datetime) -> bytes:
    """One DELIVER in UCS-2."""
    return Inbound(sender, text.encode("utf-16-be"), UCS2, moment).octets


def long(sender: str, text: str, moment: datetime, *, reference: int, size: int, wide: bool) -> list[bytes]:
    """DELIVERs of a long text, cut every ``size`` septets or octets, through pairs if it falls so."""
    content = text.encode("utf-16-be") if wide else bytes(septets_of(text))
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    coding = UCS2 if wide else GSM7
    return [
        Inbound(sender, piece, coding, moment, bytes((0x00, 3, reference, len(pieces), number))).octets
        for number, piece in enumerate(pieces, start=1)
    ]


def report(reference: int, recipient: str, accepted: datetime, settled: datetime, status: int = 0) -> bytes:
    """A STATUS-REPORT (TS 23.040 §9.2.2.3)."""
    tpdu = bytes((0x06, reference)) + address(recipient) + timestamp(accepted) + timestamp(settled) + bytes((status,))
    return SERVICE_CENTRE + tpdu


# --- what the host sends ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outbound:
    """What a SUBMIT says. reference, total, number: of a long message, total 1 for a short one."""

    destination: str
    coding: int
    content: bytes
    locking: int
    single: int
    reference: int
    total: int
    number: int
    wants_report: bool
    service_centre: bytes


def read_submit(octets: bytes) -> Outbound:
    """Read a SUBMIT with its service centre field. Raises ValueError or IndexError when it is none."""
    centre, rest = octets[1 : 1 + octets[0]], octets[1 + octets[0] :]
    first, digits, kind = rest[0], rest[2], rest[3]
    if first & 3 != 1:
        raise ValueError(f"TP-MTI {first & 3} is no SUBMIT")
    end = 4 + (digits + 1) // 2
    number = "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in rest[4:end])[:digits]
    destination = ("+" if kind & 0x70 == 0x10 else "") + number
    coding = rest[end + 1]
    at = end + 2 + {0: 0, 1: 7, 2: 1, 3: 7}[first >> 3 & 3]
    length, data = rest[at], rest[at + 1 :]
    elements: dict[int, bytes] = {}
    header = data[0] + 1 if first & UDHI else 0
    place = 1
    while place < header:
        size = data[place + 1]
        elements[data[place]] = data[place + 2 : place + 2 + size]
        place += 2 + size
    if coding & 0x0C == GSM7:
        fill = -8 * header % 7
        count = length - (8 * header + fill) // 7
        if len(data) != (7 * length + 7) // 8:
            raise ValueError(f"TP-UDL {length} with {len(data)} octets")
        content = bytes(unpack(data[header:], count, fill))
    else:
        if len(data) != length:
            raise ValueError(f"TP-UDL {length} with {len(data)} octets")
        content = data[header:]
    reference, total, sequence = _concatenation(elements)
    return Outbound(
        destination=destination,
        coding=coding & 0x0C,
        content=content,
        locking=elements.get(0x25, b"\0")[0],
        single=elements.get(0x24, b"\0")[0],
        reference=reference,
        total=total,
        number=sequence,
        wants_report=bool(first & SRR),
        service_centre=centre,
    )


def _concatenation(elements: dict[int, bytes]) -> tuple[int, int, int]:
    if 0x00 in elements:
        reference, total, number = elements[0x00]
        return reference, total, number
    if 0x08 in elements:
        high, low, total, number = elements[0x08]
        return high << 8 | low, total, number
    return 0, 1, 1


def texts_of(submits: Iterable[Outbound]) -> list[tuple[str, str]]:
    """(destination, text) of every message that is whole, in the order of their first parts."""
    groups: dict[Any, dict[int, Outbound]] = {}
    for alone, submit in enumerate(submits):
        key = (submit.destination, submit.reference, submit.total) if submit.total > 1 else alone
        groups.setdefault(key, {})[submit.number] = submit
    whole = [parts for parts in groups.values() if len(parts) == next(iter(parts.values())).total]
    return [(parts[1].destination, _text([parts[number] for number in sorted(parts)])) for parts in whole]


def _text(parts: Sequence[Outbound]) -> str:
    if parts[0].coding == UCS2:
        for part in parts:
            part.content.decode("utf-16-be")  # raises where a surrogate pair was torn: a sender must not
        return b"".join(part.content for part in parts).decode("utf-16-be")
    return "".join(text_of(part.content, locking=part.locking, single=part.single) for part in parts)
