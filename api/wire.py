"""Request bodies: read within bounds, parsed into frozen pydantic models, every wrong field named in one refusal."""

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from gateway.domain.errors import Fault, Rejected

BODY_LIMIT = 1024 * 1024  # octets (native-v1 §5)
BODY_PATIENCE = 10.0  # seconds a caller may take for his body
MOST_FAULTS = 20  # named in one refusal
LONGEST_NAME = 200  # characters of a member's name that are told back
_BODY = web.RequestKey("body", bytes)

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""Any text without NUL, which SQLite and C libraries take for an end."""


class Wire(BaseModel):
    """A request body: frozen, exact in its types, without unknown members.

    absent: the core code for a member that is not there, where it has one of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)
    absent: ClassVar[Mapping[str, str]] = {}

    @classmethod
    async def read(cls, request: web.Request, limit: int = BODY_LIMIT) -> Self:
        """Raises Rejected ("invalid_json", "payload_too_large", "request_timeout", or one that names every fault)."""
        return parse(cls, await read_body(request, limit))


Model = TypeVar("Model", bound=Wire)


def check_transport(request: web.Request, limit: int, media_types: tuple[str, ...]) -> None:
    """What is wrong with a body before it is read.

    Raises Rejected ("unsupported_media_type", "payload_too_large").
    """
    headers = request.headers
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Rejected("unsupported_media_type", "a compressed body is not taken")
    if (request.content_length or 0) > limit > 0:
        raise Rejected("payload_too_large", f"at most {limit} octets")
    if not media_types or headers.get("Content-Type") in media_types:  # spares parsing what nearly everybody sends
        return
    if request.content_type not in media_types and request.body_exists:
        raise Rejected("unsupported_media_type", f"send {' or '.join(media_types)}")


async def read_body(request: web.Request, limit: int = BODY_LIMIT, patience: float | None = None) -> bytes:
    """The whole body; asked for again, the same octets. patience: seconds a caller may take for it,
    ``BODY_PATIENCE`` when None.

    Raises Rejected ("payload_too_large" over limit octets, "request_timeout").
    """
    known: bytes | None = request.get(_BODY)
    if known is not None:
        return known
    content = request.content
    if content.is_eof():  # a small body came together with its head: no timer for it
        octets = content.read_nowait()
    else:
        patience = BODY_PATIENCE if patience is None else patience
        try:
            async with asyncio.timeout(patience):
                octets = await _read(request, limit)
        except TimeoutError:
            raise Rejected("request_timeout", f"the body took over {patience:.0f} s") from None
    if len(octets) > limit:
        raise Rejected("payload_too_large", f"at most {limit} octets")
    request[_BODY] = octets
    return octets


async def _read(request: web.Request, limit: int) -> bytes:
    octets = bytearray()
    while len(octets) <= limit and (chunk := await request.content.readany()):
        octets += chunk
    return bytes(octets)


def parse(model: type[Model], octets: bytes) -> Model:
    """Raises Rejected ("invalid_json", or the first fault's code with every fault named)."""
    try:
        value = model.model_validate_json(octets)
    except ValidationError as error:
        raise _refusal(model, error) from None
    if octets.count(b":") != len(value.model_fields_set):  # else each member was given once: each takes a colon
        _DECODER.decode(octets.decode())  # bounded by now: the model has accepted its shape
    return value


def parse_query(model: type[Model], request: web.Request) -> Model:
    """The query as a model; a member given twice is a fault. Raises Rejected("invalid_request")."""
    given: dict[str, str] = {}
    for name, value in request.query.items():
        if name in given:
            fault = Fault(name[:LONGEST_NAME], "invalid_request", "given twice")
            raise Rejected("invalid_request", f"{fault.field}: {fault.message}", faults=(fault,))
        given[name] = value
    try:
        return model.model_validate_strings(given, strict=False)
    except ValidationError as error:
        raise _refusal(model, error) from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Rejected("invalid_json", "a member stands twice in one object")
    return members


_DECODER = json.JSONDecoder(object_pairs_hook=_without_doubles)


def _refusal(model: type[Wire], error: ValidationError) -> Rejected:
    details = error.errors(include_url=False, include_context=False)
    if details[0]["type"] == "json_invalid":
        return Rejected("invalid_json", details[0]["msg"])
    faults = tuple(_fault(model, detail) for detail in details[:MOST_FAULTS])
    return Rejected(faults[0].code, f"{faults[0].field}: {faults[0].message}", faults=faults)


def _fault(model: type[Wire], detail: ErrorDetails) -> Fault:
    field = ".".join(str(step) for step in detail["loc"])[:LONGEST_NAME] or "body"
    absent = detail["type"] == "missing" or detail["input"] is None
    return Fault(field, model.absent.get(field, "invalid_request") if absent else "invalid_request", detail["msg"])
