"""What a text would become if it was sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.policy.links import find_links
from gateway.policy.parts import MOST_PARTS, UNITS, Plan, lookalikes, plan


@dataclass(frozen=True, slots=True)
class Preview:
    """What a text would become. links: what click tracking would replace; suggested: look-alikes that save parts."""

    plan: Plan
    links: Sequence[str]
    suggested: str | None

    @property
    def units_per_segment(self) -> int:
        alone, joined = next(units for alphabet, units in UNITS.items() if alphabet.value == self.plan.encoding)
        return alone if len(self.plan.parts) == 1 else joined


def preview_of(planned: Plan, text: str, *, suggest: bool) -> Preview:
    """text: as it was given, its links whole. suggest: whether look-alikes may be offered."""
    links = tuple(link.target for link in find_links(text))
    return Preview(planned, links, lookalikes(text) if suggest and _would_save(planned) else None)


def _would_save(planned: Plan) -> bool:
    """Whether look-alikes would make fewer parts of it."""
    text = lookalikes(planned.text)
    if not text or text == planned.text:
        return False
    return len(plan(text, max_segments=MOST_PARTS).parts) < len(planned.parts)
