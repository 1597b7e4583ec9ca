"""What one try of a delivery means: delivered, again later, or given up (native-v1 §6.1). Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from gateway.domain.webhook import DeliveryState
from gateway.store.contract import DeliveryResult, DueDelivery
from gateway.workers.renderers import Format

LONGEST_RETRY_AFTER = timedelta(hours=24)
FAILING_FOR = timedelta(days=5)
"""An endpoint where nothing succeeded for so long is switched off."""
HEEDED = frozenset({429, 502, 503, 504})
GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status with the beginning of its body, or, without a status, why there was none."""

    status: int | None
    excerpt: str | None = None
    retry_after: str | None = None  # the header as it came
    error: str | None = None


def judge(due: DueDelivery, form: Format, answer: Answer, now: datetime, jitter: float) -> DeliveryResult:
    """jitter: -1 to 1, where in the format's spread the next try falls."""
    status = answer.status
    if status is not None and form.accepts(status):
        return DeliveryResult(DeliveryState.DELIVERED, status, None, None, None)
    error = answer.error or f"HTTP {status}"
    if status == GONE:
        return DeliveryResult(DeliveryState.DEAD, status, error, answer.excerpt, None, disable="gone")
    since = due.webhook.failing_since
    disable = "failing" if since is not None and now - since >= FAILING_FOR else None
    tries = due.delivery.attempts
    if tries >= len(form.schedule):
        return DeliveryResult(DeliveryState.DEAD, status, error, answer.excerpt, None, disable)
    wait = form.schedule[tries] * (1 + form.jitter * jitter)
    if form.heeds and status in HEEDED:
        wait = max(wait, retry_after(answer.retry_after, now))
    return DeliveryResult(DeliveryState.PENDING, status, error, answer.excerpt, now + wait, disable)


def superseded() -> DeliveryResult:
    """For what needs no request any more: a later word about the message has gone out, or the format has none."""
    return DeliveryResult(DeliveryState.DELIVERED, None, None, None, None)


def retry_after(value: str | None, now: datetime) -> timedelta:
    """RFC 9110 §10.2.3: seconds or an HTTP date, between nothing and 24 hours; nothing where it is neither."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        wait = LONGEST_RETRY_AFTER if len(text) > 6 else timedelta(seconds=int(text))
    else:
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return timedelta(0)
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_RETRY_AFTER)
