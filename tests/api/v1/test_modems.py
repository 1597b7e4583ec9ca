"""The devices behind the lines."""

import asyncio
import json

import pytest

from gateway.domain.line import LineRecord, LineState, LineStatus
from tests.support.stage import receiving, staged

SEEN = LineStatus(
    LineState.UP, "", "Tele", "home", -71, "SIMCOM", "SIM800L", "R14", "356938035643809", "8944", device="/dev/ttyUSB0"
)


@pytest.fixture
async def line(rig):
    return (await rig.store.lines())[0]


async def modems(rig, **more):
    return (await rig.call("GET", "/v1/modems", **more)).body["data"]


async def test_a_modem_is_shown_with_the_line_whose_sim_is_in_it(rig, line):
    assert await modems(rig) == []
    await rig.store.set_line_status(line.num, SEEN, rig.clock.now())
    [modem] = await modems(rig)
    known = {"imei": SEEN.imei, "model": "SIM800L", "line": line.id, "state": "up"}
    assert modem == modem | known | {"signal_dbm": -71, "registration": "home"}
    assert (await rig.call("GET", f"/v1/modems/{modem['id']}")).body == modem


async def test_a_modem_that_is_gone_is_still_known(rig, line):
    await rig.store.set_line_status(line.num, SEEN, rig.clock.now())
    [before] = await modems(rig)
    await rig.store.set_line_status(line.num, LineStatus(LineState.DOWN, "the port is gone"), rig.clock.now())
    [after] = await modems(rig)
    assert (after["id"], after["imei"], after["model"]) == (before["id"], SEEN.imei, "SIM800L")
    assert (after["state"], after["reason"], after["signal_dbm"]) == ("down", "the port is gone", None)


async def test_a_modem_is_one_whichever_line_it_carries(rig, line):
    home = await rig.store.put_line(LineRecord(0, "", "home", number="+13109060902"))
    await rig.store.set_line_status(line.num, SEEN, rig.clock.now())
    await rig.store.set_line_status(line.num, LineStatus(LineState.DOWN, "no modem"), rig.clock.now())
    await rig.store.set_line_status(home.num, SEEN, rig.clock.now())
    [modem] = await modems(rig)
    assert modem["line"] == home.id


async def test_a_modem_of_others_is_an_unknown_one(rig, line):
    await rig.store.set_line_status(line.num, SEEN, rig.clock.now())
    [modem] = await modems(rig)
    other = await rig.key("other")
    assert await modems(rig, key=other) == []
    foreign = await rig.call("GET", f"/v1/modems/{modem['id']}", key=other)
    unknown = await rig.call("GET", "/v1/modems/mdm_1", key=other)
    assert (foreign.status, foreign.body["detail"]) == (404, unknown.body["detail"])


ON_THE_AIR = 20.0


@pytest.fixture
async def stage(tmp_path):
    async with staged(tmp_path) as stage, asyncio.timeout(ON_THE_AIR):
        yield stage


async def ask(stage, method, path, *, status=200, **more):
    headers = {"Authorization": f"Bearer {stage.key}"} | more.pop("headers", {})
    async with stage.http.request(method, path, headers=headers, **more) as answer:
        body = await answer.json()
        assert answer.status == status, body
        return body


async def the_modem(stage):
    return (await ask(stage, "GET", "/v1/modems"))["data"][0]["id"]


async def ended(stage, command):
    return await ask(stage, "GET", f"/v1/commands/{command['id']}", headers={"Prefer": "wait=15"})


async def told(stage, kind):
    """The events of that type, once there is one."""
    with stage.store.bells.watchers.watching("events:default") as bell:
        while not (found := (await ask(stage, "GET", f"/v1/events?type={kind}"))["data"]):
            await bell.wait()
            bell.clear()
    return found


async def test_a_ussd_code_is_answered_as_a_row_and_as_an_event(stage):
    stage.bank.modems[0].equipment.replies["*101#"] = "Your balance is 7.50"
    async with receiving() as receiver:
        hook = {"url": receiver.url, "events": ["ussd.answered"]}
        await ask(stage, "POST", "/v1/webhooks", json=hook, status=201)
        modem = await the_modem(stage)
        asked = await ask(stage, "POST", f"/v1/modems/{modem}/ussd", json={"code": "*101#"}, status=202)
        assert (asked["state"], asked["kind"], asked["code"]) == ("waiting", "ussd", "*101#")
        answered = await ended(stage, asked)
        assert (answered["state"], answered["text"], answered["error"]) == ("done", "Your balance is 7.50", None)
        [(_, octets)] = await receiver.first(1)
        assert json.loads(octets)["data"] == answered


async def test_a_code_that_the_network_does_not_know_fails_in_words(stage):
    asked = await ask(stage, "POST", f"/v1/modems/{await the_modem(stage)}/ussd", json={"code": "*999#"}, status=202)
    failed = await ended(stage, asked)
    assert (failed["state"], failed["text"]) == ("failed", "")
    assert (failed["error"]["code"], failed["error"]["cause"]) == ("ussd_failed", {"cusd": 4})


@pytest.mark.parametrize("code", ['*1"00#', "*100#\r", "\x1a", "   ", "", "*" * 161, "héllo"])
async def test_what_is_no_code_is_refused_and_asked_of_nobody(stage, code):
    refused = await ask(stage, "POST", f"/v1/modems/{await the_modem(stage)}/ussd", json={"code": code}, status=422)
    assert refused["code"] == "invalid_request"


async def test_a_modem_is_rebooted_and_comes_back_with_its_messages(stage):
    rebooted = stage.bank.modems[0].trap("received:+CFUN")
    asked = await ask(stage, "POST", f"/v1/modems/{await the_modem(stage)}/restart", status=202)
    assert (await ended(stage, asked))["state"] == "done"
    await rebooted.reached()
    assert [event["data"]["step"] for event in await told(stage, "modem.recovered")] == ["reset"]
    sent = await ask(stage, "POST", "/v1/messages", json={"to": "+13105551212", "text": "x"}, status=202)
    await stage.in_state(sent["id"], "sent", "delivered")


async def test_who_called_is_told_once_however_often_it_rang(stage):
    stage.bank.modems[0].call("+13105550199", rings=3)
    calls = [event["data"] for event in await told(stage, "call.missed")]
    assert [(call["from"], call["name"]) for call in calls] == [("+13105550199", "office")]
