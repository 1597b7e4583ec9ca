"""No body, in whatever format it claims to be, makes the smssend front fail; what it refuses leaves no row behind."""

import asyncio
import json
from contextlib import suppress
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.formats import NotReadable
from api.formats.csvtext import write_csv
from api.formats.jsv import write_jsv
from api.formats.xmltext import write_xml
from api.fronts.smssend.dialect import FORM, FORMATS
from api.fronts.smssend.dto import SMSSend, read_dto
from api.fronts.smssend.faults import FieldError
from gateway.domain.message import Message
from gateway.services import MessageFilter
from tests.api.conftest import Rig

NAMES = (
    "SMSModel", "smsmodel", "From", "To", "MessageBody", "Name", "PhoneNumber", "ContactId", "ReplyIsAllowed",
    "ReplyIsRequired", "Notes", "LinkedObjectId", "SuiteId", "LicenseeId", "CreateCommunicationReferencesImmediately",
    "x", "",
)  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20) | st.sampled_from(["+13105551212", "00000", "0" * 32, "true", "\0", "{", "[", "String"])
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)
ROUNDS = 60
TROUBLE = (b"\0", b'"', b"{", b"[", b"]", b"}", b",", b":", b"<", b"\xff", b"\r\n")
MODEL: dict[str, Any] = {
    "SMSModel": {
        "From": {"PhoneNumber": "00000", "Name": "x"},
        "To": [{"PhoneNumber": "+13105551212", "ContactId": "0" * 32}, {"PhoneNumber": "+13105551213"}],
        "MessageBody": 'Grüße, "{you}" & <me>',
        "ReplyIsAllowed": True,
        "LinkedObjectId": "0123456789abcdef0123456789abcdef",
    },
    "CreateCommunicationReferencesImmediately": True,
}
BODIES: dict[str, bytes] = {
    "application/json": json.dumps(MODEL, ensure_ascii=False).encode(),
    "text/jsonl": (json.dumps(MODEL) + "\n").encode() * 2,
    "application/xml": write_xml("SMSSend", "urn:x", MODEL, {"To": "SMSContact"}).encode(),
    "text/csv": write_csv(MODEL).encode(),
    "text/jsv": write_jsv(MODEL).encode(),
    FORM: urlencode({"SMSModel": write_jsv(MODEL["SMSModel"])}).encode(),
    "multipart/form-data; boundary=b": (
        f'--b\r\nContent-Disposition: form-data; name="SMSModel"\r\n\r\n{write_jsv(MODEL["SMSModel"])}\r\n--b--\r\n'
    ).encode(),
}


@given(TREES)
def test_whatever_is_read_as_a_dto_is_one_or_told_wrong(tree: Any) -> None:
    errors: list[FieldError] = []
    with suppress(NotReadable):
        assert isinstance(read_dto(SMSSend, tree, errors), SMSSend)


def damaged(octets: bytes, random: Random) -> bytes:
    """Some octets lost, doubled, changed or put in."""
    pieces = bytearray(octets)
    for _ in range(random.randint(1, 6)):
        place = random.randrange(len(pieces) + 1)
        match random.randrange(4):
            case 0:
                del pieces[place : place + random.randint(1, 20)]
            case 1:
                pieces[place:place] = pieces[place : place + random.randint(1, 40)]
            case 2:
                pieces[place:place] = random.choice(
                    [b"\0", b'"', b"{", b"[", b"]", b"}", b",", b":", b"<", b"\xff", b"\r\n"]
                )
            case _:
                pieces[place : place + 1] = bytes([random.randrange(256)])
    return bytes(pieces)


async def test_no_damaged_body_gives_a_5xx_and_what_is_refused_is_not_stored(rig: Rig) -> None:
    random = Random(20261126)
    headers = {"Authorization": f"Bearer {await rig.key()}"}
    accepted = 0
    for media_type, body in BODIES.items():
        for _ in range(ROUNDS):
            octets = damaged(body, random)
            claimed = media_type if random.random() < 0.9 else random.choice(list(BODIES))
            path = f"/api/send?format={random.choice(list(FORMATS))}"
            async with rig.http.post(path, data=octets, headers=headers | {"Content-Type": claimed}) as answer:
                told = await answer.text()
                assert answer.status in (200, 400, 403), (answer.status, claimed, octets)
            if answer.status != 200:
                done = int(answer.headers.get("X-AutoBatch-Completed", "0"))
                accepted += done
            else:
                accepted += int(answer.headers.get("X-AutoBatch-Completed", "1"))
            assert "Traceback" not in told
    batches = {message.batch for message in await stored(rig)}
    assert len(batches) == accepted > 0


async def stored(rig: Rig) -> list[Message]:
    found: list[Message] = []
    while page := await rig.store.messages(
        MessageFilter("default"), limit=200, cursor=found[-1].num if found else None
    ):
        found += page
    return found


@pytest.mark.parametrize("octets", [b"\xff\xfe", b"\xc3\xa9", b"x" * 5000, b',;="q=', b"[", b"http://[::1", b"\t"])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_no_octets_in_a_header_give_a_5xx(rig: Rig, octets: bytes, method: str) -> None:
    key = (await rig.key()).encode()
    names = (
        b"X-ss-id", b"Cookie: ss-id=", b"Authorization: Basic ", b"Authorization: Bearer ", b"Authorization", b"Origin",
        b"Accept", b"Content-Type", b"Idempotency-Key", b"Host", b"Content-Type: multipart/form-data; boundary=",
        b"Content-Type: text/csv; charset=",
    )  # fmt: skip
    for path in (
        b"/api/send",
        b"/auth",
        b"/auth/logout",
        b"/api/send?format=%ff&jsconfig=%00",
        b"/api/\xff",
        b"/metadata",
    ):
        for name in names:
            line = name + octets if b": " in name else name + b": " + octets
            head = [method.encode() + b" " + path + b" HTTP/1.1", b"Connection: close", b"Content-Length: 2", line]
            if not name.startswith(b"Authorization"):
                head.append(b"Authorization: Bearer " + key)
            reader, writer = await asyncio.open_connection("127.0.0.1", int(rig.url.rpartition(":")[2]))
            writer.write(b"\r\n".join(head) + b"\r\n\r\n{}")
            status = (await reader.readline()).split(b" ")[1]
            writer.close()
            await writer.wait_closed()
            assert status < b"500", (path, line)
