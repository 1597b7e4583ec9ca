"""Identifiers: a type prefix and a ULID (48 bits of milliseconds, 80 random bits), and the other codes handed out."""

import os

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(a + b for a in CROCKFORD for b in CROCKFORD)
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def new_id(prefix: str, now_ms: int) -> str:
    """A fresh id such as ``msg_01KAJ4…``: sorts by time, cannot be guessed.

    prefix: without the underscore. now_ms: integer milliseconds UTC.
    """
    value = (now_ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10))
    pairs = _PAIRS
    digits = [pairs[value >> shift & 0x3FF] for shift in range(120, -1, -10)]
    return f"{prefix}_{''.join(digits)}"


def new_uuid() -> str:
    """A random UUIDv4 in its usual text form (RFC 9562 §5.4)."""
    octets = bytearray(os.urandom(16))
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def tracking_id(kind: str) -> str:
    """The sendsms front's id: ``smsmt`` or ``smsmo`` and 10 lower-case hex digits."""
    return kind + os.urandom(5).hex()


def alphanumeric(length: int) -> str:
    """Random characters of [A-Za-z0-9], for keys."""
    return _from(_BASE62, length)


def link_code(length: int = 7) -> str:
    """Random base58 characters, for short links (native-v1 §7.9)."""
    return _from(_BASE58, length)


def _from(alphabet: str, length: int) -> str:
    limit = 256 - 256 % len(alphabet)  # octets above it would favour the first characters
    picked: list[str] = []
    while len(picked) < length:
        picked.extend(alphabet[octet % len(alphabet)] for octet in os.urandom(length) if octet < limit)
    return "".join(picked[:length])
