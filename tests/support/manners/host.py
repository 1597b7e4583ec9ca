"""What a program does with the real driver: keep it running, gather what it tells, wait for what must come."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from modem.driver import Modem, ModemSettings, Timing
from modem.errors import TransportLost
from modem.events import DeliverReceived, Incoming, ModemEvent, ReportReceived, UndecodableReceived
from modem.pdu.address import Address
from modem.pdu.dcs import Alphabet, DataCoding
from modem.pdu.segmentation import segment
from modem.pdu.submit import Submit

QUICK = Timing(
    probe=0.4,
    short=2.0,
    identity=2.0,
    sim=2.0,
    pin=2.0,
    radio=3.0,
    storage=2.0,
    read=2.0,
    listing=5.0,
    delete=2.0,
    prompt=3.0,
    submit=5.0,
    network=2.0,
    quiet=0.04,
    guard=0.02,
    drain=0.25,
    missing_ok=0.1,
    answer_after_ok=0.2,
    pdu_after_header=0.5,
    settle=10.0,
    poll=0.05,
    ready_after_pin=3.0,
    registration=0.2,
)
"""As the defaults, with every wait that a healthy modem of the bank cannot reach made short."""

T = TypeVar("T")


class Host:
    """One driver on one port. Incoming messages are acknowledged as they come, unless `keep` says otherwise."""

    def __init__(self, modem: Modem) -> None:
        self.modem = modem
        self.events: list[ModemEvent] = []
        self.keep: Callable[[Incoming], bool] = lambda _: False
        self._changed = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def open(cls, device: Path, timing: Timing = QUICK, profile: str = "auto") -> "Host":
        host = cls(await Modem.open(str(device), ModemSettings(profile=profile, timing=timing)))
        host._tasks = [asyncio.create_task(host._run()), asyncio.create_task(host._gather())]
        return host

    async def _run(self) -> None:
        with suppress(TransportLost):
            await self.modem.run()

    async def _gather(self) -> None:
        async for event in self.modem.events():
            async with self._changed:
                self.events.append(event)
                self._changed.notify_all()
            if isinstance(event, DeliverReceived | ReportReceived | UndecodableReceived) and not self.keep(event):
                await self.modem.acknowledge(event)

    async def lost(self) -> None:
        """Returns when the port is gone."""
        await asyncio.wait_for(asyncio.shield(self._tasks[0]), 10)

    async def close(self) -> None:
        await self.modem.close()
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, TransportLost):
                raise result

    async def until(self, held: Callable[["Host"], bool], what: str, seconds: float = 8.0) -> None:
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: held(self))
        except TimeoutError:
            raise AssertionError(f"{what} did not happen; events: {self.events}") from None

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def delivered(self) -> list[bytes]:
        """The octets of every DELIVER so far."""
        return [event.pdu for event in self.of(DeliverReceived)]

    async def send(self, text: str, to: str = "+447700900123", languages: Sequence[int] = ()) -> list[int]:
        """Cut, submit every part with a report asked for; the references."""
        cut = segment(text, languages=languages, reference=17)
        coding = DataCoding(0x08 if cut.alphabet is Alphabet.UCS2 else 0x00)
        references = []
        for number, part in enumerate(cut.parts, start=1):
            submit = Submit(Address.of(to), part.user_data, coding, status_report_request=True)
            more = number < len(cut.parts)
            references.append(
                await self.modem.submit(
                    submit.encode(), submit.tpdu_length, before_ctrl_z=_nothing_to_commit, more_follow=more
                )
            )
        return references


async def _nothing_to_commit() -> None:
    """The tests keep no database."""
