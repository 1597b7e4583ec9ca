"""The same short message asked for in each of the six APIs: the requests that ``bench.load`` posts."""

import base64
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlencode

TEXTS = 1000  # numbers and texts differ from one request to the next
SENDER = "+13109060901"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who posts, and where: a key and a login of the same account (its user is the account's name)."""

    host: str
    key: str
    user: str = ""
    password: str = ""

    @property
    def bearer(self) -> str:
        return f"Authorization: Bearer {self.key}"

    @property
    def basic(self) -> str:
        return "Authorization: Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


JSON = "Content-Type: application/json"

Maker = Callable[[Caller, str, str], bytes]


def _post(caller: Caller, path: str, body: bytes, *headers: str) -> bytes:
    head = "\r\n".join([f"POST {path} HTTP/1.1", f"Host: {caller.host}", *headers, f"Content-Length: {len(body)}"])
    return head.encode() + b"\r\n\r\n" + body


def v1(caller: Caller, to: str, text: str) -> bytes:
    body = {"to": to, "text": text}
    return _post(caller, "/v1/messages", json.dumps(body).encode(), caller.bearer, JSON)


def smssend(caller: Caller, to: str, text: str) -> bytes:
    model = {"From": {"PhoneNumber": SENDER}, "To": [{"PhoneNumber": to}], "MessageBody": text}
    return _post(caller, "/api/sendmessage", json.dumps({"SMSModel": model}).encode(), caller.bearer, JSON)


def rest_sms(caller: Caller, to: str, text: str) -> bytes:
    path = f"/rest/sms/sendMessageToPhone/{quote_plus(text)}/{quote(to)}/{quote(SENDER)}"
    return _post(caller, path, b"", caller.basic)


def enswitch(caller: Caller, to: str, text: str) -> bytes:
    asked = {"auth_username": caller.user, "auth_password": caller.password, "stype": ""}
    body = urlencode(asked | {"snumber": SENDER, "cnumber": to, "message": text}).encode()
    form = "Content-Type: application/x-www-form-urlencoded"
    return _post(caller, "/api/json/messages/text/send/", body, form)


def messaging(caller: Caller, to: str, text: str) -> bytes:
    body = {"From": SENDER, "To": [to], "Message": text}
    return _post(caller, "/messageSend", json.dumps(body).encode(), caller.basic, JSON)


def sendsms(caller: Caller, to: str, text: str) -> bytes:
    body = {"action": "sendsms", "message-text": text, "to": to, "from": SENDER}
    return _post(caller, "/action", json.dumps(body).encode(), f"x-api-key: {caller.key}", JSON)


DIALECTS: Mapping[str, Maker] = {
    "v1": v1,
    "smssend": smssend,
    "rest-sms": rest_sms,
    "enswitch": enswitch,
    "messaging": messaging,
    "sendsms": sendsms,
}


def requests(dialect: str, caller: Caller) -> Callable[[], bytes]:
    """The next request, whole, each time it is called."""
    make = DIALECTS[dialect]
    made = [make(caller, f"+4477009{n:05d}", f"Alarm {n}: pump 3 stopped, level 82 %") for n in range(TEXTS)]
    return itertools.cycle(made).__next__
