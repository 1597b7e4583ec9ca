"""``/messageSend``: its body → drafts, and what became of them → its answer (messaging §3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.codes import code_of
from api.fronts.messaging.fields import Fields, number_of, text_of
from gateway.domain.errors import GatewayError, Malformed, NotFound, Refused, Rejected
from gateway.domain.message import Draft, MediaRef
from gateway.domain.number import normalise
from gateway.domain.sender import named
from gateway.services import Enqueued

MOST_RECIPIENTS = 4000
MOST_MEDIA = 10
LONGEST_URL = 2048  # characters
NOT_OURS = "Telephone Number not enabled for Service"

_PHONE = re.compile(r"\+?[0-9]{3,15}", re.ASCII)
_SEPARATORS = str.maketrans("", "", " .()-")
_ORDER = ("", "to", "from")  # the order of checks (native-v1 §2); what is behind them comes last


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One call. to: as given, in order; listed: whether as an array."""

    sender: str
    to: Sequence[str]
    listed: bool
    text: str
    media: tuple[MediaRef, ...]

    def drafts(self, *, delivery_report: bool) -> list[Draft]:
        """One for each recipient, doubles included: who is the same one, the core knows."""
        sender = named(self.sender)
        return [
            Draft(to, self.text, sender=sender, media=self.media, delivery_report=delivery_report) for to in self.to
        ]

    def refusal(self, error: Malformed) -> GatewayError:
        """The one field that a malformed call is refused for, by its name here."""
        one = min(error.refused, key=lambda refused: _ORDER.index(refused.field) if refused.field in _ORDER else 9)
        to = f"To[{one.index}]" if self.listed else "To"
        label = {"to": to, "from": "From", "text": "Message", "media": "MediaURLs"}.get(one.field)
        if one.code == "invalid_sender":
            if _PHONE.fullmatch(self.sender.translate(_SEPARATORS)):
                return NotFound(NOT_OURS, code="invalid_sender")
            return Rejected("invalid_request", "From: not a phone number")
        detail = "not a phone number" if one.code == "invalid_recipient" else one.detail
        return Rejected(one.code, f"{label}: {detail}" if label else detail)


def outgoing_of(fields: Fields) -> Outgoing:
    """Raises Rejected for what no draft can be made of; the rest the core refuses, in the fixed order."""
    to, listed = _recipients(fields.get("to"))
    sender = number_of(fields.get("from", ""), "From", "invalid_request")
    if not sender:
        raise Rejected("invalid_request", "From: it is required")
    texts = (text_of(fields, name, label) for name, label in _TEXTS)
    text = next((text for text in texts if text is not None), "")
    return Outgoing(sender, to, listed, text, _media(fields))


_TEXTS = (("message", "Message"), ("text", "text"), ("body", "body"))


def _recipients(value: object) -> tuple[list[str], bool]:
    given = value if isinstance(value, list) else [] if value in (None, "") else [value]
    if not given:
        raise Rejected("recipient_missing", "To: it is required")
    if len(given) > MOST_RECIPIENTS:
        raise Rejected("invalid_request", f"To: at most {MOST_RECIPIENTS} numbers")
    listed = isinstance(value, list)
    labels = (f"To[{index}]" if listed else "To" for index in range(len(given)))
    return [number_of(to, label, "invalid_recipient") for to, label in zip(given, labels, strict=False)], listed


def _media(fields: Fields) -> tuple[MediaRef, ...]:
    """``MediaURLs``, or one of its aliases: an array of strings, or one string."""
    value = fields.get("mediaurls", fields.get("mediaurl", ""))
    urls = [value] * bool(value) if isinstance(value, str) else value
    fits = isinstance(urls, list) and all(isinstance(url, str) and len(url) <= LONGEST_URL for url in urls)
    if not fits or len(urls) > MOST_MEDIA:
        raise Rejected("invalid_request", f"MediaURLs: at most {MOST_MEDIA} addresses of {LONGEST_URL} characters")
    return tuple(MediaRef(url=url) for url in urls)


def success(call: Outgoing, enqueued: Enqueued, country: str) -> dict[str, Any]:
    """The answer of the seed; a recipient given twice is told once."""
    first = enqueued.messages[0]
    return {
        "RefId": enqueued.public_uuid,
        "From": first.sender.removeprefix("+"),
        "MessageType": "SMS",
        "Fragments": first.segments,
        "Results": [_result(first.to.removeprefix("+"), None)]
        if len(call.to) == 1  # spares reading the number once more
        else results(call, enqueued.refused, country),
    }


def results(call: Outgoing, refused: Sequence[Refused], country: str) -> list[Mapping[str, str]]:
    """What became of each recipient, in the order given. Their numbers were found good before anything else."""
    failed = {normalise(call.to[one.index], country): one for one in refused}
    numbers = dict.fromkeys(normalise(to, country) for to in call.to)
    return [_result(number.removeprefix("+"), failed.get(number)) for number in numbers]


def _result(number: str, refused: Refused | None) -> Mapping[str, str]:
    if refused is None:
        return {"To": number, "Status": "SUCCESS"}
    code = code_of(refused.code)
    told = {"Description": refused.detail or code.title, "Code": str(code.messaging)}
    return {"To": number, "Status": "FAILED", **told}
