"""The frozen settings the daemon is built from; field names and defaults are those of the file."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from gateway.config.kinds import (
    STRICT,
    Count,
    Networks,
    Paths,
    Port,
    Positive,
    Prefix,
    Rate,
    StoreUrl,
    Switch,
    Text,
    Url,
)
from gateway.domain.access import AccountSettings
from gateway.domain.line import EVERY_DAY, LIMITS, Limits
from gateway.domain.route import LineRoute
from gateway.policy.balance import PATTERN


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """[http]"""

    __pydantic_config__ = STRICT
    host: Text = "127.0.0.1"
    port: Port = 8080
    public_url: Url = ""
    rate_per_key: Rate = 10.0
    tls_cert: Text = ""
    tls_key: Text = ""
    trusted_proxies: Networks = ()

    @property
    def loopback(self) -> bool:
        """Only this host can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """[store]"""

    __pydantic_config__ = STRICT
    url: StoreUrl = "sqlite"


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """[queue]"""

    __pydantic_config__ = STRICT
    max_pending: Positive = 1_000_000


@dataclass(frozen=True, slots=True)
class InboundSettings:
    """[inbound]"""

    __pydantic_config__ = STRICT
    part_timeout_s: Positive = 86_400


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """[webhooks]"""

    __pydantic_config__ = STRICT
    allow_networks: Networks = ()
    allow_private: Switch = True


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """[links]"""

    __pydantic_config__ = STRICT
    prefix: Prefix = "/l/"


@dataclass(frozen=True, slots=True)
class SendSmsSettings:
    """[sendsms]"""

    __pydantic_config__ = STRICT
    paths: Paths = ("/action", "/api/action", "/sendsms")
    http_errors: Switch = False


@dataclass(frozen=True, slots=True)
class SmsSendSettings:
    """[smssend]"""

    __pydantic_config__ = STRICT
    immediate_timeout_s: Annotated[int, Field(ge=1, le=60, description="a whole number from 1 to 60")] = 15
    allow_query_key: Switch = False
    metadata_public: Switch = True


@dataclass(frozen=True, slots=True)
class RestSmsSettings:
    """[rest_sms]"""

    __pydantic_config__ = STRICT
    auto_create_contacts: Switch = True
    require_client_key: Switch = False
    vendor_500: Switch = False


@dataclass(frozen=True, slots=True)
class EnswitchSettings:
    """[enswitch]"""

    __pydantic_config__ = STRICT
    prefixes: Paths = ("/local",)
    numeric_codes: Switch = False
    double_decode: Switch = False


@dataclass(frozen=True, slots=True)
class MessagingSettings:
    """[messaging]"""

    __pydantic_config__ = STRICT
    dlr_unknown: Switch = False
    threecx_send_dlr: Switch = False


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """[media]"""

    __pydantic_config__ = STRICT
    prefix: Prefix = "/m/"
    days: Positive = 30


@dataclass(frozen=True, slots=True)
class ReadySettings:
    """[ready]"""

    __pydantic_config__ = STRICT
    min_lines: Count = 1


@dataclass(frozen=True, slots=True)
class LogSettings:
    """[log]"""

    __pydantic_config__ = STRICT
    level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description='"debug", "info", "warning" or "error"')
    ] = "info"
    format: Annotated[Literal["auto", "text", "json"], Field(description='"auto", "text" or "json"')] = "auto"
    text: Switch = False


@dataclass(frozen=True, slots=True)
class LineSettings:
    """One SIM in one modem, as configured. Found by device, else by imei or iccid; accounts: empty means all."""

    name: str
    number: str | None = None
    device: str | None = None
    imei: str | None = None
    iccid: str | None = None
    pin: str | None = field(default=None, repr=False)
    profile: str = "auto"
    rate_per_minute: float = 0.0  # 0: as fast as the network takes them
    burst: int = 1
    accounts: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    service_centre: str | None = None
    parts_per_day: int = 0  # 0: any number
    parts_per_month: int = 0
    parts_for_alerts: int = 0
    hours: str = ""  # "08:00-20:00"; "": any
    days: tuple[int, ...] = EVERY_DAY
    timezone: str = "UTC"
    block_after: int = 3  # refusals of the SIM in a row
    block_for_s: int = 900
    roaming: bool = False
    balance_code: str = ""  # USSD; "": nobody asks
    balance_pattern: str = PATTERN
    balance_below: float = 0.0  # 0: told never
    balance_every_h: int = 24
    baudrate: int = 115_200
    power_cycle: tuple[str, ...] = ()  # a program and its arguments; (): its power is never switched

    @property
    def limits(self) -> Limits:
        """What it may send, and when."""
        return Limits(**{name: getattr(self, name) for name in LIMITS})


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """[[accounts]]: its settings are made at start when the account is missing."""

    name: str
    settings: AccountSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the daemon is told. data_dir: where the database, the lock and the socket are."""

    data_dir: Path
    http: HttpSettings = field(default_factory=HttpSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
    inbound: InboundSettings = field(default_factory=InboundSettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    links: LinkSettings = field(default_factory=LinkSettings)
    media: MediaSettings = field(default_factory=MediaSettings)
    smssend: SmsSendSettings = field(default_factory=SmsSendSettings)
    rest_sms: RestSmsSettings = field(default_factory=RestSmsSettings)
    enswitch: EnswitchSettings = field(default_factory=EnswitchSettings)
    messaging: MessagingSettings = field(default_factory=MessagingSettings)
    sendsms: SendSmsSettings = field(default_factory=SendSmsSettings)
    ready: ReadySettings = field(default_factory=ReadySettings)
    log: LogSettings = field(default_factory=LogSettings)
    lines: tuple[LineSettings, ...] = ()
    accounts: tuple[AccountEntry, ...] = ()
    routes: tuple[LineRoute, ...] = ()
    source: Path | None = None  # the file it was read from

    @property
    def store_url(self) -> str:
        return self.store.url
