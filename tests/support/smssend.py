"""What the tests of the smssend front ask with: a body as the seed writes it, and the answer whole."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession
from multidict import CIMultiDictProxy

TO = "+10000000001"
ZEROS = "0" * 32


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def failure(self) -> tuple[int, str, str]:
        """Status, ErrorCode and Message of a refusal in JSON."""
        status = self.json["ResponseStatus"]
        return self.status, status["ErrorCode"], status["Message"]

    @property
    def errors(self) -> dict[str, str]:
        """FieldName → ErrorCode."""
        assert self.status == 400, self.text
        return {one["FieldName"]: one["ErrorCode"] for one in self.json["ResponseStatus"]["Errors"]}


def sms(*to: str, flag: bool | None = None, **members: object) -> dict[str, Any]:
    """An SMSSend to the numbers; members: of its SMSModel, ``...`` leaves one out."""
    model: dict[str, object] = {
        "From": {"PhoneNumber": "00000"},
        "To": [{"PhoneNumber": number} for number in to or (TO,)],
        "MessageBody": "hello",
    } | members
    body: dict[str, Any] = {"SMSModel": {name: value for name, value in model.items() if value is not ...}}
    return body if flag is None else body | {"CreateCommunicationReferencesImmediately": flag}


async def post(
    http: ClientSession,
    body: object = None,
    path: str = "/api/sendmessage",
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
) -> Reply:
    """body: text and octets as they are, anything else as JSON. An empty Content-Type is not sent."""
    data = body if isinstance(body, str | bytes) or body is None else json.dumps(body, ensure_ascii=False)
    given = {"Content-Type": "application/json"} | dict(headers or {})
    if not given["Content-Type"]:
        del given["Content-Type"]
    octets = io.BytesIO(data.encode() if isinstance(data, str) else data) if data is not None else None
    silent = ("Content-Type",)
    async with http.request(method, path, data=octets, headers=given, skip_auto_headers=silent) as answer:
        return Reply(answer.status, answer.headers, await answer.text())
