"""The HTTP side of the commands, against a server that answers whatever the test wants."""

import json
import threading
from argparse import Namespace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway.cli.client import Client, client_of
from gateway.cli.exits import Exit, Failure


@pytest.fixture
def server():
    """Answers each request with the next (status, JSON) of ``answers`` and keeps what came in ``requests``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            httpd.requests.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
            status, body = httpd.answers.pop(0)
            payload = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *args: object) -> None:
            pass

    for verb in ("GET", "POST", "PATCH", "DELETE"):
        setattr(Handler, f"do_{verb}", Handler.answer)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.answers, httpd.requests = [], []
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield httpd
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def client(server):
    client = Client(f"http://127.0.0.1:{server.server_port}", "gsk_12345678_secret")
    yield client
    client._connection.close()


def test_a_call_carries_the_key_and_gives_the_answer(server, client):
    server.answers.append((202, {"id": "msg_1"}))
    assert client.call("POST", "/v1/messages", {"to": "+1"}, headers={"Prefer": "wait=1"}) == {"id": "msg_1"}
    [(method, path, headers, body)] = server.requests
    assert (method, path, json.loads(body)) == ("POST", "/v1/messages", {"to": "+1"})
    assert headers["Authorization"] == "Bearer gsk_12345678_secret"
    assert headers["Prefer"] == "wait=1"


def test_an_answer_without_a_body_is_none(server, client):
    server.answers.append((204, None))
    assert client.call("DELETE", "/v1/webhooks/x") is None


def test_a_list_is_read_page_after_page_up_to_the_limit(server, client):
    server.answers += [
        (200, {"data": [1, 2], "has_more": True, "next_cursor": "c"}),
        (200, {"data": [3, 4], "has_more": True, "next_cursor": "d"}),
    ]
    assert list(client.pages("/v1/messages", {"state": None, "q": "a b"}, 3)) == [1, 2, 3]
    assert [path for _, path, _, _ in server.requests] == [
        "/v1/messages?q=a+b&limit=3",
        "/v1/messages?q=a+b&limit=1&cursor=c",
    ]


@pytest.mark.parametrize(
    ("status", "problem", "exit_code", "says"),
    [
        (401, {"code": "auth_invalid", "detail": "this key is not known"}, Exit.CREDENTIALS, "SIMGATE_KEY"),
        (403, {"code": "forbidden_scope", "detail": "this key lacks"}, Exit.CREDENTIALS, "this key lacks"),
        (403, {"code": "opted_out", "detail": "they said STOP"}, Exit.REFUSED, "they said STOP"),
        (422, {"code": "invalid_recipient", "errors": [{"field": "to", "message": "no"}]}, Exit.REFUSED, "to: no"),
        (409, {"code": "not_cancelable", "title": "Too late"}, Exit.REFUSED, "Too late"),
        (503, {"code": "unavailable", "detail": "queue full"}, Exit.UNREACHABLE, "queue full"),
        (507, {"code": "storage_full", "detail": "no space"}, Exit.REFUSED, "no space"),
        (502, None, Exit.UNREACHABLE, "HTTP status 502"),
    ],
)
def test_a_refusal_is_a_sentence_with_its_exit_code(server, client, status, problem, exit_code, says):
    server.answers.append((status, problem))
    with pytest.raises(Failure, match=says) as caught:
        client.call("GET", "/v1/messages/x")
    assert caught.value.exit_code == exit_code


def test_nobody_there_is_unreachable():
    with pytest.raises(Failure, match="no gateway answers at") as caught:
        Client("http://127.0.0.1:1", "").call("GET", "/livez")
    assert caught.value.exit_code == Exit.UNREACHABLE


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://x", "http://", "http://x:port"])
def test_what_is_no_address_is_wrong_usage(url):
    with pytest.raises(Failure) as caught:
        Client(url, "")
    assert caught.value.exit_code == Exit.USAGE


def test_the_environment_names_gateway_and_key(server, monkeypatch):
    server.answers.append((200, {}))
    monkeypatch.setenv("SIMGATE_URL", f"http://127.0.0.1:{server.server_port}/base/")
    monkeypatch.setenv("SIMGATE_KEY", "from-environment")
    client = client_of(Namespace(url=None, key=None, key_file=None))
    client.call("GET", "/v1/lines")
    client._connection.close()
    [(_, path, headers, _)] = server.requests
    assert (path, headers["Authorization"]) == ("/base/v1/lines", "Bearer from-environment")


def test_a_key_file_wins_and_a_key_with_a_line_break_is_none(tmp_path):
    (tmp_path / "key").write_text("gsk_1\r\nX: y\n")
    with pytest.raises(Failure) as caught:
        client_of(Namespace(url=None, key="other", key_file=str(tmp_path / "key")))
    assert caught.value.exit_code == Exit.CREDENTIALS
