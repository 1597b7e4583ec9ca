"""What the ``enswitch`` front's document says: parameters and answers, for readers and checkers alone."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.description import About, Told, query
from api.fronts.enswitch.parameters import FORM, JSON, MULTIPART


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class _Common(_Shape):
    customer: int | None = Field(None, description="ID of the customer to act as; default: the login's own")


class SendParameters(_Common):
    """Further files are numbered on, up to 10."""

    cnumber: str = Field(description="The destination", examples=["2125551234"])
    message: str = Field(description="The text", examples=["This is an example message"])
    snumber: str = Field(description="The telephone line or number to send from", examples=["2125550000"])
    stype: Literal["", "phone"] = Field("", description='"phone": snumber is a telephone line; empty: a number')
    filename1: str | None = Field(None, description="Name of file 1")
    file1: str | None = Field(None, description="File 1 in base64")


class ListParameters(_Common):
    start: int | None = Field(None, description="Unix seconds; default: 24 hours before end", ge=0)
    end: int | None = Field(None, description="Unix seconds; default: now", ge=0)
    sort: Literal["body", "received", "snumber"] = "received"
    descending: Literal["0", "1"] = "0"


class GetParameters(_Common):
    uniqueid: str = Field(description="As text/list tells it")
    get_media_files: Literal["0", "1"] = "0"
    encoding: Literal["base64", "raw"] = "base64"


class _Credentials(_Shape):
    auth_username: str
    auth_password: str


class SendBody(SendParameters, _Credentials):
    """As in the query, which it goes before."""


class ListBody(ListParameters, _Credentials):
    """As in the query, which it goes before."""


class GetBody(GetParameters, _Credentials):
    """As in the query, which it goes before."""


class Response(_Shape):
    """code: a text, or a number where ``numeric_codes`` is configured. key: the parameter that is at fault."""

    code: str | int = Field(examples=["204"])
    key: str
    message: str


class Responses(_Shape):
    responses: list[Response] = Field(min_length=1)


class InboundText(_Shape):
    """received: Unix seconds. snumber: who sent it; cnumber: to which of our numbers."""

    uniqueid: str
    received: int
    snumber: str
    cnumber: str
    body: str


class MediaFile(_Shape):
    filename: str
    mimetype: str


class InboundTextWithFiles(InboundText):
    """The files of a text message: there are none."""

    media_files_list: list[MediaFile]
    media_files_data: dict[str, str]


class ListAnswer(Responses):
    """data: with code 200 only."""

    data: list[InboundText] | None = None


class GetAnswer(Responses):
    """data: with code 200 only."""

    data: InboundTextWithFiles | None = None


ABOUT = About(
    title="enswitch: messages/text",
    description="GET or POST; user and password travel in the request, as query or body parameters. Every answer that "
    "this API decides has HTTP status 200, its code stands in `responses`. In a query `;` separates as `&` does.",
    logins={
        "username": query("auth_username", "A login's user (simgate accounts login add)"),
        "password": query("auth_password", "Its password"),
    },
    refusal=Responses,
    together=True,
)
_KEY = {"Idempotency-Key": "The same key and parameters again gets the same answer, and sends nothing more"}


def _bodies(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    return {FORM: model, MULTIPART: model, JSON: model}


SEND_GET = Told("Send a text message", {200: Responses}, query=SendParameters, headers=_KEY, name="send")
SEND_POST = Told(
    "Send a text message", {200: Responses}, body=_bodies(SendBody), headers=_KEY, body_required=False, name="send_post"
)
LIST_GET = Told("List received text messages", {200: ListAnswer}, query=ListParameters, name="list")
LIST_POST = Told(
    "List received text messages", {200: ListAnswer}, body=_bodies(ListBody), body_required=False, name="list_post"
)
GET_GET = Told("A received text message", {200: GetAnswer}, query=GetParameters, name="get")
GET_POST = Told(
    "A received text message", {200: GetAnswer}, body=_bodies(GetBody), body_required=False, name="get_post"
)
