"""Refusals in ServiceStack's words: ``ResponseStatus`` (contract servicestack-smssend §8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.codes import code_of, retry_after
from api.formats import Tree
from api.fronts.smssend.dialect import UnknownFormat
from gateway.domain.errors import GatewayError, Rejected

MOST_ERRORS = 50
_WORDS: Mapping[str, str] = {"internal": "An error occurred.", "auth_missing": "Not Authenticated"}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong member. code: an ErrorCode; field: the path of names, lists with ``[place]``."""

    code: str
    field: str
    message: str


class Invalid(Rejected):
    """400 with every wrong member; the first one speaks for the whole."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("invalid_request", errors[0].message)
        self.errors = tuple(errors[:MOST_ERRORS])


def empty(field: str, code: str = "NotEmpty") -> FieldError:
    """As FluentValidation words it: ``'Message Body' must not be empty.``"""
    last = field.rpartition(".")[2]
    spaced = "".join(
        " " + c if c.isupper() and before.islower() else c for before, c in zip(" " + last, last, strict=False)
    )
    return FieldError(code, field, f"'{spaced}' must not be empty.")


def unreadable(error: Exception, name: str) -> Rejected:
    """A body that is not of its format."""
    return Rejected("invalid_json", f"Unable to deserialize {name}: {error}")


def status_of(error: GatewayError) -> int:
    """The HTTP status; what an answer of its own would tell is a bad request elsewhere."""
    status = code_of(error.code).smssend
    return 400 if status == 200 else status


def response_status(error: GatewayError, meta: Mapping[str, str]) -> Mapping[str, Tree]:
    """``{"ResponseStatus": {…}}``; meta: what is told beside."""
    errors = _errors(error)
    code = errors[0].code if errors else code_of(error.code).smssend_name
    message = _WORDS.get(error.code) or (errors[0].message if errors else error.detail) or code_of(error.code).title
    told: dict[str, Tree] = {"ErrorCode": "ArgumentException" if isinstance(error, UnknownFormat) else code}
    told["Message"] = message
    if errors:
        told["Errors"] = [
            {"ErrorCode": one.code, "FieldName": one.field, "Message": one.message} for one in errors[:MOST_ERRORS]
        ]
    told["Meta"] = dict(meta)
    return {"ResponseStatus": told}


def _errors(error: GatewayError) -> Sequence[FieldError]:
    if isinstance(error, Invalid):
        return error.errors
    return [FieldError(code_of(fault.code).smssend_name, fault.field, fault.message) for fault in error.faults]


def headers_of(error: GatewayError) -> list[tuple[str, str]]:
    """What the answer says beside: how to log in, and when to try again."""
    headers = []
    if status_of(error) == 401:
        headers = [("WWW-Authenticate", 'Basic realm="sms"'), ("WWW-Authenticate", "Bearer")]
    return [*headers, *retry_after(error).items()]
