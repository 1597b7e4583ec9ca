"""The service centre between the simulated modems and the phones outside: routes, waits, reports, tries again."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from modem.errors import DecodeError
from modem.pdu.tpdu import Submit, decode_submit
from modem.simulator.compose import Letter, letter_of_submit, letters_of_text, report_pdu, submit_fields
from modem.simulator.equipment import Equipment
from modem.simulator.faults import FaultKind
from modem.simulator.latency import Latency
from modem.simulator.phone import Phone
from modem.simulator.surroundings import Receipt, Timer

DELIVERED = 0x00  # TP-ST: received by the SME (TS 23.040 §9.2.3.15)
INVALID_PDU = 304
RETRY_SECONDS = 5.0  # a refused or unacknowledged message is offered again after this


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""

    def later(self, seconds: float, action: Callable[[], object]) -> Timer: ...


Record = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Item:
    """What waits for a modem: a message or a report; `taken` runs once the modem has it."""

    letter: Letter
    is_report: bool
    taken: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Subscriber:
    """A modem as the network knows it, with what the service centre keeps for it."""

    index: int
    equipment: Equipment
    messages: deque[Item] = field(default_factory=deque)
    reports: deque[Item] = field(default_factory=deque)
    messages_wait: bool = False  # until the modem says it is available
    reports_wait: bool = False
    in_flight: bool = False
    pumping: bool = False
    held_reports: list[bytes] = field(default_factory=list)

    @property
    def number(self) -> str:
        return self.equipment.card.number

    def next(self) -> Item | None:
        """The item to offer now; it stays queued until it is taken."""
        if self.reports and not self.reports_wait:
            return self.reports[0]
        if self.messages and not self.messages_wait:
            return self.messages[0]
        return None


class Network:
    """One service centre. record: writes a ledger line, before the modem answers: the ledger is the truth."""

    def __init__(
        self,
        clock: Clock,
        record: Record,
        *,
        latency: Latency,
        random: Random,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._clock, self._record, self._latency, self._random = clock, record, latency, random
        self._retry_seconds = retry_seconds
        self.subscribers: list[Subscriber] = []
        self.phones: dict[str, Phone] = {}
        self.delivery_status = DELIVERED
        self._references = 0

    def attach(self, equipment: Equipment) -> Subscriber:
        subscriber = Subscriber(len(self.subscribers), equipment)
        self.subscribers.append(subscriber)
        return subscriber

    def phone(self, number: str) -> Phone:
        """The phone outside with that number; made when first asked for. It records what it gets and may answer."""
        phone = self.phones.get(number)
        if phone is None:
            phone = self.phones[number] = Phone(number)
        return phone

    def now(self, subscriber: Subscriber) -> datetime:
        """The service centre's clock as this modem's messages show it."""
        faults = subscriber.equipment.faults
        offset = faults.take(FaultKind.CLOCK_OFFSET) if faults.waiting else None
        return self._clock.now() + timedelta(seconds=offset.seconds if offset else 0.0)

    def _after(self, seconds: float, action: Callable[[], object]) -> None:
        if seconds > 0:
            self._clock.later(seconds, action)
        else:
            action()

    # -- from a modem -----------------------------------------------------------------------------------------------

    def submit(self, sender: Subscriber, pdu: bytes, done: Callable[[int | None], None]) -> None:
        """Take a SUBMIT after the submit latency; `done` gets None or a +CMS ERROR number."""
        since = self._clock.now()
        self._after(self._latency.submit.sample(self._random), lambda: self._take(sender, pdu, since, done))

    def _take(self, sender: Subscriber, pdu: bytes, since: datetime, done: Callable[[int | None], None]) -> None:
        try:
            submit = decode_submit(pdu)
        except DecodeError:
            done(INVALID_PDU)
            return
        card, faults = sender.equipment.card, sender.equipment.faults
        accepted = self.now(sender)
        self._record(
            "submitted",
            modem=sender.index,
            number=card.number,
            imsi=card.imsi,
            **submit_fields(submit),
            since=since.isoformat(),
            pdu=pdu.hex().upper(),
        )
        wants_report = submit.status_report_request
        if wants_report and faults.waiting and faults.take(FaultKind.REPORT_FIRST):
            self._report(sender, submit, accepted)
            wants_report = False
        done(None)
        delay = self._latency.report.sample(self._random) if wants_report else 0.0

        def arrived() -> None:
            if wants_report:
                self._after(delay, lambda: self._report(sender, submit, accepted))

        self._forward(sender, submit, accepted, arrived)

    def _forward(self, sender: Subscriber, submit: Submit, at: datetime, arrived: Callable[[], None]) -> None:
        to = submit.destination.value
        for subscriber in self.subscribers:
            if subscriber.number == to:
                centre = subscriber.equipment.card.service_centre
                letter = letter_of_submit(submit, sender=sender.number, at=at, service_centre=centre)
                self.enqueue(subscriber, letter, arrived)
                return
        phone = self.phones.get(to)
        if phone is not None:
            self._ring(phone, sender, submit)
        arrived()

    def _ring(self, phone: Phone, sender: Subscriber, submit: Submit) -> None:
        message = phone.take(sender.number, submit.user_data, self._clock.now())
        if message is None:
            return
        self._record("phone_received", phone=phone.number, **{"from": sender.number}, text=message.text)
        reply = phone.answer(message) if phone.answer is not None else None
        if reply is not None:
            self._after(phone.answer_seconds, lambda: self.send_text(phone.number, sender, reply))

    # -- to a modem -------------------------------------------------------------------------------------------------

    def send_text(self, sender: str, recipient: Subscriber, text: str) -> list[Letter]:
        """A text from outside to a modem, cut into parts when it is long."""
        self._references = (self._references + 1) & 0xFF
        letters = letters_of_text(
            text,
            sender=sender,
            at=self.now(recipient),
            service_centre=recipient.equipment.card.service_centre,
            reference=self._references,
        )
        for letter in letters:
            self.enqueue(recipient, letter)
        return letters

    def enqueue(self, recipient: Subscriber, letter: Letter, taken: Callable[[], None] = lambda: None) -> None:
        """Keep a message until the modem has taken it."""
        recipient.messages.append(Item(letter, is_report=False, taken=taken))
        self._pump(recipient)

    def enqueue_report(self, recipient: Subscriber, pdu: bytes) -> None:
        recipient.reports.append(Item(Letter(pdu), is_report=True))
        self._pump(recipient)

    def available(self, subscriber: Subscriber) -> None:
        """The modem is back, or has a free place: offer again what was kept."""
        subscriber.messages_wait = subscriber.reports_wait = False
        self._pump(subscriber)

    def _pump(self, subscriber: Subscriber) -> None:
        if subscriber.pumping:
            return
        subscriber.pumping = True
        while not subscriber.in_flight and (item := subscriber.next()) is not None:
            subscriber.in_flight = True
            self._offer(subscriber, item)
        subscriber.pumping = False

    def _offer(self, subscriber: Subscriber, item: Item) -> None:
        def done(receipt: Receipt) -> None:
            subscriber.in_flight = False
            self._settle(subscriber, item, receipt)
            self._pump(subscriber)

        def offer() -> None:
            if item.is_report:
                subscriber.equipment.report(item.letter.pdu, done)
            else:
                subscriber.equipment.deliver(item.letter.pdu, item.letter.message_class, done)

        self._after(0.0 if item.is_report else self._latency.deliver.sample(self._random), offer)

    def _settle(self, subscriber: Subscriber, item: Item, receipt: Receipt) -> None:
        queue = subscriber.reports if item.is_report else subscriber.messages
        if receipt in (Receipt.STORED, Receipt.ROUTED):
            queue.popleft()
            item.taken()
            return
        self._record("kept", modem=subscriber.index, why=receipt.value, pdu=item.letter.pdu.hex().upper())
        if item.is_report or receipt is not Receipt.FULL:
            subscriber.reports_wait = True
        if not item.is_report or receipt is not Receipt.FULL:
            subscriber.messages_wait = True
        if receipt in (Receipt.NOT_ACKNOWLEDGED, Receipt.REFUSED):
            self._clock.later(self._retry_seconds, lambda: self.available(subscriber))

    # -- status reports ---------------------------------------------------------------------------------------------

    def _report(self, recipient: Subscriber, submit: Submit, accepted: datetime) -> None:
        faults, status, copies = recipient.equipment.faults, self.delivery_status, 1
        if faults.waiting:
            if faults.take(FaultKind.NO_REPORT):
                return
            wrong = faults.take(FaultKind.REPORT_STATUS)
            status = wrong.code if wrong else status
            copies = 2 if faults.take(FaultKind.DUPLICATE_REPORT) else 1
        pdu = report_pdu(
            reference=submit.message_reference,
            recipient=submit.destination.value,
            accepted=accepted,
            discharged=self.now(recipient),
            status=status,
            service_centre=recipient.equipment.card.service_centre,
        )
        if faults.waiting and faults.take(FaultKind.SWAP_REPORTS):
            recipient.held_reports += [pdu] * copies
            return
        for waiting in [pdu] * copies + recipient.held_reports:
            self._record("report", modem=recipient.index, mr=submit.message_reference, pdu=waiting.hex().upper())
            self.enqueue_report(recipient, waiting)
        recipient.held_reports = []
