"""Files what a line delivers, then acknowledges it: nothing leaves the SIM before it is on disk (promise 4)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from gateway.aio import Clock, finish
from gateway.domain.errors import Unavailable
from gateway.domain.message import Message, State
from gateway.line import Line
from gateway.metrics import Metrics
from gateway.store.contract import Arrival, Place, ReportArrival, Store
from modem.errors import CommandRejected, CommandTimeout
from modem.events import (
    DeliverReceived,
    Incoming,
    LateReference,
    ModemEvent,
    ReportReceived,
    StoragePlace,
    UndecodableReceived,
)
from modem.pdu.tpdu import StatusReport

logger = logging.getLogger(__name__)
Notice = Callable[[ModemEvent], Awaitable[None]]


class Receiver:
    """The receiving half of one connection of one line. notice: takes the events that bring no message."""

    def __init__(self, line: Line, store: Store, clock: Clock, metrics: Metrics, notice: Notice) -> None:
        self._line = line
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._notice = notice
        self._freed: set[tuple[StoragePlace, bytes]] = set()
        self._doubtful: dict[StoragePlace, bytes] = {}

    async def run(self) -> None:
        """Ends by cancellation, or by what ``notice`` raises."""
        events = self._line.modem.events()
        fresh = False
        while True:
            ahead = asyncio.ensure_future(anext(events, None))
            try:
                await asyncio.sleep(0)
                if not ahead.done():
                    fresh = True
                    self._freed.clear()  # nothing is queued any more that was read before these were emptied
                event = await ahead
            finally:
                ahead.cancel()
            if event is None:
                return
            await self._handle(event, fresh=fresh)

    async def _handle(self, event: ModemEvent, *, fresh: bool) -> None:
        """fresh: not queued before this receiver began."""
        match event:
            case DeliverReceived() | ReportReceived() | UndecodableReceived():
                if fresh or event.place is None:
                    await self._take_once(event)
                # else it was read by a modem that was another since, and lies where the first sweep finds it
            case LateReference():
                await self._late(event.reference)
            case _:
                await self._notice(event)

    async def _take_once(self, incoming: Incoming) -> None:
        if not self._is_stale(incoming) and not self._is_doubtful(incoming):
            await self._take(incoming)

    def _is_stale(self, incoming: Incoming) -> bool:
        """Read twice, by an announcement and by a sweep, and queued; the first was filed and its place emptied since.

        Should it be a new message that looks the same, the sweep asked for here finds it where it still lies.
        """
        stale = incoming.place is not None and (incoming.place, _octets(incoming)) in self._freed
        if stale:
            self._line.leave_in_sim()
        return stale

    def _is_doubtful(self, incoming: Incoming) -> bool:
        """It does not decode, and nobody has read it twice: an octet may have been lost on the wire only."""
        if not isinstance(incoming, UndecodableReceived) or incoming.place is None:
            return False
        if self._doubtful.pop(incoming.place, None) == incoming.raw:
            return False
        self._doubtful[incoming.place] = incoming.raw
        logger.info("reading again", extra=self._fields(incoming) | {"error": str(incoming.error)})
        self._line.look_again()
        return True

    async def _take(self, incoming: Incoming) -> None:
        """File, acknowledge, say that the place is free. What the disk does not take stays in the SIM for a sweep."""
        try:
            await self._file(incoming)
        except Unavailable as error:
            logger.warning("left in the sim", extra=self._fields(incoming) | {"code": error.code})
            self._line.leave_in_sim()
            await self._quietly(self._line.modem.refuse(incoming), incoming)
            return
        # from the commit on a cancellation would only make the next sweep read it again
        await finish(self._free(incoming), at_most_s=5.0)

    async def _free(self, incoming: Incoming) -> None:
        acknowledged = await self._quietly(self._line.modem.acknowledge(incoming), incoming)
        if acknowledged and incoming.place is not None:
            self._freed.add((incoming.place, _octets(incoming)))
            try:
                await self._store.place_freed(self._line.who.num, _place(incoming.place), _octets(incoming))
            except Unavailable as error:
                logger.warning("freed place not noted", extra=self._fields(incoming) | {"code": error.code})

    async def _quietly(self, command: Awaitable[None], incoming: Incoming) -> bool:
        """An acknowledgement that the modem does not take is no loss: the next sweep reads the place again."""
        try:
            await command
        except (CommandRejected, CommandTimeout) as error:
            self._line.leave_in_sim()
            logger.warning("not acknowledged", extra=self._fields(incoming) | {"error": str(error)})
            return False
        return True

    async def _file(self, incoming: Incoming) -> None:
        num, name, now = self._line.who.num, self._line.who.name, self._clock.now()
        match incoming:
            case ReportReceived():
                message = await self._store.file_report(num, report_of(incoming.pdu, incoming.report), now)
                self._metrics.messages_received.labels(line=name, kind="report").inc()
                self._count(message)
            case UndecodableReceived():
                await self._store.file_arrival(num, arrival_of(incoming), now)
                self._metrics.inbound_pdu_errors.labels(line=name, kind=incoming.error.field).inc()
                logger.warning("pdu does not decode", extra=self._fields(incoming) | {"error": str(incoming.error)})
            case DeliverReceived():
                filed = await self._store.file_arrival(num, arrival_of(incoming), now)
                if filed.new and not incoming.announced:
                    self._line.watch.found(self._line.modem.since_announced)
                if filed.new:
                    self._metrics.messages_received.labels(line=name, kind="message").inc()
                whole = filed.message.id if filed.message is not None else None
                logger.info("message filed", extra=self._fields(incoming) | {"new": filed.new, "message_id": whole})

    async def _late(self, reference: int) -> None:
        try:
            message = await self._store.late_reference(self._line.who.num, reference, self._clock.now())
        except Unavailable as error:
            logger.warning("late reference lost", extra={"line": self._line.who.name, "code": error.code})
            return
        found = message.id if message is not None else None
        logger.info("late reference", extra={"line": self._line.who.name, "message_id": found})

    def _count(self, message: Message | None) -> None:
        if message is None:
            return
        name, metrics = self._line.who.name, self._metrics
        status = next((str(part.status) for part in message.parts if part.status), "")
        match message.state:
            case State.DELIVERED:
                metrics.messages_delivered.labels(line=name, code="").inc()
                sent_at, done_at = message.state_at.get(State.SENT), message.state_at.get(State.DELIVERED)
                if sent_at is not None and done_at is not None:
                    delay = (done_at - sent_at).total_seconds()
                    metrics.delivery_delay_seconds.labels(line=name).observe(max(0.0, delay))
            case State.UNDELIVERED:
                metrics.messages_undelivered.labels(line=name, code=status).inc()
            case State.EXPIRED:
                metrics.messages_expired.labels(line=name, code=status).inc()
            case _:
                return
        logger.info("message settled", extra={"line": name, "message_id": message.id, "state": message.state.value})

    def _fields(self, incoming: Incoming) -> dict[str, object]:
        place = incoming.place
        where = None if place is None else f"{place.storage}:{place.index}"
        return {"line": self._line.who.name, "place": where, "announced": incoming.announced}


def arrival_of(incoming: DeliverReceived | UndecodableReceived) -> Arrival:
    """What the store files of a PDU: its fields as decoded, or, when it did not decode, its octets and why."""
    place = None if incoming.place is None else _place(incoming.place)
    if isinstance(incoming, UndecodableReceived):
        return Arrival(incoming.raw, place, incoming.announced, error=str(incoming.error))
    deliver = incoming.deliver
    data = deliver.user_data
    header = data.header
    whole = header.concatenation if header is not None else None
    ports = header.ports if header is not None else None
    return Arrival(
        pdu=incoming.pdu,
        place=place,
        announced=incoming.announced,
        sender=deliver.originating_address.value,
        alphabet=data.alphabet.value,
        content=data.content,
        locking=header.locking_shift if header is not None else 0,
        single=header.single_shift if header is not None else 0,
        bits=whole.bits if whole is not None else 0,
        reference=whole.reference if whole is not None else 0,
        total=whole.total if whole is not None else 1,
        sequence=whole.sequence if whole is not None else 1,
        ports=None if ports is None else (ports.destination, ports.source),
        protocol_identifier=deliver.protocol_identifier,
        data_coding=deliver.data_coding.octet,
        smsc_at=deliver.service_centre_timestamp,
    )


def report_of(pdu: bytes, report: StatusReport) -> ReportArrival:
    """What the store files of a status report."""
    return ReportArrival(
        pdu=pdu,
        reference=report.message_reference,
        recipient=report.recipient_address.value,
        status=report.status.code,
        sent_at=report.service_centre_timestamp,
        discharged_at=report.discharge_time,
    )


def _place(place: StoragePlace) -> Place:
    return Place(place.storage, place.index)


def _octets(incoming: Incoming) -> bytes:
    return incoming.raw if isinstance(incoming, UndecodableReceived) else incoming.pdu
