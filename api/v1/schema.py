"""What callers of /v1 send (native-v1 §7)."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from api.wire import Text, Wire
from gateway.domain.errors import Rejected
from gateway.domain.line import LineChange
from gateway.domain.message import State
from gateway.domain.webhook import DeliveryState

LIMIT = 200
BATCH_LIMIT = 10_000
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _written_out(at: object) -> object:
    """Pydantic also takes numbers, even in a string, as seconds since 1970."""
    if not isinstance(at, str) or not _RFC_3339.fullmatch(at):
        raise PydanticCustomError("rfc_3339", "a time as in 2026-11-21T09:30:00+01:00 (RFC 3339)")
    return at


def _within_reason(at: datetime) -> datetime:
    if not _EARLIEST <= at <= _LATEST:
        raise PydanticCustomError("out_of_reason", "a time between 1970 and 9000")
    return at.astimezone(UTC)


Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_out), AfterValidator(_within_reason)]
Short = Annotated[Text, StringConstraints(max_length=128)]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=64)]
Value = Annotated[Text, StringConstraints(max_length=512)]
Metadata = Annotated[dict[Name, Value], Field(max_length=20)]


class Resolve(Wire):
    """A person's word on a message whose outcome is unknown."""

    as_: Literal["sent", "failed", "resend"] = Field(alias="as")


class Ussd(Wire):
    """A code for the network, or the reply that it asked for."""

    code: Annotated[Text, StringConstraints(min_length=1, max_length=160)] = Field(examples=["*100#"])


class PutCentre(Wire):
    """The number of an SMS service centre, international with a + in front."""

    number: Annotated[Text, StringConstraints(min_length=3, max_length=21)] = Field(examples=["+13123149810"])


class EnterPin(Wire):
    """The PIN of a SIM. It is kept nowhere on disk and shown nowhere."""

    pin: Annotated[Text, StringConstraints(max_length=64)] = Field(repr=False, examples=["1234"])


class WebhookOptionsBody(Wire):
    """What an endpoint may have otherwise than its format is; what is left out stays as it is."""

    encode_message: bool | None = Field(None, description="messaging: Message is form-urlencoded")
    clicks: Literal["human", "all"] | None = Field(None, description="all: bots' clicks as well")
    dlr_unknown: bool | None = Field(None, description="messaging, 3cx: a message without a report is told as well")
    send_dlr: bool | None = Field(None, description="3cx: delivery reports where dlr is on")


class WebhookBody(Wire):
    """Members of an endpoint; which events and lines: empty means all."""

    name: Short | None = None
    description: Annotated[Text, StringConstraints(max_length=1000)] | None = None
    events: list[Text] | None = Field(None, max_length=100)
    format: Text | None = None
    lines: list[Text] | None = Field(None, max_length=100)
    enabled: bool | None = None
    headers: dict[Text, Text] | None = Field(None, max_length=20)
    verify_tls: bool | None = None
    dlr: bool | None = Field(None, description="messaging, 3cx: how messages ended is told")
    routed_only: bool | None = Field(None, description="It gets what its name routes to it, nothing for its events")
    options: WebhookOptionsBody | None = None


class CreateWebhook(WebhookBody):
    """A new endpoint; only the address is needed."""

    url: Annotated[Text, StringConstraints(max_length=2048)]


class PatchWebhook(WebhookBody):
    """What shall change."""

    url: Annotated[Text, StringConstraints(max_length=2048)] | None = None


class ReplayWebhook(Wire):
    """Which deliveries to try again: those made in a time, the failed ones or all."""

    since: Instant | None = None
    until: Instant | None = None
    only: Literal["failed", "all"] = "failed"


class PatchLimits(Wire):
    """What the line may send, and when. null: as the configuration has it."""

    rate_per_minute: float | None = Field(None, ge=0, le=1e6, description="Parts a minute, from 0.0005; 0: no limit")
    burst: int | None = Field(None, ge=1, le=10_000, description="Parts that may go at once after a rest")
    parts_per_day: int | None = Field(None, ge=0, le=10**9, description="The SIM's budget; 0: none")
    parts_per_month: int | None = Field(None, ge=0, le=10**9)
    parts_for_alerts: int | None = Field(None, ge=0, le=10**9, description="Of either, kept for priority 8 and 9")
    hours: Short | None = Field(None, examples=["08:00-20:00"], description='Times of day at which it sends; "": any')
    days: list[Annotated[int, Field(ge=1, le=7)]] | None = Field(None, max_length=7, description="1 is Monday")
    timezone: Short | None = Field(None, examples=["Europe/Berlin"], description="Of hours and days")
    block_after: int | None = Field(None, ge=1, le=10_000, description="Refusals of its SIM in a row that stop it")
    block_for_s: int | None = Field(None, ge=1, le=604_800, description="For so many seconds; then one is tried")


class PatchLine(Wire):
    """What a caller may change of a line. webhook, campaign: null takes it away.

    aliases: all that callers may write for it beside those of the configuration. name, number, limits: hold until the
    configuration says something else of that than it does now; null: as it has it.
    """

    name: Short | None = Field(None, description="Its name in the configuration goes on leading to it")
    number: Short | None = Field(None, examples=["+13109060901"], description="The SIM's own, in international form")
    limits: PatchLimits | None = None
    paused: bool = Field(False, description="No more sending over it; receiving goes on")
    webhook: Short | None = Field(None, description="Name of the webhook that gets its messages, else Default")
    campaign: Short | None = None
    aliases: list[Text] = Field(default_factory=list, max_length=20)

    def change(self) -> LineChange:
        """Raises Rejected when nothing is to change."""
        given = self.model_fields_set
        if not given:
            raise Rejected("invalid_request", "say what shall change")
        return LineChange(
            paused=self.paused if "paused" in given else None,
            webhook=self.webhook or "" if "webhook" in given else None,
            campaign=self.campaign or "" if "campaign" in given else None,
            aliases=tuple(dict.fromkeys(self.aliases)) if "aliases" in given else None,
            settings={name: getattr(self, name) for name in ("name", "number") if name in given} | self._limits(),
        )

    def _limits(self) -> dict[str, object]:
        limits = self.limits
        return {} if limits is None else {name: getattr(limits, name) for name in limits.model_fields_set}


class CreateKey(Wire):
    """A new key. scopes: all of the caller's but admin when left out; what else is left out is as of the caller's."""

    name: Short = ""
    scopes: list[Text] | None = Field(None, max_length=50)
    ip_allow: list[Text] = Field(default_factory=list, max_length=50)
    fronts: list[Text] = Field([], max_length=20, description="Names of the APIs that it opens; empty: all")
    expires_at: Instant | None = None


class Page(Wire):
    """Which page of a list."""

    limit: int = Field(50, ge=1, le=LIMIT)
    cursor: Text | None = None


class OrderedPage(Page):
    """Which page of a list, and whether it begins with the newest."""

    order: Literal["asc", "desc"] = "desc"


class MessageQuery(Page):
    """Each narrows the list. state: one or more, comma between."""

    order: Literal["asc", "desc"] = "desc"
    direction: Literal["in", "out"] | None = None
    state: Text | None = None
    line: Text | None = None
    from_: Text | None = Field(None, alias="from")
    to: Text | None = None
    batch: Text | None = None
    campaign: Text | None = None
    client_ref: Text | None = None
    thread: Text | None = None
    created_after: Instant | None = None
    created_before: Instant | None = None
    q: Annotated[Text, StringConstraints(max_length=200)] | None = None

    def states(self) -> tuple[State, ...]:
        """Raises ValueError for a word that is no state."""
        return tuple(State(word.strip()) for word in self.state.split(",")) if self.state else ()


class BatchQuery(Wire):
    """atomic: the first bad message refuses them all."""

    atomic: bool = False


class InboundQuery(Wire):
    """after: the id of the last one seen. wait: seconds to wait for the next one."""

    after: Text | None = None
    limit: int = Field(50, ge=1, le=LIMIT)
    wait: int = Field(0, ge=0, le=30)
    acked: bool | None = None


class DeliveryQuery(Page):
    """Of one endpoint, in one state."""

    webhook: Text | None = None
    state: DeliveryState | None = None
