"""Who is asking, how often he may, and the keys he asks with (native-v1 §2, §5)."""

import hashlib
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from gateway.aio import Clock
from gateway.domain.access import DEFAULT_SCOPES, SCOPES, Key, Principal
from gateway.domain.errors import Fault, GatewayError, NotFound, NotPermitted, QuotaExceeded, Rejected
from gateway.domain.ids import alphanumeric
from gateway.metrics import Metrics
from gateway.services.memory import Memory, Remembered
from gateway.store.contract import Store

PREFIX = "gsk_"
ID_LENGTH = 8
SECRET_LENGTH = 32
BURST = 5  # times the rate: what an idle key may ask at once
USES_KEPT = timedelta(seconds=60)  # how late last_used_at may be written
_NOBODY = bytes(32)  # compared with when there is no such key, so that the answer takes the same time


def new_key(
    account: str,
    *,
    now: datetime,
    scopes: Sequence[str] = DEFAULT_SCOPES,
    name: str = "",
    ip_allow: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> tuple[Key, str]:
    """A key for the store, and its one and only plain text ``gsk_<id>_<secret>`` for its owner."""
    key_id, secret = alphanumeric(ID_LENGTH), alphanumeric(SECRET_LENGTH)
    key = Key(
        id=key_id,
        account=account,
        kind="api_key",
        secret_hash=hashlib.sha256(secret.encode()).digest(),
        scopes=tuple(scopes),
        created_at=now,
        name=name,
        ip_allow=tuple(ip_allow),
        expires_at=expires_at,
    )
    return key, f"{PREFIX}{key_id}_{secret}"


@dataclass(frozen=True, slots=True)
class RateState:
    """A key's bucket after one more request. remaining: requests it may still make at once; reset_s: until full."""

    policy: str
    remaining: int
    reset_s: int
    retry_after: float | None = None  # seconds, set when this request was one too many

    @property
    def header(self) -> str:
        """The field ``RateLimit`` (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"default";r={self.remaining};t={self.reset_s}'

    def check(self) -> None:
        """Raises QuotaExceeded("rate_limited") for the request that was one too many."""
        if self.retry_after is not None:
            raise QuotaExceeded("rate_limited", "too many requests with this key", retry_after=self.retry_after)


@dataclass(frozen=True, slots=True)
class _Known:
    """A key that proved itself once."""

    digest: bytes
    principal: Principal
    expires_at: datetime | None
    networks: tuple[IPv4Network | IPv6Network, ...]
    suspended: bool


class Access:
    """Authentication, the rate of each key, and keys."""

    def __init__(self, store: Store, clock: Clock, *, metrics: Metrics, rate: float) -> None:
        self.memory = Memory(store.bells.access)
        self._store = store
        self._clock = clock
        self._failures = metrics.auth_failures
        self._known: Remembered[_Known] = self.memory.kind()
        self._buckets = _Buckets(rate) if rate > 0 else None
        self._uses: dict[str, datetime] = {}
        self._uses_since = clock.now()

    # ------------------------------------------------------------------------------------------ who

    async def authenticate(self, secret: str | None, *, address: str) -> Principal:
        """The principal behind a key ``gsk_<8>_<32>``.

        address: the caller's, for the key's allow list.
        Raises NotPermitted: "auth_missing", "auth_invalid", "account_blocked", "ip_denied". An unknown key and a
        wrong secret take the same steps, one look-up and one comparison each.
        """
        try:
            if not secret:
                raise NotPermitted("auth_missing", "send Authorization: Bearer gsk_…")
            prefixed = secret if secret.startswith(PREFIX) else ""
            key_id, _, plain = prefixed.removeprefix(PREFIX).partition("_")
            digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()
            known = self._known.get(key_id)
            if known is None or not hmac.compare_digest(digest, known.digest):
                known = await self._prove(key_id, digest)
            now = self._clock.now()
            _admit(known, address, now)
        except NotPermitted as refusal:
            self._failures.labels(reason=refusal.code).inc()
            raise
        self._uses[key_id] = now
        if now - self._uses_since >= USES_KEPT:
            await self.flush()
        return known.principal

    async def login(self, username: str | None, password: str | None, *, address: str) -> Principal:
        """The principal behind a login's user and password. An unknown user takes as long as a wrong password.

        Raises NotPermitted: "auth_missing", "auth_invalid", "account_blocked", "ip_denied"; after 10 failures from one
        address with one user name within 5 minutes that name is refused from there for 5 minutes, as if it was wrong.
        """
        raise NotImplementedError

    async def open_session(self, by: Principal, *, permanent: bool = False) -> str:
        """A token that stands for this login for 2 idle hours, permanent: for 14 days. Kept hashed in the database."""
        raise NotImplementedError

    async def session(self, token: str, *, address: str) -> Principal:
        """Who opened it. Raises NotPermitted("auth_invalid", "account_blocked", "ip_denied")."""
        raise NotImplementedError

    async def close_session(self, token: str) -> None:
        """It opens nothing any more."""
        raise NotImplementedError

    async def act_for(self, *, by: Principal, num: int | None = None, licensee_id: str | None = None) -> Principal:
        """The caller, in the account of that number or licensee id: his own, or with the scope admin any other.

        Raises NotPermitted("forbidden_account").
        """
        raise NotImplementedError

    async def _prove(self, key_id: str, digest: bytes) -> _Known:
        key = await self._store.key(key_id if key_id.isascii() else "")  # octets that are no text come as surrogates
        matches = hmac.compare_digest(digest, key.secret_hash if key is not None else _NOBODY)
        if key is None or not matches or key.kind != "api_key" or key.revoked_at is not None:
            raise NotPermitted("auth_invalid", "this key is not known")
        proven = key
        return await self._known.load(key_id, lambda: self._principal(proven))

    async def _principal(self, key: Key) -> _Known:
        account = await self._store.account(key.account)
        newest = await self._store.key(key.id)
        if account is None or newest is None or newest.revoked_at is not None:
            raise NotPermitted("auth_invalid", "this key is not known")
        return _Known(
            digest=key.secret_hash,
            principal=Principal(account, key.id, frozenset(key.scopes)),
            expires_at=key.expires_at,
            networks=tuple(ip_network(network, strict=False) for network in key.ip_allow),
            suspended=account.suspended_at is not None,
        )

    async def flush(self) -> None:
        """Write when keys were last used; what the store does not take now is kept for the next time."""
        uses, self._uses, self._uses_since = self._uses, {}, self._clock.now()
        if not uses:
            return
        try:
            await self._store.key_used(uses)
        except GatewayError:
            self._uses = uses | self._uses

    # ------------------------------------------------------------------------------------ how often

    def take(self, principal: Principal) -> RateState | None:
        """Count one request of this key. None where no rate is set."""
        if self._buckets is None:
            return None
        return self._buckets.take(principal.key_id, self._clock.monotonic())

    # ----------------------------------------------------------------------------------------- keys

    async def keys(self, *, by: Principal) -> list[Key]:
        """The account's keys, revoked ones too. Needs keys:write."""
        by.need("keys:write")
        return await self._store.keys(by.account.name)

    async def create_key(
        self,
        *,
        by: Principal,
        name: str = "",
        scopes: Sequence[str] | None = None,
        ip_allow: Sequence[str] = (),
        expires_at: datetime | None = None,
    ) -> tuple[Key, str]:
        """Make a key for the caller's account; its plain text is never seen again. Needs keys:write.

        scopes: None for all of the caller's but admin. Raises Rejected for an unknown scope or network,
        NotPermitted("forbidden_scope") for one that the caller does not have.
        """
        by.need("keys:write")
        if scopes is None:
            scopes = [scope for scope in DEFAULT_SCOPES if scope in by.scopes or "admin" in by.scopes]
        now = self._clock.now()
        _check_key(scopes, ip_allow, expires_at, now)
        for scope in scopes:
            by.need(scope)
        key, plain = new_key(
            by.account.name, now=now, scopes=scopes, name=name, ip_allow=ip_allow, expires_at=expires_at
        )
        await self._store.add_key(key)
        return key, plain

    async def revoke(self, key_id: str, *, by: Principal) -> None:
        """From now on the key opens nothing. Raises NotFound. Needs keys:write."""
        by.need("keys:write")
        if not await self._store.revoke_key(by.account.name, key_id, self._clock.now()):
            raise NotFound("there is no such key")


def _admit(known: _Known, address: str, now: datetime) -> None:
    if known.expires_at is not None and now >= known.expires_at:
        raise NotPermitted("auth_invalid", "this key is not known")
    if known.networks and not _within(address, known.networks):
        raise NotPermitted("ip_denied", "this key may not be used from this address")
    if known.suspended:
        raise NotPermitted("account_blocked", "this account is suspended")


def _within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        return any(ip_address(address) in network for network in networks)
    except ValueError:
        return False


def _check_key(scopes: Sequence[str], ip_allow: Sequence[str], expires_at: datetime | None, now: datetime) -> None:
    faults = [Fault("scopes", "invalid_request", f"no such scope: {scope}") for scope in scopes if scope not in SCOPES]
    for network in ip_allow:
        try:
            ip_network(network, strict=False)
        except ValueError:
            faults.append(Fault("ip_allow", "invalid_request", f"not a network: {network}"))
    if expires_at is not None and expires_at <= now:
        faults.append(Fault("expires_at", "invalid_request", "already over"))
    if faults:
        raise Rejected("invalid_request", f"{faults[0].field}: {faults[0].message}", faults=tuple(faults))


class _Buckets:
    """A token bucket per key: filled at ``rate`` tokens a second up to ``BURST`` times as many."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._burst = max(1.0, rate * BURST)
        self._policy = f'"default";q={math.floor(self._burst)};w={math.ceil(self._burst / rate)}'
        self._levels: dict[str, tuple[float, float]] = {}  # key → (tokens, monotonic seconds when it was so)

    def take(self, key_id: str, now: float) -> RateState:
        tokens, then = self._levels.get(key_id, (self._burst, now))
        tokens = min(self._burst, tokens + (now - then) * self._rate)
        retry_after = None if tokens >= 1 else (1 - tokens) / self._rate
        if retry_after is None:
            tokens -= 1
        self._levels[key_id] = (tokens, now)
        return RateState(self._policy, int(tokens), math.ceil((self._burst - tokens) / self._rate), retry_after)
