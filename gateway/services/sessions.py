"""Sessions: a login that was proved once and need not be again for a while, whatever restarts meanwhile."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.aio import Clock
from gateway.domain.access import Principal, Session
from gateway.domain.errors import GatewayError, NotFound, NotPermitted
from gateway.services.admission import Known, known_of
from gateway.services.memory import Memory, Remembered
from gateway.store.contract import Store
from gateway.store.sessions import LONGEST_MS

IDLE = timedelta(hours=2)  # after which a session ends that is not permanent
LONGEST = timedelta(milliseconds=LONGEST_MS)  # after which every session ends
MOST = 100  # of one login; the oldest beyond it end
LONGEST_TOKEN = 128  # characters that are looked at


@dataclass(slots=True)
class _Open:
    """A session with what it opens, and when it last did."""

    session: Session
    known: Known
    used_at: datetime


class Sessions:
    """Opened by a login, kept hashed; when each was last used is written late."""

    def __init__(self, store: Store, clock: Clock, memory: Memory) -> None:
        self._store = store
        self._clock = clock
        self._open: Remembered[_Open] = memory.kind()
        self._uses: dict[bytes, datetime] = {}

    async def open(self, by: Principal, *, permanent: bool) -> str:
        """Raises NotPermitted("auth_invalid") when the login does not stand any more."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        session = Session(_hash(token), by.key_id, permanent, created_at=now, used_at=now)
        try:
            await self._store.access.open_session(
                session, most=MOST, ended=lambda one: _ended(one, self._used_at(one), now)
            )
        except NotFound:
            raise _unknown() from None
        return token

    async def find(self, token: str) -> Known:
        """What it opens; also counts as its use. Raises NotPermitted("auth_invalid")."""
        token_hash = _hash(token[:LONGEST_TOKEN])
        opened = self._open.get(token_hash.hex()) or await self._load(token_hash)
        now = self._clock.now()
        if opened is None or _ended(opened.session, opened.used_at, now):
            raise _unknown()
        opened.used_at = self._uses[token_hash] = now
        return opened.known

    async def close(self, token: str) -> None:
        await self._store.access.close_session(_hash(token[:LONGEST_TOKEN]))

    async def flush(self) -> None:
        """Write when sessions were last used; what the store does not take now is kept for the next time."""
        uses = dict(self._uses)
        if not uses:
            return
        try:
            await self._store.access.sessions_used(uses)
        except GatewayError:
            return
        for token_hash, at in uses.items():  # only now: who looks meanwhile must not find the older use
            if self._uses.get(token_hash) == at:
                del self._uses[token_hash]

    async def _load(self, token_hash: bytes) -> _Open | None:
        async def read() -> _Open | None:
            session = await self._store.access.session(token_hash)
            key = None if session is None else await self._store.key(session.key)
            account = None if key is None else await self._store.account(key.account)
            if session is None or key is None or account is None or key.revoked_at is not None:
                return None
            return _Open(session, known_of(key, account), self._used_at(session))

        return await self._open.load_if(token_hash.hex(), read)

    def _used_at(self, session: Session) -> datetime:
        """As it will be written."""
        return max(session.used_at, self._uses.get(session.token_hash, session.used_at))


def _ended(session: Session, used_at: datetime, now: datetime) -> bool:
    return now - session.created_at >= LONGEST or (not session.permanent and now - used_at >= IDLE)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _unknown() -> NotPermitted:
    return NotPermitted("auth_invalid", "this session has ended")
