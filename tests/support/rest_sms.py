"""A caller of the rest-sms front: every request is written to the letter on a socket of its own, as in

POST /rest/sms/sendMessageToPhone/One+time+message+for+you./2065559696/00000 HTTP/1.1
"""

import asyncio
import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.support.stage import PATIENCE_S, Stage

PASSWORD = "pass:word with blanks"
CODE = "00000"
VENDOR_TYPE = "application/vnd.whatcounts-v1+json"
DATE = re.compile(r"[A-Z][a-z]{2} [1-9]\d?, \d{4} (1[0-2]|[1-9]):[0-5]\d:[0-5]\d [AP]M")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``text`` to the octet, ``body`` decoded."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> tuple[int, str]:
        """Status and error text; holds the body to the dialect's shape."""
        assert set(self.body) == {"error", "status", "statusCode"}, self.text
        assert self.body["statusCode"] == self.status
        return self.status, self.body["error"]


@dataclass(slots=True)
class Realm:
    """num: the realm's id."""

    stage: Stage
    name: str
    password: str
    num: int

    @property
    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.name}:{self.password}".encode()).decode()

    async def post(self, target: str | bytes, body: bytes | None = None, **headers: str) -> Answer:
        return await self.ask("POST", target, body, **headers)

    async def get(self, target: str, **headers: str) -> Answer:
        return await self.ask("GET", target, **headers)

    async def ask(self, method: str, target: str | bytes, body: bytes | None = None, **headers: str) -> Answer:
        """target: as it stands in the request line. headers: beside Authorization, ``_`` for ``-``."""
        address = urlsplit(self.stage.url)
        fields = {"Host": address.netloc, "Connection": "close", "Authorization": self.basic}
        if body is not None:
            fields["Content-Length"] = str(len(body))
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        octets = target.encode() if isinstance(target, str) else target
        lines = [method.encode() + b" " + octets + b" HTTP/1.1"]
        lines += [f"{name}: {value}".encode() for name, value in fields.items() if value]
        return await spoken(
            address.hostname or "", address.port or 0, b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")
        )

    async def send(self, text: str, phone: str = "2065559696", code: str = CODE) -> Answer:
        """``text`` and the others as they stand in the path."""
        return await self.post(f"/rest/sms/sendMessageToPhone/{text}/{phone}/{code}")

    async def create(self, name: str, text: str = "Hello") -> dict[str, Any]:
        answer = await self.post("/rest/create_message", json_of(name=name, messageText=text), **JSON)
        assert answer.status == 200, answer.text
        return dict(answer.body)

    async def subscribe(self, *phones: str, code: str = CODE, group: str = "") -> None:
        for phone in phones:
            answer = await self.post(f"/rest/sms/addPhoneToSenderCode/{phone}/{code}?groupName={group}")
            assert answer.status == 200, answer.text

    async def mail(self, message: str, name: str, *, code: str = CODE, query: str = "", **headers: str) -> Answer:
        return await self.post(f"/rest/sms/sendMessageToSenderCode/{message}/{code}/{name}{query}", **headers)


JSON = {"Content_Type": "application/json"}


def json_of(**members: object) -> bytes:
    return json.dumps(members).encode()


async def realm_of(stage: Stage, account: str = "default", **more: Any) -> Realm:
    """The realm of an account, with a login of its own."""
    await stage.login(account, PASSWORD, account=account, **more)
    found = await stage.store.account(account)
    assert found is not None
    return Realm(stage, account, PASSWORD, found.num)


async def spoken(host: str, port: int, request: bytes) -> Answer:
    """What a server answers to these octets before it closes the connection."""
    async with asyncio.timeout(PATIENCE_S):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(request)
        octets = await reader.read()
        writer.close()
    head, _, body = octets.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    headers = {name: value.strip() for name, _, value in (field.partition(":") for field in fields)}
    return Answer(int(status.split(" ")[1]), headers, body.decode())
