"""One modem's place in the bank: its simulated modem, its port, its name in the directory, its traps."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random

from modem.simulator.card import Card, Lock
from modem.simulator.equipment import CNMA_SECONDS, Equipment
from modem.simulator.faults import Action, Fault, FaultKind, Trap
from modem.simulator.latency import Latency
from modem.simulator.ledger import Ledger
from modem.simulator.manners import Manner
from modem.simulator.modem import SimulatedModem
from modem.simulator.network import Network
from modem.simulator.pty import Port, link
from modem.simulator.surroundings import Now, Timer, machine_time


class SetTrap:
    """A trap that can be awaited. Made by Bay.hold and Bay.trap."""

    def __init__(self, bay: "Bay", trap: Trap) -> None:
        self._bay, self.trap = bay, trap
        self._sprung = asyncio.Event()
        trap.on_sprung.append(self._sprung.set)

    @property
    def id(self) -> int:
        return self.trap.id

    async def reached(self, timeout: float = 10.0) -> None:
        """Return once the moment came. timeout: seconds. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            await self._sprung.wait()

    def release(self) -> None:
        """Let a held modem go on; a trap that has not sprung is taken away."""
        if not self.trap.sprung:
            self._bay.modem.traps.remove([self.trap])
        elif self.trap.action is Action.HOLD:
            self._bay.modem.release()


class Bay:
    """What a test or the control socket does to one modem. It is the modem's Surroundings."""

    def __init__(
        self,
        index: int,
        *,
        directory: Path,
        card: Card,
        imei: str,
        manner: Manner,
        network: Network,
        ledger: Ledger,
        latency: Latency,
        random: Random,
        cnma_seconds: float = CNMA_SECONDS,
        now: Now = machine_time,
    ) -> None:
        self.index = index
        self._now = now
        self._directory, self._ledger, self._network = directory, ledger, network
        self._loop = asyncio.get_running_loop()
        self._name = directory / f"modem{index}"
        self._port: Port | None = None
        self.equipment = Equipment(
            card=card,
            imei=imei,
            manner=manner,
            world=self,
            latency=latency,
            random=random,
            cnma_seconds=cnma_seconds,
        )
        self.modem = SimulatedModem(self.equipment)
        self.subscriber = network.attach(self.equipment)
        self._open()

    # -- what it is -------------------------------------------------------------------------------------------------

    @property
    def device(self) -> str:
        """The path a host opens: a link that follows the port wherever it is."""
        return str(self._name)

    @property
    def port(self) -> str | None:
        """The pseudo-terminal behind the link; None while unplugged."""
        return str(self._port.path) if self._port is not None else None

    @property
    def number(self) -> str:
        return self.equipment.card.number

    @property
    def imei(self) -> str:
        return self.equipment.imei

    @property
    def iccid(self) -> str:
        return self.equipment.card.iccid

    @property
    def state(self) -> str:
        """unplugged, off, held, locked, unregistered or ready."""
        if self._port is None:
            return "unplugged"
        if not self.equipment.powered:
            return "off"
        if self.modem.held:
            return "held"
        if self.equipment.card.lock is not Lock.READY:
            return "locked"
        return "ready" if self.equipment.registered else "unregistered"

    # -- Surroundings -----------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self._now()

    def later(self, seconds: float, action: Callable[[], None]) -> Timer:
        return self._loop.call_later(seconds, action)

    def write(self, octets: bytes) -> None:
        if self._port is not None:
            self._port.write(octets)

    def submit(self, pdu: bytes, done: Callable[[int | None], None]) -> None:
        self._network.submit(self.subscriber, pdu, done)

    def available(self) -> None:
        self._network.available(self.subscriber)

    def record(self, kind: str, **fields: object) -> None:
        self._ledger.record(kind, modem=self.index, **fields)

    def replug(self) -> None:
        self.plug()

    # -- power and port ---------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._port = Port(self.modem.receive, self._relink)
        self._relink()

    def _relink(self) -> None:
        if self._port is not None:
            link(self._name, self._port.path)

    def unplug(self) -> None:
        """The port is gone, its link with it, and the modem is without power."""
        if self._port is None:
            return
        port, self._port = self._port, None
        self.modem.power_off()
        port.close()
        self._name.unlink(missing_ok=True)
        self.record("unplugged")

    def plug(self, name: str | None = None) -> None:
        """Back on another pseudo-terminal, under the same link or another `name`; the modem boots."""
        if self._port is not None:
            return
        if name is not None:
            self._name = self._directory / Path(name).name
        self._open()
        self.record("plugged", device=self.device)
        seconds = self.equipment.latency.boot.sample(self.equipment.random)
        if seconds > 0:
            self.later(seconds, self._boot)
        else:
            self._boot()

    def _boot(self) -> None:
        if self._port is not None and not self.equipment.powered:
            self.modem.power_on()

    def reboot(self) -> None:
        """A restart that nobody asked for."""
        self.record("rebooted")
        self.modem.reboot()

    def close(self) -> None:
        if self._port is not None:
            self.modem.power_off()
            self._port.close()
            self._port = None
        self._name.unlink(missing_ok=True)

    # -- faults, traps, conditions ----------------------------------------------------------------------------------

    def fault(self, kind: FaultKind | str, command: str = "", **fields: object) -> int:
        """Ask for a fault; the fields are those of Fault. Returns its id."""
        fault = Fault(FaultKind(kind), command, **fields)  # type: ignore[arg-type]  # checked by Fault's own names
        if fault.kind is FaultKind.RESET_CNMI and not command:
            self.equipment.reset_routing()
            return 0
        return self.equipment.faults.add(fault)

    def clear(self, kind: FaultKind | str | None = None, *, fault_id: int | None = None) -> None:
        """Forget all faults, those of one kind, or one; what a fault kept from the network is offered again."""
        self.equipment.faults.clear(None if kind is None else FaultKind(kind), fault_id=fault_id)
        self.available()

    def trap(self, moment: str, action: Action | str = Action.WATCH, *, nth: int = 1) -> SetTrap:
        """Watch for a moment, or hold, reboot or unplug the modem when it comes for the nth time (see Trap)."""
        return SetTrap(self, self.modem.traps.add(Trap(moment, Action(action), nth)))

    def hold(self, moment: str, *, nth: int = 1) -> SetTrap:
        """Stop answering at that moment, until released."""
        return self.trap(moment, Action.HOLD, nth=nth)

    def register(self, state: int) -> None:
        """Change the registration state (TS 27.007 §7.2): 1 home, 2 searching, 3 denied, 5 roaming, 11 ..."""
        self.equipment.set_registration(state)

    def lock(self, pin: str | None) -> None:
        """Give the card a PIN, or None; it is asked for from now on, as after a restart."""
        card = self.equipment.card
        card.pin, card.unlocked = pin, False

    def call(self, number: str, rings: int = 1) -> None:
        """Somebody calls: RING, and +CLIP where it was asked for."""
        for _ in range(rings):
            self.modem.unsolicited("RING")
            if self.equipment.settings.calling_line:
                self.modem.unsolicited(f'+CLIP: "{number}",{145 if number.startswith("+") else 129},,,,0')
