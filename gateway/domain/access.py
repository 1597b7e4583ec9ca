"""Who may do what: accounts, their settings, keys and logins, and the principal a request acts as."""

from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.errors import NotPermitted

SCOPES = (
    "messages:send",
    "messages:read",
    "inbound:read",
    "contacts:write",
    "contacts:read",
    "contacts:resubscribe",
    "webhooks:write",
    "webhooks:read",
    "campaigns:write",
    "campaigns:read",
    "lines:read",
    "lines:write",
    "events:read",
    "keys:write",
    "admin",
)
DEFAULT_SCOPES = tuple(scope for scope in SCOPES if scope != "admin")


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """What an account may tune (native-v1 §1); the field names are those of the configuration and of /v1/accounts."""

    default_country: str = "US"  # ISO 3166-1 alpha-2
    timezone: str = "UTC"
    default_line: str | None = None
    max_segments: int = 10
    on_unknown: str = "hold"
    track_clicks: bool = False
    mask_policy: str = "ignore"  # "ignore" | "prefix" | "reject"
    media_policy: str = "auto"  # "reject" | "link" | "auto": link where there is a public address
    campaign_check: bool = False
    agreement_accepted: bool = True
    reply_window_h: int = 168
    reply_due_h: int = 72
    segments_per_day: int = 0  # 0: no quota
    segments_per_month: int = 0
    rate_per_key: float = 0.0  # requests per second and key; 0: the gateway's own
    services: tuple[str, ...] = ()  # names of the fronts it may send through; empty: all
    destinations_allow: tuple[str, ...] = ()  # countries ("DE") or prefixes ("+4915"); empty: all
    destinations_deny: tuple[str, ...] = ()
    duplicate_window_s: int = 0  # 0: the duplicates guard is off
    stop_words: tuple[str, ...] = ()  # its own, beside those everybody knows
    start_words: tuple[str, ...] = ()
    help_words: tuple[str, ...] = ()
    auto_replies: bool = True  # confirm STOP and START, answer HELP
    stop_reply: str = ""  # "": the gateway's own wording
    start_reply: str = ""
    help_reply: str = ""
    require_customer_key: bool = False  # rest-sms: a contact needs its customerKey
    text_days: int = 90  # how long texts are kept
    metadata_days: int = 400  # how long messages are kept at all


@dataclass(frozen=True, slots=True)
class Account:
    """One customer of this gateway; ``default`` always exists. name: also its realm in the rest-sms front."""

    num: int
    id: str
    name: str
    settings: AccountSettings
    created_at: datetime
    suspended_at: datetime | None = None
    licensee_id: str = ""  # 32 lower-case hex digits: what the smssend front calls it


@dataclass(frozen=True, slots=True)
class Key:
    """An API key or a login. id: the 8 characters after ``gsk_``; the secret itself is never kept.

    kind: "api_key" (secret_hash is SHA-256) or "login" (scrypt, username is set). fronts: which it opens; empty: all.
    num: given by the store.
    """

    id: str
    account: str
    kind: str
    secret_hash: bytes
    scopes: tuple[str, ...]
    created_at: datetime
    name: str = ""
    username: str | None = None
    ip_allow: tuple[str, ...] = ()
    fronts: tuple[str, ...] = ()
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    num: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Session:
    """A login that need not be proved again for a while. key: the login's id; the token itself is never kept."""

    token_hash: bytes  # SHA-256
    key: str
    permanent: bool
    created_at: datetime
    used_at: datetime


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: an account through one of its keys or logins. fronts: which it opens; empty: all."""

    account: Account
    key_id: str
    scopes: frozenset[str]
    fronts: frozenset[str] = frozenset()
    username: str | None = None  # of a login

    def may(self, scope: str) -> bool:
        """Whether the key carries the scope; ``admin`` carries them all."""
        return scope in self.scopes or "admin" in self.scopes

    def need(self, scope: str) -> None:
        """Raises NotPermitted("forbidden_scope") when the key does not carry the scope."""
        if not self.may(scope):
            raise NotPermitted("forbidden_scope", f"this key lacks the scope {scope}")

    def need_front(self, front: str) -> None:
        """Raises NotPermitted("service_disabled") when the key or the account may not use the front of that name."""
        services = self.account.settings.services
        if (self.fronts and front not in self.fronts) or (services and front not in services):
            raise NotPermitted("service_disabled", f"the {front} API is not enabled here")
