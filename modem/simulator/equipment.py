"""What a modem is and knows apart from its AT dialogue: card, storages, settings, registration, routing of messages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from modem.simulator.card import Card, Lock
from modem.simulator.faults import FaultKind, Faults
from modem.simulator.latency import NONE, Latency
from modem.simulator.manners import Manner
from modem.simulator.storage import AnyStorage, BothStorages, Status, Storage
from modem.simulator.surroundings import Receipt, Surroundings, Timer

CNMA_SECONDS = 10.0  # how long +CMT and +CDS wait for AT+CNMA; TS 27.005 §3.4.4 leaves the time to the modem
BUFFERED_LINES = 32  # AT+CNMI mode 0 keeps so many indications
REGISTERED = frozenset({1, 5, 6, 7, 9, 10})


@dataclass(slots=True)
class Settings:
    """Everything a restart of the modem forgets."""

    cnmi: tuple[int, int, int, int, int]
    memories: list[str]
    echo: bool = True
    verbose: bool = True
    quiet: bool = False
    errors: int = 0  # AT+CMEE
    text_mode: bool = False
    service: int = 0  # AT+CSMS
    more_to_send: int = 0  # AT+CMMS
    character_set: str = "IRA"
    registration_modes: dict[str, int] = field(default_factory=lambda: {"+CREG": 0, "+CGREG": 0, "+CEREG": 0})
    operator_format: int = 0
    text_parameters: tuple[int, int, int, int] = (17, 167, 0, 0)  # AT+CSMP
    show_header: bool = False  # AT+CSDH
    calling_line: bool = False  # AT+CLIP
    floods: bool = True
    plain: dict[str, str] = field(default_factory=dict)  # settings that are only remembered


@dataclass(slots=True)
class Awaited:
    """A +CMT or +CDS that AT+CNMA has not acknowledged yet."""

    pdu: bytes
    done: Callable[[Receipt], None]
    timer: Timer


class Equipment:
    """A modem in memory. `tell` writes an unsolicited line, `restart` boots anew; the dialogue sets both."""

    def __init__(
        self,
        *,
        card: Card,
        imei: str,
        manner: Manner,
        world: Surroundings,
        latency: Latency = NONE,
        random: Random | None = None,
        cnma_seconds: float = CNMA_SECONDS,
    ) -> None:
        self.card, self.imei, self.manner, self.world, self.latency = card, imei, manner, world, latency
        self.random = random or Random(0)  # noqa: S311  nothing here is secret, and a seed repeats a run
        self.faults = Faults(self.random)
        self.cnma_seconds = cnma_seconds
        sizes = manner.sizes
        self.sim, self.memory, self.reports, self.broadcasts = (
            Storage(name, sizes.get(name, 10), manner.first_index, blocked=self._storage_blocked)
            for name in ("SM", "ME", "SR", "BM")
        )
        self._nowhere = Storage("", 0, manner.first_index)  # what a modem without stores lets be read
        self.settings = self._fresh_settings()
        self.registration = 1
        self.technology = 7
        self.signal = 20  # AT+CSQ, 0-31 or 99
        self.functionality = 1  # AT+CFUN
        self.packet_attached = True  # AT+CGATT
        self.powered = True
        self.ready = True  # the SMS service is up
        self.replies: dict[str, str] = {"*100#": "Your balance is 10.00"}  # USSD
        self.tell: Callable[[str], None] = lambda _line: None
        self.announced: Callable[[], None] = lambda: None
        self.restart: Callable[[], None] = lambda: None
        self._awaited: Awaited | None = None
        self._kept_back: list[str] = []
        self.memory_was_full = False

    def _fresh_settings(self) -> Settings:
        receive = self.manner.receive_store
        return Settings(self.manner.cnmi_default, [receive] * len(self.manner.stores))

    # -- what commands ask ------------------------------------------------------------------------------------------

    @property
    def registered(self) -> bool:
        """Can it exchange messages with the network?"""
        return (
            self.powered
            and self.functionality == 1
            and self.registration in REGISTERED
            and self.card.lock is Lock.READY
            and self.ready
        )

    @property
    def registration_state(self) -> int:
        return self.registration if self.functionality == 1 and self.card.lock is Lock.READY else 0

    def storage(self, name: str) -> AnyStorage:
        """SM, ME, MT, SR or BM."""
        if name == "MT":
            return BothStorages("MT", self.memory, self.sim)
        return {"SM": self.sim, "ME": self.memory, "SR": self.reports, "BM": self.broadcasts}[name]

    @property
    def reading(self) -> AnyStorage:
        return self.storage(self.settings.memories[0]) if self.settings.memories else self._nowhere

    @property
    def writing(self) -> AnyStorage:
        memories = self.settings.memories
        return self.storage(memories[min(1, len(memories) - 1)]) if memories else self._nowhere

    @property
    def receiving(self) -> AnyStorage:
        memories = self.settings.memories
        return self.storage(memories[2] if len(memories) > 2 else self.manner.receive_store)

    # -- what the network does --------------------------------------------------------------------------------------

    def deliver(self, pdu: bytes, message_class: int | None, done: Callable[[Receipt], None]) -> None:
        """Take a DELIVER (with SMSC field) and say, at once or after AT+CNMA, what became of it."""
        if not self.registered:
            done(Receipt.ABSENT)
            return
        mode = self.settings.cnmi[1]
        direct = (mode == 2 and message_class != 2) or (mode == 3 and message_class in (0, 3))
        if direct or (mode != 0 and message_class == 0 and self.manner.class_0_direct):
            alpha = "," if self.manner.alpha_field else ""
            self._route(f"+CMT: {alpha}{len(pdu) - 1 - pdu[0]}", pdu, done)
        else:
            store: AnyStorage = self.sim if message_class == 2 else self.receiving
            self._store(store, pdu, "+CMTI" if mode else None, done)

    def report(self, pdu: bytes, done: Callable[[Receipt], None]) -> None:
        """Take a STATUS-REPORT (with SMSC field)."""
        if not self.registered:
            done(Receipt.ABSENT)
            return
        mode = self.settings.cnmi[3]
        if mode == 1:
            self._route(f"+CDS: {len(pdu) - 1 - pdu[0]}", pdu, done)
        elif mode == 2:
            self._store(self.storage(self.manner.report_store), pdu, "+CDSI", done)
        else:  # nobody wants it: taken and forgotten
            self.world.record("report_dropped", pdu=pdu.hex().upper())
            done(Receipt.ROUTED)

    def _route(self, header: str, pdu: bytes, done: Callable[[Receipt], None]) -> None:
        octets = pdu.hex().upper()
        if self.settings.service != 1:
            self.world.record("acknowledged", by="modem", pdu=octets)
            self._indicate(f"{header}\r\n{octets}")
            done(Receipt.ROUTED)
            return
        timer = self.world.later(self.cnma_seconds, self._not_acknowledged)
        self._awaited = Awaited(pdu, done, timer)
        self._indicate(f"{header}\r\n{octets}")

    def acknowledge(self, *, accepted: bool) -> bool:
        """AT+CNMA; False when nothing is waiting for it."""
        awaited = self._awaited
        if awaited is None:
            return False
        self._awaited = None
        awaited.timer.cancel()
        octets = awaited.pdu.hex().upper()
        self.world.record("acknowledged" if accepted else "refused", by="host", pdu=octets)
        awaited.done(Receipt.ROUTED if accepted else Receipt.REFUSED)
        return True

    def _not_acknowledged(self) -> None:
        """TS 27.005 §3.4.4: routing to the host is off until it asks for it again."""
        awaited = self._awaited
        if awaited is None:
            return
        self._awaited = None
        self.reset_routing()
        self.world.record("not_acknowledged", pdu=awaited.pdu.hex().upper())
        awaited.done(Receipt.NOT_ACKNOWLEDGED)

    def reset_routing(self) -> None:
        mode, _, broadcast, _, buffering = self.settings.cnmi
        self.settings.cnmi = (mode, 0, broadcast, 0, buffering)

    def _store(self, store: AnyStorage, pdu: bytes, indication: str | None, done: Callable[[Receipt], None]) -> None:
        index = store.put(pdu, Status.UNREAD)
        if index is None:
            self._tell_full(store)
            done(Receipt.FULL)
            return
        self.world.record("stored", storage=store.name, index=index, pdu=pdu.hex().upper())
        fills = store.full
        if indication is not None and not (fills and self.manner.full_hides_cmti):
            name = self.manner.cdsi_names if indication == "+CDSI" and self.manner.cdsi_names else store.name
            lost = bool(self.faults.waiting) and self.faults.take(FaultKind.BAD_PLACE, indication)
            self._indicate(f"{indication}: ,-1" if lost else f'{indication}: "{name}",{index}')
        if fills:
            self._tell_full(store)
        done(Receipt.STORED)

    def _storage_blocked(self) -> bool:
        return bool(self.faults.waiting) and self.faults.take(FaultKind.STORAGE_FULL) is not None

    def _tell_full(self, store: AnyStorage) -> None:
        if not self.memory_was_full and self.manner.full is not None:
            self.tell(self.manner.full.format(store=store.name))
        self.memory_was_full = True

    def place_freed(self) -> None:
        """After a delete: the network may try again (RP-SMMA, TS 23.040 §10.3)."""
        if self.memory_was_full and not self.receiving.full:
            self.memory_was_full = False
            self.world.available()

    def _indicate(self, line: str) -> None:
        if self.settings.cnmi[0] == 0:
            self._kept_back = [*self._kept_back, line][-BUFFERED_LINES:]
            return
        if self.faults.waiting and self.faults.take(FaultKind.LOSE_URC, line.partition(":")[0]) is not None:
            return
        self.tell(line)
        self.announced()

    def set_routing(self, cnmi: tuple[int, int, int, int, int]) -> None:
        """AT+CNMI; what mode 0 kept back is flushed or cleared by <bfr> (TS 27.005 §3.4.1)."""
        self.settings.cnmi = cnmi
        if cnmi[0]:
            kept, self._kept_back = self._kept_back, []
            if cnmi[4] == 0:
                for line in kept:
                    self.tell(line)

    # -- power and registration -------------------------------------------------------------------------------------

    def power_off(self) -> None:
        """Everything volatile is gone; a message not acknowledged goes back to the network."""
        self.powered = self.ready = False
        self.card.power_off()
        self.settings = self._fresh_settings()
        self._kept_back = []
        if self._awaited is not None:
            awaited, self._awaited = self._awaited, None
            awaited.timer.cancel()
            awaited.done(Receipt.ABSENT)

    def power_on(self) -> None:
        """Boot lines, then, with an unlocked card, the SMS service."""
        self.powered, self.functionality, self.packet_attached = True, 1, True
        for line in self.manner.boot_lines:
            self.tell(line)
        if self.card.lock is Lock.READY:
            self.become_ready()
        elif self.manner.ready_lines:
            self.tell(f"+CPIN: {self.card.lock.value}")

    def become_ready(self) -> None:
        """The card is unlocked: the SMS service comes up."""
        self.ready = True
        for line in self.manner.ready_lines:
            self.tell(line)
        if self.registered:
            self.world.available()

    def set_functionality(self, level: int) -> None:
        """AT+CFUN=0, 1 or 4."""
        before, self.functionality = self.registered, level
        self._registration_changed()
        if self.registered and not before:
            self.world.available()

    def set_registration(self, state: int) -> None:
        """A state of TS 27.007 §7.2: 0-11."""
        before, self.registration = self.registered, state
        self._registration_changed()
        if self.registered and not before:
            self.world.available()

    def registration_fields(self, mode: int) -> str:
        state = self.registration_state
        return f'{state},"00A1","0000BEEF",{self.technology}' if mode >= 2 and state in REGISTERED else str(state)

    def _registration_changed(self) -> None:
        for command, mode in self.settings.registration_modes.items():
            if mode:
                self.tell(f"{command}: {self.registration_fields(mode)}")
