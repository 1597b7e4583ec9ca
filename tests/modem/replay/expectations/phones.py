"""What the dialogues with phones, with CDMA modems and with modems that nobody has named are there to show."""

from modem.at.answers import parse_record_header, parse_registration, parse_storages
from modem.errors import CommandRejected
from modem.events import DeliverReceived, Incoming, ReportReceived, StoragePlace, UndecodableReceived
from tests.modem.replay.replay import Expectation, Replay, failure, rejection
from tests.modem.replay.stories import (
    Memory,
    answers,
    does_not_show,
    expected,
    identified,
    networks,
    reads,
    reference_of,
    says,
    text_of,
)

MESSAGE = "07913336990893F4040C91447700097002000052308171230421036F7719"  # "one"


# --- phones


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
    assert r.modem.capabilities.storages == ("MT",)
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


# --- the collection of +CMGR


def ends(event: Incoming, *, text: str, sender: str) -> bool:
    return (
        isinstance(event, DeliverReceived)
        and (event.deliver.text or "").endswith(text)
        and event.deliver.originating_address.value == sender
    )


def part(event: Incoming, reference: int, total: int, sequence: int) -> bool:
    assert isinstance(event, DeliverReceived)
    header = event.deliver.user_data.header
    assert header is not None
    found = header.concatenation
    return found is not None and (found.reference, found.total, found.sequence) == (reference, total, sequence)


def report(reference: int, recipient: str) -> "object":
    def check(event: Incoming) -> bool:
        assert isinstance(event, ReportReceived)
        told = event.report
        return (reference_of(event), told.recipient_address.value, told.status.code) == (reference, recipient, 0)

    return check


def push(event: Incoming) -> bool:
    assert isinstance(event, DeliverReceived)
    header = event.deliver.user_data.header
    return (
        event.deliver.text is None
        and header is not None
        and header.ports is not None
        and header.ports.destination == 2948
        and b"http://extf.orreplay.te:9315/n67" in event.deliver.user_data.content
    )


async def goes_on_with_the_next_place(r: Replay) -> None:
    """A damaged message is no reason to leave out the others, and is not deleted as long as nobody has read it."""
    await r.up(first=True)
    home = str(r.modem.capabilities.home)
    r.ordinary.stores[home][2] = (0, MESSAGE)
    await r.announce(f'+CMTI: "{home}",1')
    await r.announce(f'+CMTI: "{home}",2')
    assert r.count("AT+CMGR=1") >= 1
    assert [text_of(event) for event in r.incoming] == ["one"]
    assert "AT+CMGD=1" not in r.heard
    assert "AT+CMGD=2" in r.heard
    await r.in_step()


async def both_parts(r: Replay) -> None:
    await r.up(first=True)
    assert await r.modem.sweep() == 2
    await r.settle()
    first, second = r.incoming
    assert part(first, 0x4C, 2, 1)
    assert part(second, 0x4C, 2, 2)
    assert text_of(second) == "samp let extfo rre playtes ts onl ynothin. "
    assert [event.place.index for event in r.incoming if event.place] == [3, 4]
    await r.in_step()


# --- Qualcomm


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


# --- nobody knows which


async def code_in_pieces(r: Replay) -> None:
    await r.up(first=True)
    answer = await r.modem.ussd("*100#")
    assert (answer.status, answer.data_coding) == (0, None)
    assert answer.text.startswith("799.55@.+1000@ 70 25@=K5")
    assert answer.text.rstrip().endswith("2")
    ended = await r.modem.ussd("*100#")
    assert ended.terminated
    assert ended.text == ""
    await r.in_step()


async def time_out_after_all(r: Replay) -> None:
    await r.up(first=True)
    answer = await r.modem.ussd("5041")
    assert answer.timed_out
    assert (r.modem.registration.circuit, r.modem.registration.packet) == (1, 1)
    await r.in_step()


async def pin_each_time(r: Replay) -> None:
    await r.up("11111", Memory())
    assert r.count("AT+CPIN=") == 1
    assert await rejection(r.require('AT+CLCK="SC",0,"11111"')) == ("cme", 13)
    assert (await r.ask('AT+CLCK="SC",2')).lines == ("+CLCK: 1",)
    assert await r.send() == 1


async def announced_elsewhere(r: Replay) -> None:
    await r.up(first=True)
    r.ordinary.stores["ME"][67] = (0, MESSAGE)
    r.ordinary.selected[0] = "SM"
    await r.lead()
    number = r.heard.index("AT+CMGR=67")
    assert r.heard[number - 1] == 'AT+CPMS="ME"'
    assert [text_of(event) for event in r.incoming] == ["one"]  # although it was answered 321
    assert r.ordinary.stores["ME"] == {}
    await r.in_step()


async def news_in_front_of_echoes(r: Replay) -> None:
    await r.up(first=True)
    r.ordinary.stores["SM"][1] = (0, MESSAGE)
    assert (await r.ask('AT+CSCS="HEX"')).ok
    response = await r.ask('AT+CPMS="SM","SM"')
    assert [(use.used, use.total) for use in parse_storages(response.lines[0])] == [(1, 20)] * 3
    await r.settle()
    assert [event.place for event in r.incoming] == [StoragePlace("SM", 1)]
    assert [event.announced for event in r.incoming] == [True]
    await r.in_step()


async def headers_of_text_mode(r: Replay) -> None:
    await r.up(first=True)
    lengths = []
    for text in r.dialogue.commands:
        (record,) = (await r.ask(text)).records
        lengths.append(parse_record_header(record.header).length)
    assert lengths == [6, 93, 4]
    await r.in_step()


async def corners_of_registration(r: Replay) -> None:
    await r.up(first=True)
    found = []
    for _ in range(5):
        await r.modem.check()
        found.append(r.modem.registration.circuit)
    assert found == [1, 1, 1, None, 1]
    await r.in_step()


async def forms_of_the_offer(r: Replay) -> None:
    for _ in range(3):
        await r.up()
        assert r.modem.capabilities.routing == (2, 1, 0, 1, 0)
    assert r.player.unplayed == []
    await r.in_step()


async def two_groups(r: Replay) -> None:
    await r.up(first=True)
    health = await r.modem.check()
    assert [(use.storage, use.used, use.total) for use in health.storages] == [("SM", 2, 30)]
    await r.in_step()


async def refused_now_and_then(r: Replay) -> None:
    await r.up(first=True)
    response = await r.ask("AT+CSCS?")
    assert response.lines == ('+CSCS: "GSM"',)
    assert await rejection(r.send()) == ("cms", 304)
    r.player.playing = False
    assert await r.send() == 1
    assert r.ordinary.entered[0] == r.ordinary.entered[1]


EXPECTATIONS: dict[str, Expectation] = {
    "alcatel-x220: cgreg-blank-before-fields": expected(packet_domain),
    "alcatel-x220: cpms-test-unknown-stores": expected(known_storages_only),
    "blackberry: cscs-test-without-parentheses": expected(one_character_set),
    "blackberry: ok-to-everything": expected(no_sms_at_all),
    "cmotech-cdx650: identify": expected(no_gsm),
    "generic-gsm-module-2003: cmgs-304": expected(refused_now_and_then),
    "generic-gsm-module-2003: cpms-read-two-stores": expected(two_groups),
    "iwow-tr800: cpms-test-no-parentheses": answers(
        None, check=lambda r, found: (r.modem.capabilities.storages, r.modem.capabilities.home) == (("SM",), "SM")
    ),
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
    "phones-cmgr-collection: deliver-short": reads(1, says("Sa mpl")),
    "phones-cmgr-collection: deliver-smsc-text": reads(
        106, lambda event: ends(event, text="sonl yn othingr.", sender="9997700")
    ),
    "phones-cmgr-collection: header-two-fields": reads(0, says("Samp")),
    "phones-cmgr-collection: submit-stored": does_not_show(1),
    "phones-cmgr-collection: submit-short-code": does_not_show(2),
    "phones-cmgr-collection: concat-part-1-of-2": reads(1, lambda event: part(event, 1, 2, 1)),
    "phones-cmgr-collection: status-report-25": reads(0, report(232, "+447700900807")),
    "phones-cmgr-collection: status-report-header-length-only": reads(1, report(180, "999871936")),
    "phones-cmgr-collection: status-report-14-digits": reads(1, report(1, "+4917604069066")),
    "phones-cmgr-collection: wap-push-mms-33": reads(1, push),
    "phones-cmgr-collection: deliver-tabs-and-blanks": reads(37, says("4965993790     78:24   EPLAYT")),
    "phones-cmgr-collection: malformed-semi-octets-as-ascii": expected(
        goes_on_with_the_next_place,
    ),
    "phones-cmgr-collection: malformed-only-smsc": expected(goes_on_with_the_next_place),
    "phones-cmgr-collection: malformed-truncated-ucs2": expected(goes_on_with_the_next_place),
    "phones-cmgr-collection: cmgl-two-parts": expected(both_parts),
    "phones-cmgr-collection: cmgr-pdu-in-header-line": reads(
        0, lambda event: ends(event, text='"Er Eatallju" stl.ette.rs', sender="56435")
    ),
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
    "sprut-gsm-router: ussd-before-ok-with-newline-no-end-quote": expected(code_in_pieces),
    "text-mode-headers: csdh-headers": expected(headers_of_text_mode),
    "text-mode-headers: creg-corner-cases": expected(corners_of_registration),
    "text-mode-headers: cnmi-test-forms": expected(forms_of_the_offer),
    "text-mode-headers: urc-glued-in-front-of-charset-echo": expected(news_in_front_of_echoes),
    "unidentified: ussd-with-creg-inside-and-late-error": expected(time_out_after_all),
    "unidentified: extra-empty-line": answers(("+CSQ: 24,99",)),
    "unidentified: deliver-pid-41": reads(
        0, lambda event: ends(event, text='tlett "+174303567789"', sender="+447700900017")
    ),
    "unidentified: pin-then-clck": expected(pin_each_time),
    "unnamed-cmti-me-67: cmti-store-is-not-the-reading-store": expected(announced_elsewhere),
    "unnamed-cpms-two-stores: cpms-two-pairs-exact": answers(
        None, check=lambda r, found: [(u.used, u.total) for u in parse_storages(found[0].lines[0])] == [(0, 10)] * 2
    ),
    "unnamed-cpms-two-stores: clock-set-refused": answers(("cme", 3)),
    "zoom-4596: identify": identified(
        profile="generic", manufacturer="Manufacturer", model="HSPA USB MODEM", imei="001073538074903"
    ),
}
