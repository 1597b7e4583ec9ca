import asyncio
import ssl
import subprocess

import aiohttp
import pytest
from aiohttp import web

from gateway.config import HttpSettings
from gateway.serving import Door, listening


async def ok(request: web.Request) -> web.Response:
    return web.Response(text="ok")


@pytest.fixture
def app():
    app = web.Application()
    app.router.add_get("/livez", ok)
    app.router.add_post("/v1/messages", ok)
    return app


async def test_a_closed_door_refuses_new_requests_and_says_when_to_come_again(app):
    door = Door()
    door.guard(app)
    async with listening(app, HttpSettings(port=0)) as url, aiohttp.ClientSession() as http:
        async with http.post(f"{url}/v1/messages") as answer:
            assert answer.status == 200
        door.close()
        async with http.post(f"{url}/v1/messages") as answer:
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.headers["Connection"] == "close"
            assert answer.content_type == "application/problem+json"
            problem = await answer.json()
            assert (problem["type"], problem["code"], problem["status"]) == ("/errors/unavailable", "unavailable", 503)
            assert problem["instance"] == answer.headers["X-Request-Id"]


async def test_behind_a_closed_door_it_still_says_that_it_lives(app):
    door = Door()
    door.guard(app)
    door.close()
    async with (
        listening(app, HttpSettings(port=0)) as url,
        aiohttp.ClientSession() as http,
        http.get(f"{url}/livez") as answer,
    ):
        assert answer.status == 200


async def test_an_address_that_is_taken_is_refused_at_the_start(app):
    async with listening(app, HttpSettings(port=0)) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(OSError, match="address already in use"):
            async with listening(web.Application(), HttpSettings(port=port)):
                pass


async def test_headers_that_drip_are_not_waited_for(app, monkeypatch):
    monkeypatch.setattr("gateway.serving.KEEPALIVE_S", 0.3)
    async with listening(app, HttpSettings(port=0)) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n")
        await writer.drain()
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 and its key."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    try:
        subprocess.run([*command, *names, "-keyout", key, "-out", cert], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no openssl to make a certificate with")
    return cert, key


async def test_with_a_certificate_it_speaks_https(app, certificate):
    cert, key = certificate
    settings = HttpSettings(port=0, tls_cert=str(cert), tls_key=str(key))
    trust = ssl.create_default_context(cafile=cert)
    async with (
        listening(app, settings) as url,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as http,
        http.get(f"{url}/livez") as answer,
    ):
        assert url.startswith("https://127.0.0.1:")
        assert await answer.text() == "ok"
