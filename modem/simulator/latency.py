"""How long things take: a distribution for each step, 0 for at once."""

import re
from dataclasses import dataclass
from random import Random
from typing import Self

_UNIFORM = re.compile(r"([\d.]+)\.\.([\d.]+)")
_NORMAL = re.compile(r"([\d.]+)~([\d.]+)")


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds: fixed (low == high), uniform between low and high, or normal with a deviation, never below 0."""

    low: float = 0.0
    high: float = 0.0
    deviation: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """ "2" is fixed, "1.5..4" uniform, "3~0.5" normal. Raises ValueError for anything else."""
        if uniform := _UNIFORM.fullmatch(text):
            return cls(float(uniform[1]), float(uniform[2]))
        if normal := _NORMAL.fullmatch(text):
            return cls(float(normal[1]), float(normal[1]), float(normal[2]))
        return cls(float(text), float(text))

    def sample(self, random: Random) -> float:
        if self.deviation:
            return max(0.0, random.gauss(self.low, self.deviation))
        return self.low if self.low == self.high else random.uniform(self.low, self.high)


@dataclass(frozen=True, slots=True)
class Latency:
    """submit: Ctrl-Z to the network's answer. deliver: from the service centre to a modem. report: from acceptance to
    the status report. answer: a command to its answer. prompt: AT+CMGS to the prompt. boot: power on to the
    first octet.
    """

    submit: Span = Span()
    deliver: Span = Span()
    report: Span = Span()
    answer: Span = Span()
    prompt: Span = Span()
    boot: Span = Span()

    @classmethod
    def of(cls, **spans: float | str) -> Self:
        """Each span as seconds or in the text form of Span.parse."""
        return cls(**{step: Span.parse(str(span)) for step, span in spans.items()})


NONE = Latency()
NATURAL = Latency(
    submit=Span(1.5, 4.0), deliver=Span(0.5, 2.0), report=Span(2.0, 6.0), prompt=Span(0.01, 0.05), boot=Span(3.0, 3.0)
)
