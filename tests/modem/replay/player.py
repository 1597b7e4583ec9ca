"""A modem on a real pseudo-terminal that says what a transcript's modem said.

Lenient in what is written to it: a command is matched by its name and form (read, test, set), since a driver asks in
its own words and order. Exact in what it answers: the octets of the transcript, cut as told. Two things follow the host
because they were the host's: an echo repeats what was written here, and a delay runs on the loop's clock. What the
dialogue does not hold is answered by an `Ordinary` modem.
"""

import asyncio
import re

from tests.modem.replay.clock import ClockLoop
from tests.modem.replay.ordinary import Ordinary
from tests.modem.replay.transcript import Cut, Dialogue, Step, Turn, ends_text
from tests.modem.replay.wire import Wire

_FINAL = re.compile(
    r"(?:\A|[\r\n]|[^\x20-\x7e])"
    r"(?:(?:OK|ERROR|\+CM[ES] ERROR:[^\r\n]*|COMMAND N[^\r\n]*|TOO MANY PARAMETERS|ABORTED|MODEM ERROR[^\r\n]*)\r"
    r"|[04]\r\Z)"
)
_NAME = re.compile(r"AT(?:([+^$#*!%&][A-Z0-9]+)|([A-Z]?))", re.IGNORECASE)


class Player:
    """One dialogue on one wire after the other.

    playing: off, all is answered by the ordinary modem. mute: the ordinary modem says nothing. garbled: what it says
    to everything, as at a wrong speed. exact: names of commands whose turns fit only when they are written to the
    letter, because the answer is to a value rather than to the command. echo_to_the_letter: an echo repeats what the
    source's host wrote. back: a wire came in place of one that went.
    raw: all that was written to it; early: what of it came while an answer was owed.
    While the dialogue is silent, what is written is lost.
    """

    def __init__(self, loop: ClockLoop, dialogue: Dialogue, cut: Cut, exact: tuple[str, ...] = ()) -> None:
        self._loop, self._cut, self._exact = loop, cut, exact
        self.dialogue = dialogue
        self.ordinary = Ordinary(dialogue)
        self.playing = True
        self.mute = False
        self.garbled: str | None = None
        self.echo_to_the_letter = False
        self.raw = ""
        self.early: list[str] = []
        self._owed = 0
        self.echo = dialogue.echoes
        self.digits = dialogue.answers_in_digits
        self.lead, self._turns = dialogue.turns()
        self._used: set[int] = set()
        self._set: set[str] = set()
        self._deaf = False
        self.back = asyncio.Event()
        self.wires = [Wire(loop, self.hear)]
        self._speaking = asyncio.Lock()
        self._line = ""
        self._entering: list[Turn] | None = None
        self._entry_open = False
        self._jobs: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()
        self._later: set[asyncio.Task[None]] = set()

    @property
    def wire(self) -> Wire:
        return self.wires[-1]

    @property
    def unplayed(self) -> list[str]:
        """Commands of the dialogue that the host has not come to."""
        return [turn.command for number, turn in enumerate(self._turns) if number not in self._used]

    def skip(self, start: str) -> None:
        """Take out the first turn that begins so, with the text that is entered behind it."""
        number = next(i for i, turn in enumerate(self._turns) if turn.written.startswith(start))
        if start.startswith("AT+CMGS"):
            del self._turns[number + 1]
        del self._turns[number]

    def insert(self, before: str, *written: Turn) -> None:
        """Put in what the host must have written where the source left it out: in front of the step with `before`.

        The last of the turns gets the steps from there on.
        """
        for number, turn in enumerate(self._turns):
            for place, step in enumerate(turn.steps):
                if before in step.get("rx", ""):
                    written[-1].steps.extend(turn.steps[place:])
                    del turn.steps[place:]
                    self._turns[number + 1 : number + 1] = written
                    return
        raise AssertionError(before)

    def pull(self, start: str) -> None:
        """What came only after the next command was written too early comes by itself: give its first step back."""
        number = next(i for i, turn in enumerate(self._turns) if turn.written.startswith(start))
        self._turns[number].steps.append(self._turns[number + 1].steps.pop(0))

    # --- in

    def hear(self, text: str) -> None:
        self.raw += text
        if self._owed:
            self.early.append(text)
        for character in text:
            if character == "\x1b":
                entering, self._line = self._entry_open, ""
                if entering:
                    self._finish_line("\x1b", entry=True)
            elif character == "\x1a" or (character == "\r" and not self._entry_open):
                line, self._line = self._line, ""
                if line or character == "\x1a":
                    self._finish_line(line, entry=character == "\x1a")
            elif character != "\n":
                self._line += character
                if self._line in self._without_end:
                    line, self._line = self._line, ""
                    self._finish_line(line, entry=False)

    @property
    def _without_end(self) -> set[str]:
        """What the source's host wrote without ending its line, and is answered all the same."""
        fresh = (turn for number, turn in enumerate(self._turns) if number not in self._used)
        return {turn.written for turn in fresh if turn.written[-1:] not in "\r\n\x1a\x1b" and len(turn.written) > 1}

    def _finish_line(self, line: str, *, entry: bool) -> None:
        if entry:
            self._entry_open = False
        if not self._deaf:
            self._owed += 1
            self._jobs.put_nowait((line, entry))

    # --- out

    async def run(self) -> None:
        """Answer one command after the other, for ever."""
        while True:
            line, entry = await self._jobs.get()
            if self.garbled is not None:
                await self.say(self.garbled)
            elif entry:
                await self._enter(line)
            else:
                await self._answer(line)
            self._owed -= 1

    async def open_with(self) -> None:
        """Say what comes before the host has written anything."""
        await self._say_steps(self.lead.steps)

    async def say(self, *readings: str) -> None:
        """Say something in so many readings that nothing else comes between."""
        async with self._speaking:
            for reading in readings:
                await self.wire.say(reading)

    async def announce(self, line: str) -> None:
        """Say a line that is not in the dialogue."""
        await self.say(f"\r\n{line}\r\n")

    async def _answer(self, line: str) -> None:
        found = self._turn_for(line) if self.playing else None
        key = _key(line)
        if key[1] == "=":
            self._set.add(key[0])
        sends = line.upper().startswith("AT+CMGS=")
        echo = f"{line}\r" if self.echo else ""
        if found is not None:
            self.ordinary.heard.append(line)
            turn, again = found
            if key[1] == "=" and "OK" in turn.heard:
                self.ordinary.take(line)
            if sends and not _FINAL.search(turn.heard):
                self._begin_entry(turn)
            await self._say_steps([{"rx": turn.heard}] if again else turn.steps, turn.command, line)
        elif self.mute:
            self.ordinary.heard.append(line)
        elif sends:
            self.ordinary.heard.append(line)
            self._begin_entry(None)
            await self.say(f"{echo}\r\n> ")
        else:
            await self._say_lines(self.ordinary.answer(line), echo)

    def _begin_entry(self, turn: Turn | None) -> None:
        self._entry_open = True
        self._entering = None
        if turn is None:
            return
        start = self._turns.index(turn) + 1
        end = next((i for i, t in enumerate(self._turns) if i >= start and ends_text(t.written)), start - 1)
        self._entering = self._turns[start : end + 1]

    async def _enter(self, text: str) -> None:
        entering, self._entering = self._entering, None
        if entering and self.playing and (text != "\x1b" or entering[-1].written.endswith("\x1b")):
            if text != "\x1b":
                self.ordinary.entered.append(text)
            self._used.update(self._turns.index(turn) for turn in entering)
            source = entering[0].written.split("\x1a")[0]
            await self._say_steps([step for turn in entering for step in turn.steps], source, text)
        elif text == "\x1b":
            await self.say("\r\nOK\r\n")
        else:
            await self._say_lines(self.ordinary.enter(text), f"{text}\x1a" if self.echo else "")

    async def _say_lines(self, lines: list[str], echo: str) -> None:
        if self.digits:
            lines = [{"OK": "0", "ERROR": "4"}.get(line, line) for line in lines]
            await self.say(echo + "".join(f"{line}\r\n" for line in lines[:-1]) + f"{lines[-1]}\r")
            return
        body = "\r\n" + "\r\n".join(lines[:-1]) + "\r\n" if len(lines) > 1 else ""
        await self.say(f"{echo}{body}\r\n{lines[-1]}\r\n")

    async def _say_steps(self, steps: list[Step], source: str = "", written: str = "") -> None:
        """Play them; the first echo of what the source's host wrote becomes that of what was written here.

        What stands behind the final result code comes by itself, while other commands are answered.
        """
        if source and source != written and not self.echo_to_the_letter:
            steps = _echoing(steps, source, written)
        said = ""
        cut = self._cut(steps)
        for number, step in enumerate(cut):
            if source and _FINAL.search(said):
                rest = self._loop.create_task(self._say_cut(cut[number:]))
                self._later.add(rest)
                rest.add_done_callback(self._later.discard)
                return
            await self._say_cut([step])
            said += "".join(step.get("rx", ()))
        self._deaf = False

    async def _say_cut(self, steps: list[Step]) -> None:
        for step in steps:
            self._deaf = self._deaf or step.get("event") == "silence"
            if delay := step.get("delay_s"):
                await asyncio.sleep(delay)
            if "rx" in step:
                self._deaf = False
                await self.say(*step["rx"])
            elif step["event"] in ("port_gone", "port closes"):
                self.back.clear()
                self.wire.close()
            elif step["event"] in ("port_back", "next_port"):
                self.next_port()
        self._deaf = False

    def next_port(self) -> None:
        """Another device in place of the one that was there."""
        self.wire.close()
        self.wires.append(Wire(self._loop, self.hear))
        self.back.set()

    def _turn_for(self, line: str) -> tuple[Turn, bool] | None:
        """The turn that answers this; and whether it does so again."""
        key = _key(line)
        fitting = [number for number, turn in enumerate(self._turns) if turn.command and _key(turn.command) == key]
        if key[0] in self._exact:
            fitting = [number for number in fitting if self._turns[number].command.upper() == line.upper()]
        fresh = [number for number in fitting if number not in self._used]
        chosen = next((n for n in fresh if self._turns[n].command.upper() == line.upper()), next(iter(fresh), None))
        if chosen is not None:
            self._used.add(chosen)
            return self._turns[chosen], False
        steady = key[1] in ("=?", "") or (key[1] == "?" and key[0] not in self._set)
        if fitting and steady and _FINAL.search(self._turns[fitting[-1]].heard):
            return self._turns[fitting[-1]], True
        return None

    async def close(self) -> None:
        later = list(self._later)
        for task in later:
            task.cancel()
        results = await asyncio.gather(*later, return_exceptions=True)
        for wire in self.wires:
            wire.close()
        for result in results:
            if isinstance(result, Exception):
                raise result


def _key(command: str) -> tuple[str, str]:
    """The name of a command, and which form of it: "?" reads, "=?" tests, "=" sets, "" does."""
    match = _NAME.match(command)
    if match is None or (";" in command and "+" in command):
        return command.upper(), "alone"
    name = (match[1] or match[2] or "").upper()
    rest = command[match.end() :]
    form = "=?" if rest.startswith("=?") else rest[:1] if rest[:1] in ("?", "=") else ""
    if not match[1] and name in ("E", "I", "V"):
        name += rest
    return name, form


def _echoing(steps: list[Step], source: str, written: str) -> list[Step]:
    changed, done = [], False
    for step in steps:
        text = step.get("rx")
        if text is not None and not done and source in text:
            step, done = step | {"rx": text.replace(source, written, 1)}, True
        changed.append(step)
    return changed
