"""What callers of /v1 send to have something sent (native-v1 §7.1, §7.2)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from api.v1.schema import BATCH_LIMIT, Instant, Metadata, Name, Short
from api.wire import Text, Wire
from gateway.domain.contact import Subscriber
from gateway.domain.message import Draft, MediaRef, SendWindow

Variable = Annotated[Text, StringConstraints(max_length=1600)]
Variables = Annotated[dict[Name, Variable], Field(max_length=50)]


class ContactRef(Wire):
    """Somebody the account knows, by the contact's id."""

    contact: Short


class MediaItem(Wire):
    """A file that goes with a message, as a link in its text: a public address, or an upload's id."""

    url: Annotated[Text, StringConstraints(max_length=2048)] | None = None
    upload: Short | None = None


class Window(Wire):
    """When of the day it may go out; outside it waits. tz: account, recipient, or an IANA name."""

    from_: Text = Field(alias="from", description="As 08:00")
    to: Text = Field(description="As 21:00; before from: on the next day")
    days: list[int] = Field(default=[1, 2, 3, 4, 5, 6, 7], description="1: Monday … 7: Sunday", max_length=7)
    tz: Short = "account"


def _number_or_contact(value: object, handler: ValidatorFunctionWrapHandler) -> str | ContactRef:
    """One fault for both alternatives."""
    try:
        found: str | ContactRef = handler(value)
    except ValidationError:
        raise PydanticCustomError("recipient", 'a phone number, or {{"contact": "con_…"}}') from None
    return found


Recipient = Annotated[Text | ContactRef, WrapValidator(_number_or_contact)]


def _media(items: list[MediaItem]) -> tuple[MediaRef, ...]:
    return tuple(MediaRef(url=item.url, upload=item.upload) for item in items)


def _window(window: Window | None) -> SendWindow | None:
    return None if window is None else SendWindow(window.from_, window.to, tuple(window.days), window.tz)


_DRAFTED = {"from_": "sender", "ttl": "ttl_s", "vars": "variables", "reply_due": "reply_due_s"}
"""Members that a draft calls by another name."""
_MADE: Mapping[str, Callable[[Any], object]] = {"media": _media, "send_window": _window}
"""Members that a draft has in another form."""


class Options(Wire):
    """How a message is sent; what is left out is the account's default."""

    own: ClassVar[frozenset[str]] = frozenset({"to", "text", "client_ref"})
    """Members that are no options."""

    from_: Short | None = Field(None, alias="from", description="Number, line name, alias, sender code, line id; auto")
    template: Short | None = Field(None, description="A template's name or id, instead of text")
    vars: Variables = Field(
        default_factory=dict, description="What stands for {{name}} in the template, or in the text"
    )
    media: list[MediaItem] = Field(default_factory=list, max_length=10)
    encoding: Literal["auto", "gsm7", "ucs2"] = "auto"
    transliterate: bool = Field(False, description="Typographic quotes, dashes and blanks to GSM look-alikes")
    max_segments: int | None = Field(None, ge=1, le=255)
    flash: bool = Field(False, description="Shown at once, not kept (class 0)")
    schedule_at: Instant | None = Field(None, description="At most 365 days ahead; past means now")
    send_window: Window | None = None
    ttl: int | None = Field(None, ge=60, le=2_592_000, description="Seconds, counted from when it is due; 259200")
    expire_at: Instant | None = None
    priority: int | None = Field(None, ge=0, le=9, description="8 and 9 are alerts: they pass a line's rate and hours")
    delivery_report: bool = True
    reply: Literal["none", "allowed", "required"] = "allowed"
    reply_due: int | None = Field(
        None, ge=60, le=2_592_000, description="Seconds after it was sent; needs reply required"
    )
    campaign: Short | None = None
    track_clicks: bool | None = None
    on_unknown: Literal["hold", "resend"] | None = None
    sender_mask: Annotated[Text, StringConstraints(max_length=11)] | None = None
    client_ref: Short | None = None
    metadata: Metadata = Field(default_factory=dict)
    notes: Annotated[Text, StringConstraints(max_length=4000)] | None = None
    ignore_opt_out: bool = Field(False, description="Needs the scope admin")
    test: bool = Field(False, description="Checked and told in full, but no modem sends it")

    def options(self) -> dict[str, Any]:
        """What of a draft the caller gave; what he left out is left to the draft's own defaults."""
        return {
            _DRAFTED.get(name, name): _MADE[name](getattr(self, name)) if name in _MADE else getattr(self, name)
            for name in self.model_fields_set - self.own
        }


class SendMessage(Options):
    """One message to one recipient. text or template."""

    absent: ClassVar[Mapping[str, str]] = {"to": "recipient_missing"}

    to: Recipient = Field(description="Phone number, best in E.164, or a contact")
    text: Text | None = None

    def draft(self) -> Draft:
        return drafted(self.to, self.text or "", client_ref=self.client_ref, **self.options())


class BatchItem(Wire):
    """One recipient of a batch. text, vars: instead of the batch's, and beside them."""

    to: Recipient
    text: Text | None = None
    vars: Variables = Field(default_factory=dict)
    client_ref: Short | None = None


class SendBatch(Options):
    """The same options for many recipients; client_ref names the batch, each message may have its own.

    messages, a group, or the subscribers of the campaign; of these, with a group beside, its members only.
    """

    own: ClassVar[frozenset[str]] = Options.own | {
        "messages", "group", "campaign_subscribers", "name", "description", "vars",
    }  # fmt: skip

    messages: list[BatchItem] | None = Field(None, min_length=1, max_length=BATCH_LIMIT)
    group: Short | None = Field(None, description="Its name or id")
    campaign_subscribers: bool = False
    text: Text | None = None
    name: Short | None = None
    description: Annotated[Text, StringConstraints(max_length=1000)] | None = None

    def drafts(self) -> list[Draft]:
        """Of ``messages``. Placeholders are filled where anybody brings variables; each has ``phone`` beside them."""
        items = self.messages or []
        options = self.options()
        filled = bool(self.vars) or any(item.vars for item in items)
        return [
            drafted(
                item.to,
                (self.text if item.text is None else item.text) or "",
                client_ref=item.client_ref,
                variables=_variables(item.to, self.vars, item.vars) if filled else {},
                **options,
            )
            for item in items
        ]

    def drafts_for(self, people: Sequence[Subscriber]) -> list[Draft]:
        """One for each of a group or of a campaign's subscribers, with what is known of them as variables."""
        options = self.options()
        return [
            drafted(
                one.phone,
                self.text or "",
                variables=_variables(one.phone, one.variables, self.vars),
                **options,
            )
            for one in people
        ]


class PreviewMessage(Wire):
    """A text or a template, and how it would be sent."""

    text: Text | None = None
    template: Short | None = None
    vars: Variables = Field(default_factory=dict)
    encoding: Literal["auto", "gsm7", "ucs2"] = "auto"
    transliterate: bool = False
    max_segments: int | None = Field(None, ge=1, le=255)

    def draft(self) -> Draft:
        return Draft(
            "",
            self.text or "",
            template=self.template,
            variables=self.vars,
            encoding=self.encoding,
            transliterate=self.transliterate,
            max_segments=self.max_segments,
        )


def drafted(to: str | ContactRef, text: str, **options: Any) -> Draft:
    """A draft for a number or a contact."""
    if isinstance(to, ContactRef):
        return Draft("", text, contact=to.contact, **options)
    return Draft(to, text, **options)


def _variables(to: str | ContactRef, *given: Mapping[str, str]) -> dict[str, str]:
    known = {} if isinstance(to, ContactRef) else {"phone": to}
    for variables in given:
        known |= variables
    return known
