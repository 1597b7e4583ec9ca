"""A SIM abroad: nothing is sent over it unasked, and what comes in is received (faults 37)."""

import asyncio

import pytest

from gateway.domain.line import LineState
from tests.modem.driver.responder import driven
from tests.support.stage import PATIENCE_S, lines_are, staged

HOME, ABROAD = 1, 5


async def test_fault_37_a_line_abroad_waits_says_why_and_goes_on_at_home(tmp_path):
    async with asyncio.timeout(PATIENCE_S), staged(tmp_path) as stage:
        stage.bank.modems[0].register(ABROAD)
        await lines_are(stage.store, LineState.DOWN)
        [line] = await stage.store.lines()
        assert "abroad" in line.status.reason
        assert line.status.registration == "roaming"
        auth = {"Authorization": f"Bearer {stage.key}"}
        async with stage.http.post("/v1/messages", json={"to": "+13105551212", "text": "x"}, headers=auth) as answer:
            message = await answer.json()
        stage.bank.deliver(0, sender="+13105550199", text="received all the same")
        assert [one.text for one in await stage.received(1)] == ["received all the same"]
        async with stage.http.get(f"/v1/messages/{message['id']}/waiting", headers=auth) as answer:
            assert "abroad" in str(await answer.json())
        assert stage.bank.ledger.submitted == []
        stage.bank.modems[0].register(HOME)
        await stage.in_state(message["id"], "sent", "delivered")
        assert len(stage.bank.ledger.submitted) == 1


@pytest.mark.parametrize("roaming", [True, False])
async def test_fault_37_its_owner_may_let_it_send(roaming: bool) -> None:
    async with driven({"AT+CREG?": "\r\n+CREG: 0,5\r\n\r\nOK\r\n"}, roaming=roaming) as d:
        assert d.modem.registration.roaming
        assert d.modem.registration.may_send is roaming
