"""The 25 behaviours of real modems that break naive drivers, as the transcripts' README numbers them.

Each test plays the dialogues that the README points to, and then the behaviour itself in forms that no transcript has.
"""

import re
from collections.abc import Iterable

import pytest

from modem.errors import CommandRejected, CommandTimeout, ProtocolError, TransportLost
from modem.events import DeliverReceived, LateReference, ReportReceived, Restarted, StorageFull, StoragePlace
from tests.modem.replay.expectations import EXPECTATIONS
from tests.modem.replay.replay import Expectation, Replay, Story, failure, play, rejection
from tests.modem.replay.stories import Memory, text_of
from tests.modem.replay.transcript import CUTS, DIALOGUES, SHARED, Dialogue, Step

README = (SHARED / "README.md").read_text("utf-8")
POINTERS = {
    int(number): re.findall(r"`([\w.-]+: [\w-]+)`", text)
    for number, text in re.findall(r"^(\d+)\. \*\*(.*)$", README, re.MULTILINE)
}
ONE = "07913336990893F4040C91447700097002000052308171230421036F7719"  # "one", from +447700900720
TWO = "07913336990893F4040C914477000970750000523081713304210EF3F2F8ED2683DAE5F93C7C2E03"  # "second message"
REPORT = "07913336990893F4064E0B913336996854F3629071712304216290717133042100"  # of reference 78
SUBMIT = "0791447700094077B17A0C914477000910470000AD11D3701B046797E9653C886E06BDE53F"
FLOOD = '\r\n^RSSI:13\r\n\r\n+CREG: 5,"00A1","00B2"\r\n\r\n^BOOT:41175390,0,0,0,89\r\n'
OFFERED = '("SM","ME","SR"),("SM","ME"),("SM","ME")'


def told(*exchange: Step) -> Dialogue:
    """A dialogue of our own with a modem as the standard has it."""
    return Dialogue("ours", "", "", exchange, {}, {}, "Example", "One", "ERROR")


def tx(text: str) -> Step:
    return {"tx": text}


def rx(text: str, delay_s: float = 0.0) -> Step:
    return {"rx": text, "delay_s": delay_s}


ORDINARY = told()


def plays(story: Story, dialogue: Dialogue = ORDINARY, cuts: Iterable[str] = CUTS, exact: tuple[str, ...] = ()) -> None:
    for cut in cuts:
        play(dialogue, Expectation(story, exact), cut)


_played: set[int] = set()


@pytest.fixture(autouse=True)
def pointers(request: pytest.FixtureRequest) -> None:
    """The dialogues that the README names for the behaviour, once; the test adds to them."""
    match = re.match(r"test_behaviour_(\d\d)_", request.node.name)
    if match is None:
        return
    number = int(match[1])
    assert POINTERS[number]
    for name in POINTERS[number] if number not in _played else ():
        for cut in CUTS:
            play(DIALOGUES[name], EXPECTATIONS[name], cut)
    _played.add(number)


def test_the_readme_numbers_twenty_five_behaviours_and_each_has_its_test() -> None:
    tested = {int(name[15:17]) for name in globals() if name.startswith("test_behaviour_")}
    assert tested == set(POINTERS) == set(range(1, 26))


def test_behaviour_01_unsolicited_lines_in_the_middle() -> None:
    """At every place between two lines of an echoed answer."""
    pieces = ["AT+CSCA?\r", "\r\n", '+CSCA: "+447700900888",145\r\n', "\r\nOK\r\n"]

    async def story(r: Replay) -> None:
        await r.up(first=True)
        assert (await r.ask("AT+CSCA?")).lines == ('+CSCA: "+447700900888",145',)
        await r.settle()
        assert r.modem.registration.circuit == 5
        assert r.of(Restarted) == []
        assert r.warnings == []
        await r.in_step()

    for place in range(len(pieces) + 1):
        said = "".join(pieces[:place]) + FLOOD + "".join(pieces[place:])
        if place == 1:  # a line that begins behind a CR needs one of its own
            said = said.replace("?\r\r\n", "?\r\r\n\r\n", 1)
        plays(story, told(tx("AT+CSCA?\r"), rx(said)))


def test_behaviour_02_the_result_of_a_send_comes_late() -> None:
    def sending(seconds: float, result: str) -> Dialogue:
        return told(tx("AT+CMGS=16\r"), rx("\r\n> "), tx("00\x1a"), rx(result, seconds))

    async def in_time(r: Replay) -> None:
        await r.up(first=True)
        written = r.player.raw
        assert await r.send() == 9
        assert r.player.raw[len(written) :].count("AT") == 1  # nothing else while it lasts
        await r.in_step()

    async def too_late(r: Replay) -> None:
        """Unknown, and the error is nobody's answer."""
        await r.up(first=True)
        assert isinstance(await failure(r.send()), CommandTimeout)
        await r.settle()
        r.player.playing = False
        await r.in_step()
        assert await r.send() == 1

    plays(in_time, sending(175, "\r\n+CMGS: 9\r\n\r\nOK\r\n"))
    plays(too_late, sending(190, "\r\n+CMS ERROR: 350\r\n"))

    async def accepted_too_late(r: Replay) -> None:
        await r.up(first=True)
        assert isinstance(await failure(r.send()), CommandTimeout)
        await r.settle()
        assert r.of(LateReference) == [LateReference(9)]
        r.player.playing = False
        assert await r.send() == 1

    plays(accepted_too_late, sending(190, "\r\n+CMGS: 9\r\n\r\nOK\r\n"))


@pytest.mark.parametrize("index", [0, 50, 254])
@pytest.mark.parametrize("named", ["SM", "ME", "SR"])
def test_behaviour_03_reports_are_announced_for_the_wrong_storage(index: int, named: str) -> None:
    async def story(r: Replay) -> None:
        r.ordinary.storages_offer(OFFERED)
        await r.up()
        r.ordinary.stores["SR"][index] = (0, REPORT)
        await r.announce(f'+CDSI: "{named}",{index}')
        assert [event.place for event in r.of(ReportReceived)] == [StoragePlace("SR", index)]
        assert r.ordinary.stores["SR"] == {}

    plays(story)


@pytest.mark.parametrize(
    ("takes", "mode_mt_ds"),
    [
        ("(2),(0,1),(0),(1),(0)", (2, 1, 1)),
        ("(1),(0,1),(0),(2),(1)", (1, 1, 2)),
        ("(0-3),(0,1),(0,2,3),(0,2),(1)", (2, 1, 2)),
        ("(0-2),(0,1),(0,2),(0),(0,1)", (2, 1, 0)),
        ("(3),(2),(0),(1),(1)", (3, 2, 1)),
        ("(0-2),(0-3)", (2, 1, None)),
    ],
)
@pytest.mark.parametrize("tells", [True, False])
def test_behaviour_04_routing_taken_for_granted_is_refused(
    takes: str, mode_mt_ds: tuple[int | None, ...], tells: bool
) -> None:
    """The modem takes these values only, and may not say which."""

    async def story(r: Replay) -> None:
        r.ordinary.routing_offered = takes
        if not tells:
            r.ordinary.answers["AT+CNMI=?"] = "ERROR"
        await r.up()
        routing = r.modem.capabilities.routing
        assert routing is not None
        if tells:
            assert (*routing[:2], routing[3] if len(routing) > 3 else None) == mode_mt_ds
        assert r.ordinary.routing == ",".join(map(str, routing))

    if not tells and takes.startswith("(3)"):
        takes = "(2),(2),(0),(1),(0)"
    plays(story, cuts=["as read"])


@pytest.mark.parametrize(
    ("offered", "home", "swept"),
    [
        ('("SM","ME"),("SM","ME"),("SM","ME")', "ME", {"SM", "ME"}),
        ('(("SM","BM","SR"),("SM"))', "SM", {"SM", "SR", "BM"}),
        ('"SM","SM","SM"', "SM", {"SM"}),
        ('("MT","SM","ME"),("MT","SM","ME"),("MT","SM")', "SM", {"SM", "ME"}),
        ('("ME","MT"),("ME","SM","MT"),("SM","MT")', "MT", {"MT"}),
        ('("SM", "ME", "SM_P", "ME_P", "MT"), ("SM"), ("SM", "ME")', "ME", {"SM", "ME"}),
        ('("TA"),("TA")', "TA", {"TA"}),
    ],
)
def test_behaviour_05_storages_in_every_number_and_form(offered: str, home: str, swept: set[str]) -> None:
    async def story(r: Replay) -> None:
        r.ordinary.storages_offer(offered.replace(" ", ""))
        r.ordinary.storages_offered = offered
        await r.up()
        assert r.modem.capabilities.home == home
        assert set(r.modem.capabilities.storages) == swept
        r.ordinary.stores[min(swept - {"BM"})][1] = (0, ONE)
        assert await r.modem.sweep() == 1

    plays(story)


@pytest.mark.parametrize(
    ("line", "kind", "code"),
    [
        ("COMMAND NOT SUPPORT", "plain", None),
        ("TOO MANY PARAMETERS", "plain", None),
        ("COMMAND NO RESPONS!", "plain", None),
        ("ABORTED", "plain", None),
        ("+CMS ERROR: 3870", "cms", 3870),
        ("+CME ERROR:50", "cme", 50),
        ("+CME ERROR: SIM failure", "cme", 13),
        ("+CMS ERROR: memory full", "cms", 322),
        ("MODEM ERROR: 4", "plain", 4),
    ],
)
def test_behaviour_06_result_codes_that_no_standard_has(line: str, kind: str, code: int | None) -> None:
    async def story(r: Replay) -> None:
        await r.up(first=True)
        begun = r.now
        assert await rejection(r.require("AT+CSCA?")) == (kind, code)
        assert await rejection(r.send()) == (kind, code)
        assert r.now - begun < 2
        assert r.ordinary.entered == []
        await r.in_step()

    answer = rx(f"\r\n{line}\r\n")
    plays(story, told(tx("AT+CSCA?\r"), answer, tx("AT+CMGS=16\r"), answer))


def test_behaviour_07_the_echo_cannot_be_trusted() -> None:
    """One character lost, at each place; and an echo that no command switches off."""
    command = 'AT+CSCS="HEX"'

    async def story(r: Replay) -> None:
        await r.up(first=True)
        before, begun = list(r.events), r.now
        response = await r.ask(command)
        assert (response.ok, response.lines) == (True, ())
        assert r.now - begun < 1
        assert r.events == before

    for place in range(1, len(command)):
        plays(story, told(tx(f"{command}\r"), rx(f"{command[:place]}{command[place + 1 :]}\r\r\nOK\r\n")), ["as read"])

    async def echoing(r: Replay) -> None:
        r.player.echo = True
        await r.up()
        assert await r.send() == 1
        r.ordinary.stores["ME"][1] = (0, ONE)
        await r.announce('+CMTI: "ME",1')
        assert [text_of(event) for event in r.incoming] == ["one"]
        assert r.warnings == []

    plays(echoing)


def test_behaviour_08_the_ok_is_missing() -> None:
    async def story(r: Replay) -> None:
        begun = r.now
        await r.up()
        assert r.now - begun < 5
        assert await r.send() == 5
        r.player.playing = False
        await r.in_step()

    sending = (tx("AT+CMGS=16\r"), rx("\r\n> "), tx("00\x1a"), rx("\r\n+CMGS: 5\r\n"))
    plays(story, told(tx("AT+CPIN?\r"), rx("\r\n+CPIN: READY\r\n"), *sending))


def test_behaviour_09_start_up_takes_its_time_and_a_boot_resets_everything() -> None:
    async def slow(r: Replay) -> None:
        await r.up()
        assert r.count("AT+CMGF=0") == 5
        assert await r.send() == 1

    not_yet = [step for _ in range(4) for step in (tx("AT+CMGF=0\r"), rx("\r\nERROR\r\n"))]
    plays(slow, told(*not_yet, tx("AT+CMGF=0\r"), rx("\r\nOK\r\n")))

    async def boots(r: Replay) -> None:
        await r.up()
        mark = len(r.heard)
        await r.player.announce("RDY")
        await r.settle()
        assert len(r.of(Restarted)) == 1
        assert isinstance(await failure(r.send()), CommandTimeout)  # before it is set up again
        await r.up()
        assert {"ATE0V1Q0", "AT+CMEE=1", "AT+CMGF=0", "AT+CNMI=2,1,0,1,0"} <= set(r.heard[mark:])
        assert await r.send() == 1

    plays(boots)


def test_behaviour_10_busy_behind_the_pin() -> None:
    """The PIN goes out once, whatever comes behind it."""
    state = [tx("AT+CPIN?\r"), rx("\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"), tx('AT+CPIN="1234"\r'), rx("\r\nOK\r\n")]
    for error in ("+CME ERROR: 14", "+CME ERROR: 515", "+CMS ERROR: 314"):
        busy = [step for _ in range(5) for step in (tx("AT+CPIN?\r"), rx(f"\r\n{error}\r\n"))]
        ready = [tx("AT+CPIN?\r"), rx("\r\n+CPIN: READY\r\n\r\nOK\r\n")]

        async def story(r: Replay) -> None:
            await r.up("1234", Memory())
            assert r.count("AT+CPIN=") == 1
            assert r.count("AT+CPIN?") == 7
            assert await r.send() == 1

        plays(story, told(*state, *busy, *ready))


@pytest.mark.parametrize(
    "header",
    ["0,,22", '0,"",22', '0,"Alice, Bob",22', "0,22", ",,22", "22", "1,0,,22", "0, ,22", '"",22'],
)
@pytest.mark.parametrize("between", ["\r\n", " "])
def test_behaviour_11_headers_of_every_form(header: str, between: str) -> None:
    async def story(r: Replay) -> None:
        await r.up(first=True)
        await r.announce('+CMTI: "ME",1')
        assert [text_of(event) for event in r.incoming] == ["one"]
        assert "AT+CMGD=1" in r.heard

    plays(story, told(tx("AT+CMGR=1\r"), rx(f"\r\n+CMGR: {header}{between}{ONE}\r\n\r\nOK\r\n")))


@pytest.mark.parametrize("damaged", [ONE[:-4], "0BD07926404837=65p441p", "61678199639551", "FF" * 40, ONE[:-1], "00"])
def test_behaviour_12_a_damaged_message_costs_no_other(damaged: str) -> None:
    async def story(r: Replay) -> None:
        await r.up(first=True)
        r.keep = True
        await r.modem.sweep()
        texts = [event.deliver.text for event in r.of(DeliverReceived) if not event.deliver.damaged]
        assert texts == ["one", "second message"]
        assert r.count("AT+CMGD") == 0
        for event in r.incoming:  # whatever was told of the damaged one, its octets are all there
            kept = event.raw if not isinstance(event, DeliverReceived | ReportReceived) else event.pdu
            assert kept
        await r.in_step()

    listed = f"\r\n+CMGL: 1,1,,22\r\n{ONE}\r\n+CMGL: 2,1,,22\r\n{damaged}\r\n+CMGL: 3,1,,32\r\n{TWO}\r\n\r\nOK\r\n"
    plays(story, told(tx("AT+CMGL=4\r"), rx(listed)))


@pytest.mark.parametrize("empty", ["\r\n+CMS ERROR: 321\r\n", "\r\nOK\r\n", "\r\nERROR\r\n", ""])
def test_behaviour_13_the_announced_storage_is_not_where_it_lies(empty: str) -> None:
    """Announced in ME and lying in SM, and the empty place answered in every way."""

    async def story(r: Replay) -> None:
        await r.up(first=True)
        r.ordinary.stores["SM"][4] = (0, ONE)
        await r.announce('+CMTI: "ME",67')
        assert [event.place for event in r.of(DeliverReceived)] == [StoragePlace("SM", 4)]
        assert r.ordinary.stores["SM"] == {}

    plays(story, told(tx("AT+CMGR=67\r"), rx(empty)))

    async def full(r: Replay) -> None:
        r.ordinary.sizes |= {"ME": 2, "SM": 2}
        await r.up(first=True)
        r.ordinary.stores["ME"] |= {0: (1, ONE), 1: (1, TWO)}
        health = await r.modem.check()
        assert any(use.used == use.total for use in health.storages)
        await r.settle()
        assert r.of(StorageFull) == [StorageFull("ME")]
        assert r.ordinary.stores["ME"] == {}

    plays(full, cuts=["as read"])


@pytest.mark.parametrize("line", ["+CMTI: ,-1", '+CMTI: "SM",-1', "+CMTI: "])
def test_behaviour_14_announcements_without_a_place(line: str) -> None:
    async def another_storage(r: Replay) -> None:
        await r.up()
        assert r.modem.capabilities.home == "ME"
        await r.announce(line)
        assert r.modem.capabilities.home == "SM"
        assert not any("-1" in command for command in r.heard)

    async def handed_over(r: Replay) -> None:
        r.ordinary.storages_offer('("SM"),("SM"),("SM")')
        await r.up()
        await r.announce(line)
        assert r.modem.capabilities.routing == (2, 2, 0, 1, 0)
        assert r.ordinary.routing == "2,2,0,1,0"
        await r.announce(f"+CMT: ,22\r\n{ONE}")
        assert [text_of(event) for event in r.incoming] == ["one"]

    async def found_after_all(r: Replay) -> None:
        await r.up()
        r.ordinary.stores["SM"][3] = (0, ONE)
        await r.announce(line)
        assert r.modem.capabilities.home == "ME"
        assert [text_of(event) for event in r.incoming] == ["one"]

    for story in (another_storage, handed_over, found_after_all):
        plays(story)


@pytest.mark.parametrize("prompt", ["\r\n> ", "\r\n>", ">", "> ", "\r\n\r\n> ", "\n>", "AT+CMGS=16\r\r\n> "])
def test_behaviour_15_prompts(prompt: str) -> None:
    async def story(r: Replay) -> None:
        await r.up(first=True)
        assert await r.send() == 5
        await r.in_step()

    plays(story, told(tx("AT+CMGS=16\r"), rx(prompt), tx("00\x1a"), rx("\r\n+CMGS: 5\r\n\r\nOK\r\n", 1)))

    async def none(r: Replay) -> None:
        await r.up(first=True)
        assert isinstance(await failure(r.send()), CommandRejected if r.dialogue.exchange[-1]["rx"] else CommandTimeout)
        assert "\x1a" not in r.player.raw
        assert r.ordinary.entered == []

    for instead in ("\r\nOK\r\n", ""):
        plays(none, told(tx("AT+CMGS=16\r"), rx(instead)))


def test_behaviour_16_ok_without_a_reference() -> None:
    async def story(r: Replay) -> None:
        await r.up(first=True)
        assert isinstance(await failure(r.send()), CommandTimeout)
        r.player.playing = False
        assert await r.send() == 1

    for result in ("\r\nOK\r\n", "\r\n+CMGS:\r\n\r\nOK\r\n", "\r\n^RSSI:13\r\n\r\nOK\r\n"):
        plays(story, told(tx("AT+CMGS=16\r"), rx("\r\n> "), tx("00\x1a"), rx(result, 1)))


def test_behaviour_17_line_ends_and_early_octets() -> None:
    async def story(r: Replay) -> None:
        await r.up()
        for _ in range(2):
            await r.send()
        await r.modem.check()
        assert "\n" not in r.player.raw
        assert not re.search("\x1a[\r\n]", r.player.raw)
        assert r.player.early == []  # nothing was written while an answer was owed
        assert "AT+CMGR\r" not in r.player.raw

    plays(story)


@pytest.mark.parametrize("shift", [1, 2, 3])
def test_behaviour_18_answers_shifted_by_some_commands(shift: int) -> None:
    """So many OKs of the past come in front of what was asked."""

    async def story(r: Replay) -> None:
        await r.up(first=True)
        response = await r.ask("AT+CSCA?")
        assert response.ok
        r.player.playing = False
        await r.modem.resync()
        await r.in_step()
        assert (await r.ask("AT+CSQ")).lines == ("+CSQ: 20,99",)

    plays(story, told(tx("AT+CSCA?\r"), rx("\r\nOK\r\n" * shift + '\r\n+CSCA: "+447700900888",145\r\n\r\nOK\r\n')))


@pytest.mark.parametrize(
    "string",
    [
        '"D4F29C0E",15',
        "D4F29C0E",
        "D4F29C0E,15",
        '"0054006500730074",72',
        '"0054006500730074",7',
        '"54657374",68',
        '"Test",15',
        '"Test',
        '"Test"',
        '"005400650073007400",72',
    ],
)
@pytest.mark.parametrize("early", [True, False])
def test_behaviour_19_ussd_in_every_coding(string: str, early: bool) -> None:
    async def story(r: Replay) -> None:
        await r.up(first=True)
        answer = await r.modem.ussd("*100#")
        assert (answer.status, answer.text) == (0, "Test")
        await r.in_step()

    said = [rx("\r\nOK\r\n"), rx(f"\r\n+CUSD: 0,{string}\r\n", 2)]
    plays(story, told(tx("AT+CUSD=1\r"), *(reversed(said) if early else said)))


def test_behaviour_20_the_port_goes_away() -> None:
    """Before and behind the point of no return; the line works again on the next device."""

    async def story(r: Replay) -> None:
        await r.up(first=True)
        assert isinstance(await failure(r.send()), TransportLost)
        await r.settle(0.1)
        assert isinstance(r.lost, TransportLost)
        assert isinstance(await failure(r.modem.check()), TransportLost)
        await r.player.back.wait()
        r.player.playing = False
        await r.open()
        await r.up(first=True)
        r.player.playing = False
        assert await r.send() == 1

    gone: list[Step] = [{"event": "port_gone", "delay_s": 1}, {"event": "port_back", "delay_s": 9}]
    plays(story, told(tx("AT+CMGS=16\r"), *gone))
    plays(story, told(tx("AT+CMGS=16\r"), rx("\r\n> "), tx("00\x1a"), *gone))


def test_behaviour_21_wrong_ports_of_a_device() -> None:
    """Silent, deaf to SMS, and at last the right one."""

    async def story(r: Replay) -> None:
        r.player.mute = True
        await r.open()
        assert isinstance(await failure(r.modem.identify()), CommandTimeout)
        r.player.next_port()
        r.player.mute = False
        empty = ("AT+CMGF?", "AT+CPMS?", "AT+CPMS=?", "AT+CNMI?", "AT+CNMI=?", "AT+CSMS?", "AT+CSCA?")
        r.ordinary.answers |= dict.fromkeys(empty, "OK")
        await r.open()
        assert isinstance(await failure(r.up()), ProtocolError)
        r.player.next_port()
        r.ordinary.answers.clear()
        await r.open()
        await r.up()
        assert await r.send() == 1

    plays(story)


def test_behaviour_22_answers_of_several_lines() -> None:
    lines = ("PCC:103,157", "SCC 1:2,0,140", "SCC 2:2,0,140")
    for joint in ("\r\n", "\r\n\r\n", "\r\r\n", "\n"):

        async def story(r: Replay) -> None:
            await r.up(first=True)
            assert (await r.ask("AT+GTCAINFO?")).lines == ("+GTCAINFO:", *lines)
            await r.in_step()

        said = joint.join(("", "+GTCAINFO:", *lines, "", "OK", ""))
        plays(story, told(tx("AT+GTCAINFO?\r"), rx(said)))


@pytest.mark.parametrize("stat", range(12))
@pytest.mark.parametrize("form", ["2,{0}", '2,{0},"00A1","00B2",7', "2,{0},A1,B2", '2,0{0},"00A1","00B2"'])
def test_behaviour_23_registration(stat: int, form: str) -> None:
    async def story(r: Replay) -> None:
        r.ordinary.answers["AT+CREG?"] = f"+CREG: {form.format(stat)}\nOK"
        await r.up()
        assert r.modem.registration.circuit == stat
        assert r.modem.registration.may_send == (stat in (1, 5, 6, 7, 9, 10))
        assert r.modem.registration.roaming == (stat in (5, 7, 10))
        assert r.modem.registration.denied == (stat == 3)
        await r.player.announce('+CREG: 8,"00A1","00B2"' if stat in (1, 5) else '+CREG: 1,"00A1","00B2"')
        await r.settle()
        assert r.modem.registration.may_send == (stat not in (1, 5))

    plays(story, cuts=["as read"])


@pytest.mark.parametrize("noise", ["\x00\x00", "\xff\xfe\xff", "~\x80!~\x80!", "\x80\x9f\xe5"])
def test_behaviour_24_octets_that_are_no_text(noise: str) -> None:
    """In front of an echo, of a line and of the result; never inside, where nobody can tell."""

    async def story(r: Replay) -> None:
        await r.up(first=True)
        assert (await r.ask("AT+CSCA?")).lines == ('+CSCA: "+447700900888",145',)
        assert r.warnings == []
        r.player.playing = False
        await r.in_step()

    line = '+CSCA: "+447700900888",145'
    for said in (  # the rest of a PPP frame is printable, and nobody can tell it from the line it stands before
        f"{noise}AT+CSCA?\r\r\n{line}\r\n\r\nOK\r\n",
        f"AT+CSCA?\r\r\n{'' if '~' in noise else noise}{line}\r\n\r\nOK\r\n",
        f"AT+CSCA?\r\r\n{line}\r\r\n\r\n{'' if '~' in noise else noise}OK\r\r\n{noise}",
    ):
        plays(story, told(tx("AT+CSCA?\r"), rx(said)))


def test_behaviour_25_special_messages() -> None:
    """A stored SUBMIT is not received, a double of what lies there is told as it lies, and none is lost for another."""

    async def story(r: Replay) -> None:
        r.ordinary.stores["ME"] = {0: (3, SUBMIT), 1: (1, ONE), 2: (1, SUBMIT), 3: (1, TWO), 4: (0, ONE)}
        await r.up()
        await r.modem.sweep()
        await r.settle()
        assert sorted(str(text_of(event)) for event in r.incoming) == ["one", "one", "second message"]
        assert set(r.ordinary.stores["ME"]) == {0, 2}

    plays(story)
