"""What the dialogues with ZTE's sticks and routers are there to show."""

from modem.at.answers import parse_storages
from modem.at.commands import Command
from modem.errors import CommandTimeout
from modem.events import ReportReceived, StoragePlace
from tests.modem.replay.replay import Expectation, Replay, failure
from tests.modem.replay.stories import answers, expected, identified, networks

REPORT = "07913336990893F4064E0B913336996854F3629071712304216290717133042100"
WITH_REPORTS = '("SM","ME","SR"),("SM","ME","SR"),("SM","ME","SR")'


def numbers(line: str) -> list[tuple[int, int]]:
    return [(use.used, use.total) for use in parse_storages(line)]


async def level_not_readable(r: Replay) -> None:
    identity = await r.up()
    assert (identity.model, r.modem.profile.name) == ("K3565-Z", "zte")
    assert "AT+ZOPRT=5" in r.heard  # online, as nobody can see whether the radio is on
    assert "AT+CFUN?" in r.heard
    assert await r.send() == 1


async def other_prefix(r: Replay) -> None:
    await r.up(first=True)
    response = await r.modem._session.execute(Command("AT+ZPAS?", ("+BEARTYPE:",), needs_answer=True))
    assert response.lines == ('+BEARTYPE: "UMTS","CS_PS"',)
    await r.in_step()


async def centre_goes(r: Replay) -> None:
    await r.up()
    assert r.modem.capabilities.service_centre == "+33639986788"
    assert (await r.ask("AT+CSMP=49,167,0,0")).ok
    await r.up()
    assert r.modem.capabilities.service_centre is None
    assert any("no service centre" in warning for warning in r.warnings)


async def voice_call(r: Replay) -> None:
    await r.up(first=True)
    before = list(r.events)
    assert isinstance(await failure(r.ask("ATD+447700900720;")), CommandTimeout)
    assert r.events == before
    await r.settle()
    await r.in_step()


async def packed_by_nobody(r: Replay) -> None:
    await r.up(first=True)
    answer = await r.modem.ussd("*101#")
    assert (answer.status, answer.data_coding) == (0, 7)
    assert answer.text.startswith(" Sa mpl 6,78 xt for 4,23 LA ytes tson.")
    assert "gör" in answer.text
    await r.in_step()


async def report_before_the_echo(r: Replay) -> None:
    r.ordinary.storages_offer(WITH_REPORTS)
    await r.up(first=True)
    r.ordinary.stores["SR"][50] = (0, REPORT)
    assert numbers((await r.ask('AT+CPMS="SM","SM"')).lines[0])[2] == (0, 100)
    assert numbers((await r.ask('AT+CPMS="SM","SM"')).lines[0]) == [(0, 50), (0, 50), (1, 100)]
    await r.settle()
    assert [event.place for event in r.of(ReportReceived)] == [StoragePlace("SR", 50)]
    assert "AT+CMGR=50" in r.heard
    assert r.ordinary.stores["SR"] == {}
    await r.in_step()


async def two_reports(r: Replay) -> None:
    r.ordinary.storages_offer(WITH_REPORTS)
    await r.up(first=True)
    r.ordinary.stores["SR"] |= {90: (0, REPORT), 91: (0, REPORT)}
    assert numbers((await r.ask('AT+CPMS="SM","SM"')).lines[0])[2] == (42, 100)
    await r.settle()
    assert [event.place for event in r.of(ReportReceived)] == [StoragePlace("SR", 90), StoragePlace("SR", 91)]
    assert r.ordinary.stores["SR"] == {}
    await r.in_step()


async def somebody_else_is_on_the_port(r: Replay) -> None:
    await r.up(first=True)
    assert isinstance(await failure(r.require("AT")), CommandTimeout)
    assert any("another program" in warning for warning in r.warnings)
    r.player.playing = False
    await r.modem.resync()
    await r.in_step()


EXPECTATIONS: dict[str, Expectation] = {
    "zte-k3565-z: cfun-read-gives-test-list": expected(level_not_readable),
    "zte-k3565-z: set-command-answers-list": answers(("+CVHU: (0-1)",)),
    "zte-k3565-z: zpas": expected(other_prefix),
    "zte-k3565-z: csmp-clears-smsc": expected(centre_goes),
    "zte-k3565-z: call-answer-and-end": expected(voice_call),
    "zte-mf180: identify": identified(profile="zte", manufacturer="ZTE CORPORATION", model="MF180"),
    "zte-mf286d: ussd-ucs2-with-dcs-7": expected(packed_by_nobody),
    "zte-mf626: cdsi-before-echo-of-cpms": expected(report_before_the_echo),
    "zte-mf626: cpms-me": answers(None, check=lambda r, found: numbers(found[0].lines[0]) == [(0, 100)] * 3),
    "zte-mf626: two-cdsi-glued": expected(two_reports),
    "zte-mf627: identify": identified(
        profile="zte", manufacturer="ZTE INCORPORATED", model="MF627", revision="BD_3GHAP673A4V1.0.0B02"
    ),
    "zte-mf627: cops-list-charset-and-trailing-comma": networks("310410", "31026"),
    "zte-mf710m: foreign-command-echo": expected(somebody_else_is_on_the_port),
}
