"""Passwords: what one may be, how it is kept (scrypt, RFC 7914), and how it is checked without stopping the rest."""

import asyncio
import hashlib
import hmac
import os
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.aio import finish
from gateway.domain.errors import Fault, Rejected, Unavailable

SHORTEST, LONGEST = 8, 128  # characters
AT_ONCE = 2  # checks: each takes a core for 20 ms and 16 MiB
MOST_WAITING = 200  # checks that wait for their turn, some seconds' worth; more are told to come again

_LOG2_N, _R, _P = 14, 8, 1
_SALT, _HASH = 16, 32  # octets
_MEMORY = 64 * 1024 * 1024  # octets scrypt may take; it needs half
_NOBODY = bytes((_LOG2_N, _R, _P)) + bytes(_SALT + _HASH)  # what no password matches, at the same cost


def password_fault(password: str) -> Fault | None:
    """What is wrong with a new password; None when it may be one (RFC 7617 §2 has no control characters in it)."""
    if not SHORTEST <= len(password) <= LONGEST:
        return Fault("password", "invalid_request", f"{SHORTEST} to {LONGEST} characters")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password):
        return Fault("password", "invalid_request", "no control characters")
    return None


def hash_password(password: str) -> bytes:
    """What is kept of it: the costs, a fresh salt, the hash. Blocks for some 20 ms. Raises Rejected."""
    fault = password_fault(password)
    if fault is not None:
        raise Rejected("invalid_request", f"{fault.field}: {fault.message}", faults=(fault,))
    kept = bytes((_LOG2_N, _R, _P)) + os.urandom(_SALT)
    return kept + _scrypt(password, kept)


def octets_of(password: str) -> bytes:
    """The same octets however its accents are composed; of what cannot be a password, not more than of one."""
    return unicodedata.normalize("NFC", password[: LONGEST + 1]).encode("utf-8", "surrogatepass")


def _scrypt(password: str, kept: bytes) -> bytes:
    n, r, p, salt = 1 << kept[0], kept[1], kept[2], kept[3 : 3 + _SALT]
    return hashlib.scrypt(octets_of(password), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=_HASH)


def _matches(password: str, kept: bytes) -> bool:
    return hmac.compare_digest(_scrypt(password, kept), kept[3 + _SALT :])


async def matches(password: str, kept: bytes | None) -> bool:
    """Whether this is the password of what is kept, beside the event loop; None: of nobody, which takes as long."""
    found = await finish(asyncio.to_thread(_matches, password, _NOBODY if kept is None else kept))
    return found and kept is not None and password_fault(password) is None  # scrypt does not see NULs at the end


class Turns:
    """Who may compute just now: a flood of wrong passwords costs everybody else nothing."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One of the few turns, for as long as the block runs. Raises Unavailable when too many wait for one."""
        if self._waiting >= MOST_WAITING:
            raise Unavailable("unavailable", "too many passwords are being checked", retry_after=1.0)
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()
