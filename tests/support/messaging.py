"""Asking the ``messaging`` front of a staged gateway."""

import base64
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse

from tests.support.stage import Stage

FROM, TO = "13109060901", "13105551212"


def basic(user: str, token: str) -> str:
    """The value of ``Authorization``."""
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()


@dataclass(slots=True)
class Bulk:
    """A caller with a key of the stage's account as the token. prefix: before each path."""

    stage: Stage
    key: str
    prefix: str = ""

    async def ask(self, method: str, path: str, **more: Any) -> ClientResponse:
        """The answer, read. Basic authentication, unless ``headers`` bring their own."""
        headers = {"Authorization": basic("anybody", self.key)} | more.pop("headers", {})
        answer = await self.stage.http.request(method, self.prefix + path, headers=headers, **more)
        await answer.read()
        assert answer.status < 500 or answer.status == 503, await answer.text()
        return answer

    async def send(self, *, status: int = 200, headers: dict[str, str] | None = None, **members: Any) -> Any:
        """``/messageSend`` with the seed's values, some of them other, or left out where `...` is given."""
        body = {"From": FROM, "To": [TO], "Message": "hello"} | members
        body = {name: value for name, value in body.items() if value is not ...}
        answer = await self.ask("POST", "/messageSend", json=body, headers=headers or {})
        told = await answer.json()
        assert answer.status == status, told
        if status != 200:
            assert (told["Code"], {"Description", "Error"} <= told.keys()) == (str(status), True)
        return told

    async def put(self, name: str = "Default", *, status: int = 200, **members: Any) -> Any:
        """``PUT /webHooks``."""
        answer = await self.ask("PUT", "/webHooks", json={"Webhook": name, **members})
        assert answer.status == status, await answer.text()
        return await answer.json()

    async def hooks(self, **query: str) -> Any:
        answer = await self.ask("GET", "/webHooks", params=query)
        assert answer.status == 200, await answer.text()
        return await answer.json()
