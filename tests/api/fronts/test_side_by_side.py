"""The fronts on one port: whose a path is, in which words its 404 and 405 are told, and keys that are of one front."""

import asyncio
import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.domain.access import SCOPES
from gateway.services import GatewaySettings
from tests.api.conftest import Rig
from tests.api.fronts.dialects import DIALECTS
from tests.api.fronts.test_bad_input import NUMBER, SENDINGS, TEXT, TO
from tests.api.fronts.test_separation import credential

SHAPES = {
    "sendsms": {"status", "error-code", "error-info", "to"},
    "messaging": {"Code", "Description", "Error"},
    "enswitch": {"responses"},
    "smssend": {"ResponseStatus"},
    "rest-sms": {"error", "status", "statusCode"},
    "v1": {"type", "title", "status", "code", "detail", "instance"},
}
"""Front → the members of what it refuses with."""

TARGETS = """
OPTIONS /api/sendmessage                                405 smssend   POST
OPTIONS /api/send/immediate/                            405 smssend   POST
GET     /API/Sms/SEND.xml?format=json                   405 smssend   POST
GET     /api/json/reply/SMSSend%5B%5D                   405 smssend   POST
DELETE  /Auth/Logout                                    405 smssend   GET, POST
POST    /METADATA/                                      405 smssend   GET, HEAD
POST    /api/send                                       401 smssend
POST    /api/SEND/                                      401 smssend
POST    /%61pi/send                                     401 smssend
POST    http://elsewhere.example/api/send               401 smssend
POST    /api//send                                      404 smssend
POST    /api/nothing                                    404 smssend
POST    /json/reply/Other                               404 smssend
GET     /foo/metadata                                   404 smssend
OPTIONS /messageSend                                    405 messaging POST
GET     /API/v1.0/MESSAGESEND/                          405 messaging POST
PATCH   /webhooks                                       405 messaging DELETE, GET, HEAD, PUT
POST    /messageSend                                    401 messaging
POST    /%6dessagesend/                                 401 messaging
POST    http://elsewhere.example/messageSend?pbx=3cx    401 messaging
GET     /Campaigns                                      401 messaging
GET     /api/v1.0                                       404 messaging
GET     /api/v1.0/                                      404 messaging
GET     /api/v1.0/nothing                               404 messaging
POST    /api/v1.0//messageSend                          404 messaging
PUT     /api/json/messages/text/send/                   405 enswitch  GET, POST
OPTIONS /local/api/json/messages/text/get               405 enswitch  GET, POST
GET     /api/json/messages/text/send                    200 enswitch
GET     http://elsewhere.example/api/json/messages/text/send/?snumber=1;cnumber=2    200 enswitch
GET     /api/json/messages/text/Send/                   404 enswitch
GET     /api/json/messages//text/send/                  404 enswitch
POST    /local/api/json/messages/x                      404 enswitch
OPTIONS /rest/sms                                       405 rest-sms  GET, HEAD
GET     /rest/sms/sendMessageToPhone/a/b/c              405 rest-sms  POST
GET     /rest/sms/                                      401 rest-sms
GET     /%72est/%73ms                                   401 rest-sms
GET     http://elsewhere.example/rest/sms               401 rest-sms
GET     /rest                                           404 rest-sms
GET     /rest//sms                                      404 rest-sms
GET     /rest/SMS                                       404 rest-sms
POST    /rest/sms/nothing                               404 rest-sms
GET     /action                                         405 sendsms   POST
PUT     /api/action                                     405 sendsms   POST
OPTIONS /sendsms                                        405 sendsms   POST
POST    /action                                         200 sendsms
POST    http://elsewhere.example/sendsms                200 sendsms
OPTIONS /v1/messages                                    405 v1        GET, HEAD, POST
GET     /v1/nothing                                     404 v1
GET     /v1/nothing/metadata                            404 v1
GET     /V1/messages                                    404 v1
GET     /v1/messages/                                   404 v1
GET     /v1/messages                                    401 v1
GET     /                                               404 v1
POST    //messageSend                                   404 v1
GET     //rest/sms                                      404 v1
GET     /messageSend/more                               404 v1
GET     /API/json/messages/text/send/                   404 smssend
"""
"""Method, target, status, whose words, and what ``Allow`` says."""


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(rate_per_key=0)


async def to_the_letter(rig: Rig, method: str, target: str) -> tuple[int, dict[str, str], Any]:
    """Status, headers and body of the answer to that target, as it is written here; by nobody in particular."""
    reader, writer = await asyncio.open_connection(urlsplit(rig.url).hostname, urlsplit(rig.url).port)
    writer.write(f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(10):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), headers, json.loads(body) if body else None


async def test_each_path_is_its_fronts_and_refused_in_its_words(rig: Rig) -> None:
    for line in TARGETS.strip().splitlines():
        method, target, expected, front, *allow = re.split(r"\s+", line, maxsplit=4)
        status, headers, body = await to_the_letter(rig, method, target)
        assert (status, set(body)) == (int(expected), SHAPES[front]), line
        assert headers.get("allow") == (allow[0] if allow else None), line
        assert headers["x-request-id"].startswith("req_"), line
        assert headers["content-type"].startswith(("application/json", "application/problem+json")), line


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/rest/sms", 401),
        ("/webHooks", 401),
        ("/v1/messages", 401),
        ("/metadata", 200),
        ("/api/sendmessage", 405),
        ("/action", 405),
        ("/api/json/messages/text/send/", 405),
        ("/auth/logout", 405),
        ("/api/v1.0/nothing", 404),
    ],
)
async def test_a_head_is_answered_as_a_get_without_its_body(rig: Rig, path: str, status: int) -> None:
    told = await to_the_letter(rig, "HEAD", path)
    assert (told[0], told[2]) == (status, None)
    assert told[1]["x-request-id"].startswith("req_")


async def test_native_03_the_same_key_on_two_fronts_is_two_keys(rig: Rig) -> None:
    """And the same again on each is the first answer; with another text it is refused in that front's words."""
    who = await credential(rig, "ann", SCOPES, "default")

    async def ask(name: str, text: str) -> Any:
        arguments: dict[str, Any] = {"json": SENDINGS[name].body({"to": TO, "from": NUMBER, "text": text})}
        DIALECTS[name].login(who, arguments)
        arguments["headers"] = {**arguments.get("headers", {}), "Idempotency-Key": "one"}
        return await rig.call("POST", SENDINGS[name].path, key="", **arguments)

    firsts = {name: await ask(name, TEXT) for name in SENDINGS}
    native = {"to": TO, "from": NUMBER, "text": TEXT}
    await rig.call("POST", "/v1/messages", key=who.key, json=native, headers={"Idempotency-Key": "one"})
    kept = await rig.call("GET", "/v1/messages", key=who.key)
    assert sorted(message["front"] for message in kept.body["data"]) == sorted([*SENDINGS, "v1"])
    for name, first in firsts.items():
        again = await ask(name, TEXT)
        assert (again.status, again.octets) == (200, first.octets)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first.headers
        other = await ask(name, "other")
        assert DIALECTS[name].refusal(other) == DIALECTS[name].codes("idempotency_mismatch"), other.octets
    assert len((await rig.call("GET", "/v1/messages", key=who.key)).body["data"]) == len(SENDINGS) + 1
