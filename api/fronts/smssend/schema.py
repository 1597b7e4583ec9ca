"""What the ``smssend`` front's document says, for readers and checkers alone: made of the DTOs that are read."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model
from pydantic.alias_generators import to_camel, to_pascal

from api.description import BASIC, BEARER, About, Content, Told, header
from api.fronts.smssend.dialect import CONTENT_TYPES, FORM, MULTIPART, Format
from api.fronts.smssend.dto import DTOS, Authenticate, SMSSend, members_of

_SCALARS: dict[str, type] = {"String": str, "Boolean": bool, "Guid": str}


def _request(dto: type) -> type[BaseModel]:
    """Every member may be absent: what is needed is told by the answer; unknown ones are passed over."""
    fields: dict[str, Any] = {}
    for member in members_of(dto):
        kind: Any = _SCALARS[member.kind] if member.kind in _SCALARS else _request(DTOS[member.kind])
        kind = list[kind] if member.many else kind
        fields[member.name] = (Annotated[kind | None, Field(description=member.rule)], None)
    made: type[BaseModel] = create_model(dto.__name__, __doc__=f"The vendor's {dto.__name__}.", **fields)
    return made


class _Pascal(BaseModel):
    """Names as the vendor writes them."""

    model_config = ConfigDict(alias_generator=to_pascal, defer_build=True)


class _Camel(BaseModel):
    """Names for a request that writes its own so."""

    model_config = ConfigDict(alias_generator=to_camel, defer_build=True)


class _FieldError(BaseModel):
    error_code: str
    field_name: str
    message: str


class _Comm(BaseModel):
    comm_id: str = Field(pattern="^[0-9a-f]{32}$")
    reference: str
    status: bool
    message: str


class _Session(BaseModel):
    user_id: str | None = None
    session_id: str | None = None
    user_name: str | None = None
    display_name: str | None = None
    response_status: dict[str, str]


class FieldErrorPascal(_Pascal, _FieldError):
    """One wrong member."""


class FieldErrorCamel(_Camel, _FieldError):
    """Likewise."""


class StatusPascal(_Pascal):
    """The first wrong member speaks for the whole."""

    error_code: str
    message: str
    errors: list[FieldErrorPascal] | None = None
    meta: dict[str, str]


class StatusCamel(_Camel):
    """Likewise."""

    error_code: str
    message: str
    errors: list[FieldErrorCamel] | None = None
    meta: dict[str, str]


class RefusalPascal(_Pascal):
    """What an error's body is."""

    response_status: StatusPascal


class RefusalCamel(_Camel):
    """Likewise."""

    response_status: StatusCamel


class CommPascal(_Pascal, _Comm):
    """What became of one SMSSend."""


class CommCamel(_Camel, _Comm):
    """Likewise."""


class SessionPascal(_Pascal, _Session):
    """The session's token is also set as the cookie ``ss-id``."""


class SessionCamel(_Camel, _Session):
    """Likewise."""


class ErrorResponse(RootModel[RefusalPascal | RefusalCamel]):
    """Names are written as the request wrote its first one."""


class CommResponse(RootModel[CommPascal | CommCamel | list[CommPascal | CommCamel]]):
    """One for an SMSSend; for a list of them a list."""


class AuthenticateResponse(RootModel[SessionPascal | SessionCamel]):
    """Names are written as the request wrote its first one."""


def _spoken(model: type[BaseModel]) -> Content:
    """The model in JSON; the other formats say the same in their own way."""
    types = [CONTENT_TYPES[known].partition(";")[0] for known in Format]
    return {media_type: model if media_type == "application/json" else None for media_type in types}


def _written(model: type[BaseModel]) -> Content:
    types = [CONTENT_TYPES[known].partition(";")[0] for known in Format if known is not Format.HTML]
    return {media_type: model if media_type == "application/json" else None for media_type in (*types, FORM, MULTIPART)}


_SMS_SEND = _written(_request(SMSSend))
_KEYED = {"Idempotency-Key": "The same key and body again gets the same answer, and sends nothing more"}

ABOUT = About(
    title="smssend: ServiceStack's SMSSend",
    description="JSON, JSONL, XML, CSV, JSV and forms in; the same and HTML out, by `Accept`, suffix or `?format=`. "
    "What is refused for business is answered with HTTP status 200 and `Status` false.",
    logins={
        "key": BEARER,
        "login": BASIC,
        "session": header("X-ss-id", "A session's token; also as the cookie ss-id"),
    },
    refusal=_spoken(ErrorResponse),
)
SEND = Told("Send a message", {200: _spoken(CommResponse)}, body=_SMS_SEND, headers=_KEYED, name="smssend_send")
SEND_AND_WAIT = Told(
    "Send a message, and wait until it was sent",
    {200: _spoken(CommResponse)},
    body=_SMS_SEND,
    headers=_KEYED,
    name="smssend_immediate",
)
ONEWAY = Told("Send a message; nothing is told", {204: None}, body=_SMS_SEND, headers=_KEYED, name="smssend_oneway")
LOG_IN = Told(
    "Open a session", {200: _spoken(AuthenticateResponse)}, body=_written(_request(Authenticate)), name="smssend_login"
)
LOG_OUT = Told("End the session", {200: _spoken(AuthenticateResponse)}, name="smssend_logout")
METADATA = Told("What there is", {200: "text/html"}, name="smssend_metadata")
OPERATION = Told("What one service takes and answers", {200: "text/html"}, name="smssend_operation")
