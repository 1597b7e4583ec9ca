"""What the dialogues with Huawei's sticks and modules are there to show."""

import asyncio

from modem.at.answers import parse_storages
from modem.errors import CommandTimeout
from modem.events import DeliverReceived, Restarted, StorageFull, StoragePlace
from tests.modem.replay.replay import Expectation, Replay, failure, rejection
from tests.modem.replay.stories import (
    answers,
    does_not_send,
    expected,
    networks,
    sends,
    text_of,
    times_out,
)

LATER = "07913336990893F4040C91447700097002000052308171230421036F7719"


def numbers(lines: tuple[str, ...]) -> list[tuple[int, int]]:
    return [(use.used, use.total) for use in parse_storages(lines[0])]


async def both_storages(r: Replay) -> None:
    await r.up()
    assert r.modem.capabilities.storages == ("SM", "ME")
    assert r.modem.capabilities.home in ("SM", "ME")
    await r.in_step()


async def noise_is_nothing(r: Replay) -> None:
    await r.up(first=True)
    before = list(r.events)
    await r.lead()
    assert r.events == before
    assert r.warnings == []
    await r.in_step()


async def a_command_that_hangs(r: Replay) -> None:
    await r.up(first=True)
    assert "AT+CMGR" not in r.heard
    await times_out(r, "AT+CMGR")
    await r.settle()
    await r.in_step()


async def packed_code_is_answered(r: Replay) -> None:
    await r.up(first=True)
    answer = await r.modem.ussd("*100#")
    assert (answer.status, answer.data_coding) == (0, 15 if answer.raw and "quoted" in r.dialogue.name else None)
    assert answer.text == "P lete xtforr eplay tes tso nlynot hi 71.57"
    await r.in_step()


async def registration_in_short_hex(r: Replay) -> None:
    await r.up()
    assert r.modem.registration.circuit == 1
    await r.settle()
    assert r.modem.registration.registered
    await r.modem.check()
    assert r.modem.registration.circuit == 0
    assert not r.modem.registration.registered


async def ctrl_z_and_nothing_behind_it(r: Replay) -> None:
    await r.up(first=True)
    assert await rejection(r.send()) == ("plain", None)
    r.player.playing = False
    assert await r.send() == 1
    assert r.player.raw.count("\x1a") == 2
    assert "\x1a\r" not in r.player.raw
    assert "\n" not in r.player.raw


async def comes_back_as_another_device(r: Replay) -> None:
    await r.up(first=True)
    assert r.modem.profile.reset is None  # because it comes back as mass storage
    assert (await r.ask("AT+CFUN=1,1")).ok
    await r.settle(5)
    assert r.lost is not None
    assert isinstance(await failure(r.send()), type(r.lost))
    await r.close()
    await r.player.back.wait()
    await r.open()
    identity = await r.up_at_last()
    assert identity.imei is not None
    assert await r.send() == 1
    assert len(r.player.wires) == 2


async def flaps(r: Replay) -> None:
    await r.up(first=True)
    who = r.modem.identity
    flapping = asyncio.create_task(r.player.open_with())
    for _ in range(2):
        await r.player.back.wait()
        assert r.lost is not None
        await r.open()
        r.player.back.clear()
        if not flapping.done():
            await r.settle(0.1)
    await flapping
    await r.open()
    assert await r.up() == who
    assert await r.send() == 1


async def totals_differ(r: Replay) -> None:
    await r.up(first=True)
    response = await r.ask('AT+CPMS="ME","ME"')
    assert numbers(response.lines) == [(0, 23), (0, 23), (0, 20)]
    await r.in_step()


async def full(r: Replay) -> None:
    await r.up(first=True)
    r.ordinary.stores["SM"][1] = (0, LATER)
    await r.lead()
    assert r.of(StorageFull) == [StorageFull("SM")]
    await r.settle()
    assert [text_of(event) for event in r.incoming] == ["Waiting since yesterday", "one"]
    assert [event.announced for event in r.incoming] == [False, True]
    assert r.count("AT+CMGD=1") == 2
    assert r.ordinary.stores["SM"] == {}


async def echo_is_cut_off(r: Replay) -> None:
    identity = await r.up()
    assert identity.manufacturer == "huawei"
    assert r.count("AT+CMEE=1") >= 1
    assert (await r.ask("AT+CSCS?")).lines == ('+CSCS: "IRA"',)
    await r.in_step()


async def news_in_front_of_an_echo(r: Replay) -> None:
    await r.up(first=True)
    restarts = r.of(Restarted)
    response = await r.ask('AT+CPMS="SM","SM"')
    assert numbers(response.lines) == [(0, 50)] * 3
    await r.settle(60)
    assert r.of(Restarted) == restarts == []
    if "urc" in r.dialogue.name:
        assert r.modem.registration.circuit == 1
    assert r.warnings == []
    await r.in_step()


async def one_message_listed(r: Replay) -> None:
    await r.up(first=True)
    assert await r.modem.sweep() == 1
    await r.settle()
    (event,) = r.of(DeliverReceived)
    assert (event.deliver.text, event.place, event.announced) == ("Test", StoragePlace("ME", 0), False)
    assert r.count("AT+CMGD=0") == 1


async def status_polls(r: Replay) -> None:
    await r.up(first=True)
    health = await r.modem.check()
    assert (health.signal.rssi_dbm, health.signal.ber) == (-95, None)
    assert (await r.ask("AT+CBC")).lines == ("+CBC: 2,0",)
    await r.in_step()


async def goes_on_without_more_messages(r: Replay) -> None:
    r.ordinary.answers["AT+CMMS=?"] = "+CMMS: (0-2)\nOK"
    await r.up(first=True)
    assert r.modem.capabilities.more_messages == 2
    assert await r.send(more_follow=True) == 1
    assert r.modem.capabilities.more_messages is None
    assert (await r.ask("AT+CPIN?")).lines == ("+CPIN: READY",)
    assert await r.send() == 2


async def refused_at_once(r: Replay) -> None:
    await r.up(first=True)
    begun = r.now
    for text in r.dialogue.commands:
        assert await rejection(r.require(text)) == ("plain", None)
    assert r.now - begun < 1.0
    await r.in_step()


async def ussd_in_the_other_form(r: Replay) -> None:
    await r.up(first=True)
    asking = asyncio.create_task(r.modem.ussd("*100#"))
    await r.settle(1)
    assert [line for line in r.heard if line.startswith("AT+CUSD")] == [
        'AT+CUSD=1,"*100#",15',
        'AT+CUSD=1,"AA180C3602",15',
    ]
    await r.announce('+CUSD: 0,"D4F29C0E",15')
    answer = await asking
    assert answer.text == "Test"


async def whole_block(r: Replay) -> None:
    identity = await r.up()
    assert (identity.manufacturer, identity.model, identity.imei) == ("huawei", "E226", "001093854508938")
    response = await r.ask("ATI")
    assert response.lines[-1] == "+GCAP: +CGSM,+FCLASS,+DS"
    assert len(response.lines) == 5
    await r.in_step()


async def routing_as_offered(r: Replay) -> None:
    identity = await r.up()
    assert identity.revision == "22.318.23.00.158"
    routing = r.modem.capabilities.routing
    assert routing is not None
    assert routing[:3] == (1, 1, 0)
    assert routing[3] in (1, 2)
    assert await rejection(r.require("AT$TSSPCSW=?")) == ("plain", None)
    await r.in_step()


async def escape_first(r: Replay) -> None:
    await r.up()
    assert r.player.raw.startswith("\x1b\rAT\r")
    await r.in_step()


async def never_the_default_routing(r: Replay) -> None:
    await r.up()
    assert r.count("AT+CNMI=") > r.count("AT+CNMI=?")
    assert r.modem.capabilities.routing is not None
    assert r.modem.capabilities.routing[1] == 1
    await r.modem.check()
    assert r.modem.capabilities.routing_reported[1] == 1


async def waits_for_the_answer(r: Replay) -> None:
    await r.up(first=True)
    before = r.player.raw
    asking = asyncio.create_task(failure(r.ask("AT+COPS=0")))
    await r.settle(4.5)
    assert r.player.raw == before + "AT+COPS=0\r"
    assert isinstance(await asking, CommandTimeout)
    ended = r.now
    await r.in_step()
    assert r.now - ended >= 0.5  # drained first


EXPECTATIONS: dict[str, Expectation] = {
    "huawei-brovi-e3372-325: cpms-test": expected(both_storages),
    "huawei-e1550: noise-every-few-seconds": expected(noise_is_nothing),
    "huawei-e1550: cmgr-without-index-hangs": expected(a_command_that_hangs),
    "huawei-e1550: cops-list": networks("31026", "310410"),
    "huawei-e160: ussd-answer-without-quotes": expected(packed_code_is_answered),
    "huawei-e160: ussd-answer-quoted-packed": expected(packed_code_is_answered),
    "huawei-e160: creg-unquoted-short-hex": expected(registration_in_short_hex),
    "huawei-e160: cmgs-extra-cr-after-ctrl-z": expected(ctrl_z_and_nothing_behind_it),
    "huawei-e173: reset-reenumerates-as-storage": expected(comes_back_as_another_device),
    "huawei-e173: ports-shift-and-flap": expected(flaps),
    "huawei-e1750: cpms-set-me": expected(totals_differ),
    "huawei-e1750: cmgs-pdu-echoed": sends(249, seconds=3),
    "huawei-e1750: smmemfull-instead-of-cmti": expected(full),
    "huawei-e1752: init-cmee-cscs-echo": expected(echo_is_cut_off),
    "huawei-e1752: cpms-with-urc-glued-before-echo": expected(news_in_front_of_an_echo),
    "huawei-e1752: cpms-with-boot-glued-before-echo": expected(news_in_front_of_an_echo),
    "huawei-e1752: cmgl-pdu-echo": expected(one_message_listed),
    "huawei-e1752: csq-cbc-echo": expected(status_polls),
    "huawei-e1752: cmgs-ok-after-4s": sends(46, seconds=4),
    "huawei-e1752: cms-500-as-answer-to-optional-command": expected(goes_on_without_more_messages),
    "huawei-e1752: command-not-support": expected(refused_at_once),
    "huawei-e1752: answer-without-echo": answers(
        None, ('+CSCS: "GSM"',), check=lambda r, found: numbers(found[0].lines) == [(0, 10), (0, 10), (0, 23)]
    ),
    "huawei-e1752: ussd-refused-until-ussdmode": expected(ussd_in_the_other_form),
    "huawei-e226: identify": expected(whole_block),
    "huawei-e226: cops-list-empty-names": networks("31026", "310410", "310410", technologies=(0, 2, 0)),
    "huawei-e3131: cpin-polling": expected(both_storages),
    "huawei-e3531: identify-and-cnmi-test": expected(routing_as_offered),
    "huawei-e3531: escape-then-at": expected(escape_first),
    "huawei-e3531: cmgs-cms-500": does_not_send("cms", 500, seconds=2),
    "huawei-em770w: too-many-parameters": answers(("plain", None), ("plain", None), ()),
    "huawei-em770w: cnmi-private-value": expected(never_the_default_routing),
    "huawei-em770w: command-aborted-by-early-next-command": expected(waits_for_the_answer),
}
