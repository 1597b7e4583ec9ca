"""What the dialogues with modules on a serial line are there to show: Ai-Thinker, Neoway, Nordic, u-blox, Wavecom."""

from modem.errors import CommandTimeout
from modem.events import DeliverReceived, Restarted
from tests.modem.replay.replay import Expectation, Replay, failure, rejection
from tests.modem.replay.stories import (
    does_not_send,
    expected,
    identified,
    sends,
)

MESSAGE = "07913336990893F4040C91447700097002000052308171230421036F7719"  # "one"


async def boot_noise(r: Replay) -> None:
    await r.up(first=True)
    await r.lead()
    assert [event.line for event in r.of(Restarted)] == ["^CINIT: 1, 0, 0"]
    assert r.modem.registration.circuit == 5
    assert r.modem.registration.roaming
    assert r.modem.registration.may_send
    assert {type(event).__name__ for event in r.events} <= {"Restarted", "RegistrationChanged"}
    await r.up()
    await r.in_step()


async def ok_is_no_reference(r: Replay) -> None:
    await r.up(first=True)
    assert isinstance(await failure(r.send()), CommandTimeout)
    r.player.playing = False
    assert await r.send() == 1
    await r.in_step()


async def no_blank(r: Replay) -> None:
    identity = await r.up()
    assert (identity.manufacturer, identity.model) == ("Ai Thinker Co.LTD", "A6")
    assert identity.revision == "V03.03.20161229019H03"
    assert identity.iccid == "8999061129381426608"
    assert (r.modem.profile.name, r.modem.registration.circuit) == ("ai-thinker", 5)
    health = await r.modem.check()
    assert (health.operator, health.signal.rssi_dbm) == ("310260", -93)
    assert await rejection(r.require("AT+CIFSR")) == ("cme", 50)
    await r.in_step()


async def text_in_the_header_line(r: Replay) -> None:
    await r.up()
    assert r.count("AT+CSCS=") == 1
    assert "AT+CMGF=0" in r.heard
    assert (await r.ask("ATE0")).ok
    await r.modem.sweep()
    await r.settle()
    assert r.incoming == []
    assert r.count("AT+CMGD") == 0
    await r.in_step()


async def ready_after_the_phone_book(r: Replay) -> None:
    await r.up(first=True)
    swept = r.count("AT+CMGL=4")
    await r.lead()
    assert r.of(Restarted) == [Restarted("MODEM:STARTUP")]
    await r.up()
    await r.player.announce("+PBREADY")
    await r.settle()
    assert r.count("AT+CMGL=4") > swept
    assert r.count("AT+CMGF=0") == 2
    await r.in_step()


async def out_of_step(r: Replay) -> None:
    identity = await r.up()
    assert identity.model in ("SARA-G450", "SARA-G450-00C-00")
    assert identity.manufacturer in (None, "u-blox")
    assert r.modem.profile.name == "u-blox"
    await r.settle()
    r.player.playing = False
    await r.in_step()
    assert (await r.ask("AT+CSCA?")).lines == ('+CSCA: "+447700900999",145',)


async def reads_whole_lines(r: Replay) -> None:
    r.player.pull("AT+UPSDA=0,4")
    await r.up(first=True)
    assert await rejection(r.require("AT+UPSDA=0,4")) == ("cme", None)
    assert (await r.ask("AT+CGATT=1")).lines == ("+CGATT:1",)
    await r.in_step()


async def carriage_return_alone(r: Replay) -> None:
    await r.up()
    assert "\n" not in r.player.raw
    assert r.count("AT+CMGF=0") == 2  # ABORTED is an answer, and one that may go away
    await r.in_step()


async def slow_reboot(r: Replay) -> None:
    await r.up(first=True)
    assert r.modem.profile.reset == "AT+CFUN=16"
    begun = r.now
    await r.modem.reset()
    await r.modem.bring_up()
    assert 17 < r.now - begun < 60
    assert await r.send() == 1


async def sms_only(r: Replay) -> None:
    await r.up()
    assert r.modem.registration.circuit == 6
    assert r.modem.registration.may_send
    await r.settle()
    assert r.modem.registration.may_send
    assert r.modem.registration.technology == "lte"


async def no_ok_behind_the_state(r: Replay) -> None:
    await r.up(first=True)
    begun = r.now
    assert (await r.ask("AT+CPIN?")).lines == ("+CPIN: READY",)
    assert r.now - begun < 2
    await r.in_step()
    assert await r.send() == 1


async def two_storages(r: Replay) -> None:
    await r.up()
    assert r.modem.capabilities.home == "SM"
    assert set(r.modem.capabilities.storages) == {"SM", "SR", "BM"}
    assert await rejection(r.require('AT+CPMS="SM","SM","SR"')) == ("plain", None)
    assert 'AT+CPMS="SM","SM"' in r.heard
    assert (r.modem._storages.uses["SM"].used, r.modem._storages.uses["SM"].total) == (14, 50)
    assert r.ordinary.selected == ["SM", "SM"]


async def please_wait(r: Replay) -> None:
    begun = r.now
    await r.up()
    assert r.count("AT+CPIN?") == 3
    assert r.now - begun >= 3
    assert r.count("AT+CPIN=") == 0
    assert await r.send() == 1


async def silence_behind_ctrl_z(r: Replay) -> None:
    await r.up(first=True)
    begun = r.now
    assert isinstance(await failure(r.send()), CommandTimeout)
    assert r.now - begun >= 150
    r.player.playing = False
    assert await r.send() == 1
    assert r.count("AT+CSMP") == 0  # text mode and its parameters are never used


async def call_progress(r: Replay) -> None:
    await r.up(first=True)
    assert (await r.ask("ATD+447700900720;")).ok
    await r.settle()
    assert r.of(Restarted) == []
    await r.in_step()


async def another_firmware(r: Replay) -> None:
    identity = await r.up()
    assert identity.revision == "430d09gm.2C 1208564 012102 12:43"
    assert r.modem.profile.name == "wavecom"
    assert (await r.ask("AT+CUSD=1")).ok
    await r.in_step()


async def everything_is_handed_over(r: Replay) -> None:
    r.ordinary.routing_offered = "(3),(2),(0),(1),(1)"
    await r.up()
    assert r.modem.capabilities.routing == (3, 2, 0, 1, 1)
    assert r.modem.capabilities.direct_acknowledged
    await r.announce(f"+CMT: ,22\r\n{MESSAGE}")
    (event,) = r.of(DeliverReceived)
    assert (event.deliver.text, event.place) == ("one", None)
    assert r.count("AT+CNMA") == 1
    await r.in_step()


async def nul_and_garbage(r: Replay) -> None:
    await r.up(first=True)
    assert (await r.ask('AT+CPMS="SM","SM"')).lines == ("+CPMS: 3,10,3,10",)
    health = await r.modem.check()
    assert [(use.storage, use.used, use.total) for use in health.storages] == [("SM", 3, 10)]
    await r.in_step()


EXPECTATIONS: dict[str, Expectation] = {
    "aithinker-a6: boot": expected(boot_noise),
    "aithinker-a6: ok-without-cmgs": expected(ok_is_no_reference),
    "aithinker-a6: no-blank-after-colon": expected(no_blank),
    "aithinker-a6: cmgl-text-in-header-line": expected(text_in_the_header_line),
    "aithinker-a6: cms-500-text": does_not_send("cms", 500, seconds=5),
    "digicom-pocket: nul-bytes-and-garbage-before-echo": expected(nul_and_garbage),
    "neoway-m590: boot-and-init-exact": expected(ready_after_the_phone_book),
    "neoway-m590: cmgs-text": sends(92, seconds=3),
    "nordic-nrf9160: cpms-ta": expected(everything_is_handed_over),
    "nordic-nrf9160: cnmi-read": expected(everything_is_handed_over),
    "ublox-sara-g450: out-of-step": expected(out_of_step),
    "ublox-sara-g450: error-text-cut-by-next-command": expected(reads_whole_lines),
    "ublox-toby-l2: crlf-terminated-command-aborted": expected(carriage_return_alone),
    "ublox-toby-l2: slow-reboot": expected(slow_reboot),
    "ublox-toby-l2: creg-sms-only": expected(sms_only),
    "wavecom-q2403: identify-with-blanks": identified(
        profile="wavecom",
        manufacturer="WAVECOM MODEM",
        model="MULTIBAND  900E  1800",
        revision="641b09gg.Q2403A 1320676 061804 14:38",
    ),
    "wavecom-q2403: cpin-without-ok": expected(no_ok_behind_the_state),
    "wavecom-q2403: cpin-without-ok-echo": expected(no_ok_behind_the_state),
    "wavecom-q2403: cpms-two-stores-only": expected(two_storages, "+CPMS"),
    "wavecom-q2403: busy-after-cfun": expected(please_wait),
    "wavecom-q2403: text-mode-send-hex": expected(silence_behind_ctrl_z),
    "wavecom-q2403: wind-call-progress": expected(call_progress),
    "wavecom-q2403: fw-430d": expected(another_firmware),
}
