"""What a push to the multimedia port tells, whatever stands in it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.mms import notice_of

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "mms-notification.json").read_text())["vectors"]
NOTICES = [vector for vector in VECTORS if "mms" in vector["expect"]]
OTHERS = [vector for vector in VECTORS if "mms" not in vector["expect"]]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PORTS = (2948, 9200)


@pytest.mark.parametrize("vector", NOTICES, ids=lambda vector: vector["parts"][0])
def test_a_notification_says_where_the_message_waits(vector):
    notice = notice_of(bytes.fromhex(vector["payload_hex"]), PORTS, NOW)
    assert notice is not None
    assert notice.url == vector["expect"]["mms"]["content_location"]
    assert notice.expires_at is None or notice.expires_at.tzinfo is not None


def damaged(at: int, flip: int) -> bytes:
    octets = bytearray.fromhex(VECTORS[0]["payload_hex"])
    octets[at] ^= flip
    return bytes(octets)


@given(st.binary(max_size=300) | st.builds(damaged, st.integers(0, 80), st.integers(1, 255)))
def test_whatever_comes_is_a_notice_that_can_be_written_or_none(octets):
    notice = notice_of(octets, PORTS, NOW)
    if notice is not None:
        for text in (notice.url, notice.sender, notice.subject):
            (text or "").encode("utf-8")


@pytest.mark.parametrize("vector", OTHERS, ids=lambda vector: vector["parts"][0])
def test_another_push_to_the_same_port_is_none(vector):
    assert notice_of(bytes.fromhex(vector["payload_hex"]), PORTS, NOW) is None


@pytest.mark.parametrize(("data", "ports"), [(None, None), (b"plain", None), (b"plain", (5000, 5001))])
def test_what_is_none_is_left_alone(data, ports):
    assert notice_of(data, ports, NOW) is None
