"""Dialogues with real modems, played to the session whole, octet by octet and with neighbouring reads joined.

The oracle is the transcript itself, read naively: which line is final, which lines stand before it. Nothing may get
lost: every line is an echo, part of an answer, or news. What the dialogues of the 25 behaviours in the transcripts'
README are there to show is asserted one by one below.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from modem.at import answers, commands
from modem.at.commands import Command, Wait
from modem.at.dialogue import Response, Unsolicited
from modem.at.session import Session
from modem.at.timing import Timing
from modem.errors import CommandRejected, CommandTimeout, ModemError, TransportLost

FOLDER = Path(__file__).parents[1] / "vectors" / "transcripts"
WAIT = 0.4  # seconds for an answer
AT_ONCE = 80  # dialogues
HURRIED = Timing(
    probe=WAIT / 2,
    **dict.fromkeys(("short", "identity", "sim", "pin", "radio", "storage", "read", "listing"), WAIT),
    **dict.fromkeys(("delete", "prompt", "submit", "network"), WAIT),
    quiet=0.05,
    drain=0.3,
    missing_ok=0.2,
    answer_after_ok=0.2,
    pdu_after_header=0.2,
)
Step = dict[str, Any]


@dataclass
class Turn:
    """One thing the host wrote and all that came back before it wrote again."""

    written: str
    heard: list[str] = field(default_factory=list)
    gone: bool = False

    @property
    def lines(self) -> list[str]:
        """The lines that have an end."""
        text = re.sub(r"[\x00\xff]", "", "".join(self.heard))
        return [line.strip() for line in re.split(r"[\r\n\x1a]+", text)[:-1] if line.strip()]


def turns_of(exchange: list[Step]) -> list[Turn]:
    turns = [Turn("")]
    for step in exchange:
        if "tx" in step:
            turns.append(Turn(step["tx"]))
        elif "rx" in step:
            turns[-1].heard.append(step["rx"])
        elif step.get("event") in ("port_gone", "port closes", "next_port"):
            turns[-1].gone = True
    return [turn for turn in turns if turn.written or turn.heard]


DIALOGUES: dict[str, dict[str, Any]] = {
    f"{path.stem}: {dialogue['name']}": dialogue
    for path in sorted(FOLDER.glob("*.json"))
    for dialogue in json.loads(path.read_text())["dialogs"]
}


Cut = Callable[[list[str]], list[str]]
CUTS: dict[str, Cut] = {
    "as read": lambda reads: reads,
    "octet by octet": lambda reads: list("".join(reads)),
    "joined": lambda reads: ["".join(reads)],
}


class Peer:
    """Answers whatever is written with the reads it was given for it."""

    def __init__(self) -> None:
        self.answer: list[str] = []
        self.octets = ""
        self._incoming: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def read(self) -> bytes:
        octets = await self._incoming.get()
        if octets is None:
            raise TransportLost("gone")
        return octets

    def write(self, octets: bytes) -> None:
        self.octets += octets.decode("latin-1")
        if octets[-1:] in (b"\r", b"\x1a"):
            self.say(self.answer)
            self.answer = []

    def say(self, reads: list[str]) -> None:
        for read in reads:
            self._incoming.put_nowait(read.encode("latin-1"))

    def unplug(self) -> None:
        self._incoming.put_nowait(None)


class Replay:
    """A session with a peer, and what it was told."""

    def __init__(self) -> None:
        self.peer = Peer()
        self.news: list[Unsolicited] = []
        self.late: list[int] = []
        self.results: list[Response | int | ModemError] = []
        self.session = Session(
            self.peer, on_news=self.news.append, on_late_reference=self.late.append, timing=HURRIED, name="replay"
        )

    async def play(self, exchange: list[Step], cut: Cut) -> None:
        turns = iter(turns_of(exchange))
        for turn in turns:
            if turn.gone:
                self.peer.unplug()
                return
            if not turn.written:
                self.peer.say(cut(turn.heard))
                continue
            try:
                self.results.append(await self._turn(turn, turns, cut))
            except ModemError as error:
                self.results.append(error)
        with contextlib.suppress(ModemError):
            await self.session.drain()
        await asyncio.sleep(HURRIED.pdu_after_header * 2)

    async def _turn(self, turn: Turn, turns: Iterator[Turn], cut: Cut) -> Response | int:
        self.peer.answer = cut(turn.heard)
        if not turn.written.upper().startswith("AT+CMGS="):
            return await self.session.execute(command_of(turn.written))

        async def no_return() -> None:
            reads: list[str] = []
            for payload in turns:
                reads += payload.heard
                if payload.written.rstrip("\r")[-1:] in ("\x1a", "\x1b"):
                    break
            self.peer.answer = cut(reads)

        return await self.session.submit(20, b"\x00" * 21, no_return)

    def told(self) -> list[str]:
        """Every line that reached somebody."""
        lines = [line for news in self.news for line in (news.line, news.pdu) if line]
        lines += [f"+CMGS: {reference}" for reference in self.late]
        for result in self.results:
            if isinstance(result, Response):
                lines += [result.final.text, *result.lines]
                lines += [line for record in result.records for line in (record.header, record.pdu) if line]
            elif isinstance(result, CommandRejected):
                lines.append(result.text)
            elif isinstance(result, int):
                lines.append(f"+CMGS: {result}")
        return lines


BARE = re.compile(
    r"AT(?:I\d*|\+?C?GM[IMR]|\+G(?:SN|CAP)|\+CGSN|\+CIMI|\+C?CID|\+ICCID|\^?ICCID\?|\+CLAC|\+GTCAINFO\?)", re.IGNORECASE
)


def command_of(written: str) -> Command:
    """The command that a driver would send in its place."""
    text = re.split(r"[\r\x00]", written)[0]
    prefixes = tuple(f"{name}:" for name in re.findall(r"[+^$#*][A-Z0-9]+", text.upper()))
    if text.upper().startswith(("AT+CMGR", "AT+CMGL")):
        return Command(text, prefixes, Wait.READ, records=True)
    if text.upper() == "AT+CPIN?":
        return commands.PIN_STATE
    if text.upper() == "AT+CREG?":
        return commands.registration("+CREG")
    if text.upper().startswith("ATD"):
        return Command(text, dialing=True)
    if text.upper().startswith("AT+CUSD"):
        return commands.order(text)
    return Command(text, prefixes, bare=BARE.match(text) is not None, numeric=True)


FINAL = re.compile(r"OK|ERROR|\+CM[ES] ERROR:.*|COMMAND NOT SUPPORT|TOO MANY PARAMETERS|ABORTED|NO CARRIER|[04]")


async def replayed(dialogue: dict[str, Any], cut: str) -> Replay:
    replay = Replay()
    pump = asyncio.create_task(replay.session.run())
    try:
        await replay.play(dialogue["exchange"], CUTS[cut])
    finally:
        pump.cancel()
        with contextlib.suppress(asyncio.CancelledError, TransportLost):
            await pump
    return replay


@pytest.fixture(scope="module")
def replays() -> dict[tuple[str, str], Replay]:
    """Every dialogue in every cut; all together, because most of the time of each is waiting."""

    async def play_all() -> dict[tuple[str, str], Replay]:
        turn = asyncio.Semaphore(AT_ONCE)

        async def play(name: str, cut: str) -> Replay:
            async with turn:
                return await replayed(DIALOGUES[name], cut)

        keys = [(name, cut) for name in DIALOGUES for cut in CUTS]
        found = await asyncio.gather(*(play(name, cut) for name, cut in keys))
        return dict(zip(keys, found, strict=True))

    return asyncio.run(play_all())


Replays = dict[tuple[str, str], Replay]
NOT_REPLAYABLE = {
    "motorola-v600: cmgr-text-multiline": "text mode, which the driver never uses",
    "ublox-sara-g450: error-text-cut-by-next-command": "shows a host that writes before it has read",
}
FAULTY_HOST = {
    "zte-mf710m: foreign-command-echo": "the answer is another program's",
}


def accounted(line: str, told: list[str], written: list[str]) -> bool:
    """The line reached somebody, whole or as part of what did, or it is the echo of what was written."""
    if FINAL.fullmatch(line) or line == ">":
        return True
    if any(line in other or other in line for other in told if other):
        return True
    return any(line in text or text in line or similar(line, text) for text in written if text)


def similar(line: str, text: str) -> bool:
    return len(line) > 3 and abs(len(line) - len(text)) <= 2 and set(line) <= set(text)


@pytest.mark.parametrize("name", [name for name in DIALOGUES if name not in NOT_REPLAYABLE])
def test_no_line_of_a_dialogue_gets_lost(name: str, replays: Replays) -> None:
    exchange = DIALOGUES[name]["exchange"]
    if any(turn.gone for turn in turns_of(exchange)):
        return  # what comes from another port is another session
    written = [re.split(r"[\r\x1a\x1b]", step["tx"])[0] for step in exchange if "tx" in step]
    for cut in CUTS:
        told = replays[name, cut].told()
        lost = [line for turn in turns_of(exchange) for line in turn.lines if not accounted(line, told, written)]
        assert lost == [], cut


@pytest.mark.parametrize("name", [name for name in DIALOGUES if name not in NOT_REPLAYABLE | FAULTY_HOST])
def test_every_answer_is_what_its_final_line_says(name: str, replays: Replays) -> None:
    turns = [turn for turn in turns_of(DIALOGUES[name]["exchange"]) if turn.written]
    submitted = any(turn.written.upper().startswith("AT+CMGS=") for turn in turns)
    lines = [line for turn in turns for line in turn.lines]
    for cut in CUTS:
        results = replays[name, cut].results
        if submitted:
            references = [int(line.partition(":")[2]) for line in lines if line.startswith("+CMGS:")]
            assert [result for result in results if isinstance(result, int)] == references, cut
        elif all(any(FINAL.fullmatch(line) for line in turn.lines) and not turn.gone for turn in turns):
            finals = [next(line for line in turn.lines if FINAL.fullmatch(line)) for turn in turns]
            oks = [isinstance(result, Response) and result.ok for result in results]
            assert oks == [final in ("OK", "0") for final in finals], cut


# --- what single dialogues are there to show


def lines_of(replay: Replay, number: int) -> tuple[str, ...]:
    result = replay.results[number]
    assert isinstance(result, Response), result
    return result.lines


def records_of(replay: Replay, number: int) -> list[tuple[int | None, int | None, int | None]]:
    result = replay.results[number]
    assert isinstance(result, Response), result
    headers = [answers.parse_record_header(record.header) for record in result.records]
    return [(header.index, header.stat, header.length) for header in headers]


def rejection(replay: Replay, number: int) -> tuple[str, int | None]:
    result = replay.results[number]
    if isinstance(result, Response):
        result = result.final.rejection("")
    assert isinstance(result, CommandRejected), result
    return result.kind, result.code


def news_of(replay: Replay) -> list[str]:
    return [news.line for news in replay.news]


def offered(replay: Replay, number: int) -> tuple[tuple[str, ...], ...] | None:
    return answers.parse_storages_offered(lines_of(replay, number)[0])


def used(replay: Replay, number: int) -> list[tuple[str | None, int, int]]:
    return [(use.name, use.used, use.total) for use in answers.parse_storages(lines_of(replay, number)[0])]


Shows = Callable[[Replay], object]
SHOWN: dict[str, tuple[Shows, object]] = {
    # 1: news in the middle of everything
    "huawei-e1752: cpms-with-urc-glued-before-echo": (
        lambda r: (used(r, 0)[0], "^SRVST:0" in news_of(r)),
        ((None, 0, 50), True),
    ),
    "huawei-e1752: cpms-with-boot-glued-before-echo": (lambda r: used(r, 0)[0], (None, 0, 50)),
    "zte-mf626: cdsi-before-echo-of-cpms": (
        lambda r: ('+CDSI: "SR",50' in news_of(r), used(r, 1)[2]),
        (True, (None, 1, 100)),
    ),
    "zte-mf626: two-cdsi-glued": (
        lambda r: (news_of(r), used(r, 0)[2]),
        (['+CDSI: "SR",90', '+CDSI: "SR",91'], (None, 42, 100)),
    ),
    # 2: the result comes late
    "quectel-eg06: cmgs-350-after-135s": (lambda r: rejection(r, 0), ("cms", 350)),
    "huawei-e1752: cmgs-ok-after-4s": (lambda r: r.results[0], 46),
    # 3: reports
    "quectel-ec25: cds-direct": (
        lambda r: [answers.parse_direct_length(news.line) for news in r.news if news.pdu is not None],
        [25],
    ),
    # 4: AT+CNMI
    "cinterion-mc75i: cnmi-and-cpms-limits": (
        lambda r: answers.parse_ranges(lines_of(r, 1)[0]),
        ((0, 1, 2, 3), (0, 1), (0, 2, 3), (0, 2), (1,)),
    ),
    "cinterion-mc75i: cnmi-bfr-0-refused": (lambda r: rejection(r, 0), ("cms", 302)),
    # 5: storages
    "wavecom-q2403: cpms-two-stores-only": (
        lambda r: (offered(r, 0), rejection(r, 1), used(r, 2)[0]),
        ((("SM", "BM", "SR"), ("SM",)), ("plain", None), (None, 14, 50)),
    ),
    "iwow-tr800: cpms-test-no-parentheses": (lambda r: offered(r, 0), (("SM",), ("SM",), ("SM",))),
    "samsung-phones: cpms-test-empty": (lambda r: offered(r, 0), None),
    "huawei-e1750: cpms-set-me": (lambda r: used(r, 0), [(None, 0, 23), (None, 0, 23), (None, 0, 20)]),
    "nordic-nrf9160: cpms-ta": (lambda r: (offered(r, 0), used(r, 2)[0]), ((("TA",), ("TA",)), ("TA", 0, 3))),
    # 6: final results
    "huawei-e1752: command-not-support": (lambda r: [rejection(r, n) for n in range(3)], [("plain", None)] * 3),
    "huawei-em770w: too-many-parameters": (lambda r: [rejection(r, n) for n in range(2)], [("plain", None)] * 2),
    "quectel-m08r: cms-3870-then-304": (lambda r: [rejection(r, n) for n in range(2)], [("cms", 3870), ("cms", 304)]),
    "aithinker-a6: no-blank-after-colon": (
        lambda r: (answers.parse_pin_state(lines_of(r, 2)[0]), rejection(r, 6)),
        (answers.PinState.READY, ("cme", 50)),
    ),
    "unidentified: pin-then-clck": (lambda r: rejection(r, 2), ("cme", 13)),
    "cinterion-mc55i: numeric-result-codes": (lambda r: [r.results[n].ok for n in range(3)], [True] * 3),  # type: ignore[union-attr]  # responses all three
    # 7: echo
    "nokia-500: echo-lost-character": (lambda r: (news_of(r), lines_of(r, 0)), ([], ())),
    "huawei-e1750: cmgs-pdu-echoed": (lambda r: r.results[0], 249),
    "simcom-sim7070-usb: echo-and-answer-in-separate-packets": (lambda r: lines_of(r, 1), ("SIMCOM_Ltd",)),
    "wavecom-q2403: identify-with-blanks": (lambda r: lines_of(r, 1), ("MULTIBAND  900E  1800",)),
    # 8: no OK
    "wavecom-q2403: cpin-without-ok": (lambda r: lines_of(r, 0), ("+CPIN: READY",)),
    "wavecom-q2403: cpin-without-ok-echo": (lambda r: lines_of(r, 0), ("+CPIN: READY",)),
    # 10: busy
    "wavecom-q2403: busy-after-cfun": (
        lambda r: ([rejection(r, n) for n in (1, 2)], lines_of(r, 3)),
        ([("cme", 515)] * 2, ("+CPIN: READY",)),
    ),
    # 11: record headers
    "quectel-ec200a: cmgl-without-alpha-field": (lambda r: records_of(r, 1), [(0, 1, 22), (1, 1, 32)]),
    "phones-cmgr-collection: header-two-fields": (lambda r: records_of(r, 0), [(None, 0, 23)]),
    "phones-cmgr-collection: status-report-header-length-only": (lambda r: records_of(r, 0), [(None, None, 24)]),
    "phones-cmgr-collection: cmgr-pdu-in-header-line": (lambda r: records_of(r, 0), [(None, 1, 147)]),
    "huawei-e1752: cmgl-pdu-echo": (lambda r: records_of(r, 0), [(0, 0, 23)]),
    # 13: storages and places
    "unnamed-cmti-me-67: cmti-store-is-not-the-reading-store": (
        lambda r: (news_of(r), rejection(r, 0)),
        (['+CMTI: "ME",67'], ("cms", 321)),
    ),
    "siemens-mc35i: polling-free-indices": (lambda r: [rejection(r, n) for n in range(2)], [("cms", 321)] * 2),
    "simcom-sim7000: cmti-without-store": (
        lambda r: {answers.parse_announcement(line) for line in news_of(r) if line.startswith("+CMTI")},
        {answers.Announcement(None, None, mms=False)},
    ),
    # 15: prompts
    "sierra-mc7304: text-mode-prompt-repeats-350": (lambda r: rejection(r, 2), ("cms", 350)),
    "neoway-m590: cmgs-text": (lambda r: r.results[1], 92),
    "blackberry: ok-to-everything": (lambda r: type(r.results[2]), CommandRejected),
    # 16: OK without +CMGS
    "aithinker-a6: ok-without-cmgs": (lambda r: type(r.results[2]), CommandTimeout),
    # 18: out of step
    "zte-mf710m: foreign-command-echo": (lambda r: type(r.results[0]), CommandTimeout),
    # 19: USSD
    "huawei-e160: ussd-answer-without-quotes": (lambda r: ussd(r)[:2], (0, True)),
    "huawei-e160: ussd-answer-quoted-packed": (lambda r: ussd(r), (0, True, 15)),
    "sprut-gsm-router: ussd-before-ok-with-newline-no-end-quote": (lambda r: ussd(r)[0], 0),
    # 22: answers of several lines
    "fibocom-fm350: ati-with-empty-line": (lambda r: len(lines_of(r, 0)), 5),
    "fibocom-fm350: multi-line-without-prefix": (lambda r: len(lines_of(r, 1 if len(r.results) > 1 else 0)), 4),
    # 23: registration
    "ublox-toby-l2: creg-sms-only": (
        lambda r: (stat(lines_of(r, 0)[0]), [stat(line) for line in news_of(r)]),
        (6, [6]),
    ),
    "text-mode-headers: creg-corner-cases": (
        lambda r: [stat(lines_of(r, n)[0]) if lines_of(r, n) else None for n in range(5)],
        [1, 1, 1, None, 1],
    ),
    # 24: octets that are no text
    "digicom-pocket: nul-bytes-and-garbage-before-echo": (lambda r: used(r, 1)[0], ("SM", 3, 10)),
    "simcom-a7670: ppp-rest-before-answer": (lambda r: lines_of(r, 0), ("A7670E-FASE",)),
    "aithinker-a6: cmgl-text-in-header-line": (lambda r: [r.results[n].ok for n in range(6)], [True] * 6),  # type: ignore[union-attr]  # responses all six
    # 25: stored SUBMITs, parts
    "phones-cmgr-collection: cmgl-two-parts": (lambda r: len(records_of(r, 0)), 2),
}


def ussd(replay: Replay) -> tuple[int, bool, int | None]:
    found = [answer for line in news_of(replay) if (answer := answers.parse_ussd(line)) is not None]
    return found[0].status, bool(found[0].text), found[0].data_coding


def stat(line: str) -> int | None:
    answer = answers.parse_registration(line)
    return answer.stat if answer is not None else None


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("cut", CUTS)
def test_what_a_dialogue_shows_is_understood(name: str, cut: str, replays: Replays) -> None:
    look, expected = SHOWN[name]
    assert look(replays[name, cut]) == expected
