"""What is refused before anybody looks at who is asking, and hostile bodies and connections (faults.md E6)."""

import asyncio
import gzip
import io
import json
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

PATH = "/v1/messages"
GOOD = b'{"to":"+13105551212","text":"hello"}'
JSON = {"Content-Type": "application/json"}


async def post(rig, body, headers=JSON, **more):
    return await rig.call("POST", PATH, data=body, headers=headers, **more)


async def test_an_unknown_path_is_a_problem_like_any_other(rig):
    for path in ("/", "/v1", "/v2/messages", "/v1/messages/x/y", "/v1/docs/../../secret", "/v1/docs/%2e%2e%2fapp.py"):
        reply = await rig.call("GET", path, key="")
        assert (reply.status, reply.code) == (404, "not_found")
        assert reply.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/messages", "GET, HEAD, POST"),
        ("PUT", "/v1/webhooks/whk_1", "DELETE, GET, HEAD, PATCH"),
        ("GET", "/v1/messages/msg_1/cancel", "POST"),
        ("OPTIONS", "/v1/messages/preview", "POST"),
        ("OPTIONS", "/v1/messages/msg_1", "GET, HEAD"),
        ("POST", "/livez", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(rig, method, path, allow):
    reply = await rig.call(method, path, key="")
    assert (reply.status, reply.code, reply.headers["Allow"]) == (405, "method_not_allowed", allow)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/v1/docs", "/v1/messages", "/v1/messages/msg_1", "/v1/inbound"])
async def test_what_answers_get_answers_head_with_the_same_head(rig, path):
    key = await rig.key()
    get = await rig.call("GET", path, key=key)
    async with rig.http.head(path, headers={"Authorization": f"Bearer {key}"}) as head:
        assert (head.status, await head.read()) == (get.status, b"")
        for name in ("Content-Type", "Content-Length"):
            assert head.headers[name] == get.headers[name]
    async with rig.http.head("/v1/messages") as head:
        assert head.status == 401


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "text/json", "application/xml"]
)
async def test_a_wrong_content_type_is_refused_before_the_key_is_looked_at(rig, media_type):
    reply = await post(rig, GOOD, {"Content-Type": media_type}, key="")
    assert (reply.status, reply.code) == (415, "unsupported_media_type")


async def test_a_content_type_may_name_its_charset(rig):
    assert (await post(rig, GOOD, {"Content-Type": "application/json; charset=utf-8"})).status == 202


async def test_a_compressed_body_is_refused_unread(rig):
    bomb = gzip.compress(b" " * 50_000_000)
    reply = await post(rig, bomb, JSON | {"Content-Encoding": "gzip"})
    assert (reply.status, reply.code) == (415, "unsupported_media_type")


async def test_a_body_over_a_mebibyte_is_refused_with_and_without_a_length(rig):
    async def chunks():
        for _ in range(17):
            yield b" " * 65536

    most = 1024 * 1024
    assert (await post(rig, io.BytesIO(b" " * (most + 1)))).status == 413
    assert (await post(rig, chunks())).status == 413
    assert (await post(rig, io.BytesIO(GOOD + b" " * (most - len(GOOD))))).status == 202


HOSTILE = [
    b"",
    b"null",
    b"[]",
    b'"x"',
    b"{",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"to":"+13105551212","text":"x","metadata":' + b"[" * 60_000 + b"]" * 60_000 + b"}",
    b'{"to":"+13105551212","text":"x","ttl":' + b"9" * 60_000 + b"}",
    b'{"to":"+13105551212","text":"x","ttl":1e400}',
    b'{"to":"+13105551212","text":"x","priority":NaN}',
    b'{"to":"+13105551212","text":"x","priority":-Infinity}',
    b'{"to":"+13105551212","text":"x","text":"y"}',
    b'{"to":"+13105551212","text":"x","metadata":{"a":"1","a":"2"}}',
    b'{"to":"+13105551212","text":"\\ud800"}',
    b'{"to":"+13105551212","text":"\\udc00x"}',
    b'{"to":"+13105551212","text":"a\\u0000b"}',
    b'{"to":"+13105551212","text":"x","client_ref":"\\u0000"}',
    b'{"to":"+13105551212","text":"x","metadata":{"\\u0000":"1"}}',
    b'{"to":"+13105551212","text":"x","notes":"\\u0000"}',
    b'{"to":"+13105551212","text":"\xff\xfe"}',
    b'{"to":"+13105551212","text":"x"}garbage',
    b"\xef\xbb\xbf" + GOOD,
    GOOD.decode().encode("utf-16"),
    b'{"to":"+13105551212","text":"x",}',
    b"{'to':'+13105551212','text':'x'}",
    b'{"to":"+1310555\\r\\n\\u001a1212","text":"x"}',
    b'{"to":{"$ne":null},"text":"x"}',
    b'{"to":"+13105551212","text":"x","__proto__":{}}',
    b'{"to":"+13105551212","text":"x","schedule_at":"9999-12-31T23:59:59-14:00"}',
    b'{"to":"+13105551212","text":"x","expire_at":"0001-01-01T00:00:00+14:00"}',
    b'{"to":"+13105551212","text":"x","schedule_at":1e308}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:50]))
async def test_a_hostile_body_is_refused_and_never_an_error_of_ours(rig, body):
    reply = await post(rig, body)
    assert reply.status in (400, 422), reply.body
    assert reply.code in ("invalid_json", "invalid_request", "invalid_recipient")


@pytest.mark.parametrize("path", ["/v1/batches", "/v1/messages/preview", "/v1/webhooks", "/v1/keys"])
async def test_other_routes_take_hostile_bodies_as_calmly(rig, path):
    for body in HOSTILE:
        reply = await rig.call("POST", path, data=body, headers=JSON)
        assert reply.status in (400, 422), (path, body[:50])


async def test_an_answer_never_repeats_a_megabyte_of_what_was_sent(rig):
    body = json.dumps({"x" * 300_000: 1, **{f"f{n}": n for n in range(20_000)}}).encode()
    reply = await post(rig, body)
    assert reply.status == 422
    assert len(reply.octets) < 20_000


# ------------------------------------------------------------------------------------------------- slow callers


@asynccontextmanager
async def raw(rig):
    parts = urlsplit(rig.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def test_a_body_that_does_not_come_is_not_waited_for(rig, monkeypatch):
    monkeypatch.setattr("api.wire.BODY_PATIENCE", 0.2)
    key = await rig.key()
    async with raw(rig) as (reader, writer):
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        writer.write(head.encode() + b'Content-Length: 36\r\n\r\n{"to"')
        async with asyncio.timeout(5):
            status = await reader.readline()
        assert status == b"HTTP/1.1 408 Request Timeout\r\n"


class TestDrips:
    @pytest.fixture
    def keepalive_s(self):
        return 0.3  # KEEPALIVE_S in earnest

    async def test_a_head_that_comes_in_drips_is_cut_off(self, rig):
        async with raw(rig) as (reader, writer), asyncio.timeout(5):
            writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n")
            while not reader.at_eof():
                writer.write(b"X-A: b\r\n")
                await asyncio.sleep(0.05)


async def test_connections_over_the_limit_are_sent_away_and_the_others_served(rig):
    async with asyncio.timeout(20):
        held = [await asyncio.open_connection("127.0.0.1", urlsplit(rig.url).port) for _ in range(100)]
        async with raw(rig) as (reader, _):
            assert (await reader.readline()).startswith(b"HTTP/1.1 503 ")
            assert await reader.read() is not None
        held[0][1].write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await held[0][0].readline()).startswith(b"HTTP/1.1 200 ")
        for _, writer in held:
            writer.close()


@pytest.mark.parametrize(
    "target",
    [
        b"/v1/messages/\xff\xfe",
        b"/v1/messages/%ff%fe",
        b"/v1/messages/%ed%a0%80",
        b"/v1/messages/%00",
        b"/v1/messages?q=%ff",
        b"/v1/messages?q=\xff",
        b"/v1/messages?q=%ed%a0%80",
        b"/v1/messages?%ff=1",
        b"/v1/messages?cursor=%ff",
        b"/v1/inbound?after=%ed%a0%80",
        b"/v1/inbound?after=\xff",
        b"/v1/deliveries?webhook=\xff",
        b"/v1/lines/\xff",
        b"/\xff",
        b"*",
        b"http://[::1/x",
        b"//x",
    ],
)
async def test_octets_that_are_no_text_are_refused_and_never_an_error_of_ours(rig, target):
    key = await rig.key()
    async with raw(rig) as (reader, writer), asyncio.timeout(5):
        writer.write(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key.encode() + b"\r\n\r\n")
        status = await reader.readline()
    assert status[9:12] in (b"200", b"400", b"404", b"422"), status


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "Idempotency-Key", "Prefer", "Content-Type", "X-A"])
async def test_headers_that_are_no_text_are_no_error_of_ours(rig, name):
    key = await rig.key()
    headers = {b"Authorization": b"Bearer " + key.encode(), b"Content-Type": b"application/json"}
    headers |= {b"Content-Length": str(len(GOOD)).encode(), name.encode(): b"Bearer gsk_\xff_\xfe"}
    head = b"".join(field + b": " + value + b"\r\n" for field, value in headers.items())
    async with raw(rig) as (reader, writer), asyncio.timeout(5):
        writer.write(b"POST /v1/messages HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n" + GOOD)
        status = await reader.readline()
    assert status[9:12] in (b"202", b"400", b"401", b"415", b"422"), status


# ------------------------------------------------------------------------------------------------- no HTTP


async def told(rig, octets):
    """Status, headers and body of the answer to these octets; the connection is closed behind it."""
    async with raw(rig) as (reader, writer), asyncio.timeout(5):
        writer.write(octets)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in lines), body


HEAD = b"POST /v1/messages HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("octets", "status", "code"),
    [
        (b"FOO\x00 / HTTP/1.1\r\n\r\n", 400, "malformed_request"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "malformed_request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, "malformed_request"),
        (HEAD + b"Content-Length: -5\r\n\r\n", 400, "malformed_request"),
        (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "malformed_request"),
        (HEAD + b"Authorization: Bearer gsk_abc\x01def\r\n\r\n", 400, "malformed_request"),
        (b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_request"),
        (HEAD + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx", 415, "unsupported_media_type"),
    ],
)
async def test_what_is_no_http_is_a_problem_too_and_fills_no_log(rig, caplog, octets, status, code):
    answered, headers, body = await told(rig, octets)
    problem = json.loads(body)
    assert (answered, headers["Content-Type"], problem["code"]) == (status, "application/problem+json", code)
    assert headers["X-Request-Id"] == problem["instance"]
    assert headers["Server"] == "SIMgate"
    assert len(body) < 400
    assert b"gsk_" not in body
    assert [record for record in caplog.records if record.levelname not in ("DEBUG", "INFO")] == []


@pytest.mark.parametrize(
    "octets",
    [
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        HEAD + b"Expect: tea\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_what_reaches_no_route_has_an_id_and_tells_nothing_of_us(rig, octets):
    status, headers, _ = await told(rig, octets)
    assert status in (404, 417)
    assert headers["X-Request-Id"].startswith("req_")
    assert headers["Server"] == "SIMgate"


# ------------------------------------------------------------------------------------------------- the end


async def test_who_waits_when_the_gateway_stops_gets_his_answer(rig):
    headers = {"Prefer": "wait=30"}
    key = await rig.key()
    sending = asyncio.create_task(
        rig.call("POST", PATH, key=key, json={"to": "+13105551212", "text": "hello"}, headers=headers)
    )
    fetching = asyncio.create_task(rig.call("GET", "/v1/inbound?wait=30", key=key))
    done, _ = await asyncio.wait([sending, fetching], timeout=0.3)
    assert not done
    async with asyncio.timeout(5):
        await rig.stop()
        accepted, fetched = await sending, await fetching
    assert (accepted.status, accepted.body["state"]) == (202, "queued")
    assert (fetched.status, fetched.body["data"]) == (200, [])
