"""Standard Webhooks signatures (standard-webhooks/standard-webhooks, spec/standard-webhooks.md; native-v1 §6.2)."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import datetime

from gateway.domain.webhook import Webhook

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix of every secret, not one


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One ``v1,…`` signature. secret: ``whsec_`` and base64, else ValueError; timestamp: Unix seconds."""
    key = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + b64encode(hmac.digest(key, signed, hashlib.sha256)).decode("ascii")


def headers(webhook: Webhook, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers of a delivery; while a secret is being rotated both sign."""
    timestamp = int(now.timestamp())
    secrets = [webhook.secret]
    until = webhook.previous_secret_until
    if webhook.previous_secret and until is not None and now < until:
        secrets.append(webhook.previous_secret)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(secret, message_id, timestamp, body) for secret in secrets),
    }
