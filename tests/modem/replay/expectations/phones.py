"""What the dialogues with phones, with CDMA and with Qualcomm's own modems are there to show."""

from modem.at.answers import parse_registration
from modem.errors import CommandRejected
from modem.events import UndecodableReceived
from tests.modem.replay.replay import Expectation, Replay, failure, rejection
from tests.modem.replay.stories import (
    answers,
    expected,
    identified,
    networks,
    text_of,
)

MESSAGE = "07913336990893F4040C91447700097002000052308171230421036F7719"  # "one"


async def packet_domain(r: Replay) -> None:
    await r.up(first=True)
    await r.lead()
    assert r.modem.registration.packet == 1


async def known_storages_only(r: Replay) -> None:
    await r.up()
    assert r.modem.capabilities.storages == ("SM", "ME")
    assert not any("_P" in line for line in r.heard)


async def one_character_set(r: Replay) -> None:
    r.ordinary.answers['AT+CSCS="GSM"'] = "ERROR"
    await r.up()
    assert 'AT+CSCS="IRA"' in r.heard
    assert (await r.ask("AT+CSCS=?")).lines == ('+CSCS: "IRA"',)
    await r.in_step()


async def no_sms_at_all(r: Replay) -> None:
    await r.up()
    error = await failure(r.send())
    assert isinstance(error, CommandRejected)
    assert error.text == "OK"
    assert r.ordinary.entered == []
    assert "\x1a" not in r.player.raw
    await r.in_step()


async def model_in_a_list(r: Replay) -> None:
    identity = await r.up()
    assert (identity.manufacturer, identity.model) == ("Motorola CE, Copyright 2000", "I250-000")
    assert (await r.ask("ATI")).lines == ("144",)
    assert (await r.ask("ATI1")).lines == ("000",)
    await r.in_step()


async def character_sets_of_its_own(r: Replay) -> None:
    r.ordinary.refuses = ("AT+CSCS=",)
    await r.up(first=True)  # in PDU mode none is needed
    assert '"ASCII"' in (await r.ask("AT+CSCS=?")).lines[0]
    assert await r.send() == 1


async def private_storages(r: Replay) -> None:
    await r.up()
    assert r.modem.capabilities.storages == ("MT", "BM")
    assert r.modem.capabilities.home == "IM"
    r.ordinary.stores["MT"][7] = (0, MESSAGE)
    assert await r.modem.sweep() == 1


async def text_of_three_lines(r: Replay) -> None:
    """The driver never uses text mode; what such a modem says all the same is kept to its last line."""
    await r.up(first=True)
    assert "AT+CMGF=0" in r.heard
    await r.announce('+CMTI: "IM",3787')
    (event,) = r.of(UndecodableReceived)
    assert event.raw.splitlines() == [b"First line of the replay text.", b"Second line of it.", b"Third and last."]
    await r.in_step()


async def echo_lacks_a_character(r: Replay) -> None:
    await r.up(first=True)
    before, begun = list(r.events), r.now
    response = await r.ask('AT+CSCS="HEX"')
    assert response.ok
    assert response.lines == ()
    assert r.now - begun < 1
    assert r.events == before
    await r.in_step()


async def can_only_send(r: Replay) -> None:
    identity = await r.up()
    assert identity.model == "Nokia N79"
    assert r.modem.capabilities.storages == ()
    assert r.modem.capabilities.routing is None
    assert any("announces no messages" in warning for warning in r.warnings)
    assert (await r.ask("AT+GCAP")).lines == ("+GCAP: +CGSM,+DS,+W",)
    assert await r.send() == 1


async def hands_over_or_nothing(r: Replay) -> None:
    r.ordinary.refuses = ("AT+CPMS=", "AT+CPMS?")
    await r.up()
    assert r.modem.capabilities.storages == ()
    assert r.modem.capabilities.routing is not None
    assert r.modem.capabilities.routing[1] == 2
    await r.announce(f"+CMT: ,22\r\n{MESSAGE}")
    assert [text_of(event) for event in r.incoming] == ["one"]


async def extra_fields(r: Replay) -> None:
    await r.up(first=True)
    await r.lead()
    assert r.modem.registration.circuit == 1
    answer = parse_registration("+CREG: 2,1,000B,2816, B, C2816")
    assert answer is not None
    assert answer.lac == 0x0B


async def forms_of_registration(r: Replay) -> None:
    await r.up()
    await r.settle()
    assert (r.modem.registration.circuit, r.modem.registration.packet) == (5, 5)
    assert r.modem.registration.roaming


async def no_gsm(r: Replay) -> None:
    r.ordinary.refuses = ("AT+CMGF", "AT+CPMS", "AT+CNMI", "AT+CSCA", "AT+CSMS", "AT+CIMI", "AT+CCID")
    await r.open()
    identity = await r.modem.identify()
    assert identity.imei is None
    assert identity.manufacturer in ("C-MOTECH Co., Ltd.", "LG Electronics Inc.")
    assert identity.model in ("CDX-650", "LG-LX265")
    assert len((await r.ask("ATI")).lines) == 5
    assert await rejection(r.up()) == ("plain", None)
    assert r.count("AT+CMGS") == 0
    await r.in_step()


async def location_with_blanks(r: Replay) -> None:
    await r.up()
    assert r.modem.registration.circuit == 1
    answer = parse_registration(r.dialogue.turns()[1][0].heard.split("\r\n")[1])
    assert answer is not None
    assert (answer.stat, answer.ci) == (1, 0x2715)  # the area is 0 or 5, as one reads the blank; nothing hangs on it


async def receives_into_sm_again(r: Replay) -> None:
    r.ordinary.sizes |= {"ME": 23, "SM": 10}
    await r.up(first=True)
    assert r.modem.capabilities.home == "ME"
    assert (await r.ask('AT+CPMS="ME","ME","ME"')).lines == ("+CPMS: 0,23,0,23,0,23",)
    await r.settle()
    assert r.lost is not None
    await r.close()
    r.ordinary.selected = ["ME", "ME", "SM"]
    r.ordinary.stores["SM"] = dict.fromkeys(range(1, 11), (0, MESSAGE))
    mark = len(r.heard)
    await r.player.back.wait()
    await r.open()
    await r.up()
    assert 'AT+CPMS="ME","ME","ME"' in r.heard[mark:]
    assert await r.modem.sweep() == 10
    await r.settle()
    assert r.ordinary.stores["SM"] == {}


EXPECTATIONS: dict[str, Expectation] = {
    "alcatel-x220: cgreg-blank-before-fields": expected(packet_domain),
    "alcatel-x220: cpms-test-unknown-stores": expected(known_storages_only),
    "blackberry: cscs-test-without-parentheses": expected(one_character_set),
    "blackberry: ok-to-everything": expected(no_sms_at_all),
    "cmotech-cdx650: identify": expected(no_gsm),
    "lg-lx265: identify": expected(no_gsm),
    "motorola-c-series: identify": expected(model_in_a_list),
    "motorola-c-series: cscs-test": expected(character_sets_of_its_own),
    "motorola-c-series: cops-list-two-names-missing": networks("310260", "310410", technologies=(None, None)),
    "motorola-v600: cpms-test-private-stores": expected(private_storages),
    "motorola-v600: cmgr-text-multiline": expected(text_of_three_lines),
    "motorola-v600: cind-names": answers(
        None, check=lambda r, found: found[0].lines[0].split('("')[7].startswith("smsfull")
    ),
    "nokia-500: echo-lost-character": expected(echo_lacks_a_character),
    "nokia-500: no-sms-reading": expected(can_only_send),
    "nokia-500: revision-five-lines": identified(
        profile="nokia", revision="V ICPR72_08w44.1 24-11-08 RM-348 (c) Nokia 11.049"
    ),
    "nokia-c6: cops-no-technology": networks("31026", "31064", "31041", technologies=(None, None, None)),
    "qualcomm-gobi1000: identify": identified(
        profile="generic", manufacturer="QUALCOMM INCORPORATED", model="88", imei="001010818050625"
    ),
    "qualcomm-gobi1000: creg-blank-inside-hex": expected(location_with_blanks),
    "qualcomm-msm8916-stick: receive-store-falls-back": expected(receives_into_sm_again),
    "samsung-phones: cpms-test-empty": expected(hands_over_or_nothing),
    "samsung-phones: creg-extra-fields": expected(extra_fields),
    "sony-ericsson-k850i: creg-forms": expected(forms_of_registration),
    "sony-ericsson-k850i: cops-list-unbalanced-parentheses": networks(
        "31026", "310260", "310410", technologies=(0, 2, 0)
    ),
    "sony-ericsson-md300: identify": identified(
        profile="sony-ericsson", model="MD300", revision="R3A018", imei="001080045578128"
    ),
    "sony-ericsson-w580i: identify": identified(
        profile="sony-ericsson", model="AAC-1052042-BV", imei="001015691839051"
    ),
    "zoom-4596: identify": identified(
        profile="generic", manufacturer="Manufacturer", model="HSPA USB MODEM", imei="001073538074903"
    ),
}
