"""What the matrices of tests/api/test_matrix.py go through: every route of /v1, a smallest body for each, and one of
everything that an account can own. A route or a body model that is missing here fails those tests by its name."""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from api.v1.front import V1
from api.v1.operation import Operation
from gateway.domain.line import LineState, LineStatus
from gateway.store.contract import Arrival
from tests.api.conftest import Rig

CANARY = "canary"
"""Stands in whatever an account can write of its things: where others read it, something shows that must not."""
PEER = "+13105550199"

BODIES: Mapping[str, Any] = {
    "SendMessage": {"to": "+13105551212", "text": "x"},
    "SendBatch": {"messages": [{"to": "+13105551212"}], "text": "x"},
    "PreviewMessage": {"text": "x"},
    "Resolve": {"as": "sent"},
    "Ussd": {"code": "*100#"},
    "CreateWebhook": {"url": "https://example.com"},
    "PatchLine": {"paused": False},
    "CreateCampaign": {"ref": "mine"},
    "CreateAccount": {"name": "branch"},
    "CreateLogin": {"username": "alice", "password": "correct horse"},
    "AnswerThread": {"text": "x"},
    "PutCentre": {"number": "+13123149810"},
    "EnterPin": {"pin": "1234"},
    "CreateSender": {"value": "STORE1", "lines": ["office"]},
    "ContactBody": {"name": "Ann"},
    "GroupBody": {"name": "Customers"},
    "AddMembers": {"contacts": ["con_1"]},
    "Subscribe": {"phone": "+13105551212", "campaign": "mine"},
    "EnterOptOut": {"phone": "+13105551212"},
    "CreateTemplate": {"name": "greeting", "text": "x"},
}
"""Model → what is asked with it; a model that is not here is content with ``{}``."""
OTHER_BODIES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("POST", "/v1/media"): {"data": b"\x89PNG\r\n\x1a\n", "headers": {"Content-Type": "image/png"}},
    ("POST", "/v1/contacts/import"): {"data": b"name\r\nAnn\r\n", "headers": {"Content-Type": "text/csv"}},
    ("DELETE", "/v1/opt-outs/{id}"): {"params": {"reason": "a mistake"}},
}
"""Routes that want something else, or more, than a body of JSON → arguments of the request."""

_PLACE = re.compile(r"{\w+}")


ENDLESS = ("/v1/events/stream", "/v1/lines/{id}/trace")
"""Routes whose answers do not end: their own tests ask them what the matrices ask."""


def operations(rig: Rig) -> list[Operation]:
    known = [one for one in V1(rig.gateway, rig.metrics).operations if isinstance(one, Operation)]
    return [one for one in known if one.path not in ENDLESS]


def collection_of(operation: Operation) -> str | None:
    """Whose thing its path names, as /v1/messages of /v1/messages/{id}/cancel; None when it names none."""
    head, place, _ = operation.path.partition("/{")
    return head if place else None


def request_of(operation: Operation, place: str = "x_1") -> tuple[str, str, dict[str, Any]]:
    """Method, path with that in its place, and the arguments of the request."""
    path = _PLACE.sub(place, operation.path)
    if (given := OTHER_BODIES.get((operation.method, operation.path))) is not None:
        return operation.method, path, dict(given)
    if operation.body is None:
        return operation.method, path, {}
    return operation.method, path, {"json": BODIES.get(operation.body.__name__, {})}


async def everything(
    rig: Rig, key: str, *, line: str = "office", word: str = CANARY, peer: str = PEER
) -> dict[str, str]:
    """One thing of every kind in the account of that key: collection → id.

    line: the name of one that belongs to the account alone. word: what each thing is called, and says. peer: the
    number that messages go to and come from, of the account's contact.
    """

    async def make(path: str, **members: Any) -> dict[str, Any]:
        reply = await rig.call("POST", path, key=key, json=members)
        assert reply.status in (200, 201, 202), (path, reply.body)
        return dict(reply.body)

    async def newest(path: str) -> str:
        reply = await rig.call("GET", path, key=key)
        return str(reply.body["data"][0]["id"])

    record = next(known for known in await rig.store.lines() if known.name == line)
    seen = LineStatus(LineState.UP, "", imei=f"3569380356{record.num:05}")
    await rig.store.set_line_status(record.num, seen, rig.clock.now())
    campaign = (await make("/v1/campaigns", ref=word))["ref"]
    said = {"notes": word, "campaign": campaign, "client_ref": word, "from": line}
    message = await make("/v1/messages", to=peer, text=f"https://example.com/{word}", track_clicks=True, **said)
    arrival = Arrival(pdu=b"x", place=None, announced=True, sender=peer, alphabet="gsm7", content=word.encode())
    filed = await rig.store.file_arrival(record.num, arrival, rig.clock.now())
    assert filed.message is not None
    webhook = (await make("/v1/webhooks", url="https://example.com", name=word))["id"]
    await make(f"/v1/webhooks/{webhook}/test")
    upload = await rig.call("POST", f"/v1/media?name={word}.png", key=key, **OTHER_BODIES["POST", "/v1/media"])
    assert upload.status == 201, upload.body
    contact = (await make("/v1/contacts", name=word, phone=peer, external_id=word))["id"]
    group = (await make("/v1/groups", name=word))["id"]
    await make(f"/v1/groups/{group}/members", contacts=[contact])
    return {
        "/v1/messages": message["id"],
        "/v1/batches": message["batch"],
        "/v1/inbound": filed.message.id,
        "/v1/webhooks": webhook,
        "/v1/deliveries": await newest("/v1/deliveries"),
        "/v1/keys": await newest("/v1/keys"),
        "/v1/accounts": filed.message.account,
        "/v1/lines": record.id,
        "/v1/modems": (modem := await newest("/v1/modems")),
        "/v1/commands": (await make(f"/v1/modems/{modem}/ussd", code=word))["id"],
        "/v1/media": upload.body["id"],
        "/v1/threads": await newest("/v1/threads"),
        "/v1/links": (await rig.call("GET", "/v1/links", key=key)).body["data"][0]["code"],
        "/v1/senders": (await make("/v1/senders", value=word, lines=[line]))["id"],
        "/v1/campaigns": campaign,
        "/v1/contacts": contact,
        "/v1/groups": group,
        "/v1/subscriptions": (await make("/v1/subscriptions", phone=peer, campaign=campaign, group=group))["id"],
        "/v1/opt-outs": (await make("/v1/opt-outs", phone=peer, scope=f"sender:{word}", text=word))["id"],
        "/v1/templates": (await make("/v1/templates", name=word, text=word))["id"],
    }


def rows_of(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything on disk, by table; without what asking alone changes."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: _rows(connection, name) for name in tables if name not in ("probe", "sqlite_sequence")}


def _rows(connection: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    kept = ", ".join(name for name in names if name not in ("last_used_at", "used_at"))
    return sorted(connection.execute(f"SELECT {kept} FROM {table}"), key=repr)
