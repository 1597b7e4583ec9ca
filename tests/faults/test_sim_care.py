"""What the gateway sees to on a SIM, on the real daemon: its storages, service centre and PIN."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.config import LineSettings
from gateway.domain.line import LineState
from gateway.workers import backoff
from modem.simulator.bank import Bank
from modem.simulator.card import Card, Lock, luhn
from modem.simulator.storage import Status
from tests.faults.conftest import Play
from tests.support.stage import PATIENCE_S, Stage, by_device, line_is

PHONE = "+447911123456"
SUBMIT = bytes.fromhex("0001000A8160938934390000" + "04D4F29C0E")  # somebody stored it to send it some day
PLACES = 20
REPORT = bytes.fromhex("0006000C91447419113254" + "00" * 15)  # of a message that nobody here has sent


async def told(stage: Stage, kind: str) -> list[dict[str, object]]:
    """What the events of that type say, oldest first, once there is one."""
    with stage.store.bells.watchers.watching("events:default") as bell:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                bell.clear()
                found = [event for event in await stage.store.events_after("default", 0, 200) if event.type == kind]
                if found:
                    return [dict(event.data) for event in found]
                await bell.wait()


def cluttered(bank: Bank) -> Sequence[LineSettings]:
    """Drafts of somebody else fill the SIM up to four places in five: they are not ours to delete."""
    for _ in range(PLACES * 4 // 5):
        bank.modems[0].equipment.sim.put(SUBMIT, Status.UNSENT)
    return by_device(bank)


async def test_a_sim_that_cannot_be_emptied_is_told_once_and_shown_until_it_has_room(play: Play) -> None:
    async with play(lines=cluttered) as stage:
        [low] = await told(stage, "line.storage_low")
        assert (low["name"], low["storage"], low["used"], low["size"]) == ("office", "SM", 16, PLACES)
        [line] = (await stage.ask("GET", "/v1/lines"))["data"]
        assert line["storages_low"] == [{"storage": "SM", "used": 16, "size": PLACES}]
        async with stage.http.get("/metrics") as answer:
            metrics = await answer.text()
        assert 'simgate_sim_storage_low{line="office",store="SM"} 1.0' in metrics
        assert 'simgate_sim_storage_low{line="office",store="SR"} 0.0' in metrics
        stage.bank.deliver(0, sender=PHONE, text="there is room for me")
        await stage.received(1)
        stage.bank.modems[0].reboot()  # a new connection asks anew, and tells nobody anew
        stage.bank.deliver(0, sender=PHONE, text="and for me")
        await stage.received(2)
        stage.bank.modems[0].equipment.sim.slots.clear()
        with stage.store.bells.watchers.watching("lines") as bell:
            while (await stage.store.lines())[0].status.storages_low:
                await bell.wait()
                bell.clear()
        assert len(await told(stage, "line.storage_low")) == 1


def backlog(bank: Bank) -> Sequence[LineSettings]:
    """The SIM is full, and the network has twice as much for it."""
    for n in range(3 * PLACES):
        bank.deliver(0, sender=PHONE, text=f"in {n}")
    for _ in range(PLACES):
        bank.modems[0].equipment.reports.put(REPORT, Status.UNREAD)
    return by_device(bank)


async def test_a_sim_that_is_being_emptied_is_no_alarm(play: Play) -> None:
    async with play(lines=backlog) as stage:
        await stage.received(3 * PLACES)
        equipment = stage.bank.modems[0].equipment
        swept = [stage.bank.modems[0].trap("received:+CMGL", nth=n) for n in (3, 6)]
        for sweep in swept:
            await sweep.reached()
        assert (equipment.sim.used, equipment.memory.used, equipment.reports.used) == (0, 0, 0)
        assert [event for event in await stage.store.events_after("default", 0, 200) if "storage" in event.type] == []
        [line] = (await stage.ask("GET", "/v1/lines"))["data"]
        assert line["storages_low"] == []


CENTRE = "+447700900999"  # what the simulated cards have


async def in_the_modem(stage: Stage) -> str:
    return str((await stage.ask("GET", "/v1/modems"))["data"][0]["id"])


async def ended(stage: Stage, command: dict[str, object]) -> dict[str, object]:
    """A command once something has come of it."""
    found: dict[str, object] = await stage.ask("GET", f"/v1/commands/{command['id']}", Prefer="wait=20")
    return found


async def as_admin(stage: Stage, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
    headers = {"Authorization": f"Bearer {await stage.new_key(scopes=['admin'])}"}
    async with stage.http.request(method, path, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_service_centre_that_the_sim_has_lost_is_put_back_when_it_is_set_up(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    async with play() as stage:
        card = stage.bank.modems[0].equipment.card
        path = f"/v1/modems/{await in_the_modem(stage)}/service-centre"
        kept = await stage.ask("GET", path)
        assert (kept["number"], kept["iccid"]) == (CENTRE, card.iccid)
        card.service_centre = ""
        written = stage.bank.modems[0].trap("received:+CSCA", nth=3)  # read twice, then written
        stage.bank.modems[0].reboot()
        await written.reached()
        await line_is(stage.store, "office", LineState.UP)
        assert card.service_centre == CENTRE
        assert "service centre was lost, put back" in caplog.text
        await stage.in_state(await stage.send("by the old centre"), "delivered")


async def test_another_sim_does_not_get_the_service_centre_of_the_one_before(play: Play) -> None:
    async with play() as stage:
        office = stage.bank.modems[0]
        office.unplug()
        await line_is(stage.store, "office", LineState.DOWN)
        other = Card("+447700900777", "001010000000077", luhn("899900000000000077"), service_centre="")
        office.equipment.card = other
        office.plug()
        await line_is(stage.store, "office", LineState.UP)
        assert other.service_centre == ""
        [line] = (await stage.ask("GET", "/v1/lines"))["data"]
        assert (line["iccid"], line["service_centre"]) == (other.iccid, None)


async def test_its_owner_puts_a_service_centre_on_the_sim(play: Play) -> None:
    async with play() as stage:
        path = f"/v1/modems/{await in_the_modem(stage)}/service-centre"
        for number in ("", "+1 312", "+1312\r", "abc", "1" * 21):
            status, refused = await as_admin(stage, "PUT", path, {"number": number})
            assert (status, refused["code"]) == (422, "invalid_request")
        async with stage.http.put(path, json={"number": "+13123149810"}, headers=stage.bearer) as answer:
            assert answer.status == 403
        status, asked = await as_admin(stage, "PUT", path, {"number": "+13123149810"})
        assert status == 202
        done = await ended(stage, asked)
        assert (done["state"], done["kind"], done["code"]) == ("done", "service_centre", "+13123149810")
        assert stage.bank.modems[0].equipment.card.service_centre == "+13123149810"
        assert (await stage.ask("GET", path))["number"] == "+13123149810"
        with stage.store.bells.watchers.watching("lines") as bell:
            while (await stage.store.lines())[0].status.service_centre != "+13123149810":
                await bell.wait()
                bell.clear()


def with_a_centre(bank: Bank) -> Sequence[LineSettings]:
    return [replace(line, service_centre="+447700900555") for line in by_device(bank)]


async def test_the_configuration_has_the_last_word_on_the_service_centre(play: Play) -> None:
    async with play(lines=with_a_centre) as stage:
        card = stage.bank.modems[0].equipment.card
        assert card.service_centre == "+447700900555"
        path = f"/v1/modems/{await in_the_modem(stage)}/service-centre"
        _, asked = await as_admin(stage, "PUT", path, {"number": "+13123149810"})
        failed = await ended(stage, asked)
        assert isinstance(failed["error"], dict)
        assert (failed["state"], failed["error"]["code"]) == ("failed", "service_centre_configured")
        assert card.service_centre == "+447700900555"


PIN = "47110815"


def locked(bank: Bank) -> Sequence[LineSettings]:
    """The office's SIM wants a PIN that nobody has configured."""
    bank.modems[0].lock(PIN)
    return by_device(bank)


async def locked_modem(stage: Stage) -> str:
    """The modem behind the line that waits for its PIN; it has never been up."""
    await line_is(stage.store, "office", LineState.DOWN, "PIN")
    modems = (await stage.ask("GET", "/v1/modems"))["data"]
    office = stage.bank.modems[0]
    return str(next(modem["id"] for modem in modems if modem["imei"] == office.imei))


async def entered(stage: Stage, pin: str) -> dict[str, object]:
    status, asked = await as_admin(stage, "POST", f"/v1/modems/{await locked_modem(stage)}/pin", {"pin": pin})
    assert (status, asked["kind"], asked["code"]) == (202, "pin", None)
    return await ended(stage, asked)


def nowhere(stage: Stage, pin: str, log: str) -> None:
    """Neither the log says it nor any file of the state directory, such as the database with its events and answers."""
    assert pin not in log
    files = [path for path in stage.settings.data_dir.rglob("*") if path.is_file()]
    assert {"simgate.db", "simgate.db-wal"} <= {path.name for path in files}
    for path in files:
        assert pin.encode() not in path.read_bytes(), path


async def test_a_line_that_waits_for_its_pin_takes_it_and_remembers_it_while_it_runs(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with play(modems=2, lines=locked, up=("home",)) as stage:
        done = await entered(stage, PIN)
        assert (done["state"], done["error"]) == ("done", None)
        await line_is(stage.store, "office", LineState.UP)
        again = stage.bank.modems[0].trap("received:+CPIN")
        stage.bank.modems[0].reboot()
        await again.reached()
        await stage.in_state(await stage.send("unlocked", **{"from": "office"}), "delivered")
        assert stage.bank.modems[0].equipment.card.lock is Lock.READY
        nowhere(stage, PIN, caplog.text)


async def test_a_pin_is_not_kept_waiting_by_a_line_that_rests(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """After failures in a row a line is left alone for up to a quarter of an hour."""
    monkeypatch.setattr(backoff, "FIRST_WAIT_S", 3600.0)
    monkeypatch.setattr(backoff, "LONGEST_WAIT_S", 3600.0)
    async with play(modems=2, lines=locked, up=("home",)) as stage:
        assert (await entered(stage, PIN))["state"] == "done"
        await line_is(stage.store, "office", LineState.UP)


async def test_a_wrong_pin_is_tried_once_and_another_one_gets_its_turn(play: Play) -> None:
    async with play(modems=2, lines=locked, up=("home",)) as stage:
        card = stage.bank.modems[0].equipment.card
        for code in ("pin_refused", "pin_not_tried"):  # the same value is not tried on this SIM again
            failed = await entered(stage, "9999")
            assert isinstance(failed["error"], dict)
            assert (failed["state"], failed["error"]["code"]) == ("failed", code)
            assert card.pin_tries == 2
        assert (await entered(stage, PIN))["state"] == "done"
        await line_is(stage.store, "office", LineState.UP)
        await stage.in_state(await stage.send("meanwhile"), "delivered")


@pytest.mark.parametrize(("left", "code"), [(1, "pin_not_tried"), (0, "sim_puk")])
async def test_the_last_attempt_is_not_used_up_and_the_puk_is_told(play: Play, left: int, code: str) -> None:
    async with play(modems=2, lines=locked, up=("home",)) as stage:
        modem = await locked_modem(stage)
        card = stage.bank.modems[0].equipment.card
        card.pin_tries = left
        _, asked = await as_admin(stage, "POST", f"/v1/modems/{modem}/pin", {"pin": PIN})
        failed = await ended(stage, asked)
        assert isinstance(failed["error"], dict)
        assert failed["error"]["code"] == code
        assert card.pin_tries == left


async def test_a_sim_that_is_unlocked_gets_no_pin(play: Play) -> None:
    async with play() as stage:
        for pin in ("123", "123456789", "12a4", ""):
            status, refused = await as_admin(stage, "POST", f"/v1/modems/{await in_the_modem(stage)}/pin", {"pin": pin})
            assert (status, refused["code"]) == (422, "invalid_request")
            assert not pin or pin not in str(refused["detail"])
        _, asked = await as_admin(stage, "POST", f"/v1/modems/{await in_the_modem(stage)}/pin", {"pin": PIN})
        failed = await ended(stage, asked)
        assert isinstance(failed["error"], dict)
        assert failed["error"]["code"] == "pin_not_wanted"
        assert stage.bank.ledger.counts["pin"] == 0


async def test_another_sim_loses_no_try_to_the_pin_of_the_one_before(play: Play) -> None:
    async with play(modems=2, lines=locked, up=("home",)) as stage:
        assert (await entered(stage, PIN))["state"] == "done"
        await line_is(stage.store, "office", LineState.UP)
        office = stage.bank.modems[0]
        office.unplug()
        await line_is(stage.store, "office", LineState.DOWN)
        other = Card("+447700900777", "001010000000077", luhn("899900000000000077"), pin="1111")
        office.equipment.card = other
        asked = office.trap("received:+CPIN", nth=4)
        office.plug()
        await asked.reached()
        await line_is(stage.store, "office", LineState.DOWN, "PIN")
        assert other.pin_tries == 3
        assert (await entered(stage, "1111"))["state"] == "done"
        await line_is(stage.store, "office", LineState.UP)


async def test_how_a_line_hears_the_network_is_shown_measured_and_remembered(play: Play) -> None:
    async with play() as stage:
        with stage.store.bells.watchers.watching("lines") as bell:
            while (status := (await stage.store.lines())[0].status).rsrp_dbm is None:
                await bell.wait()
                bell.clear()
        assert (status.signal_dbm, status.rsrp_dbm, status.rsrq_db, status.technology) == (-73, -81, -10.0, "4G")
        [line] = (await stage.ask("GET", "/v1/lines"))["data"]
        assert (line["rsrp_dbm"], line["rsrq_db"], line["sinr_db"], line["technology"]) == (-81, -10.0, None, "4G")
        async with stage.http.get("/metrics") as answer:
            metrics = await answer.text()
        assert 'simgate_modem_rsrp_dbm{line="office"} -81.0' in metrics
        assert 'simgate_modem_rsrq_db{line="office"} -10.0' in metrics
        assert "simgate_modem_sinr_db{" not in metrics, "what is not told is not zero"
        for path in ("office", line["id"]):
            [point] = (await stage.ask("GET", f"/v1/lines/{path}/signal"))["data"]
            told = {"dbm": -73, "rsrp": -81, "rsrq": -10.0, "sinr": None, "technology": "4G", "operator": "00101"}
            assert point == point | told | {"registration": "home", "roaming": False}
        for query, count in (("since=2020-01-01T00:00:00Z", 1), ("until=2020-01-01T00:00:00Z", 0)):
            assert len((await stage.ask("GET", f"/v1/lines/office/signal?{query}"))["data"]) == count
        async with stage.http.get("/v1/lines/nowhere/signal", headers=stage.bearer) as answer:
            assert answer.status == 404


def asking(bank: Bank) -> Sequence[LineSettings]:
    """By a code that the network never answers."""
    bank.modems[0].equipment.replies.pop("*100#", None)
    return [replace(line, balance_code="*100#") for line in by_device(bank)]


async def test_a_balance_code_that_is_never_answered_is_not_asked_at_each_reconnection(play: Play) -> None:
    async with play(lines=asking) as stage:
        office = stage.bank.modems[0]
        with stage.store.bells.watchers.watching("lines") as bell:
            while (await stage.store.lines())[0].status.balance_misses == 0:
                await bell.wait()
                bell.clear()
        asked = office.trap("received:+CUSD")
        for n in range(2):
            up = office.trap("received:+CSQ", nth=2)  # the second check of a connection: its workers are at work
            office.reboot()
            await up.reached()
            await stage.in_state(await stage.send(f"still up {n}"), "delivered")
        assert (await stage.store.lines())[0].status.balance_misses == 1
        assert not asked.trap.sprung
