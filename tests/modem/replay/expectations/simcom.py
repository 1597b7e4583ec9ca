"""What the dialogues with SIMCom's modules are there to show."""

from modem.errors import CommandTimeout, SimUnusable
from modem.events import DeliverReceived, PowerWarning, Restarted
from tests.modem.replay.replay import Expectation, Replay, failure, rejection
from tests.modem.replay.stories import Memory, expected, identified, sends


async def not_registered_on_11(r: Replay) -> None:
    r.ordinary.registration = 11
    r.ordinary.answers["AT+CEREG?"] = "+CEREG: 0,11\nOK"
    await r.open()
    identity = await r.up_at_last()
    assert (identity.model, r.modem.profile.name) == ("A7670G-LLSE", "simcom-a76xx")
    assert r.count("AT+CMGF=0") >= 2
    registration = r.modem.registration
    assert (registration.circuit, registration.eps) == (11, 11)
    assert not registration.registered
    assert not registration.may_send
    assert not registration.denied
    assert await rejection(r.send()) == ("plain", None)
    assert r.ordinary.entered == []
    await r.in_step()


async def steps_down_to_no_reports(r: Replay) -> None:
    r.ordinary.answers["AT+CNMI=?"] = "ERROR"
    r.ordinary.routing_offered = "(0-2),(0-3),(0,2),(0),(0,1)"
    await r.up(first=True)
    assert r.modem.capabilities.routing == (2, 1, 0, 0, 0)
    assert await rejection(r.require("AT+CNMI=2,2,0,1,0")) == ("plain", None)
    assert (await r.ask("AT+CNMI=2,2,0,0,0")).ok
    await r.in_step()


async def half_a_push(r: Replay) -> None:
    await r.up(first=True)
    await r.lead()
    (event,) = r.of(DeliverReceived)
    header = event.deliver.user_data.header
    assert header is not None
    assert header.concatenation is not None
    assert header.ports is not None
    assert (header.concatenation.reference, header.concatenation.total, header.concatenation.sequence) == (0x2E, 2, 2)
    assert header.ports.destination == 2948
    assert event.deliver.text is None
    assert event.place is None
    assert (await r.ask("AT+CPIN?")).lines == ("+CPIN: READY",)
    await r.in_step()


async def supply_gives_out(r: Replay) -> None:
    await r.up()
    assert (r.modem.identity.model, r.modem.profile.name) == ("SIMCOM_SIM5360E", "simcom")
    response = await r.ask("AT+CPSI?")
    assert response.lines == ("+CPSI: NO SERVICE,Powering Off",)
    await r.settle()
    assert r.of(PowerWarning) == [PowerWarning("UNDER-VOLTAGE WARNNING POWER DOWN")]
    assert r.lost is not None
    r.player.next_port()
    await r.open()
    r.player.playing = False
    await r.up_at_last()
    assert await r.send() == 1


async def announced_without_a_place(r: Replay) -> None:
    await r.up(first=True)
    before = r.modem.capabilities.home
    assert (await r.ask('AT+CPMS="SM","SM","SM"')).lines == ("+CPMS: 0,10,0,10,0,10",)
    await r.settle(60)
    assert r.count("AT+CMGR=-1") == 0
    assert r.count("AT+CMGL=4") >= 2
    assert r.incoming == []
    assert r.modem.capabilities.home == {"ME": "SM", "SM": "ME"}[str(before)]
    assert r.ordinary.selected[2] == r.modem.capabilities.home
    await r.in_step()


async def another_speed(r: Replay) -> None:
    r.player.garbled = "f`f"
    await r.open(speed=9600)
    await r.up()
    assert r.port.speeds[:2] == [115200, 9600]
    assert r.port.speeds[-1] == 9600
    r.player.playing = False
    await r.in_step()


async def echo_alone_is_no_answer(r: Replay) -> None:
    identity = await r.up()
    assert identity.manufacturer == "SIMCOM_Ltd"
    assert (await r.ask("AT+CGMI")).lines == ("SIMCOM_Ltd",)
    await r.in_step()


async def left_in_data_mode(r: Replay) -> None:
    r.player.mute = True
    await r.open()
    assert isinstance(await failure(r.up()), CommandTimeout)
    assert "+++" in r.player.raw
    assert "ATH\r" in r.player.raw[r.player.raw.index("+++") :]
    await r.settle(60)
    r.player.mute = False
    await r.up_at_last()
    assert await r.send() == 1


async def boots_by_itself(r: Replay) -> None:
    await r.up(first=True)
    mark = len(r.heard)
    await r.lead()
    assert [event.line for event in r.of(Restarted)] == ["RDY"]
    await r.up()
    again = r.heard[mark:]
    for setting in ("ATE0V1Q0", "AT+CMEE=1", "AT+CMGF=0", "AT+CNMI=2,1,0,1,0"):
        assert setting in again
    assert any(line.startswith("AT+CPMS=") for line in again)
    await r.in_step()


async def error_without_a_number(r: Replay) -> None:
    r.ordinary.answers["AT+CPIN?"] = "+CPIN: SIM PIN\nOK"
    r.ordinary.answers["AT+CPINR"] = "+CPINR: SIM PIN,3,3\nOK"
    guard = Memory()
    for _ in range(3):
        assert isinstance(await failure(r.up("1234", guard)), SimUnusable)
    assert r.count("AT+CPIN=") == 1
    assert guard.tried == ["1234"]
    assert r.count("AT+CMEE?") >= 1  # what it is set to is read back by now
    await r.in_step()


async def direct_reports(r: Replay) -> None:
    await r.up()
    assert r.modem.capabilities.routing is not None
    assert r.modem.capabilities.routing[1:4] == (1, 0, 1)
    await r.announce("+CDS: 25\r\n07913336990893F4064E0B913336996854F3629071712304216290717133042100")
    assert [event.place for event in r.incoming] == [None]
    assert await rejection(r.require("AT+CNMI=2,1,0,2")) == ("plain", None)
    await r.in_step()


async def repeats_until_ready(r: Replay) -> None:
    await r.up()
    assert r.count("AT+CMGF=0") == 2
    await r.settle()
    await r.in_step()


async def bad_level_shifter(r: Replay) -> None:
    await r.up()
    assert r.modem.registration.circuit == 2
    await r.settle()
    await r.modem.check()
    assert r.modem.registration.circuit == 2
    assert not r.modem.registration.registered
    assert r.warnings == []
    await r.in_step()


async def leaves_the_data_phase(r: Replay) -> None:
    """The driver sends no MMS; another program that does must not leave the port where no command is understood."""
    await r.up(first=True)
    assert (await r.ask("AT+CMMSINIT")).ok
    assert (await r.ask("AT+CMMSEDIT=1")).ok
    loading = r.later(rejection(r.require('AT+CMMSDOWN="PIC",9000,20000')))
    await r.settle(1)
    r.port.write("ÿØÿàxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".encode("latin-1"))
    await r.settle()
    assert await loading == ("cme", 173)
    assert (await r.ask("AT+CMMSEDIT=0")).ok
    assert (await r.ask("AT+CMMSTERM")).ok
    await r.in_step()


EXPECTATIONS: dict[str, Expectation] = {
    "simcom-a7670: boot-registered-11-sms-error": expected(not_registered_on_11),
    "simcom-a7670: cnmi-ds-1-refused": expected(steps_down_to_no_reports, "+CNMI"),
    "simcom-a7670: ppp-rest-before-answer": identified(profile="simcom-a76xx", model="A7670E-FASE"),
    "simcom-sim5320: cmt-wap-push-part": expected(half_a_push),
    "simcom-sim5320: under-voltage-and-mixed-lines": expected(supply_gives_out),
    "simcom-sim7000: cmti-without-store": expected(announced_without_a_place),
    "simcom-sim7000: wrong-speed-garbage": expected(another_speed),
    "simcom-sim7070-usb: echo-and-answer-in-separate-packets": expected(echo_alone_is_no_answer),
    "simcom-sim7600: stuck-in-ppp-then-reboot": expected(left_in_data_mode),
    "simcom-sim7600: boot-after-power-cut": expected(boots_by_itself),
    "simcom-sim7600: cmee-no-effect": expected(error_without_a_number),
    "simcom-sim800: cnmi": expected(direct_reports, "+CNMI"),
    "simcom-sim800: cmgf-error-before-sms-ready": expected(repeats_until_ready),
    "simcom-sim800: prompt-without-blank": sends(7, seconds=4),
    "simcom-sim800: line-noise": expected(bad_level_shifter),
    "simcom-sim800: mms-download-overtime": expected(leaves_the_data_phase),
}
