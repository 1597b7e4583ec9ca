"""An Idempotency-Key is one of its route: the same on another front is another call (native-v1 §5, §9 test 3)."""

from typing import Any

from gateway.store.contract import MessageFilter
from tests.api.conftest import Rig

TO = "+13105551212"
HEADERS = {"Idempotency-Key": "one-and-the-same"}


def calls(key: str) -> dict[str, dict[str, Any]]:
    """What sends the same text on three fronts, by path."""
    return {
        "/v1/messages": {"json": {"to": TO, "text": "hello"}, "headers": {"Authorization": f"Bearer {key}"}},
        "/action": {
            "json": {"action": "sendsms", "message-text": "hello", "to": TO, "from": "office"},
            "headers": {"x-api-key": key},
        },
        "/api/sendmessage": {
            "json": {"SMSModel": {"To": [{"PhoneNumber": TO}], "MessageBody": "hello"}},
            "headers": {"Authorization": f"Bearer {key}"},
        },
    }


async def test_native_03_the_same_key_on_another_front_is_another_call(rig: Rig) -> None:
    key = await rig.key()
    told: dict[str, list[str]] = {}
    for _ in range(2):
        for path, call in calls(key).items():
            async with rig.http.post(path, json=call["json"], headers=call["headers"] | HEADERS) as answer:
                assert answer.status < 300, await answer.text()
                told.setdefault(path, []).append(await answer.text())
                assert ("Idempotency-Replayed" in answer.headers) == (len(told[path]) == 2)
    assert all(first == again for first, again in told.values())
    assert len(await rig.store.messages(MessageFilter("default"), limit=10)) == len(told)
