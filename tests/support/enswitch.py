"""A caller of the enswitch front: the seed's user, number and telephone line, and any request to the letter."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientResponse
from yarl import URL

from tests.support.stage import PATIENCE_S, Stage

NUMBER = "+12125550000"
PHONE = "+12125551234"
SEND = "/api/json/messages/text/send/"
OK = [{"code": "204", "key": "", "message": "OK"}]
LOGIN = {"auth_username": "user", "auth_password": "password"}
SEEDS = {"snumber": "2125550000", "cnumber": "2125551234", "message": "hello"}


@dataclass(slots=True)
class Answer:
    """What came back. responses: those of the body."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def responses(self) -> list[dict[str, str]]:
        return list(self.body["responses"])

    @property
    def told(self) -> list[tuple[str, str]]:
        """Code and key of each response."""
        return [(response["code"], response["key"]) for response in self.responses]


@dataclass(slots=True)
class Enswitch:
    """Every answer is held to: valid JSON, never cached."""

    stage: Stage
    accounts: dict[str, str] = field(default_factory=dict)

    async def get(self, query: str, path: str = SEND, method: str = "GET") -> Answer:
        """A query to the letter, as ``a=1;b=2``."""
        url = URL(f"{self.stage.url}{path}?{query}", encoded=True)
        async with self.stage.http.request(method, url) as answer:
            return await _answer(answer)

    async def post(self, path: str = SEND, **arguments: Any) -> Answer:
        async with self.stage.http.post(path, **arguments) as answer:
            return await _answer(answer)

    async def send(self, **changed: object) -> Answer:
        """The seed's parameters, some of them other or left out where `...` is given; as a form."""
        given = LOGIN | SEEDS | changed
        return await self.post(data={name: str(value) for name, value in given.items() if value is not ...})

    async def told(self, **changed: object) -> list[tuple[str, str]]:
        """Code and key of what such a request is told; it has HTTP status 200."""
        answer = await self.send(**changed)
        assert answer.status == 200
        return answer.told

    async def texts(self, count: int) -> list[str]:
        """What the network has taken, in order."""
        return [str(entry["text"]) for entry in await self.stage.submitted(count)]


async def _answer(response: ClientResponse) -> Answer:
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    return Answer(response.status, response.headers, json.loads(await response.text()))


async def to_the_letter(url: str, octets: bytes) -> tuple[int, dict[str, Any]]:
    """Status and body of the answer to a request of these very octets."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        async with asyncio.timeout(PATIENCE_S):
            writer.write(octets)
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    return int(head.split()[1]), json.loads(body)
