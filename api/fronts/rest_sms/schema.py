"""What the ``rest-sms`` front's document says: its paths with their values, and the shapes of its answers."""

from pydantic import BaseModel, ConfigDict, Field, RootModel
from pydantic.alias_generators import to_camel

from api.description import BASIC, About, Told

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
DATE = "Mar 22, 2018 4:05:11 PM"
DATE_PATTERN = r"^[A-Z][a-z]{2} [1-9][0-9]?, [0-9]{4} (1[0-2]|[1-9]):[0-5][0-9]:[0-5][0-9] [AP]M$"


class _Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, defer_build=True)


class _Made(_Shape):
    created_date: str = Field(pattern=DATE_PATTERN, examples=[DATE])
    updated_date: str = Field(pattern=DATE_PATTERN, examples=[DATE])


class Message(_Made):
    """A named message. ``label`` only where it was given."""

    id: int
    realm_id: int
    total_parts: int
    name: str = Field(examples=["welcome"])
    message_text: str
    label: str = ""


class Messages(RootModel[list[Message]]):
    """At most 500; the header ``Link`` leads to the next."""


class Subscription(_Made):
    id: int
    realm_id: int
    sms_subscriber_id: int
    sms_sender_id: int
    sms_group_id: int
    authenticated: bool


class Subscribed(_Shape):
    success: bool
    create_date: str = Field(pattern=DATE_PATTERN)
    updated_date: str = Field(pattern=DATE_PATTERN)
    realm_id: int
    sms_subscriber_id: int
    id: int
    group_name: str
    phone: str


class SentPart(_Shape):
    """One part of a message that is on disk. ``status`` "0": accepted."""

    success: bool
    create_date: str = Field(pattern=DATE_PATTERN)
    updated_date: str = Field(pattern=DATE_PATTERN)
    part_sent: int
    realm_id: int
    sms_sender_id: int
    total_parts: int
    message_id: str = Field(pattern="^[0-9A-F]{16}$")
    phone: str
    status: str


class Sent(RootModel[list[SentPart]]):
    """One element a part."""


class Mailing(_Made):
    """A mailing that is on disk; ``smsSubscriberCount`` after opt-outs."""

    id: int
    realm_id: int
    sms_message_id: int
    sms_sender_id: int
    sms_group_id: int
    sms_subscriber_count: int
    campaign_id: int
    lc_campaign_id: int
    lc_action_id: int
    name: str
    description: str
    status: str


class Stopped(_Made):
    id: int
    sms_subscriber_id: int
    sms_sender_id: int
    realm_id: int
    campaign_id: int
    phone: str


class Refusal(_Shape):
    error: str
    status: str
    status_code: int


class NewMessage(_Shape):
    message_name: str | None = None
    name: str | None = None
    message_text: str | None = None
    label: str | None = Field(None, description="Words with commas between them")


class Skip(_Shape):
    skip: int = Field(0, ge=0)


class GroupName(_Shape):
    group_name: str = ""


class Person(_Shape):
    group_name: str = ""
    first: str = ""
    customer_key: str = ""


class MailingOptions(_Shape):
    description: str = ""
    group_name: str = ""


class Values(_Shape):
    """What the path leaves out at its end, by the same names; a phone may be a number."""

    message_name: str | None = None
    message_text: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | int | None = None
    sender_code: str | int | None = None
    country: str | int | None = None
    group_name: str | None = None
    first: str | None = None
    customer_key: str | int | None = None
    description: str | None = None


ABOUT = About(
    title="rest-sms: realms and sender codes",
    description="Values stand in the path, where `+` is a blank and `%2B` a plus; every POST also takes them as a JSON "
    "object or a form, and a path value beats a body value. A trailing slash is accepted everywhere.",
    logins={"realm": BASIC},
    refusal=Refusal,
)

_BODY = {JSON: Values, FORM: Values}
_KEY = {"Idempotency-Key": "The same key and request again gets the same answer, and sends nothing more"}


def _post(summary: str, answer: type[BaseModel], query: type[BaseModel] | None = None, *, sends: bool = False) -> Told:
    headers = _KEY if sends else {}
    return Told(summary, {200: answer}, body=_BODY, body_required=False, query=query, headers=headers)


_CREATE = Told(
    "Make a named message",
    {200: Message},
    body={JSON: NewMessage, FORM: NewMessage},
    body_required=False,
    query=NewMessage,
)
_SUBSCRIBE = _post("Subscribe a contact to a sender code", Subscribed, Person)
_SEND = _post("Send a text to a phone", Sent, sends=True)

ROUTES: tuple[tuple[str, str, Told], ...] = (
    ("POST", "/rest/create_message", _CREATE),
    ("POST", "/rest/create_message/{messageName}/{messageText}", _CREATE),
    ("POST", "/rest/sms/createMessage/{messageName}/{messageText}", _CREATE),
    ("GET", "/rest/sms", Told("Every named message", {200: Messages}, query=Skip)),
    (
        "POST",
        "/rest/sms/addPhoneToSenderCode/{phone}/{senderCode}",
        _post("Subscribe a phone to a sender code", Subscription, GroupName),
    ),
    ("POST", "/rest/sms/addSubscriberToSenderCode/{email}/{phone}/{senderCode}/{country}", _SUBSCRIBE),
    ("POST", "/rest/sms/addSubscriberToSenderCode/{email}/{phone}/{senderCode}", _SUBSCRIBE),
    ("POST", "/rest/sms/sendMessageToPhone", _SEND),
    ("POST", "/rest/sms/sendMessageToPhone/{messageText}/{phone}/{senderCode}", _SEND),
    (
        "POST",
        "/rest/sms/sendMessageToSenderCode/{messageName}/{senderCode}/{name}",
        _post("Send a named message to everybody who subscribed", Mailing, MailingOptions, sends=True),
    ),
    ("POST", "/rest/sms/stopSubscriberSend/{phone}/{senderCode}", _post("Send nothing more to a phone", Stopped)),
)
"""Method, path and what is told of it; every other spelling of a path is understood as well."""
