"""The devices behind the lines."""

import pytest

from gateway.domain.line import LineRecord, LineState, LineStatus

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
