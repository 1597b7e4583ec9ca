"""Nothing that a modem says gets lost: every line is an echo, part of an answer, or news; and answers fit commands.

The oracle is the transcript itself, read naively: which line is final, which lines stand before it.
"""

import re
from dataclasses import dataclass, field

import pytest

from modem.at.dialogue import Response, Unsolicited
from modem.errors import CommandRejected, ModemError
from tests.modem.replay.replay import HELLO, Expectation, Replay, command_of, play
from tests.modem.replay.transcript import CUTS, DIALOGUES, Dialogue, Turn

_FINAL = re.compile(r"OK|ERROR|\+CM[ES] ERROR:.*|COMMAND NOT SUPPORT|TOO MANY PARAMETERS|ABORTED|NO CARRIER|[04]")
_PORT_EVENTS = ("port_gone", "port closes", "next_port")
NOT_REPLAYABLE = {
    "ublox-sara-g450: error-text-cut-by-next-command": "shows a host that writes before it has read",
    "huawei-em770w: command-aborted-by-early-next-command": "the same",
    "simcom-sim800: mms-download-overtime": "another program's data phase",
    "simcom-sim7600: stuck-in-ppp-then-reboot": "another program's data phase",
}
FAULTY_HOST = {"zte-mf710m: foreign-command-echo": "the answer is another program's"}


@dataclass
class Heard:
    """What reached somebody. results: for each command or message of the dialogue, in order."""

    lines: list[str] = field(default_factory=list)
    results: list[Response | int | ModemError] = field(default_factory=list)

    def news(self, news: Unsolicited) -> None:
        self.lines += [line for line in (news.line, news.pdu) if line]

    def take(self, result: Response | int | ModemError) -> None:
        self.results.append(result)
        if isinstance(result, Response):
            self.lines += [result.final.text, *result.lines]
            self.lines += [line for record in result.records for line in (record.header, record.pdu) if line]
        elif isinstance(result, CommandRejected):
            self.lines.append(result.text)
        elif isinstance(result, int):
            self.lines.append(f"+CMGS: {result}")


async def ask_all(r: Replay, heard: Heard) -> None:
    """What the dialogue's host asked, over the driver's session and without the driver's own questions."""
    session = (await r.open())._session
    session._channel._on_news = heard.news
    session._channel._on_late_reference = lambda reference: heard.lines.append(f"+CMGS: {reference}")
    r.player.playing = False
    await session.start()
    r.player.playing = True
    await r.player.open_with()

    async def no_return() -> None: ...

    turns = [turn for turn in r.dialogue.turns()[1] if turn.command[:2].upper() == "AT"]
    for text, turn in zip(r.dialogue.commands, turns, strict=True):
        try:
            if text.upper().startswith("AT+CMGS="):
                heard.take(await session.submit(16, HELLO, no_return))
            else:
                heard.take(await session.execute(command_of(text)))
        except ModemError as error:
            heard.take(error)
        await r.settle(sum(step["delay_s"] for step in turn.steps if step.get("event") == "silence"))
    await r.settle(60)


def heard_of(name: str, cut: str) -> Heard:
    heard = Heard()
    play(DIALOGUES[name], Expectation(lambda r: ask_all(r, heard)), cut)
    return heard


def lines_of(turn: Turn) -> list[str]:
    """The lines that have an end."""
    text = re.sub(r"[\x00\xff]", "", turn.heard)
    return [line.strip() for line in re.split(r"[\r\n\x1a]+", text)[:-1] if line.strip()]


def accounted(line: str, told: list[str], written: list[str]) -> bool:
    """The line reached somebody, whole or as part of what did, or it is the echo of what was written."""
    if _FINAL.fullmatch(line) or line == ">":
        return True
    if any(line in other or other in line for other in told if other):
        return True
    return any(line in text or text in line or similar(line, text) for text in written if text)


def similar(line: str, text: str) -> bool:
    return len(line) > 3 and abs(len(line) - len(text)) <= 2 and set(line) <= set(text)


def stays(dialogue: Dialogue) -> bool:
    """What comes from another port is another session."""
    return not any(step.get("event") in _PORT_EVENTS for step in dialogue.exchange)


NAMES = [name for name, dialogue in DIALOGUES.items() if name not in NOT_REPLAYABLE and stays(dialogue)]


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_a_dialogue_gets_lost_and_every_answer_is_what_its_final_line_says(name: str) -> None:
    lead, turns = DIALOGUES[name].turns()
    written = [re.split(r"[\r\x1a\x1b]", turn.written)[0] for turn in turns] + [HELLO.hex().upper()]
    lines = [line for turn in (lead, *turns) for line in lines_of(turn)]
    finals = [[line for line in lines_of(turn) if _FINAL.fullmatch(line)] for turn in turns]
    for cut in CUTS:
        heard = heard_of(name, cut)
        assert [line for line in lines if not accounted(line, heard.lines, written)] == [], cut
        if name in FAULTY_HOST:
            continue
        if any(turn.written.upper().startswith("AT+CMGS=") for turn in turns):
            references = [int(line.partition(":")[2]) for line in lines if line.startswith("+CMGS:")]
            assert [result for result in heard.results if isinstance(result, int)] == references, cut
        elif all(finals):
            oks = [isinstance(result, Response) and result.ok for result in heard.results]
            assert oks == [final[0] in ("OK", "0") for final in finals], cut
