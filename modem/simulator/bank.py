"""Modems, the network between them, a ledger and a control socket: one asyncio program."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from modem.pdu.dcs import Alphabet
from modem.simulator.bay import Bay, SetTrap
from modem.simulator.card import Card, luhn
from modem.simulator.catalogue import manner_named
from modem.simulator.compose import Letter, letter_of_octets, letter_of_pdu, letters_of_text, report_pdu
from modem.simulator.equipment import CNMA_SECONDS
from modem.simulator.latency import NONE, Latency
from modem.simulator.ledger import Ledger
from modem.simulator.network import RETRY_SECONDS, Network
from modem.simulator.operations import ControlServer
from modem.simulator.phone import Answer, Phone, echo
from modem.simulator.surroundings import Now, Timer, machine_time

FIRST_NUMBER = 447700900000  # a range that no subscriber will ever have


@dataclass(frozen=True, slots=True)
class _LoopClock:
    time: Now

    def now(self) -> datetime:
        return self.time()

    def later(self, seconds: float, action: Callable[[], object]) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, action)


class Bank:
    """An asynchronous context manager: inside it the modems' devices exist.

    modems: how many. directory: gets modem0 ... (links to the devices), ledger.jsonl and control.sock.
    numbers: the SIMs' own, fictional ones by default. pin: every card asks for it.
    manner: one name of CATALOGUE for all, or one for each modem in turn. sizes: places of the storages SM, ME and SR.
    seed: repeats whatever is left to chance. cnma_seconds: how long +CMT and +CDS wait for +CNMA.
    retry_seconds: when the service centre tries again what was refused. now: the time of network, modems and ledger;
    what they wait for is the event loop's.
    """

    def __init__(
        self,
        modems: int = 1,
        *,
        directory: Path,
        numbers: Sequence[str] | None = None,
        manner: str | Sequence[str] = "generic",
        latency: Latency = NONE,
        sizes: Mapping[str, int] | None = None,
        pin: str | None = None,
        seed: int = 0,
        cnma_seconds: float = CNMA_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
        now: Now = machine_time,
    ) -> None:
        self._now = now
        self.directory = Path(directory)
        self._count, self._latency, self._sizes, self._pin = modems, latency, sizes, pin
        self._numbers = list(numbers or ())
        self._manners = [manner] if isinstance(manner, str) else list(manner)
        self._random = Random(seed)  # noqa: S311  a seed that repeats a run is the point
        self._cnma_seconds, self._retry_seconds = cnma_seconds, retry_seconds
        self.modems: tuple[Bay, ...] = ()
        self.stopped = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(self.directory / "ledger.jsonl", self._now)
        self.network = Network(
            _LoopClock(self._now),
            self.ledger.record,
            latency=self._latency,
            random=self._random,
            retry_seconds=self._retry_seconds,
        )
        self.modems = tuple(self._bay(index) for index in range(self._count))
        self._control = ControlServer(self, self.control_socket)
        await self._control.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._control.stop()
        for bay in self.modems:
            bay.close()
        self.ledger.close()

    def _bay(self, index: int) -> Bay:
        number = self._numbers[index] if index < len(self._numbers) else f"+{FIRST_NUMBER + index}"
        card = Card(number, f"00101{index + 1:010d}", luhn(f"899900000000{index + 1:06d}"), pin=self._pin)
        return Bay(
            index,
            directory=self.directory,
            card=card,
            imei=luhn(f"00101400{index + 1:06d}"),
            manner=manner_named(self._manners[index % len(self._manners)], sizes=self._sizes),
            network=self.network,
            ledger=self.ledger,
            latency=self._latency,
            random=self._random,
            cnma_seconds=self._cnma_seconds,
            now=self._now,
        )

    @property
    def control_socket(self) -> Path:
        return self.directory / "control.sock"

    @property
    def phones(self) -> Mapping[str, Phone]:
        """The phones outside, by number; one must be asked for with `phone` before it records anything."""
        return self.network.phones

    def phone(self, number: str, *, answer: Answer | None = None, answer_seconds: float = 0.0) -> Phone:
        """A phone outside that records what it gets and, with `answer`, writes back."""
        phone = self.network.phone(number)
        if answer is not None:
            phone.answer, phone.answer_seconds = answer, answer_seconds
        return phone

    def deliver(
        self,
        modem: int,
        *,
        sender: str,
        text: str | None = None,
        data: bytes | None = None,
        pdu: bytes | None = None,
        message_class: int | None = None,
        alphabet: Alphabet | None = None,
        reference: int | None = None,
        reference_bits: int = 8,
        order: Sequence[int] | None = None,
        at: datetime | None = None,
    ) -> list[bytes]:
        """A message from outside to a modem: a text (long ones in parts), 8-bit data, or any PDU with SMSC field.

        order: which parts in which order, from 1; one left out is missing, one named twice comes twice. Returns the
        PDUs in the order they were handed to the service centre.
        """
        bay = self.modems[modem]
        at = at or self.network.now(bay.subscriber)
        centre = bay.equipment.card.service_centre
        letters: list[Letter]
        if pdu is not None:
            letters = [letter_of_pdu(pdu)]
        elif data is not None:
            letters = [letter_of_octets(data, sender=sender, at=at, service_centre=centre)]
        else:
            letters = letters_of_text(
                text or "",
                sender=sender,
                at=at,
                service_centre=centre,
                message_class=message_class,
                alphabet=alphabet,
                reference=self._random.randrange(1 << reference_bits) if reference is None else reference,
                reference_bits=reference_bits,
                order=order,
            )
        for letter in letters:
            self.network.enqueue(bay.subscriber, letter)
        return [letter.pdu for letter in letters]

    def report(
        self,
        modem: int,
        *,
        reference: int,
        recipient: str,
        status: int = 0,
        at: datetime | None = None,
    ) -> bytes:
        """A status report nobody need have asked for. Returns its PDU."""
        bay = self.modems[modem]
        at = at or self.network.now(bay.subscriber)
        pdu = report_pdu(
            reference=reference,
            recipient=recipient,
            accepted=at,
            discharged=at,
            status=status,
            service_centre=bay.equipment.card.service_centre,
        )
        self.ledger.record("report", modem=modem, mr=reference, pdu=pdu.hex().upper())
        self.network.enqueue_report(bay.subscriber, pdu)
        return pdu

    def hold(self, modem: int, moment: str, *, nth: int = 1) -> SetTrap:
        """Bay.hold of that modem."""
        return self.modems[modem].hold(moment, nth=nth)


async def serve(
    *,
    modems: int,
    directory: Path,
    numbers: Sequence[str] | None = None,
    manner: str | Sequence[str] = "generic",
    latency: Latency = NONE,
    pin: str | None = None,
    echo_phones: Sequence[str] = (),
    ready: Callable[[Bank], None] | None = None,
) -> None:
    """Run a bank until cancelled or told to stop over the control socket.

    echo_phones: numbers outside that answer what they get. ready: called once the devices exist.
    """
    async with Bank(modems, directory=directory, numbers=numbers, manner=manner, latency=latency, pin=pin) as bank:
        for number in echo_phones:
            bank.phone(number, answer=echo, answer_seconds=1.0)
        if ready is not None:
            ready(bank)
        await bank.stopped.wait()
