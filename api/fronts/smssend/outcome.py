"""What became of an ``SMSSend``, as a ``CommResponse`` (contract servicestack-smssend §5, §6)."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from api.codes import CODES, code_of
from api.fronts.smssend.dto import CommResponse
from gateway.domain.errors import GatewayError
from gateway.domain.message import Message, State
from gateway.services import Enqueued

MOST_NAMED = 5
MOST_AWAITED = 50
NOT_AWAITED = f" Over {MOST_AWAITED} recipients are not waited for."
WAITING = frozenset({State.SCHEDULED, State.QUEUED, State.SENDING})
HANDED_OVER = frozenset({State.SENT, State.DELIVERED, State.UNKNOWN})


def accepted(enqueued: Enqueued, recipients: Sequence[str], *, references: bool) -> CommResponse:
    """recipients: each once, in the order of the drafts. references: one id a recipient, not the batch's."""
    return CommResponse(
        UUID(enqueued.public_uuid),
        ",".join(_ids(enqueued, len(recipients))) if references else enqueued.batch,
        bool(enqueued.messages),
        _queued(enqueued, recipients),
    )


def refused(error: GatewayError) -> CommResponse:
    """Nothing was stored: the whole call was refused for a reason of business."""
    return CommResponse(None, "", False, f"{_sentence(error.code, error.detail)} [{error.code}]")


def _ids(enqueued: Enqueued, recipients: int) -> Iterator[str]:
    """In the recipients' order, those that were refused among them."""
    kept = {one.index: one.message for one in enqueued.refused}
    messages = iter(enqueued.messages)
    for place in range(recipients):
        message = kept[place] if place in kept else next(messages).id
        if message is not None:
            yield message


def _queued(enqueued: Enqueued, recipients: Sequence[str]) -> str:
    count, refusals = len(enqueued.messages), enqueued.refused
    if not refusals:
        return f"Queued {count} {'message' if count == 1 else 'messages'}."
    reasons = [(recipients[one.index], one.code, one.detail) for one in refusals]
    return _partly("Queued", count, len(recipients), reasons)


def sent(messages: Sequence[Message], so_far: CommResponse) -> CommResponse:
    """After a wait for all of the batch's messages. so_far: what ``accepted`` said."""
    if any(message.state in WAITING for message in messages):
        return _but(so_far, True, "Still sending.")
    failures = [(one.to, *_cause(one)) for one in messages if one.state not in HANDED_OVER]
    count = len(messages) - len(failures)
    if failures:
        return _but(so_far, count > 0, _partly("Sent", count, len(messages), failures))
    doubtful = any(message.state is State.UNKNOWN for message in messages)
    return _but(so_far, True, "Handed over; the outcome is not known." if doubtful else "Sent.")


def _but(so_far: CommResponse, status: bool, message: str) -> CommResponse:
    return CommResponse(so_far.comm_id, so_far.reference, status, message)


def _cause(message: Message) -> tuple[str, str]:
    if message.error is None:
        return message.state.value, ""
    return message.error.code, message.error.message


def _partly(done: str, count: int, total: int, reasons: Sequence[tuple[str, str, str]]) -> str:
    """reasons: recipient, code and detail of those that were not."""
    codes = {code for _, code, _ in reasons}
    _, first, detail = reasons[0]
    if not count and len(codes) == 1:
        return f"{_sentence(first, detail)} [{first}]"
    named = ", ".join(f"{to}: {_short(code, detail)}" for to, code, detail in reasons[:MOST_NAMED])
    more = f", and {len(reasons) - MOST_NAMED} more" if len(reasons) > MOST_NAMED else ""
    end = "" if count else f" [{first}]"
    return f"{done} {count or 'none'} of {total}; {named}{more}.{end}"


def _sentence(code: str, detail: str) -> str:
    if code == "opted_out":
        return "Recipient has opted out."
    text = CODES[code].title if code in CODES else detail or code.replace("_", " ")
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _short(code: str, detail: str) -> str:
    if code in CODES:
        return code_of(code).title.removeprefix("Recipient ").lower()
    return detail.rstrip(".") or code.replace("_", " ")
