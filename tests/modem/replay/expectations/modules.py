"""What the dialogues with the cards and modules of Cinterion, Fibocom, Option, Sierra and Telit are there to show."""

from modem.at.answers import parse_operator, parse_ranges, parse_registration, technology
from modem.errors import CommandTimeout, ProtocolError
from modem.events import DeliverReceived
from tests.modem.replay.replay import Expectation, Replay, failure, rejection
from tests.modem.replay.stories import (
    Memory,
    answers,
    does_not_send,
    does_not_show,
    expected,
    identified,
    networks,
)

MESSAGE = "07913336990893F4040C91447700097002000052308171230421036F7719"  # "one"


async def answers_in_digits(r: Replay) -> None:
    await r.up()
    commands = [line for line in r.heard if line != "AT"]
    assert commands[0] == "ATE0V1Q0"
    assert r.modem.capabilities.routing is not None
    begun = r.now
    assert await rejection(r.send()) == ("plain", None)
    assert 3 <= r.now - begun < 5
    r.player.playing = False
    assert await r.send() == 1
    await r.modem.round_trip()


async def the_only_routing(r: Replay) -> None:
    await r.up()
    assert r.modem.capabilities.routing == (2, 1, 0, 2, 1)
    assert r.modem.capabilities.home in ("SM", "MT")
    assert "SM" in r.modem.capabilities.storages
    await r.in_step()


async def fifth_value_is_one(r: Replay) -> None:
    await r.up(first=True)
    assert "AT+CNMI=2,1,0,2,0" not in r.heard
    assert r.modem.capabilities.routing is not None
    assert r.modem.capabilities.routing[4] == 1
    for text in r.dialogue.commands:
        assert await rejection(r.require(text)) == ("cms", 302)
    assert r.modem.capabilities.home == "SM"
    await r.in_step()


async def read_through_mt(r: Replay) -> None:
    await r.up()
    assert "MT" in r.modem.capabilities.storages
    assert "SM" not in r.modem.capabilities.storages
    assert r.modem.capabilities.home in ("SM", "MT")
    r.ordinary.stores["MT"][3] = (0, MESSAGE)
    assert await r.modem.sweep() == 1
    await r.settle()
    assert [event.deliver.text for event in r.of(DeliverReceived)] == ["one"]
    assert r.ordinary.stores["MT"] == {}


async def not_into_me(r: Replay) -> None:
    identity = await r.up()
    assert (identity.manufacturer, identity.model, identity.revision) == ("SIEMENS", "MC35i", "REVISION 02.00")
    assert r.modem.profile.name == "siemens"
    assert r.modem.capabilities.home in ("SM", "MT")
    assert r.ordinary.selected[2] != "ME"
    assert (await r.ask("AT^SQWE?")).lines == ("^SQWE: 0",)
    assert (await r.ask("ATI5")).lines == ()
    await r.in_step()


async def empty_places(r: Replay) -> None:
    await r.up(first=True)
    for index in (16, 17):
        await r.announce(f'+CMTI: "SM",{index}')
        assert f"AT+CMGR={index}" in r.heard
    assert r.incoming == []
    assert r.warnings == []
    await r.in_step()


async def whole_block_with_an_empty_line(r: Replay) -> None:
    identity = await r.up()
    assert (identity.manufacturer, identity.model) == ("Fibocom Wireless Inc.", "FM350-GL")
    assert (identity.revision, r.modem.profile.name) == ("81600.0000.00.29.22.40", "fibocom-fm350")
    assert (await r.ask("ATI")).lines[-1] == "IMEI: 001091990153619"
    response = await r.ask("AT+CGMI;+CGMM;+CGMR")
    assert response.lines == ("Fibocom Wireless Inc.", "FM350-GL", "81600.0000.00.29.22.40")
    await r.in_step()


def eight_in_one(r: Replay, found: list) -> bool:
    signal, pin, _, operator, registration = found[0].lines
    read = parse_registration(registration)
    named = parse_operator(operator)
    return (
        (signal, pin) == ("+CSQ: 17,99", "+CPIN: READY")
        and named is not None
        and named.operator == "26201"
        and read is not None
        and (read.stat, read.act, technology(read.act)) == (1, 13, "lte")
    )


async def broken_numbers(r: Replay) -> None:
    identity = await r.up()
    assert (identity.manufacturer, identity.imei) == ("Fibocom", "001039287235797")
    assert (identity.imsi, identity.iccid) == ("001010797934024", "8999077535046321681")
    assert r.modem.profile.name == "fibocom"
    for text in ("AT+MTSM=1", "AT+XCESQ?", "AT+RSRQ?"):
        assert len((await r.ask(text)).lines) == 1
    await r.modem.check()
    await r.in_step()


async def no_ussd_to_cancel(r: Replay) -> None:
    await r.up()
    assert r.modem.capabilities.storages == ("SM", "ME", "SR")
    assert isinstance(await failure(r.modem.ussd("*100#")), CommandTimeout)
    assert "AT+CUSD=2" in r.heard
    await r.in_step()
    assert await r.send() == 1


async def roaming(r: Replay) -> None:
    await r.up()
    assert (r.modem.registration.circuit, r.modem.registration.technology) == (5, "umts")
    assert r.modem.registration.roaming
    assert r.modem.registration.may_send


async def pin_and_news(r: Replay) -> None:
    r.ordinary.answers["AT+CPIN?"] = "+CPIN: SIM PIN\nOK"
    await r.open()
    entering = r.later(r.up("1234", Memory()))
    while "AT+CPIN=" not in "".join(r.heard):
        await r.settle(0.1)
    r.ordinary.answers["AT+CPIN?"] = "+CPIN: READY\nOK"
    identity = await entering
    assert r.count("AT+CPIN=") == 1
    assert identity.revision is not None
    assert identity.revision.startswith("SWI9X15C_05.05.67.00")
    assert r.modem.profile.name == "sierra"
    assert (r.modem.registration.circuit, r.modem.registration.technology) == (1, "lte")
    health = await r.modem.check()
    assert health.signal.rssi_dbm == -81


async def wrong_port(r: Replay) -> None:
    """A diagnostic port: every question about SMS is answered by a bare OK."""
    for text in ("AT+CMGF?", "AT+CSMS?", "AT+CSCA?", 'AT+CPMS="ME"', 'AT+CPMS="SM"', 'AT+CPMS="MT"', 'AT+CPMS="TA"'):
        r.ordinary.answers[text] = "OK"
    error = await failure(r.up())
    assert isinstance(error, ProtocolError)
    assert "another port" in str(error)
    r.player.next_port()
    r.ordinary.answers.clear()
    await r.open()
    identity = await r.up(first=True)
    assert (identity.manufacturer, identity.model, identity.revision) == ("Sierra Wireless, Inc.", "MC8775", "APP2")
    assert r.modem.profile.name == "sierra"
    assert await r.send() == 1


async def waits_for_the_prompt(r: Replay) -> None:
    await r.up(first=True)
    written = len(r.player.raw)
    assert await rejection(r.send()) == ("cme", 4)
    assert r.player.raw[written:] == "AT+CMGS=16\r"
    r.player.playing = False
    assert await r.send() == 1
    assert len(r.ordinary.entered) == 1
    await r.in_step()


async def first_port_is_silent(r: Replay) -> None:
    r.player.mute, r.player.playing = True, False
    await r.open()
    begun = r.now
    assert isinstance(await failure(r.modem.identify()), CommandTimeout)
    assert r.now - begun < 15
    r.player.skip("ATI")
    r.player.next_port()
    r.player.mute, r.player.playing = False, True
    await r.open()
    identity = await r.modem.identify()
    assert (identity.manufacturer, identity.model) == ("BroadMobi", "BM806C")
    assert (identity.revision, identity.imei) == ("M1.2.0_E1.0.1_A1.1.8", "001061718125157")
    await r.up()
    assert await r.send() == 1


EXPECTATIONS: dict[str, Expectation] = {
    "broadmobi-bm806c: port-probing": expected(first_port_is_silent),
    "cinterion-mc55i: numeric-result-codes": expected(answers_in_digits),
    "cinterion-mc55i: numeric-with-echo": expected(answers_in_digits),
    "cinterion-mc75i: cnmi-and-cpms-limits": expected(the_only_routing, "+CNMI"),
    "cinterion-mc75i: cnmi-bfr-0-refused": expected(fifth_value_is_one, "+CNMI", "+CPMS"),
    "cinterion-misc: cpms-test-different-lists": expected(read_through_mt),
    "cinterion-misc: cmer-forms": answers(
        None, check=lambda r, found: parse_ranges(found[1].lines[0]) == ((1, 2), (0,), (0,), (0, 1), (0,))
    ),
    "fibocom-fm150: combined-line-answers": answers(None, check=eight_in_one),
    "fibocom-fm350: ati-with-empty-line": expected(whole_block_with_an_empty_line),
    "fibocom-fm350: multi-line-without-prefix": answers(None, check=lambda r, found: len(found[0].lines) == 4),
    "fibocom-l860: status-answers": expected(broken_numbers),
    "option-globetrotter-max36: cops-list-broken-tail": networks("31026", "310410", "310410"),
    "option-gtm382: capabilities": expected(no_ussd_to_cancel),
    "option-icon72: identify": identified(
        profile="option", manufacturer="Option N.V.", model="GTM378", imei="001003712640674"
    ),
    "option-icon72: cops-list": networks("31026", "310410", "310410"),
    "pantech: cmgl-two-comma-header-cut-tail": does_not_show(17),
    "siemens-mc35i: capabilities": expected(not_into_me),
    "siemens-mc35i: polling-free-indices": expected(empty_places),
    "sierra-em7345-312u: creg-roaming": expected(roaming),
    "sierra-em7345-312u: cmer-no-list": answers(
        None, check=lambda r, found: parse_ranges(found[0].lines[0])[0] == (1,)
    ),
    "sierra-mc7304: pin-then-mode-urc": expected(pin_and_news),
    "sierra-mc7304: text-mode-prompt-repeats-350": does_not_send("cms", 350, seconds=5),
    "sierra-mc8775: ok-without-data": expected(wrong_port),
    "sierra-mc8775: cops-list": networks("31026", "310410", "310410"),
    "telit-ln940: identify": identified(
        profile="generic",
        manufacturer="QUALCOMM INCORPORATED",
        model="4105",
        revision="T77W676.F0.0.0.4.7.GC.017  1  [Jul 11 2018 00:00:00]",
    ),
    "telit-uc864: pdu-in-same-write-refused": expected(waits_for_the_prompt),
    "telit-uc864: text-in-same-write-refused": expected(waits_for_the_prompt),
}
