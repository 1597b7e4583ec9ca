"""What the matrices of tests/api/test_matrix.py go through: every route of /v1, a smallest body for each, and one of
everything that an account can own. A route or a body model that is missing here fails those tests by its name."""

import re
from collections.abc import Mapping
from typing import Any

from api.v1.front import V1
from api.v1.operation import Operation
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
    "CreateWebhook": {"url": "https://example.com"},
    "PatchLine": {"paused": False},
    "CreateCampaign": {"ref": "mine"},
    "CreateAccount": {"name": "branch"},
    "CreateLogin": {"username": "alice", "password": "correct horse"},
    "AnswerThread": {"text": "x"},
    "CreateSender": {"value": "STORE1", "lines": ["office"]},
    "GroupBody": {"name": "mine"},
    "AddMembers": {"contacts": ["con_1"]},
}
"""Model → what is asked with it; a model that is not here is content with ``{}``."""
OTHER_BODIES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("POST", "/v1/contacts/import"): {"data": b"name\nAnn\n", "headers": {"Content-Type": "text/csv"}},
    ("DELETE", "/v1/opt-outs/{id}"): {"params": {"reason": "asked for it"}},
    ("POST", "/v1/media"): {"data": b"\x89PNG\r\n\x1a\n", "headers": {"Content-Type": "image/png"}},
}
"""Routes whose body is no JSON → arguments of the request."""

_PLACE = re.compile(r"{\w+}")


ENDLESS = ("/v1/events/stream",)
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


async def everything(rig: Rig, key: str) -> dict[str, str]:
    """One thing of every kind in the account of that key, which the line ``office`` belongs to: collection → id."""

    async def make(path: str, **members: Any) -> dict[str, Any]:
        reply = await rig.call("POST", path, key=key, json=members)
        assert reply.status in (200, 201, 202), (path, reply.body)
        return dict(reply.body)

    line = next(line for line in await rig.store.lines() if line.name == "office")
    message = await make("/v1/messages", to=PEER, text=CANARY, notes=CANARY)
    arrival = Arrival(pdu=b"x", place=None, announced=True, sender=PEER, alphabet="gsm7", content=CANARY.encode())
    filed = await rig.store.file_arrival(line.num, arrival, rig.clock.now())
    assert filed.message is not None
    webhook = (await make("/v1/webhooks", url="https://example.com", name=CANARY))["id"]
    await make(f"/v1/webhooks/{webhook}/test")
    deliveries = (await rig.call("GET", "/v1/deliveries", key=key)).body["data"]
    upload = await rig.call("POST", f"/v1/media?name={CANARY}.png", key=key, **OTHER_BODIES["POST", "/v1/media"])
    assert upload.status == 201, upload.body
    return {
        "/v1/messages": message["id"],
        "/v1/batches": message["batch"],
        "/v1/inbound": filed.message.id,
        "/v1/webhooks": webhook,
        "/v1/deliveries": deliveries[0]["id"],
        "/v1/keys": (await rig.call("GET", "/v1/keys", key=key)).body["data"][0]["id"],
        "/v1/accounts": "default",
        "/v1/lines": line.id,
        "/v1/media": upload.body["id"],
        "/v1/threads": (await rig.call("GET", "/v1/threads", key=key)).body["data"][0]["id"],
        "/v1/senders": (await make("/v1/senders", value=CANARY, lines=["office"]))["id"],
        "/v1/campaigns": (await make("/v1/campaigns", ref=CANARY))["ref"],
        "/v1/contacts": (await make("/v1/contacts", name=CANARY, phone=PEER))["id"],
        "/v1/groups": (await make("/v1/groups", name=CANARY))["id"],
        "/v1/subscriptions": (await make("/v1/subscriptions", phone=PEER, campaign=CANARY))["id"],
        "/v1/opt-outs": (await make("/v1/opt-outs", phone="+13105550198", text=CANARY))["id"],
        "/v1/templates": (await make("/v1/templates", name=CANARY, text=CANARY))["id"],
    }
