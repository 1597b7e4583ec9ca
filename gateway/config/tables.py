"""The file as it is written: its tables, before names are resolved and files are read."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from gateway.config.kinds import (
    STRICT,
    BlockSeconds,
    Burst,
    CommandLine,
    Country,
    Days,
    DayTimes,
    Destinations,
    Digits,
    Hours,
    Name,
    Names,
    Number,
    Pin,
    Positive,
    Prefixes,
    Rate,
    Seconds,
    Segments,
    Switch,
    Text,
    Texts,
    UssdCode,
    Weekdays,
    Words,
)
from gateway.config.settings import (
    EnswitchSettings,
    HttpSettings,
    InboundSettings,
    LinkSettings,
    LogSettings,
    MediaSettings,
    MessagingSettings,
    QueueSettings,
    ReadySettings,
    RestSmsSettings,
    SendSmsSettings,
    SmsSendSettings,
    StoreSettings,
    WebhookSettings,
)
from gateway.domain.line import EVERY_DAY
from gateway.policy.balance import PATTERN


@dataclass(frozen=True, slots=True)
class LineTable:
    """One [[lines]] of the file."""

    __pydantic_config__ = STRICT
    name: Name
    number: Number | None = None
    device: Text | None = None
    imei: Digits | None = None
    iccid: Digits | None = None
    pin: Pin | None = field(default=None, repr=False)
    pin_file: Text | None = None
    profile: Name = "auto"
    rate_per_minute: Rate = 0.0
    burst: Burst = 1
    accounts: Names = ()
    aliases: Texts = ()
    service_centre: Number | None = None
    parts_per_day: Segments = 0
    parts_per_month: Segments = 0
    parts_for_alerts: Segments = 0
    hours: DayTimes = ""
    days: Weekdays = EVERY_DAY
    timezone: Text = "UTC"
    block_after: Burst = 3
    block_for_s: BlockSeconds = 900
    roaming: Switch = False
    balance_code: UssdCode = ""
    balance_pattern: Text = PATTERN
    balance_below: Rate = 0.0
    balance_every_h: Hours = 24
    baudrate: Positive = 115_200
    power_cycle: CommandLine = ()


@dataclass(frozen=True, slots=True)
class AccountTable:
    """One [[accounts]] of the file; the fields beside name are those of AccountSettings."""

    __pydantic_config__ = STRICT
    name: Name
    default_country: Country = "US"
    timezone: Text = "UTC"
    default_line: Name | None = None
    max_segments: Annotated[int, Field(ge=1, le=255, description="a whole number from 1 to 255")] = 10
    on_unknown: Annotated[Literal["hold", "resend"], Field(description='"hold" or "resend"')] = "hold"
    track_clicks: Switch = False
    mask_policy: Annotated[
        Literal["ignore", "prefix", "reject"], Field(description='"ignore", "prefix" or "reject"')
    ] = "ignore"
    media_policy: Annotated[Literal["auto", "reject", "link"], Field(description='"auto", "reject" or "link"')] = "auto"
    campaign_check: Switch = False
    agreement_accepted: Switch = True
    reply_window_h: Hours = 168
    reply_due_h: Hours = 72
    segments_per_day: Segments = 0
    segments_per_month: Segments = 0
    rate_per_key: Rate = 0.0
    services: Names = ()
    destinations_allow: Destinations = ()
    destinations_deny: Destinations = ()
    duplicate_window_s: Seconds = 0
    stop_words: Words = ()
    start_words: Words = ()
    help_words: Words = ()
    auto_replies: Switch = True
    stop_reply: Text = ""
    start_reply: Text = ""
    help_reply: Text = ""
    require_customer_key: Switch = False
    text_days: Days = 90
    metadata_days: Days = 400


@dataclass(frozen=True, slots=True)
class RouteTable:
    """One [[routes]] of the file."""

    __pydantic_config__ = STRICT
    name: Name
    to: Destinations = ()
    operators: Names = ()
    accounts: Names = ()
    senders: Texts = ()
    lines: Names = ()
    networks: Texts = ()
    strategy: Annotated[
        Literal["least_loaded", "first_up", "round_robin", "sticky"],
        Field(description='"least_loaded", "first_up", "round_robin" or "sticky"'),
    ] = "least_loaded"


@dataclass(frozen=True, slots=True)
class OperatorTable:
    """One [[operators]] of the file."""

    __pydantic_config__ = STRICT
    name: Name
    prefixes: Prefixes


@dataclass(frozen=True, slots=True)
class File:
    """The whole file."""

    __pydantic_config__ = STRICT
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
    lines: tuple[LineTable, ...] = ()
    accounts: tuple[AccountTable, ...] = ()
    routes: tuple[RouteTable, ...] = ()
    operators: tuple[OperatorTable, ...] = ()
