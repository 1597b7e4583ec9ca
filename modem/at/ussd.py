"""USSD: the code that goes to the network and the text that comes back (TS 27.007 §7.15, AT+CUSD).

The standard ties the form of the string to AT+CSCS; modems do as they like. So the form of a request is the caller's
choice, and the form of an answer is read off the answer itself: the data coding scheme is asked first, the octets have
the last word.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from modem.at.commands import Command, Wait, order
from modem.charset import gsm7, ucs2
from modem.pdu.dcs import Alphabet

LONGEST_CODE: Final = 160  # octets of a USSD string (TS 23.038 §5); as many septets fit in any case
DATA_CODING: Final = 15  # GSM 7-bit, language unspecified (TS 23.038 §5)

_CODE: Final = re.compile(r"[0-9A-Za-z*#+ ]+")
_STATUS: Final = re.compile(r'\s*"?([0-9]{1,3})"?\s*(?:,|\Z)')
# Texts hold quotes of their own, so the last one ends the string. <dcs> may be quoted, or followed by junk.
_WITH_CODING: Final = re.compile(r'"(.*)"\s*,\s*"?([0-9]{1,3})"?\s*(?:[,;\x00-\x1f\x7f-\xff][^"]*)?\Z', re.DOTALL)
# Without a closing quote only hex is told from "10,15"; nothing at all may stand in front of <dcs>, too.
_BARE_WITH_CODING: Final = re.compile(r'"?([0-9A-Fa-f]{8,}|)\s*,\s*([0-9]{1,3})\s*\Z')
_HEX: Final = re.compile(r"[0-9A-F]{2,}|[0-9a-f]{2,}")  # "Abba" is a name
_LINE_ENDS: Final = re.compile(r"[\r\n]+")
_JUNK: Final = "".join(map(chr, (*range(0x21), *range(0x7F, 0x100))))
_SHORT: Final = 6  # characters: "2050" is a sum of money and "DEAD" a word rather than two octets
_UNUSUAL: Final = re.compile("[ΔΦΓΛΩΠΨΣΘΞ\u3400-\u4dbf\ua000-\uabff]")  # septets 10 to 1A; rare ideographs, Yi
_PADDING: Final = b"\r\0"  # the standard's, and that of firmwares which do not know it


class UssdStatus(IntEnum):
    """<m> of TS 27.007 §7.15."""

    NO_FURTHER_ACTION = 0
    FURTHER_ACTION_REQUIRED = 1
    TERMINATED_BY_NETWORK = 2
    OTHER_CLIENT_RESPONDED = 3
    NOT_SUPPORTED = 4
    NETWORK_TIME_OUT = 5


@dataclass(frozen=True, slots=True)
class UssdAnswer:
    """What the network says.

    status: a `UssdStatus`, a number that the standard does not know, or None when there is none to be read.
    text: decoded, "" when there is none. raw: the string as the modem wrote it, without its quotes.
    data_coding: <dcs> of TS 23.038 §5, which many modems omit and some invent.
    """

    status: int | None
    text: str
    raw: str
    data_coding: int | None = None

    @property
    def wants_reply(self) -> bool:
        """The session is open: the network waits for an answer, or for AT+CUSD=2."""
        return self.status == UssdStatus.FURTHER_ACTION_REQUIRED

    @property
    def terminated(self) -> bool:
        """The network has ended the session; there may be a text all the same."""
        return self.status == UssdStatus.TERMINATED_BY_NETWORK

    @property
    def not_supported(self) -> bool:
        """Also the answer of modems that want the code in another form: packed instead of plain, or the reverse."""
        return self.status == UssdStatus.NOT_SUPPORTED

    @property
    def timed_out(self) -> bool:
        return self.status == UssdStatus.NETWORK_TIME_OUT


# --- the request

REPORT: Final = order("AT+CUSD=1")
CANCEL: Final = order("AT+CUSD=2", Wait.NETWORK)


def encode(code: str, *, packed: bool = False) -> str:
    """The string of AT+CUSD for a code such as *100#, or for the reply to a menu.

    packed: hex of packed septets, as Huawei's firmware wants it, instead of the characters themselves.
    Raises ValueError unless the code is 1 to LONGEST_CODE of the characters 0-9 A-Z a-z * # + and blank, not all of
        them blanks: no quote, line end or Ctrl-Z can get into the command line.
    """
    if len(code) > LONGEST_CODE or _CODE.fullmatch(code) is None or code.isspace():
        raise ValueError(f"a USSD code is 1 to {LONGEST_CODE} of the characters 0-9 A-Z a-z * # + and blank")
    return pack(gsm7.encode(code)).hex().upper() if packed else code


def request(code: str, *, packed: bool = False) -> Command:
    """The command that sends a code or a reply; the text of the network comes unasked, before or behind its OK.

    Raises ValueError as `encode` does.
    """
    return order(f'AT+CUSD=1,"{encode(code, packed=packed)}",{DATA_CODING}', Wait.USSD)


def pack(septets: bytes) -> bytes:
    """Pack septets, one per octet, as a USSD string (TS 23.038 §6.1.2.3.1).

    Seven spare bits would read as "@", so a CR fills them; a text that itself ends in CR at the end of an octet gets
    a second one, because the receiver takes the last one for filling.
    """
    spare = len(septets) % 8 == 7
    own = septets.endswith(b"\r") and len(septets) % 8 == 0
    return gsm7.pack(septets + b"\r" if spare or own else septets)


def unpack(octets: bytes) -> bytes:
    """Unpack a USSD string to septets, one per octet, without the filling (TS 23.038 §6.1.2.3.1)."""
    septets = gsm7.unpack(octets, 8 * len(octets) // 7)
    return septets[:-1] if septets and len(septets) % 8 == 0 and septets[-1] in _PADDING else septets


# --- the answer


def parse_ussd(line: str, *, gsm_characters: bool = False) -> UssdAnswer | None:
    """Read +CUSD, in any form that has been seen; never raises.

    line: with the line ends inside its string, if any. An open string ends with the line.
    gsm_characters: AT+CSCS="GSM" is in force, so that the characters of a plain text are codes of the GSM alphabet
        ("w{hlen" is "wählen").
    Returns None when it is another line.
    """
    prefix, colon, rest = line.partition(":")
    if not colon or prefix.strip().upper() != "+CUSD":
        return None
    match = _STATUS.match(rest)
    raw, coding = _string(rest[match.end() :] if match else rest)
    return UssdAnswer(int(match[1]) if match else None, _decode(raw, coding, gsm_characters), raw, coding)


def _string(field: str) -> tuple[str, int | None]:
    """<str> without its quotes, and <dcs>."""
    field = field.strip()
    if match := _WITH_CODING.match(field) or _BARE_WITH_CODING.match(field):
        coding = int(match[2])
        return match[1], coding if coding <= 0xFF else None
    if not field.startswith('"'):
        return field, None
    end = field.rfind('"')
    return field[1:end] if end > 0 else field[1:], None


def _decode(raw: str, coding: int | None, gsm_characters: bool) -> str:
    text = _hex_text(raw, coding)
    if text is not None:
        return text
    if gsm_characters and raw.isascii():
        return gsm7.decode(raw.encode("ascii"))
    return ucs2.repair(raw.rstrip("\0"))


def _hex_text(raw: str, coding: int | None) -> str | None:
    """The text of a string in hex; None when it is no hex, or rather a number or a word that looks like it."""
    digits = _LINE_ENDS.sub("", raw).strip(_JUNK)
    if _HEX.fullmatch(digits) is None:
        return None
    octets = bytes.fromhex(digits[: len(digits) & ~1])  # the other half of the last octet was cut off by the modem
    if _alphabet(coding) is Alphabet.UCS2 or _looks_like_ucs2(octets):
        return _ucs2(octets, language=coding == 0x11) or None
    short, number = len(digits) <= _SHORT, digits.isdecimal()
    if (short and number) or ((short or number) and len(digits) % 2):
        return None
    text = _text(octets, coding)
    return None if (short or number) and not (text.isascii() and text.isprintable()) else text


def _text(octets: bytes, coding: int | None) -> str:
    """Decode by <dcs> where the reading is plausible, and by what the octets look like where it is not."""
    if _alphabet(coding) is Alphabet.OCTETS:
        return _characters(octets)
    septets = _packed(octets, language=coding == 0x10)
    # Octets of ASCII that nobody packed (gammu issue 513), and the codings 4 and 8: languages in TS 23.038 §5, but
    # written by firmwares that think of TP-DCS.
    if coding == 0x08:
        other = _ucs2(octets)
    elif coding == 0x04 or all(0x20 <= octet < 0x7F or octet in b"\r\n" for octet in octets):
        other = _characters(octets)
    else:
        return septets
    return min(septets, other, key=_strangeness)


def _alphabet(coding: int | None) -> Alphabet:
    """The alphabet of a cell broadcast data coding scheme, which USSD shares (TS 23.038 §5)."""
    if coding is None or coding == 0x11:
        return Alphabet.GSM7 if coding is None else Alphabet.UCS2
    group = coding >> 4
    if 4 <= group <= 7 or group == 9:
        return {1: Alphabet.OCTETS, 2: Alphabet.UCS2}.get(coding >> 2 & 3, Alphabet.GSM7)
    return Alphabet.OCTETS if group == 15 and coding & 4 else Alphabet.GSM7


def _looks_like_ucs2(octets: bytes) -> bool:
    """Most units are below U+0700, the scripts from Latin to Arabic; packed septets hardly ever look like that."""
    high = octets[: len(octets) & ~1 : 2]
    return octets[:2] > b"\0\0" and bool(high) and sum(octet < 0x07 for octet in high) * 4 >= len(high) * 3


def _ucs2(octets: bytes, *, language: bool = False) -> str:
    """language: two packed septets of a language may stand in front. What follows a NUL is the firmware's memory."""
    if language and re.fullmatch(b"[a-z]{2}", gsm7.unpack(octets[:2], 2)):
        octets = octets[2:]
    return ucs2.decode(octets).partition("\0")[0]


def _packed(octets: bytes, *, language: bool = False) -> str:
    """language: two letters and a CR may stand in front (TS 23.038 §5, 0001 0000)."""
    septets = unpack(octets)
    return gsm7.decode(septets[3:] if language and re.match(b"[a-z]{2}\r", septets) else septets)


def _characters(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _strangeness(text: str) -> float:
    """The share of characters that hardly stand in a text for people: wrong readings are full of them."""
    return sum(not _usual(character) for character in text) / len(text) if text else 1.0


def _usual(character: str) -> bool:
    if character.isascii():
        return (character.isprintable() and character != "@") or character in "\r\n"  # "@" is septet 0
    return character.isprintable() and _UNUSUAL.match(character) is None
