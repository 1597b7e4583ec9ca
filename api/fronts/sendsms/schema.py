"""What the ``sendsms`` front's document says: the bodies of its actions, for readers and checkers alone.

The front itself reads bodies member by member, because every wrong one has a code of its own.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from api.description import About, Told, header


def _kebab(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=_kebab, frozen=True, defer_build=True)


class SendSms(_Body):
    """One message. ``from`` is a short code, number or alias of this gateway; a mask over 11 characters is cut."""

    action: Literal["sendsms"]
    message_text: str = Field(examples=["This message is sent for testing purposes only."])
    to: str | int = Field(examples=["+10000000001"])
    from_: str = Field(examples=["00000"])
    from_mask: str | None = Field(None, examples=["Dunder Miff"])
    campaign_ref: str | None = None
    click_tracking: bool | Literal["true", "false", "yes", "no"] | None = None


class Subscription(_Body):
    """Puts a phone on a campaign's list, or takes it off."""

    action: Literal["subscribe", "unsubscribe"]
    campaign_ref: str = Field(examples=["campaign2345"])
    mobile: str | int = Field(examples=["+10000000001"])


class Request(RootModel[SendSms | Subscription]):
    """``action`` says which; its value's case does not matter."""


class Sent(_Body):
    """The message is on disk."""

    status: Literal["Success"]
    tracking_id: str = Field(pattern="^smsmt[0-9a-f]{10}$")
    to: str
    from_: str
    status_details: str


class Subscribed(_Body):
    status: Literal["Success"]
    campaign_ref: str
    mobile: str
    status_details: str


class Failure(_Body):
    """``to`` as it was given, empty when none was readable."""

    status: Literal["Failure"]
    error_code: str = Field(pattern="^E[0-9]{3}$")
    error_info: str
    to: str


class Answer(RootModel[Sent | Subscribed | Failure]):
    """``status`` says which."""


ABOUT = About(
    title="sendsms: JSON with an action",
    description='One endpoint; `{"action": "sendsms"}` sends. Every answer that this API decides has HTTP status 200 '
    'and says "Success" or "Failure" in its body.',
    logins={"key": header("x-api-key", "An API key, gsk_<id>_<secret>")},
    refusal=Failure,
)
ACT = Told(
    "Send a message, subscribe or unsubscribe a phone",
    {200: Answer},
    body=Request,
    headers={"Idempotency-Key": "The same key and body again gets the same answer, and sends nothing more"},
)
