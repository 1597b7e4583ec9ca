"""Users and their passwords: proving one, and refusing who tries too many (native-v1 §2)."""

import hashlib
import hmac
import os
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.aio import Clock
from gateway.domain.access import DEFAULT_SCOPES, Key
from gateway.domain.errors import Fault
from gateway.domain.ids import alphanumeric
from gateway.services.admission import Known, known_of, not_known
from gateway.services.memory import Memory, Remembered
from gateway.services.passwords import Turns, matches, octets_of
from gateway.store.contract import Store

LONGEST_NAME = 64  # characters
PROVEN_S = 60.0  # how long a proven password need not be proved again
FAILURES = 10  # from one address with one user name …
WITHIN_S = 300.0  # … in so many seconds: refused for as long
MOST_KEPT = 10_000  # user names remembered, and pairs of address and name that failed


def username_fault(username: str) -> Fault | None:
    """What is wrong with a new user name; None when it may be one."""
    fits = 1 <= len(username) <= LONGEST_NAME and username.isprintable() and username == username.strip()
    if fits and ":" not in username:
        return None
    return Fault("username", "invalid_request", f'1 to {LONGEST_NAME} printable characters without ":"')


def new_login(
    account: str,
    username: str,
    secret_hash: bytes,
    *,
    now: datetime,
    scopes: Sequence[str] = DEFAULT_SCOPES,
    fronts: Sequence[str] = (),
    ip_allow: Sequence[str] = (),
) -> Key:
    """A login for the store. secret_hash: of its password, by ``passwords.hash_password``."""
    return Key(
        id=alphanumeric(8),
        account=account,
        kind="login",
        secret_hash=secret_hash,
        scopes=tuple(scopes),
        created_at=now,
        username=username,
        fronts=tuple(fronts),
        ip_allow=tuple(ip_allow),
    )


@dataclass(frozen=True, slots=True)
class _Proof:
    """A password that was right: mac is its keyed hash, against the login's ``secret_hash``; until: monotonic s."""

    mac: bytes
    digest: bytes
    until: float


class Logins:
    """Whose user and password these are."""

    def __init__(self, store: Store, clock: Clock, memory: Memory) -> None:
        self._store = store
        self._clock = clock
        self._turns = Turns()
        self._known: Remembered[Known] = memory.kind()
        self._proofs: dict[str, _Proof] = {}
        self._failures = Failures()
        self._secret = os.urandom(32)  # of this process: what is remembered is of no use to another

    async def prove(self, username: str, password: str, address: str) -> Known:
        """Raises NotPermitted("auth_invalid"), Unavailable when too many are being checked."""
        mac = hmac.digest(self._secret, octets_of(password), hashlib.sha256)
        tried = self._mac_of(address, username)
        self._failures.check(tried, self._clock.monotonic())
        return await self._remembered(username, mac) or await self._compute(username, password, mac, tried)

    async def _remembered(self, username: str, mac: bytes) -> Known | None:
        """The login when this password was proved a moment ago and is still its own."""
        proof = self._proofs.get(username)
        if proof is None or not hmac.compare_digest(proof.mac, mac) or self._clock.monotonic() >= proof.until:
            return None
        known = self._known.get(username)
        if known is None:
            key = await self._store.access.login(username)
            known = None if key is None else await self._load(username, key)
        return known if known is not None and known.digest == proof.digest else None

    async def _compute(self, username: str, password: str, mac: bytes, tried: bytes) -> Known:
        """The slow way: one look-up and one scrypt for everybody, whether there is such a user or not."""
        async with self._turns.turn():
            self._failures.check(tried, self._clock.monotonic())  # others may have failed while this one waited
            if (known := await self._remembered(username, mac)) is not None:
                return known
            key = await self._store.access.login(username if username_fault(username) is None else "")
            right = await matches(password, None if key is None else key.secret_hash)
            if key is None or not right:
                self._failures.add(tried, self._clock.monotonic())
                raise not_known(username)
        self._remember(username, _Proof(mac, key.secret_hash, self._clock.monotonic() + PROVEN_S))
        known = await self._load(username, key)
        if known is None:
            raise not_known(username)
        return known

    async def _load(self, username: str, key: Key) -> Known | None:
        async def read() -> Known | None:
            account = await self._store.account(key.account)
            newest = await self._store.key(key.id)
            if account is None or newest is None or newest.revoked_at is not None:
                return None
            return known_of(newest, account)

        return await self._known.load_if(username, read)

    def _remember(self, username: str, proof: _Proof) -> None:
        if len(self._proofs) >= MOST_KEPT:
            self._proofs.clear()
        self._proofs[username] = proof

    def _mac_of(self, address: str, username: str) -> bytes:
        """Both in few octets, however long they are."""
        text = f"{address}\n{username}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, text, hashlib.sha256)


class Failures:
    """Who failed how often of late; the pair that failed longest ago is forgotten beyond ``MOST_KEPT``."""

    def __init__(self) -> None:
        self._at: OrderedDict[bytes, deque[float]] = OrderedDict()

    def check(self, who: bytes, now: float) -> None:
        """Raises NotPermitted("auth_invalid"), as for a wrong password, while he is refused."""
        at = self._at.get(who)
        if at is not None and len(at) == FAILURES and now - at[-1] < WITHIN_S and at[-1] - at[0] <= WITHIN_S:
            raise not_known("")

    def add(self, who: bytes, now: float) -> None:
        at = self._at.setdefault(who, deque(maxlen=FAILURES))
        at.append(now)
        self._at.move_to_end(who)
        if len(self._at) > MOST_KEPT:
            self._at.popitem(last=False)
