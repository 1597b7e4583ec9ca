from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from gateway.domain.webhook import Webhook
from gateway.workers.signing import headers, sign

NEW, OLD = ("whsec_" + b64encode(bytes([octet]) * 32).decode() for octet in (1, 2))
MADE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """When the test runs: a receiver takes a timestamp for five minutes, and the suite may take longer."""
    return datetime.now(UTC)


def endpoint(**changes) -> Webhook:
    return Webhook(1, "whk_1", "default", "https://example.com/", NEW, MADE, MADE, **changes)


def test_a_receivers_library_accepts_it(now):
    body = '{"a":"☃"}'.encode()
    Verifier(NEW).verify(body, headers(endpoint(), "evt_1", body, now))


def test_the_published_example_comes_out():
    """The example of the Standard Webhooks specification's reference libraries."""
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_rotates_old_and_new_receivers_accept_it(now):
    rotating = endpoint(previous_secret=OLD, previous_secret_until=now + timedelta(hours=24))
    told = headers(rotating, "evt_1", b"{}", now)
    Verifier(NEW).verify(b"{}", told)
    Verifier(OLD).verify(b"{}", told)


def test_a_secret_rotated_out_signs_no_more(now):
    told = headers(endpoint(previous_secret=OLD, previous_secret_until=now), "evt_1", b"{}", now)
    with pytest.raises(WebhookVerificationError):
        Verifier(OLD).verify(b"{}", told)
