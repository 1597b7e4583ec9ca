"""Stories that many dialogues tell: who the modem is, how a send ends, what lies in a place, what a command answers."""

from collections.abc import Callable
from typing import Any

from modem.at.dialogue import Response
from modem.errors import CommandRejected, CommandTimeout, ModemError
from modem.events import DeliverReceived, Incoming, ReportReceived
from tests.modem.replay.replay import Expectation, Replay, Story, failure, rejection

Answer = tuple[str, ...] | tuple[str, int | None]


def expected(story: Story, *exact: str) -> Expectation:
    return Expectation(story, exact)


def identified(*, profile: str, **fields: str | None) -> Expectation:
    """It is brought up, says who it is, and is treated by this profile. fields: of Identity."""

    async def story(r: Replay) -> None:
        identity = await r.up()
        assert {name: getattr(identity, name) for name in fields} == fields
        assert r.modem.profile.name == profile
        await r.in_step()

    return Expectation(story)


def sends(reference: int, *, seconds: float = 0.0) -> Expectation:
    """The network takes the message; the modem takes so long to say so."""

    async def story(r: Replay) -> None:
        await r.up(first=True)
        begun = r.now
        assert await r.send() == reference
        assert r.joined or r.now - begun >= seconds
        assert len(r.ordinary.entered) == 1
        await r.in_step()

    return Expectation(story)


def does_not_send(kind: str, code: int | None, *, seconds: float = 0.0) -> Expectation:
    """The message is refused so and then, and the next one goes."""

    async def story(r: Replay) -> None:
        await r.up(first=True)
        begun = r.now
        assert await rejection(r.send()) == (kind, code)
        assert r.joined or r.now - begun >= seconds
        r.player.playing = False
        assert await r.send() == 1
        await r.in_step()

    return Expectation(story)


def reads(index: int, check: Callable[[Incoming], object], *, deleted: bool = True) -> Expectation:
    """An announced place holds one thing that is told, kept and taken out."""

    async def story(r: Replay) -> None:
        await r.up(first=True)
        storage = r.modem.capabilities.home
        await r.announce(f'+CMTI: "{storage}",{index}')
        assert len(r.incoming) == 1
        assert r.incoming[0].announced
        assert r.incoming[0].place is not None
        assert (r.incoming[0].place.storage, r.incoming[0].place.index) == (storage, index)
        assert check(r.incoming[0]), r.incoming[0]
        assert r.count(f"AT+CMGD={index}") == deleted
        await r.in_step()

    return Expectation(story)


def does_not_show(index: int) -> Expectation:
    """What lies in the announced place has not been received: it is neither told nor deleted."""

    async def story(r: Replay) -> None:
        await r.up(first=True)
        await r.announce(f'+CMTI: "{r.modem.capabilities.home}",{index}')
        assert r.count("AT+CMGR=") >= 1
        assert r.incoming == []
        assert r.count("AT+CMGD") == 0
        await r.in_step()

    return Expectation(story)


async def answers_of(r: Replay) -> list[Response | ModemError]:
    """Ask what the dialogue's host asked, command by command."""
    await r.up(first=True)
    found: list[Response | ModemError] = []
    for text in r.dialogue.commands:
        try:
            found.append(await r.ask(text))
        except ModemError as error:
            found.append(error)
    return found


def answers(*expectations: Answer | None, check: Callable[[Replay, list[Any]], object] | None = None) -> Expectation:
    """What each command of the dialogue is answered: its lines, or how it is refused; None: anything.

    check: looks at the responses as well.
    """

    async def story(r: Replay) -> None:
        found = await answers_of(r)
        assert len(found) >= len(expectations)
        for response, wanted in zip(found, expectations, strict=False):
            assert wanted is None or answer_of(response) == wanted
        if check is not None:
            assert check(r, found), found
        await r.in_step()

    return Expectation(story)


def answer_of(response: Response | ModemError) -> Answer:
    if isinstance(response, Response):
        if response.ok:
            return response.lines
        response = response.final.rejection("")
    assert isinstance(response, CommandRejected), response
    return response.kind, response.code


def networks(*numbers: str, technologies: tuple[int | None, ...] | None = None) -> Expectation:
    """The networks in reach, by their numeric names, and by their <AcT>."""

    async def story(r: Replay) -> None:
        await r.up(first=True)
        times = len(r.dialogue.commands)
        for _ in range(times):
            found = await r.modem.networks()
            assert tuple(network.number for network in found) == numbers
            if technologies is not None:
                assert tuple(network.act for network in found) == technologies
        await r.in_step()

    return Expectation(story)


async def times_out(r: Replay, text: str) -> None:
    assert isinstance(await failure(r.ask(text)), CommandTimeout)


def text_of(event: Incoming) -> str | None:
    assert isinstance(event, DeliverReceived), event
    return event.deliver.text


def says(text: str) -> Callable[[Incoming], bool]:
    return lambda event: text_of(event) == text


def reference_of(event: Incoming) -> int:
    assert isinstance(event, ReportReceived), event
    return event.report.message_reference


class Memory:
    """A guard that remembers what was tried."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    async def may_try(self, sim: str, pin: str) -> bool:
        return pin not in self.tried

    async def trying(self, sim: str, pin: str) -> None:
        self.tried.append(pin)

    async def accepted(self, sim: str, pin: str) -> None:
        self.tried.remove(pin)

    async def refused(self, sim: str, pin: str) -> None: ...
