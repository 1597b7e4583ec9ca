"""Native §2: whether an API is on for the account is told behind what is wrong with the message, and before policy."""

import pytest

from gateway.domain.access import AccountSettings
from tests.api.conftest import Rig

TO = "+13105551212"
CASES = {
    "v1": ("/v1/messages", lambda to: {"to": to, "text": "x"}, {}, "code", "invalid_recipient", "service_disabled"),
    "messaging": (
        "/messageSend",
        lambda to: {"From": "+13109060901", "To": [to], "Message": "x"},
        {},
        "Error",
        "invalid_recipient",
        "service_disabled",
    ),
    "sendsms": (
        "/action",
        lambda to: {"action": "sendsms", "to": to, "from": "00000", "message-text": "x"},
        {"x-api-key": "KEY"},
        "error-code",
        "E110",
        "E105",
    ),
}


@pytest.mark.parametrize("front", CASES)
async def test_what_is_wrong_with_a_message_is_told_before_that_its_api_is_off(rig: Rig, front: str) -> None:
    path, body, headers, member, wrong, off = CASES[front]
    key = await rig.key()
    await rig.store.put_account("default", AccountSettings(services=("nothing",)), rig.clock.now())
    await rig.store.consent.opt_out("default", TO, "api", rig.clock.now())  # policy comes behind both
    headers = dict.fromkeys(headers, key)
    for to, expected in (("12x", wrong), (TO, off)):
        reply = await rig.call("POST", path, key=key, json=body(to), headers=headers)
        assert reply.body[member] == expected, reply.body
    assert (await rig.call("GET", "/v1/lines", key=key)).code == "service_disabled"  # and elsewhere by the guard
