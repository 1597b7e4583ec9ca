"""What no front can send: refused in its own words with the right code, never a 5xx, and nothing is left behind.

Each front × each wrong thing that can be said in the place of each value, or instead of the whole body.
"""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api import wire
from gateway.domain.access import SCOPES
from gateway.services import GatewaySettings
from tests.api.conftest import NUMBER, Reply, Rig
from tests.api.fronts.dialects import DIALECTS, Credential, Dialect
from tests.api.fronts.test_separation import credential
from tests.api.matrix import rows_of

TO, TEXT = "+13105551212", "x"
Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sending:
    """How a front is asked to send. body: made of "to", "from" and "text"; most: octets of a body that it takes;
    empty: how it refuses a body with nothing in it."""

    path: str
    body: Callable[[Said], dict[str, Any]]
    most: int
    empty: str


def _sms_model(said: Said) -> dict[str, Any]:
    sender, to = {"PhoneNumber": said["from"]}, {"PhoneNumber": said["to"]}
    return {"SMSModel": {"From": sender, "To": [to], "MessageBody": said["text"]}}


def _named(*, to: str, sender: str, text: str, **more: str) -> Callable[[Said], dict[str, Any]]:
    return lambda said: {**more, to: said["to"], sender: said["from"], text: said["text"]}


SENDINGS: Mapping[str, Sending] = {
    "sendsms": Sending(
        "/action", _named(to="to", sender="from", text="message-text", action="sendsms"), 256 * 1024, "E100"
    ),
    "messaging": Sending("/messageSend", _named(to="To", sender="From", text="Message"), 1024 * 1024, "400"),
    "enswitch": Sending(
        "/api/json/messages/text/send/",
        _named(to="cnumber", sender="snumber", text="message"),
        8 * 1024 * 1024,
        "401",
    ),
    "smssend": Sending("/api/sendmessage", _sms_model, 1024 * 1024, "400 NotNull"),
    "rest-sms": Sending(
        "/rest/sms/sendMessageToPhone",
        _named(to="phone", sender="senderCode", text="messageText"),
        256 * 1024,
        "404",
    ),
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """Values that cannot stand in a place. code: the core's word for it; otherwise: what another front calls it, None
    where that front has no fault to find."""

    place: str
    values: tuple[Any, ...]
    code: str
    otherwise: Mapping[str, str | None] = field(default_factory=dict)


NO_TEXTS = ([], [[]], {}, {"a": 1}, True, 1.5)
UNREAD = {"smssend": "invalid_json"}
NO_NUMBER = {"messaging": "invalid_request"}
WRONGS = (
    Wrong("to", ("", " ", None), "recipient_missing"),
    Wrong("to", ("12x", f"{TO},{TO}", "1" * 5000, "١٢٣٤٥٦٧٨٩٠", "+", "SHOP", 2**70, -5), "invalid_recipient"),
    Wrong("to", (*NO_TEXTS, "1\0"), "invalid_recipient", UNREAD),
    Wrong("from", ("+19998887777",), "invalid_sender"),
    Wrong("from", ("nobody", "auto", "AUTO", " auto ", "1" * 5000), "invalid_sender", NO_NUMBER),
    Wrong("from", ("", " ", None), "invalid_sender", NO_NUMBER | {"smssend": None}),
    Wrong("from", (*NO_TEXTS, "1\0"), "invalid_sender", NO_NUMBER | UNREAD | {"rest-sms": "invalid_request"}),
    Wrong("text", ("", " \r\n\t"), "body_empty"),
    Wrong("text", ("x" * 20_000, "€" * 10_000), "body_too_long"),
    Wrong("text", NO_TEXTS, "body_empty", UNREAD),
    Wrong("text", ("a\0b",), "invalid_request", UNREAD),
    *(Wrong(place, ("\ud800", "x\udfff"), "invalid_json") for place in ("to", "from", "text")),
)
NO_JSON = (b"x", b"{", b'{"A":}', b'{"A":NaN}', b'{"A":"\xff"}', b"[" * 100_000, b'{"A":' * 20_000, b"{} {}")
CHUNK = 64 * 1024
NO_OBJECT = (b'"x"', b"1", b"true")


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(rate_per_key=0)


@pytest.fixture(params=sorted(SENDINGS))
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return DIALECTS[request.param]


@dataclass(slots=True)
class Asker:
    """Asks one front to send."""

    rig: Rig
    dialect: Dialect
    who: Credential
    database: Path

    @property
    def sending(self) -> Sending:
        return SENDINGS[self.dialect.name]

    def arguments(self, who: Credential | None = None, **said: Any) -> dict[str, Any]:
        """Of a request that says this, and else what is right."""
        arguments: dict[str, Any] = {"json": self.sending.body({"to": TO, "from": NUMBER, "text": TEXT} | said)}
        self.dialect.login(self.who if who is None else who, arguments)
        return arguments

    def raw(self, octets: object, content_type: str = "application/json", **headers: str) -> dict[str, Any]:
        """Of a request with that body."""
        known = self.arguments().get("headers", {})
        return {"data": octets, "headers": {**known, "Content-Type": content_type, **headers}}

    def good(self) -> bytes:
        return json.dumps(self.arguments()["json"]).encode()

    async def ask(self, arguments: dict[str, Any]) -> Reply:
        return await self.rig.call("POST", self.sending.path, key="", **arguments)

    async def refuses(self, arguments: dict[str, Any], told: str) -> Reply:
        """Asks; fails unless it is told that, as JSON, and nothing has changed on disk."""
        before = rows_of(self.database)
        reply = await self.ask(arguments)
        assert self.dialect.refusal(reply) == told, (arguments, reply.status, reply.octets[:500])
        assert reply.headers["Content-Type"].startswith("application/json")
        assert rows_of(self.database) == before, arguments
        return reply

    async def refuses_as(self, arguments: dict[str, Any], code: str) -> Reply:
        """The same by the core's code."""
        return await self.refuses(arguments, self.dialect.codes(code))


@pytest.fixture
async def asker(rig: Rig, dialect: Dialect, tmp_path: Path) -> Asker:
    """One whom all is right with: his sender is known by now."""
    asker = Asker(rig, dialect, await credential(rig, "ann", SCOPES, "default"), tmp_path / "simgate.db")
    assert (await asker.ask(asker.arguments())).status == 200
    assert len(rows_of(asker.database)["messages"]) == 1
    return asker


async def test_no_wrong_value_is_taken(asker: Asker) -> None:
    for wrong in WRONGS:
        code = wrong.otherwise.get(asker.dialect.name, wrong.code)
        for value in wrong.values if code is not None else ():
            await asker.refuses_as(asker.arguments(**{wrong.place: value}), str(code))


async def test_what_is_no_json_object_is_told_so(asker: Asker) -> None:
    otherwise = "invalid_request" if asker.dialect.name == "sendsms" else "invalid_json"
    for octets in NO_JSON:
        await asker.refuses_as(asker.raw(octets), "invalid_json")
    for octets in NO_OBJECT:
        await asker.refuses_as(asker.raw(octets), otherwise)
    await asker.refuses(asker.raw(b""), asker.sending.empty)


async def test_a_body_of_another_kind_is_not_taken(asker: Asker) -> None:
    """sendsms tries every body as JSON, whatever it is called [decision]."""
    for content_type in ("text/plain", "image/png", "application/pdf"):
        if asker.dialect.name != "sendsms":
            reply = await asker.refuses_as(asker.raw(asker.good(), content_type), "unsupported_media_type")
            assert reply.status == 415
    await asker.refuses_as(asker.raw(b"\x89PNG\r\n\x1a\n", "application/json"), "invalid_json")


async def test_a_compressed_body_is_not_unpacked(asker: Asker) -> None:
    bomb = gzip.compress(b" " * 10_000_000 + asker.good())
    await asker.refuses_as(asker.raw(bomb, **{"Content-Encoding": "gzip"}), "unsupported_media_type")


@pytest.mark.parametrize("beyond", [0, 64 * 1024, 512 * 1024])
async def test_a_body_that_is_too_large_is_refused_however_it_comes(asker: Asker, beyond: int) -> None:
    """Also one whose end would be a good request, had its beginning been read over."""

    async def dripping() -> AsyncIterator[bytes]:
        for _ in range((asker.sending.most + beyond) // CHUNK):
            yield b" " * CHUNK
        yield asker.good()

    reply = await asker.refuses_as(asker.raw(dripping()), "payload_too_large")
    assert reply.status == 413


async def test_a_body_that_does_not_end_is_not_waited_for(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "BODY_PATIENCE", 0.05)
    over = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield asker.good()[:10]
        await over.wait()

    reply = await asker.refuses_as(asker.raw(stalling()), "request_timeout")
    over.set()
    assert reply.status == 408


async def test_strangers_are_told_that_and_nothing_else(asker: Asker) -> None:
    for who, code in (
        (Credential(), "auth_missing"),
        (Credential(asker.who.key + "x", "ann", "wrong horse"), "auth_invalid"),
        (Credential("gsk_aaaaaaaa_" + "b" * 32, "nobody", "correct horse"), "auth_invalid"),
        (Credential("é\ud800".encode("utf-8", "replace").decode(), "a\0", "b\0"), "auth_invalid"),
    ):
        for said in ({}, {"to": "12x"}, {"text": ""}):
            await asker.refuses_as(asker.arguments(who, **said), code)


async def test_an_odd_idempotency_key_sends_nothing(asker: Asker) -> None:
    for key in ("", "x" * 256, "a b", '""', "é"):
        arguments = asker.raw(asker.good(), **{"Idempotency-Key": key})
        await asker.refuses_as(arguments, "invalid_request")


async def test_members_that_nobody_knows_are_passed_over(asker: Asker) -> None:
    arguments = asker.arguments()
    arguments["json"] |= {"nonsense": {"a": [1, None, "\0"]}, "": 1, "x" * 5000: True}
    reply = await asker.ask(arguments)
    assert reply.status == 200
    assert len(rows_of(asker.database)["messages"]) == 2
