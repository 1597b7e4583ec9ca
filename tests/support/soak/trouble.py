"""What goes wrong with a modem in a soak: each kind of incident is one coroutine over one bay, from its own dice.

Incidents of one modem overlap: it may be unplugged while it is wedged, or lose its network in a brown-out. Each undoes
what it did itself.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from modem.simulator.bank import Bank
from modem.simulator.bay import Bay
from modem.simulator.card import Card
from modem.simulator.faults import Action, FaultKind
from tests.support.campaign import CME, CMS, MOMENTS, NOISE, TIMED_OUT, TP_ST

MINUTE, HOUR = 60.0, 3600.0
NAMES = 16  # ttyUSB0 and following
ANNOUNCEMENTS = ("+CMTI", "+CDSI")
LOW_POWER = "UNDER-VOLTAGE WARNNING"  # SIMCom's spelling


@dataclass(slots=True)
class Desk:
    """Where the modems are plugged in. moves: the bays that have names as a kernel gives them. swaps: which of them get
    each other's SIMs now and then. cards: those that are put back then, by bay; the others go on with what they got."""

    bank: Bank
    moves: frozenset[int]
    swaps: tuple[frozenset[int], ...] = ()
    cards: dict[int, Card] = field(default_factory=dict)

    def plug(self, bay: Bay, dice: Random) -> None:
        """Back, under another name that nobody else has or comes back to, where it has such."""
        others = {other.device.rpartition("/")[2] for other in self.bank.modems}
        free = [name for n in range(NAMES) if (name := f"ttyUSB{n}") not in others]
        bay.plug(dice.choice(free) if bay.index in self.moves else None)


Incident = Callable[[Desk, Bay, Random], Awaitable[None]]


@contextmanager
def _fault(bay: Bay, kind: FaultKind, command: str = "", **fields: object) -> Iterator[None]:
    number = bay.fault(kind, command, **fields)
    try:
        yield
    finally:
        bay.clear(fault_id=number)


async def unplug(desk: Desk, bay: Bay, dice: Random) -> None:
    bay.unplug()
    await asyncio.sleep(dice.choice((dice.uniform(5, 5 * MINUTE), dice.uniform(5 * MINUTE, HOUR))))
    bay.plug()


async def replug_elsewhere(desk: Desk, bay: Bay, dice: Random) -> None:
    """Back in a second or in half an hour, under another name."""
    bay.unplug()
    await asyncio.sleep(dice.choice((dice.uniform(0.2, 5), dice.uniform(5, 30 * MINUTE))))
    desk.plug(bay, dice)


async def change_places(desk: Desk, bay: Bay, dice: Random) -> None:
    """Two modems are pulled out and get each other's names."""
    other = desk.bank.modems[dice.choice(sorted(desk.moves - {bay.index}))]
    if bay.index not in desk.moves:
        return
    bay.unplug()
    other.unplug()
    await asyncio.sleep(dice.uniform(0.1, 90))
    if bay.port is not None or other.port is not None:  # somebody else was faster
        desk.plug(bay, dice)
        desk.plug(other, dice)
        return
    here, there = bay.device, other.device
    bay.plug(there)
    other.plug(here)


async def reboot(desk: Desk, bay: Bay, dice: Random) -> None:
    if bay.port is not None:
        bay.reboot()


async def brown_out(desk: Desk, bay: Bay, dice: Random) -> None:
    """It restarts again and again, sooner or later than it is up."""
    for _ in range(dice.randint(5, 30)):
        if dice.random() < 0.3 and bay.port is not None:
            bay.modem.unsolicited(LOW_POWER)
        if bay.port is not None:
            bay.reboot()
        await asyncio.sleep(dice.choice((dice.uniform(3, 10), dice.uniform(10, 90))))


async def usb_brown_out(desk: Desk, bay: Bay, dice: Random) -> None:
    """It falls off the bus and comes back, again and again, each time under another name."""
    for _ in range(dice.randint(4, 15)):
        bay.unplug()
        await asyncio.sleep(dice.uniform(0.5, 10))
        desk.plug(bay, dice)
        await asyncio.sleep(dice.choice((dice.uniform(1, 10), dice.uniform(10, 120))))


async def wedge(desk: Desk, bay: Bay, dice: Random) -> None:
    """Deaf and dumb, whatever is done to it."""
    with _fault(bay, FaultKind.SILENCE):
        await asyncio.sleep(dice.choice((dice.uniform(10, 5 * MINUTE), dice.uniform(5 * MINUTE, 6 * HOUR))))


async def wedge_in_a_command(desk: Desk, bay: Bay, dice: Random) -> None:
    """It stops in the middle of an exchange, and goes on from there later."""
    trap = bay.hold(dice.choice(MOMENTS), nth=dice.randint(1, 3))
    await asyncio.sleep(dice.uniform(5 * MINUTE, 3 * HOUR))
    trap.release()


async def sim_full(desk: Desk, bay: Bay, dice: Random) -> None:
    """No storage takes anything."""
    with _fault(bay, FaultKind.STORAGE_FULL):
        await asyncio.sleep(dice.uniform(10 * MINUTE, 6 * HOUR))


async def unannounced(desk: Desk, bay: Bay, dice: Random) -> None:
    """What comes in is not told of, so that the storages fill up."""
    with _fault(bay, FaultKind.LOSE_URC, dice.choice(ANNOUNCEMENTS), times=None):
        await asyncio.sleep(dice.uniform(HOUR, 8 * HOUR))


@contextmanager
def silent_about_messages(bay: Bay) -> Iterator[None]:
    with _fault(bay, FaultKind.LOSE_URC, "+CMTI", times=None):
        yield


async def no_network(desk: Desk, bay: Bay, dice: Random) -> None:
    bay.register(dice.choice((0, 2, 3, 4)))
    await asyncio.sleep(dice.choice((dice.uniform(10, 10 * MINUTE), dice.uniform(10 * MINUTE, 8 * HOUR))))
    bay.register(1)


async def noise(desk: Desk, bay: Bay, dice: Random) -> None:
    """Lines and octets that nobody asked for, in between."""
    where = dice.choice(("before_echo", "before", "inside", "after"))
    octets = dice.choice((*NOISE, dice.randbytes(dice.randint(1, 80)), b"\r\n+CMTI: ,-1\r\n"))
    with _fault(bay, FaultKind.ADD_NOISE, times=None, probability=dice.uniform(0.02, 0.4), octets=octets, where=where):
        await asyncio.sleep(dice.uniform(10 * MINUTE, 2 * HOUR))


async def bad_wire(desk: Desk, bay: Bay, dice: Random) -> None:
    """Answers come garbled, late, or not at all; the echo flips."""
    kind = dice.choice((FaultKind.GARBLE_ANSWER, FaultKind.LOSE_ANSWER, FaultKind.DELAY_ANSWER, FaultKind.FLIP_ECHO))
    with _fault(bay, kind, times=None, probability=dice.uniform(0.02, 0.2), seconds=dice.uniform(0.5, 15)):
        await asyncio.sleep(dice.uniform(10 * MINUTE, 2 * HOUR))


async def slow_wire(desk: Desk, bay: Bay, dice: Random) -> None:
    """Octet by octet."""
    with _fault(bay, FaultKind.DRIBBLE, seconds=dice.choice((0.001, 0.005))):
        await asyncio.sleep(dice.uniform(MINUTE, 5 * MINUTE))


async def refused(desk: Desk, bay: Bay, dice: Random) -> None:
    """The network refuses some submissions, before or after it has taken them."""
    for _ in range(dice.randint(1, 4)):
        kind = dice.choice((FaultKind.REJECT, FaultKind.REJECT_COMMAND, FaultKind.REJECT_TAKEN))
        if kind is FaultKind.REJECT_TAKEN:
            bay.fault(kind, "+CMGS", code=TIMED_OUT)
        elif dice.random() < 0.2:
            bay.fault(kind, "+CMGS", code=dice.choice(CME), where="cme", times=dice.randint(1, 3))
        else:
            bay.fault(kind, "+CMGS", code=dice.choice(CMS), times=dice.randint(1, 3))


async def lost_in_sending(desk: Desk, bay: Bay, dice: Random) -> None:
    kind = dice.choice((FaultKind.ONLY_OK, FaultKind.NO_PROMPT, FaultKind.SLOW_PROMPT, FaultKind.LOSE_ANSWER))
    bay.fault(kind, "+CMGS", times=dice.randint(1, 3), seconds=dice.uniform(1, 20))


async def odd_reports(desk: Desk, bay: Bay, dice: Random) -> None:
    kinds = (FaultKind.REPORT_FIRST, FaultKind.NO_REPORT, FaultKind.DUPLICATE_REPORT, FaultKind.SWAP_REPORTS)
    for kind in dice.sample((*kinds, FaultKind.REPORT_STATUS), 3):
        bay.fault(kind, times=dice.randint(1, 3), code=dice.choice(TP_ST))


async def forgets_routing(desk: Desk, bay: Bay, dice: Random) -> None:
    bay.fault(FaultKind.RESET_CNMI)


async def wrong_clock(desk: Desk, bay: Bay, dice: Random) -> None:
    with _fault(bay, FaultKind.CLOCK_OFFSET, seconds=2 * HOUR):
        await asyncio.sleep(dice.uniform(HOUR, 8 * HOUR))


async def trap(desk: Desk, bay: Bay, dice: Random) -> None:
    """It reboots, or falls off the bus, at the worst moment of an exchange."""
    set_trap = bay.trap(dice.choice(MOMENTS), dice.choice((Action.REBOOT, Action.UNPLUG)), nth=dice.randint(1, 4))
    with contextlib.suppress(TimeoutError):
        await set_trap.reached(dice.uniform(HOUR, 12 * HOUR))
        await asyncio.sleep(dice.uniform(1, 20 * MINUTE))
    set_trap.release()
    if bay.port is None:
        desk.plug(bay, dice)


async def locked(desk: Desk, bay: Bay, dice: Random) -> None:
    """The SIM asks for its PIN anew, in the middle of everything."""
    card = bay.equipment.card
    if card.pin is not None:
        bay.lock(card.pin)
        bay.modem.unsolicited("+CPIN: SIM PIN")


async def swap_cards(desk: Desk, bay: Bay, dice: Random) -> None:
    """The SIMs of two modems change places, with the power off. A line that is a SIM goes with it; one that is a modem
    does nothing with another's, until somebody puts the right one back.
    """
    group = next((group for group in desk.swaps if bay.index in group), dice.choice(desk.swaps))
    sticks = [desk.bank.modems[index] for index in dice.sample(sorted(group), 2)]
    for stick in sticks:
        stick.unplug()
    one, two = (stick.equipment for stick in sticks)
    one.card, two.card = two.card, one.card
    await asyncio.sleep(dice.uniform(MINUTE, 20 * MINUTE))
    for stick in sticks:
        desk.plug(stick, dice)
    if group <= desk.cards.keys():
        await asyncio.sleep(dice.uniform(HOUR, 6 * HOUR))
        put_back(desk, dice)


def put_back(desk: Desk, dice: Random) -> None:
    """Each SIM into the modem that its line is configured with."""
    for index, card in desk.cards.items():
        stick = desk.bank.modems[index]
        if stick.equipment.card is not card:
            stick.unplug()
            stick.equipment.card = card
            desk.plug(stick, dice)


EVERYWHERE: tuple[Incident, ...] = (
    *(unplug, replug_elsewhere, change_places, reboot, brown_out, usb_brown_out, wedge, wedge_in_a_command),
    *(sim_full, unannounced, no_network, noise, bad_wire, slow_wire, refused, lost_in_sending, odd_reports),
    *(forgets_routing, wrong_clock, trap, locked),
)
"""Each happens to each modem, several times a month."""


def calm(desk: Desk, dice: Random) -> None:
    """Nothing fails any more."""
    put_back(desk, dice)
    for bay in desk.bank.modems:
        bay.modem.traps.waiting.clear()
        bay.modem.release()
        bay.clear()
        if bay.port is None:
            desk.plug(bay, dice)
        bay.register(1)
