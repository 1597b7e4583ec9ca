"""Identifiers: a type prefix and a ULID (48 bits of milliseconds, 80 random bits), and the other codes handed out."""

import os
from collections import deque
from dataclasses import dataclass

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(a + b for a in CROCKFORD for b in CROCKFORD)
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def new_id(prefix: str, now_ms: int) -> str:
    """A fresh id such as ``msg_01KAJ4…``: sorts by time, cannot be guessed.

    prefix: without the underscore. now_ms: integer milliseconds UTC.
    """
    return f"{prefix}_{crockford((now_ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(_random()[:10]))}"


def crockford(value: int) -> str:
    """The lowest 130 bits of a number as the 26 characters of a ULID."""
    pairs = _PAIRS
    return "".join([pairs[value >> shift & 0x3FF] for shift in range(120, -1, -10)])


def new_uuid() -> str:
    """A random UUIDv4 in its usual text form (RFC 9562 §5.4)."""
    octets = bytearray(_random())
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(frozen=True, slots=True)
class Tracking:
    """The sendsms front's ids, ``smsmt`` or ``smsmo`` and 10 lower-case hex digits: each is a message's number, mapped
    onto another of the 2^40 there are. factor: odd, so that no two numbers meet."""

    factor: int = 1
    summand: int = 0

    def outbound(self, num: int) -> str:
        return f"smsmt{self._of(num):010x}"

    def inbound(self, num: int) -> str:
        return f"smsmo{self._of(num):010x}"

    def _of(self, num: int) -> int:
        return (num * self.factor + self.summand) & 0xFF_FFFF_FFFF


def alphanumeric(length: int) -> str:
    """Random characters of [A-Za-z0-9], for keys."""
    return _from(_BASE62, length)


def link_code(length: int = 7) -> str:
    """Random base58 characters, for short links (native-v1 §7.9)."""
    return _from(_BASE58, length)


_AT_ONCE = 4096  # octets
_ahead: deque[bytes] = deque()  # 16 octets each; its ends are safe between threads


def _random() -> bytes:
    """16 octets of the system's randomness, each given out once, asked for in bulk.

    ``os.urandom`` lets go of the interpreter's lock: on the accept path each call can cost a turn of the database's
    thread.
    """
    try:
        return _ahead.popleft()
    except IndexError:
        octets = os.urandom(_AT_ONCE)
        _ahead.extend(octets[start : start + 16] for start in range(16, _AT_ONCE, 16))
        return octets[:16]


def _from(alphabet: str, length: int) -> str:
    limit = 256 - 256 % len(alphabet)  # octets above it would favour the first characters
    picked: list[str] = []
    while len(picked) < length:
        picked.extend(alphabet[octet % len(alphabet)] for octet in os.urandom(length) if octet < limit)
    return "".join(picked[:length])
