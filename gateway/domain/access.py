"""Who may do what: accounts, their settings, keys and logins, and the principal a request acts as."""

from collections.abc import Mapping
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
    campaign_check: bool = False
    reply_window_h: int = 168
    segments_per_day: int = 0  # 0: no quota
    segments_per_month: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """One customer of this gateway; ``default`` always exists."""

    num: int
    id: str
    name: str
    settings: AccountSettings
    created_at: datetime
    suspended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """An API key or a login. id: the 8 characters after ``gsk_``; the secret itself is never kept.

    kind: "api_key" (secret_hash is SHA-256) or "login" (scrypt).
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
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: an account through one of its keys."""

    account: Account
    key_id: str
    scopes: frozenset[str]
    attributes: Mapping[str, str] = field(default_factory=dict)

    def need(self, scope: str) -> None:
        """Raises NotPermitted("forbidden_scope") when the key does not carry the scope; ``admin`` carries them all."""
        if scope not in self.scopes and "admin" not in self.scopes:
            raise NotPermitted("forbidden_scope", f"this key lacks the scope {scope}")
