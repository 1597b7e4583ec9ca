"""Native §9, test 5: what we sign, the public libraries verify; what was changed on the way, they refuse."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.support.node import needs_node, run_script
from tests.support.stage import Receiver, Stage, receiving, staged

JAVASCRIPT = """
import { Webhook } from "standardwebhooks";
const { secrets, headers, body } = JSON.parse(process.argv[2]);
const verdict = (secret, text) => {
  try { return new Webhook(secret).verify(text, headers).type; } catch (error) { return error.constructor.name; }
};
console.log(JSON.stringify({
  good: secrets.map((secret) => verdict(secret, body)),
  changed: secrets.map((secret) => verdict(secret, body + " ")),
}));
"""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path / "gateway") as stage:
        yield stage


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def rotated_delivery(stage: Stage, receiver: Receiver) -> tuple[list[str], dict[str, str], bytes]:
    """Both secrets of an endpoint in the middle of a rotation, and one delivery that came there."""
    hook = await stage.ask("POST", "/v1/webhooks", {"url": receiver.url, "events": ["message.received"]})
    fresh = await stage.ask("POST", f"/v1/webhooks/{hook['id']}/rotate-secret")
    stage.bank.deliver(0, sender="+13105551212", text="Grüße, 東京 🎉")
    ((headers, body),) = await receiver.first(1)
    own = {name.lower(): value for name, value in headers.items() if name.lower().startswith("webhook-")}
    return [hook["secret"], fresh["secret"]], own, body


async def test_native_05_python_verifies_either_secret_and_refuses_a_changed_body(
    stage: Stage, receiver: Receiver
) -> None:
    secrets, headers, body = await rotated_delivery(stage, receiver)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in secrets:
        told: Any = Webhook(secret).verify(body, headers)
        assert told["data"]["text"] == "Grüße, 東京 🎉"
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body + b" ", headers)


@needs_node
async def test_native_05_javascript_verifies_either_secret_and_refuses_a_changed_body(
    stage: Stage, receiver: Receiver, tmp_path: Path
) -> None:
    secrets, headers, body = await rotated_delivery(stage, receiver)
    seen = await run_script(JAVASCRIPT, tmp_path, secrets=secrets, headers=headers, body=body.decode())
    assert seen == {"good": ["message.received"] * 2, "changed": ["WebhookVerificationError"] * 2}
    assert json.loads(body)["data"]["from"] == "+13105551212"
