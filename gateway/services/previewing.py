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


def preview_of(planned: Plan, *, suggest: bool) -> Preview:
    """suggest: whether look-alikes may be offered."""
    links = tuple(link.target for link in find_links(planned.text))
    return Preview(planned, links, _suggestion(planned) if suggest else None)


def _suggestion(planned: Plan) -> str | None:
    text = lookalikes(planned.text)
    if not text or text == planned.text:
        return None
    return text if len(plan(text, max_segments=MOST_PARTS).parts) < len(planned.parts) else None
