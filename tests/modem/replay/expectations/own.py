"""What our own dialogues are there to show: facts of the field that the driver was not written with a transcript of."""

import pytest

from modem.errors import CommandTimeout
from modem.events import DeliverReceived, LateReference, ReportReceived, Restarted, StorageFull, StoragePlace
from tests.modem.replay.replay import Expectation, Replay, failure, rejection
from tests.modem.replay.stories import expected, reads, says, sends, text_of


async def not_ready_yet(r: Replay) -> None:
    await r.up()
    assert r.modem.profile.name == "telit"
    assert r.count("AT+CMGF=0") == 4
    assert r.count("AT+CPIN=") == 0
    assert await r.send() == 1


async def language_and_junk(r: Replay) -> None:
    await r.up(first=True)
    answer = await r.modem.ussd("*100#")
    assert (answer.status, answer.text, answer.data_coding) == (0, "Test", 17)
    await r.in_step()


async def refused_by_na(r: Replay) -> None:
    begun = r.now
    await r.up()
    assert r.now - begun < 10
    assert r.modem.capabilities.routing is not None
    assert await r.send() == 1
    r.ordinary.stores["ME"][2] = (0, "07913336990893F4040C91447700097002000052308171230421036F7719")
    await r.announce('+CMTI: "ME",2')
    assert [text_of(event) for event in r.incoming] == ["one"]


async def erased_places(r: Replay) -> None:
    await r.up(first=True)
    assert r.modem.profile.name == "siemens"
    await r.modem.sweep()
    await r.settle()
    assert [event.place for event in r.of(DeliverReceived)] == [StoragePlace("SM", 1)]
    assert r.incoming == r.of(DeliverReceived)
    assert "AT+CMGD=2" not in r.heard


async def mode_one_and_stored_reports(r: Replay) -> None:
    r.ordinary.routing_offered = "(1),(0,1),(0),(0,2),(0)"
    await r.up()
    assert r.modem.capabilities.routing == (1, 1, 0, 2, 0)
    await r.in_step()


async def noise_behind_headers(r: Replay) -> None:
    await r.up(first=True)
    await r.modem.sweep()
    await r.settle()
    assert [text_of(event) for event in r.incoming] == ["one", "second message"]
    assert [event.place.index for event in r.incoming if event.place] == [0, 1]
    await r.in_step()


async def report_with_an_empty_field(r: Replay) -> None:
    await r.up(first=True)
    await r.lead()
    (event,) = r.of(ReportReceived)
    assert (event.report.message_reference, event.place) == (78, None)
    await r.in_step()


async def flood(r: Replay) -> None:
    await r.up(first=True)
    before = list(r.events)
    await r.lead()
    assert r.events == before
    assert r.warnings == []
    assert await r.send() == 1


async def full_from_place_zero(r: Replay) -> None:
    identity = await r.up(first=True)
    assert (identity.model, identity.imei) == ("A7672E-FASE", "001017002514231")
    assert r.modem.profile.name == "simcom-a76xx"
    await r.lead()
    assert r.of(StorageFull) == [StorageFull(None)]
    assert [text_of(event) for event in r.incoming] == ["one"]
    assert "AT+CMGD=0" in r.heard
    await r.in_step()


async def cancelled_entry(r: Replay) -> None:
    await r.up(first=True)

    async def change_of_mind() -> None:
        raise ValueError("not this one")

    pdu = bytes.fromhex("0001000A816093893439000004D4F29C0E")
    with pytest.raises(ValueError, match="not this one"):
        await r.modem.submit(pdu, 16, before_ctrl_z=change_of_mind)
    assert "\x1a" not in r.player.raw
    r.player.playing = False
    assert await r.send() == 1
    assert r.of(LateReference) == []


async def text_mode_again(r: Replay) -> None:
    await r.up(first=True)
    assert await rejection(r.send()) == ("cms", 305)
    assert r.ordinary.entered == []
    await r.modem.check()
    assert len(r.of(Restarted)) == 1
    assert isinstance(await failure(r.send()), CommandTimeout)
    r.player.playing = False
    await r.up(first=True)
    r.player.playing = False
    assert await r.send() == 1


async def ended_with_a_text(r: Replay) -> None:
    await r.up(first=True)
    answer = await r.modem.ussd("*100#")
    assert (answer.terminated, answer.text) == (True, "Test")
    await r.in_step()


EXPECTATIONS: dict[str, Expectation] = {
    "ericsson-f3507g: empty-line-between-header-and-pdu": reads(3, says("one")),
    "ericsson-f3507g: pdu-echo-ends-with-ctrl-z": sends(17, seconds=5),
    "huawei-e353: rssi-between-header-and-pdu": expected(noise_behind_headers),
    "novatel-mc: direct-reports-advertised-and-refused": expected(mode_one_and_stored_reports),
    "quectel-m95: in-text-mode-again": expected(text_mode_again),
    "quectel-m95: reference-without-blank": sends(2, seconds=3),
    "samsung-na: na-is-a-result": expected(refused_by_na),
    "siemens-tc35: places-filled-with-ff": expected(erased_places),
    "sierra-hl7: ended-by-network-with-text": expected(ended_with_a_text),
    "simcom-a7672: bare-ok-after-cancel": expected(cancelled_entry),
    "simcom-a7672: sms-full": expected(full_from_place_zero),
    "telit-he910: sms-not-ready-310": expected(not_ready_yet),
    "telit-he910: ussd-ucs2-with-language-and-junk": expected(language_and_junk),
    "ublox-lisa: ciev-noise-around-a-send": sends(200, seconds=5),
    "zte-mf190: cds-with-empty-field": expected(report_with_an_empty_field),
    "zte-mf190: flood-of-zusimr": expected(flood),
}
