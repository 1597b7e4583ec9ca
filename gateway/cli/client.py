"""The HTTP side of commands that talk to a running gateway: /v1 over the standard library, errors as sentences."""

import http.client
import json
import ssl
from argparse import Namespace
from collections.abc import Iterator, Mapping
from os import environ
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit

from gateway.cli.exits import Exit, Failure

DEFAULT_URL = "http://127.0.0.1:8080"
ANSWER_S = 15.0  # the gateway answers within a commit; more is a gateway that hangs
SILENCE_S = 40.0  # a stream has a ping every 15 s
PAGE = 200  # the most /v1 gives at once

Json = Any  # what an answer's JSON may be


class Client:
    """Calls of one gateway with one key; one connection, kept open between calls."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Failure(Exit.USAGE, f'"{url}" is no address of a gateway; it looks like {DEFAULT_URL}')
        self._url = url
        self._base = parts.path.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": "simgate-cli"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        try:
            port = parts.port
        except ValueError as error:
            raise Failure(Exit.USAGE, f'"{url}" is no address of a gateway: the port is not a number') from error
        if parts.scheme == "https":
            self._connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname, port, context=ssl.create_default_context()
            )
        else:
            self._connection = http.client.HTTPConnection(parts.hostname, port)

    def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        wait_s: float = 0,
    ) -> Json:
        """The JSON of a 2xx answer (None when it has none). wait_s: how much longer the answer may take.

        Raises Failure: unreachable, credentials, or refused with the gateway's own sentence.
        """
        given = {name: value for name, value in (query or {}).items() if value is not None}
        target = self._base + path + (f"?{urlencode(given)}" if given else "")
        sent = dict(self._headers) | dict(headers or {})
        payload = None
        if body is not None:
            payload = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        status, answer = self._exchange(method, target, payload, sent, ANSWER_S + wait_s)
        content = _decoded(answer)
        if 200 <= status < 300:
            return content
        raise _refusal(status, content, self._url)

    def pages(self, path: str, query: Mapping[str, Any], limit: int) -> Iterator[Json]:
        """The entries of a list, page after page, at most limit of them."""
        cursor = None
        while limit > 0:
            page = self.call("GET", path, query={**query, "limit": min(limit, PAGE), "cursor": cursor})
            yield from page["data"][:limit]
            limit -= len(page["data"])
            cursor = page.get("next_cursor")
            if not page.get("has_more") or not cursor:
                return

    def stream(self, path: str, *, at_most_s: float | None = None) -> Iterator[Json]:
        """The data of a stream of Server-Sent Events, as they come; ends with it, or after so many seconds.

        Raises Failure as ``call`` does, and when it falls silent; one that breaks off ends.
        """
        deadline = None if at_most_s is None else monotonic() + at_most_s
        sent = self._headers | {"Accept": "text/event-stream"}
        try:
            self._connection.timeout = ANSWER_S
            self._connection.request("GET", self._base + path, None, sent)
            sock = self._connection.sock
            response = self._connection.getresponse()
            if response.status != 200:
                raise _refusal(response.status, _decoded(response.read()), self._url)
            while (left := _left(deadline)) > 0:
                sock.settimeout(left)
                line = response.readline()
                if not line:
                    return
                if line.startswith(b"data:"):
                    yield json.loads(line[5:])
        except TimeoutError as error:
            if _left(deadline) > 0:
                text = f"the gateway at {self._url} says nothing more"
                raise Failure(Exit.UNREACHABLE, text) from error
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(self._url, error) from error
        finally:
            self._connection.close()

    def _exchange(
        self, method: str, target: str, payload: bytes | None, headers: Mapping[str, str], timeout_s: float
    ) -> tuple[int, bytes]:
        try:
            self._connection.timeout = timeout_s
            if self._connection.sock is not None:
                self._connection.sock.settimeout(timeout_s)
            self._connection.request(method, target, payload, dict(headers))
            response = self._connection.getresponse()
            return response.status, response.read()
        except TimeoutError as error:
            self._connection.close()
            raise Failure(
                Exit.TIMED_OUT, f"the gateway at {self._url} did not answer within {timeout_s:.0f} s"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise _unreachable(self._url, error) from error


def client_of(arguments: Namespace) -> Client:
    """The client that --url, --key and --key-file, or the environment, describe."""
    key = arguments.key or environ.get("SIMGATE_KEY", "")
    if arguments.key_file:
        try:
            key = Path(arguments.key_file).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(Exit.USAGE, f"the key file {arguments.key_file} cannot be read") from error
    if not key.isascii() or not key.isprintable():
        raise Failure(Exit.CREDENTIALS, "this is no key; it looks like gsk_…, made by: simgate keys add")
    return Client(arguments.url or environ.get("SIMGATE_URL") or DEFAULT_URL, key)


def _left(deadline: float | None) -> float:
    """Seconds that the next line may take: a stream that says nothing at all is broken."""
    return SILENCE_S if deadline is None else min(SILENCE_S, deadline - monotonic())


def _unreachable(url: str, error: Exception) -> Failure:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Failure(
        Exit.UNREACHABLE,
        f"no gateway answers at {url} ({reason}). Is it running? (simgate run, or --url / SIMGATE_URL)",
    )


def _decoded(answer: bytes) -> Json:
    try:
        return json.loads(answer) if answer else None
    except ValueError:
        return None


def _refusal(status: int, problem: Json, url: str) -> Failure:
    """A problem document (RFC 9457) as the failure it means."""
    told = problem if isinstance(problem, dict) else {}
    detail = str(told.get("detail") or told.get("title") or f"the gateway answered with HTTP status {status}")
    faults = [f"{fault.get('field')}: {fault.get('message')}" for fault in told.get("errors") or ()]
    text = "\n  ".join([detail, *(fault for fault in faults if fault not in detail)])
    if status == 401:
        return Failure(Exit.CREDENTIALS, f"{text}. Give a key with --key-file, --key or SIMGATE_KEY (simgate keys add)")
    if status == 403 and told.get("code") in {"forbidden_scope", "ip_denied", "account_blocked", "auth_invalid"}:
        return Failure(Exit.CREDENTIALS, text)
    if status >= 500 and told.get("code") != "storage_full":
        return Failure(Exit.UNREACHABLE, f"the gateway at {url} cannot take it now: {text}")
    return Failure(Exit.REFUSED, text)
