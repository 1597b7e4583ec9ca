"""What the dialogues with modems that nobody has named are there to show."""

from modem.at.answers import parse_record_header, parse_storages
from modem.events import DeliverReceived, Incoming, ReportReceived, StoragePlace
from tests.modem.replay.replay import Expectation, Replay, rejection
from tests.modem.replay.stories import (
    Memory,
    answers,
    does_not_show,
    expected,
    reads,
    reference_of,
    says,
    text_of,
)

MESSAGE = "07913336990893F4040C91447700097002000052308171230421036F7719"  # "one"


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
    "generic-gsm-module-2003: cmgs-304": expected(refused_now_and_then),
    "generic-gsm-module-2003: cpms-read-two-stores": expected(two_groups),
    "iwow-tr800: cpms-test-no-parentheses": answers(
        None, check=lambda r, found: (r.modem.capabilities.storages, r.modem.capabilities.home) == (("SM",), "SM")
    ),
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
}
