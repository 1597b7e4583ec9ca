"""What happens in a soak, and when: drawn from the seed before anything runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.support.soak import trouble
from tests.support.soak.sink import Mood
from tests.support.soak.trouble import HOUR, Incident

DAY = 24 * HOUR
EACH_PER_MONTH = 3  # incidents of each kind and line
OUTAGES_PER_MONTH = 10  # of the webhook receiver
SWAPS_PER_MONTH = 3  # of SIMs
FLOODS_PER_MONTH = 6  # of inbound messages that nobody is told of, more than fit into the storages
RESTARTS_PER_MONTH = 5  # of the gateway
CALLS_PER_DAY = 1  # to each line
BURSTS_PER_DAY = 1.0  # of outbound messages, for each line
LETTERS_PER_DAY = 1.0  # inbound messages of each line
AROUND_S = (-60.0, 900.0)  # from the beginning of an incident: in these, for half of them each, there is traffic, too


@dataclass(frozen=True, slots=True)
class Happening:
    """Something to do at a time. at: seconds from the start. line: whose, or -1. seed: of its own dice."""

    at: float
    what: str
    line: int
    seed: int
    incident: Incident | None = None
    mood: Mood = Mood.WELL


def plan(seed: int, days: float, lines: int) -> list[Happening]:
    """In order. The last hours of the last day bring traffic and nothing new that fails."""
    dice = Random(seed)
    return sorted(_happenings(dice, days, lines), key=lambda happening: happening.at)


def _happenings(dice: Random, days: float, lines: int) -> Iterator[Happening]:
    months, end = days / 30, days * DAY

    def at() -> float:
        return dice.uniform(HOUR / 2, end)

    def number() -> int:
        return dice.randrange(2**32)

    for line in range(lines):
        for incident in trouble.EVERYWHERE:
            for _ in range(_about(dice, EACH_PER_MONTH * months)):
                begins = at()
                yield Happening(begins, incident.__name__, line, number(), incident)
                for what in ("burst", "letter", "letter"):
                    if dice.random() < 0.5:
                        yield Happening(min(end, begins + dice.uniform(*AROUND_S)), what, line, number())
        for what, a_day in (("burst", BURSTS_PER_DAY), ("letter", LETTERS_PER_DAY), ("call", CALLS_PER_DAY)):
            for _ in range(_about(dice, a_day * days)):
                yield Happening(at(), what, line, number())
    for _ in range(_about(dice, SWAPS_PER_MONTH * months)):
        yield Happening(at(), "swap_cards", dice.randrange(lines), number(), trouble.swap_cards)
    for _ in range(_about(dice, FLOODS_PER_MONTH * months)):
        yield Happening(at(), "flood", dice.randrange(lines), number())
    for _ in range(_about(dice, OUTAGES_PER_MONTH * months)):
        mood = dice.choice((Mood.REFUSING, Mood.HANGING, Mood.GONE))
        yield Happening(at(), "outage", -1, number(), mood=mood)
    for _ in range(_about(dice, RESTARTS_PER_MONTH * months)):
        yield Happening(at(), "restart", -1, number())


def _about(dice: Random, count: float) -> int:
    """Whole, and on average that many."""
    return int(count) + (dice.random() < count % 1)
