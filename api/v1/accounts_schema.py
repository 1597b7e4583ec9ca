"""What comes in and goes out at /v1/accounts; the settings' names are those of the configuration (native-v1 §1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.v1.schema import Short
from api.v1.shapes import Shape
from api.wire import Text, Wire
from gateway.domain.access import AccountSettings

Reply = Annotated[Text, StringConstraints(max_length=1024)]
Words = Annotated[list[Short], Field(max_length=100)]
Destinations = Annotated[list[Short], Field(max_length=500)]


class Settings(Wire):
    """Settings to set; those left out stay as they are. What each may be is told when it is not."""

    default_country: Short = Field("US", description="ISO 3166-1 alpha-2")
    timezone: Short = "UTC"
    default_line: Short | None = None
    max_segments: int = 10
    on_unknown: Short = Field("hold", description="hold or resend")
    track_clicks: bool = False
    mask_policy: Short = Field("ignore", description="ignore, prefix or reject")
    media_policy: Short = Field("auto", description="auto, reject or link")
    campaign_check: bool = False
    agreement_accepted: bool = True
    reply_window_h: int = 168
    reply_due_h: int = 72
    segments_per_day: int = Field(0, description="0: no quota")
    segments_per_month: int = 0
    rate_per_key: float = Field(0.0, description="Requests per second and key; 0: the gateway's own")
    services: Words = Field([], description="Names of the APIs it may use; empty: all")
    destinations_allow: Destinations = Field([], description="Countries (DE) or prefixes (+4915); empty: all")
    destinations_deny: Destinations = Field([])
    duplicate_window_s: int = Field(0, description="0: the duplicates guard is off")
    stop_words: Words = Field([])
    start_words: Words = Field([])
    help_words: Words = Field([])
    auto_replies: bool = True
    stop_reply: Reply = ""
    start_reply: Reply = ""
    help_reply: Reply = ""
    require_customer_key: bool = False
    text_days: int = 90
    metadata_days: int = 400

    def given(self) -> Mapping[str, Any]:
        """Those that the caller has named."""
        return self.model_dump(include=self.model_fields_set)


class CreateAccount(Wire):
    """A new account."""

    name: Short
    settings: Settings = Settings()
    licensee_id: Short | None = Field(None, description="32 hex digits; random ones when left out")


class PatchAccount(Wire):
    """What shall change. suspended: refuse all its keys and logins, or let it work again."""

    settings: Settings = Settings()
    suspended: bool | None = None
    licensee_id: Short | None = None


class CreateLogin(Wire):
    """A user of the account, for the APIs that carry a user and a password. scopes: all but admin when left out."""

    username: Short = Field(description='1 to 64 printable characters without ":", unique in the whole gateway')
    password: Annotated[Text, StringConstraints(max_length=1024)] = Field(description="8 to 128 characters")
    scopes: list[Text] | None = Field(None, max_length=50)
    fronts: list[Short] = Field([], max_length=20, description="Names of the APIs that it opens; empty: all")
    ip_allow: list[Short] = Field([], max_length=50)


class AccountShape(Shape):
    """An account. num: what the enswitch API calls customer and the rest-sms API realmId."""

    id: str
    num: int
    name: str
    licensee_id: str
    created_at: datetime
    suspended_at: datetime | None
    settings: AccountSettings


class LoginShape(Shape):
    """A login, without its password."""

    id: str
    username: str
    scopes: list[str]
    fronts: list[str]
    ip_allow: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
