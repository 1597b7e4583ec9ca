"""What the ``messaging`` front's document says; the front itself reads bodies member by member, in any case."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from api.description import BASIC, BEARER, About, Told, header

_Numbers = str | int | list[str | int]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class MessageSend(_Body):
    """One text to up to 4000 recipients. The names of members are taken in any case."""

    From: str | int = Field(examples=["13109060901"])
    To: _Numbers = Field(examples=[["13105551212", "13125551213"]])
    Message: str | None = Field(None, examples=["Content of Message from Sender to Receiver(s)"])
    MediaURLs: list[str] | str | None = Field(None, examples=[["https://s3.aws.com/file1.png"]])


class Result(_Body):
    """SUCCESS: it is in the queue."""

    To: str
    Status: Literal["SUCCESS", "FAILED"]
    Description: str | None = None
    Code: str | None = None


class Sent(_Body):
    """RefId comes again in the delivery reports; Fragments: how many parts each recipient's message has."""

    RefId: str
    From: str
    MessageType: Literal["SMS"]
    Fragments: int
    Results: list[Result]


class Refusal(_Body):
    """Code: the HTTP status. Results: where every recipient was refused."""

    Code: str
    Description: str
    Error: str
    Results: list[Result] | None = None


class PutWebhook(_Body):
    """Made or changed by its name; what is left out stays as it is."""

    Webhook: str = Field(examples=["Webhook1"])
    Description: str | None = Field(None, max_length=255, examples=["Customer A inbound messages"])
    Url: str | None = Field(None, max_length=2048, examples=["https://10.11.12.13/webHook"])
    Dlr: bool | Literal["true", "false"] | None = None
    Method: Literal["POST", "3CX"] | None = None


class _Dated(_Body):
    last_modification: str = Field(alias="Last Modification", examples=["2021-02-16 16:23:35"])


class Put(_Dated):
    Webhook: str
    Description: str
    Url: str


class Hook(Put):
    Dlr: bool
    Method: Literal["POST", "3CX"]


class Hooks(RootModel[list[Hook]]):
    """All of them, or the one that was asked for."""


class Deleted(_Body):
    Status: Literal["Success"]
    Webhook: str


class Campaign(_Body):
    """Count: how many lines are assigned to it, as a text."""

    Tcr: str = Field(examples=["CW1549"])
    Brand: str
    Count: str = Field(examples=["49"])
    Approval: Literal["Y", "N"]
    activation_date: str = Field(alias="Activation Date", examples=["2021-02-16 16:23:35"])


class Campaigns(RootModel[list[Campaign]]):
    """All of them, or the one that was asked for."""


class SendQuery(_Body):
    pbx: str | None = Field(None, description="3cx: the credentials come as 3CX sends them")


class WebhookQuery(_Body):
    Webhook: str | None = Field(None, description="Its name in any case; blank for all")


class OneWebhookQuery(_Body):
    Webhook: str = Field(description="Its name in any case")


class CampaignQuery(_Body):
    Tcr: str | None = Field(None, description="Blank for all")


ABOUT = About(
    title="messaging: /messageSend, /webHooks, /campaigns",
    description="JSON over Basic authentication. Every path is also below `/api/v1.0`, matched without case.",
    logins={
        "login": BASIC,
        "key": BEARER,
        "pasted": header("X-Auth-Token", "With `?pbx=3cx`: base64(user:token) or an API key"),
    },
    refusal=Refusal,
)
SEND = Told(
    "Send a text to one or many",
    {200: Sent},
    body=MessageSend,
    query=SendQuery,
    headers={"Idempotency-Key": "The same key and body again gets the same answer, and sends nothing more"},
)
WEBHOOKS = Told("List webhooks", {200: Hooks}, query=WebhookQuery)
PUT_WEBHOOK = Told("Make or change a webhook", {200: Put}, body=PutWebhook)
DELETE_WEBHOOK = Told("Delete a webhook", {200: Deleted}, query=OneWebhookQuery)
CAMPAIGNS = Told("List campaigns", {200: Campaigns}, query=CampaignQuery)
