"""What the dialogues with Quectel's modules are there to show."""

from modem.errors import CommandTimeout, TransportLost
from modem.events import ReportReceived, StoragePlace
from tests.modem.replay.replay import HELLO, Expectation, Replay, failure, rejection
from tests.modem.replay.stories import answers, does_not_send, expected, sends, text_of
from tests.modem.replay.transcript import Turn

REPORT = "07913336990893F4064E0B913336996854F3629071712304216290717133042100"  # of reference 78


def insert_submit(r: Replay) -> None:
    """The source leaves out what its host wrote in front of +CMGS."""
    prompted = Turn("AT+CMGS=17\r", [{"rx": "\r\n> "}])
    r.player.insert("+CMGS: 78", prompted, Turn(HELLO.hex().upper() + "\x1a"))


async def report_in_another_storage(r: Replay) -> None:
    """What is announced for SM 0 lies in SR 0, and SM 0 may hold what was not announced."""
    r.ordinary.storages_offer('("SM","ME","SR"),("SM","ME"),("SM","ME")')
    r.ordinary.answers["AT+CNMI=2,1,0,1,0"] = "ERROR"
    insert_submit(r)
    await r.up(first=True)
    r.ordinary.stores["SR"][0] = (0, REPORT)
    assert await r.send() == 78
    await r.settle()
    (event,) = r.of(ReportReceived)
    assert (event.report.message_reference, event.place) == (78, StoragePlace("SR", 0))
    assert r.ordinary.stores["SR"] == {}
    await r.in_step()


async def report_at_once(r: Replay) -> None:
    insert_submit(r)
    await r.up(first=True)
    assert r.modem.capabilities.routing is not None
    assert r.modem.capabilities.routing[3] == 1
    assert await r.send() == 78
    await r.settle()
    (event,) = r.of(ReportReceived)
    assert (event.report.message_reference, event.place) == (78, None)
    assert event.report.status.final
    await r.in_step()


async def goes_on_after_errors(r: Replay) -> None:
    identity = await r.up()
    assert (identity.manufacturer, identity.model, r.modem.profile.name) == ("Quectel", "EC25", "quectel")
    for text in ("AT+MODE=2", "AT+SYNCML=?", "AT$TSSPCSW=?"):
        assert await rejection(r.require(text)) == ("plain", None)
    assert r.modem.capabilities.routing == (2, 1, 0, 1, 0)
    assert await r.send() == 1


async def centre_is_set(r: Replay) -> None:
    await r.up()
    assert r.modem.capabilities.service_centre == "+9990467940"


async def silent_for_half_a_minute(r: Replay) -> None:
    r.player.mute = True
    await r.open()
    assert isinstance(await failure(r.up()), CommandTimeout)
    await r.settle(35)
    r.player.mute = False
    await r.up_at_last()
    assert r.modem.registration.registered
    assert await r.send() == 1
    await r.in_step()


async def call_ends_by_itself(r: Replay) -> None:
    await r.up(first=True)
    health = await r.modem.check()
    assert (health.registration.circuit, health.operator) == (1, "SGP-M1")
    assert (await r.ask("ATD+9993625767;")).ok
    await r.settle(20)
    assert (await r.ask("ATH")).ok
    await r.in_step()


async def vendor_code_then_304(r: Replay) -> None:
    await r.up(first=True)
    assert await rejection(r.send()) == ("cms", 3870)
    assert await rejection(r.send()) == ("cms", 304)
    mark = len(r.heard)
    await r.modem.reset()
    assert "AT+CFUN=1,1" in r.heard[mark:]
    r.player.playing = False
    await r.modem.bring_up()
    assert await r.send() == 1


async def known_by_its_model(r: Replay) -> None:
    identity = await r.up()
    assert (identity.manufacturer, identity.model) == ("FOXCOM MODEM", "Quectel_M26")
    assert r.modem.profile.name == "quectel-m"
    assert r.modem.registration.roaming
    assert r.modem.capabilities.service_centre == "+99904320"
    routing = r.modem.capabilities.routing
    assert routing is not None
    assert routing[3] in (0, 1, 2)
    assert identity.number is None
    assert (await r.ask("AT+CCID?")).lines == ('+CCID: "89999626910013862439"',)
    assert await rejection(r.require("AT^USSDMODE?")) == ("cme", 100)
    await r.in_step()


async def comes_back_under_another_name(r: Replay) -> None:
    await r.up(first=True)
    await r.modem.reset()
    await r.settle(5)
    await failure(r.send())
    assert isinstance(r.lost, TransportLost)
    await r.close()
    await r.player.back.wait()
    await r.open()
    await r.settle(10)
    await r.up_at_last()
    assert await r.send() == 1
    assert len(r.player.wires) == 2


async def last_field_is_the_length(r: Replay) -> None:
    await r.up(first=True)
    assert r.modem.profile.name == "quectel-ec200a"
    assert r.modem.capabilities.home == "SM"
    assert (await r.ask('AT+CPMS="SM"')).lines == ("+CPMS: 15,15,15,15,15,15",)
    assert await r.modem.sweep() == 2
    await r.settle()
    assert [text_of(event) for event in r.incoming] == ["one", "second message"]
    assert [event.place for event in r.incoming] == [StoragePlace("SM", 0), StoragePlace("SM", 1)]
    assert [line for line in r.heard if line.startswith("AT+CMGD")] == ["AT+CMGD=0", "AT+CMGD=1"]


async def counted_and_not_readable(r: Replay) -> None:
    r.ordinary.sizes["ME"] = 180
    await r.up()
    assert r.modem.profile.name == "quectel-ec200a"
    assert r.modem.capabilities.home == "SM"
    await r.modem.sweep()
    await r.settle()
    assert r.count("AT+CMGD") == 0
    assert r.incoming == []
    await r.in_step()


async def matched_by_prefix(r: Replay) -> None:
    await r.up(first=True)
    response = await r.ask('AT+CPMS="ME";+CMGD=?')
    assert response.lines == ("+CMGD: (1,2,3,4,5,6),(0-4)", "+CPMS: 6,180,6,180,6,180")
    assert (await r.ask('AT+CPMS="ME";+CMGR=1')).lines == ("+CPMS: 5,180,5,180,5,180",)
    assert not any(";" in line for line in r.heard if line not in r.dialogue.commands)  # one command a line
    await r.in_step()


EXPECTATIONS: dict[str, Expectation] = {
    "quectel-bg96: init-line-by-line": answers(
        ("+QINISTAT: 7",), ("+CPIN: READY",), check=lambda r, found: len(found[2].lines) == 3
    ),
    "quectel-ec200a: cmgl-without-alpha-field": expected(last_field_is_the_length),
    "quectel-ec200a: me-store-unreadable": expected(counted_and_not_readable, "+CPMS"),
    "quectel-ec200a: combined-command-order": expected(matched_by_prefix),
    "quectel-ec25: cdsi-names-wrong-store": expected(report_in_another_storage),
    "quectel-ec25: cds-direct": expected(report_at_once),
    "quectel-ec25: optional-commands": expected(goes_on_after_errors),
    "quectel-ec25: cmgs-text-350": does_not_send("cms", 350, seconds=40),
    "quectel-eg06: cmgs-350-after-135s": does_not_send("cms", 350, seconds=135),
    "quectel-eg06: csca": expected(centre_is_set),
    "quectel-eg25g: boot": expected(silent_for_half_a_minute),
    "quectel-eg25g: network-and-call": expected(call_ends_by_itself),
    "quectel-eg25g: cmgs-text": sends(22, seconds=2),
    "quectel-m08r: cms-3870-then-304": expected(vendor_code_then_304),
    "quectel-m26: capabilities": expected(known_by_its_model),
    "quectel-rm520n: band-answer-lower-case-command": answers(
        None, check=lambda r, found: found[0].lines[0].startswith('+QNWPREFCFG: "lte_band",1:2:3:')
    ),
    "quectel-rm520n: reboot-cfun-1-1": expected(comes_back_under_another_name),
}
