"""Who is asking, how often he may, and the keys he asks with (native-v1 §2, §5)."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.aio import Clock
from gateway.domain.access import DEFAULT_SCOPES, Key, Principal
from gateway.domain.errors import GatewayError, NotFound, NotPermitted
from gateway.domain.ids import alphanumeric
from gateway.metrics import Metrics
from gateway.services.admission import Known, known_of, not_known
from gateway.services.granting import Grant, given
from gateway.services.logins import Logins
from gateway.services.memory import Memory, Remembered
from gateway.services.rates import Rates, RateState
from gateway.services.sessions import Sessions
from gateway.store.contract import Store

PREFIX = "gsk_"
ID_LENGTH = 8
SECRET_LENGTH = 32
USES_KEPT = timedelta(seconds=60)  # how late last_used_at may be written
_NOBODY = bytes(32)  # compared with when there is no such key, so that the answer takes the same time


def new_key(
    account: str,
    *,
    now: datetime,
    scopes: Sequence[str] = DEFAULT_SCOPES,
    name: str = "",
    ip_allow: Sequence[str] = (),
    fronts: Sequence[str] = (),
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
        fronts=tuple(fronts),
        expires_at=expires_at,
    )
    return key, f"{PREFIX}{key_id}_{secret}"


class Access:
    """Authentication, the rate of each key, and keys."""

    def __init__(self, store: Store, clock: Clock, *, metrics: Metrics, rate: float) -> None:
        self.memory = Memory(store.bells.access)
        self._store = store
        self._clock = clock
        self._failures = metrics.auth_failures
        self._known: Remembered[Known] = self.memory.kind()
        self._logins = Logins(store, clock, self.memory)
        self._sessions = Sessions(store, clock, self.memory)
        self._rates = Rates(rate)
        self._uses: dict[str, datetime] = {}
        self._uses_since = clock.now()

    # ------------------------------------------------------------------------------------------ who

    async def authenticate(self, secret: str | None, *, address: str) -> Principal:
        """The principal behind a key ``gsk_<8>_<32>``.

        address: the caller's, for the key's allow list.
        Raises NotPermitted: "auth_missing", "auth_invalid", "account_blocked", "ip_denied". An unknown key and a
        wrong secret take the same steps, one look-up and one comparison each.
        """
        return await self._admitted(lambda: self._key(secret), address)

    async def login(self, username: str | None, password: str | None, *, address: str) -> Principal:
        """The principal behind a login's user and password. An unknown user takes as long as a wrong password.

        Raises NotPermitted: "auth_missing", "auth_invalid", "account_blocked", "ip_denied"; after 10 failures from one
        address with one user name within 5 minutes that name is refused from there for 5 minutes, as if it was wrong.
        Raises Unavailable("unavailable") while too many passwords are being checked.
        """

        async def proven() -> Known:
            if not username or not password:
                raise NotPermitted("auth_missing", "send a user name and a password")
            return await self._logins.prove(username, password, address)

        return await self._admitted(proven, address)

    async def open_session(self, by: Principal, *, permanent: bool = False) -> str:
        """A token that stands for this login for 2 idle hours, permanent: for 14 days. Kept hashed in the database.

        No session lasts longer than 14 days. Raises NotPermitted("auth_invalid") when the login was removed meanwhile.
        """
        return await self._sessions.open(by, permanent=permanent)

    async def session(self, token: str, *, address: str) -> Principal:
        """Who opened it. Raises NotPermitted("auth_invalid", "account_blocked", "ip_denied")."""
        return await self._admitted(lambda: self._sessions.find(token), address)

    async def close_session(self, token: str) -> None:
        """It opens nothing any more."""
        await self._sessions.close(token)

    async def act_for(self, *, by: Principal, num: int | None = None, licensee_id: str | None = None) -> Principal:
        """The caller, in the account of that number or licensee id: his own, or with the scope admin any other.

        licensee_id: 32 hex digits. The front's own name is to be needed again of whom this returns (``need_front``):
        the other account may not use it. Raises NotPermitted("forbidden_account"), and "account_blocked" for one that
        is suspended.
        """
        wanted = None if licensee_id is None else licensee_id.lower()
        own = by.account
        if num in (None, own.num) and wanted in (None, own.licensee_id):
            return by
        account = None
        if "admin" in by.scopes and (num is None or 0 < num < 2**63) and (wanted or "").isascii():
            account = await self._store.access.account_of(num=num, licensee_id=wanted)
        if account is None or (wanted is not None and account.licensee_id != wanted):
            raise NotPermitted("forbidden_account", "there is no such account here")
        if account.suspended_at is not None:
            raise NotPermitted("account_blocked", "this account is suspended")
        return replace(by, account=account)

    async def flush(self) -> None:
        """Write when keys and sessions were last used; what the store does not take now is kept for the next time."""
        uses, self._uses, self._uses_since = self._uses, {}, self._clock.now()
        await self._sessions.flush()
        if not uses:
            return
        try:
            await self._store.key_used(uses)
        except GatewayError:
            self._uses = uses | self._uses

    async def _admitted(self, prove: Callable[[], Awaitable[Known]], address: str) -> Principal:
        """Whose credential it is, once it may be used from there and now."""
        try:
            known = await prove()
            now = self._clock.now()
            known.admit(address, now)
        except NotPermitted as refusal:
            self._failures.labels(reason=refusal.code).inc()
            raise
        self._uses[known.principal.key_id] = now
        if now - self._uses_since >= USES_KEPT:
            await self.flush()
        return known.principal

    async def _key(self, secret: str | None) -> Known:
        if not secret:
            raise NotPermitted("auth_missing", "send Authorization: Bearer gsk_…")
        prefixed = secret if secret.startswith(PREFIX) else ""
        key_id, _, plain = prefixed.removeprefix(PREFIX).partition("_")
        digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(key_id)
        if known is None or not hmac.compare_digest(digest, known.digest):
            known = await self._prove(key_id, digest)
        return known

    async def _prove(self, key_id: str, digest: bytes) -> Known:
        key = await self._store.key(key_id if key_id.isascii() else "")  # octets that are no text come as surrogates
        matches = hmac.compare_digest(digest, key.secret_hash if key is not None else _NOBODY)
        if key is None or not matches or key.kind != "api_key" or key.revoked_at is not None:
            raise not_known()
        proven = key
        return await self._known.load(key_id, lambda: self._standing(proven))

    async def _standing(self, key: Key) -> Known:
        account = await self._store.account(key.account)
        newest = await self._store.key(key.id)
        if account is None or newest is None or newest.revoked_at is not None:
            raise not_known()
        return known_of(key, account)

    # ------------------------------------------------------------------------------------ how often

    def take(self, principal: Principal) -> RateState | None:
        """Count one request of this key, by its account's rate or the gateway's. None where no rate is set."""
        own = principal.account.settings.rate_per_key
        return self._rates.take(principal.key_id, own, self._clock.monotonic())

    # ----------------------------------------------------------------------------------------- keys

    async def keys(self, *, by: Principal, limit: int = 200, cursor: int | None = None) -> list[Key]:
        """The account's keys, newest first, revoked ones too. Needs keys:write.

        cursor: ``num`` of the last one seen.
        """
        by.need("keys:write")
        return await self._store.access.keys(by.account.name, limit, cursor)

    async def create_key(
        self,
        *,
        by: Principal,
        name: str = "",
        scopes: Sequence[str] | None = None,
        ip_allow: Sequence[str] = (),
        fronts: Sequence[str] = (),
        expires_at: datetime | None = None,
    ) -> tuple[Key, str]:
        """Make a key for the caller's account; its plain text is never seen again. Needs keys:write.

        scopes: None for all of the caller's but admin. What the caller's own key is bound to - networks, fronts, an
        end - and the new one does not name, it is bound to as well. Raises Rejected for an unknown scope or network,
        NotPermitted("forbidden_scope") for more than the caller has.
        """
        by.need("keys:write")
        now = self._clock.now()
        maker = await self._store.key(by.key_id)
        checked = given(Grant(scopes, ip_allow, fronts, expires_at), by=by, maker=maker, now=now)
        key, plain = new_key(
            by.account.name,
            now=now,
            scopes=checked.scopes,
            name=name,
            ip_allow=checked.ip_allow,
            fronts=checked.fronts,
            expires_at=checked.expires_at,
        )
        await self._store.add_key(key)
        return key, plain

    async def revoke(self, key_id: str, *, by: Principal) -> None:
        """From now on the key opens nothing. Raises NotFound. Needs keys:write."""
        by.need("keys:write")
        if not await self._store.revoke_key(by.account.name, key_id, self._clock.now()):
            raise NotFound("there is no such key")
