"""A multimedia message is announced: its address is told, and the SIM keeps nothing of it."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.stage import receiving, staged

FOLDER = Path(__file__).parents[2] / "vectors"
PDUS = {one["id"]: one["pdu"] for one in json.loads((FOLDER / "binary-ports-mwi-wap.json").read_text())["vectors"]}
NOTICES = json.loads((FOLDER / "mms-notification.json").read_text())["vectors"]


@pytest.mark.parametrize(
    "vector", [vector for vector in NOTICES if "mms" in vector["expect"]][:3], ids=lambda vector: vector["parts"][0]
)
async def test_a_multimedia_message_is_told_with_its_address_and_freed_from_the_sim(tmp_path, vector):
    told = vector["expect"]["mms"]
    async with asyncio.timeout(20), staged(tmp_path) as stage, receiving() as receiver:
        auth = {"Authorization": f"Bearer {stage.key}"}
        hook = {"url": receiver.url, "events": ["message.received"]}
        async with stage.http.post("/v1/webhooks", json=hook, headers=auth) as answer:
            assert answer.status == 201
        for name in vector["parts"]:
            stage.bank.deliver(0, sender="", pdu=bytes.fromhex(PDUS[name]))
        [(_, octets)] = await receiver.first(1)
        data = json.loads(octets)["data"]
        assert (data["mms"]["url"], data["mms"]["subject"]) == (told["content_location"], told.get("subject"))
        assert data["text"] == ""
        async with stage.http.get(f"/v1/messages/{data['id']}", headers=auth) as answer:
            assert (await answer.json())["mms"] == data["mms"]
        await stage.bank.ledger.wait_for_count("deleted", len(vector["parts"]))
