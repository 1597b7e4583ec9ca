"""How long things take."""

from random import Random

import pytest

from modem.simulator.latency import Latency, Span


def test_the_three_forms() -> None:
    random = Random(1)
    assert Span.parse("2.5").sample(random) == 2.5
    uniform = [Span.parse("1..3").sample(random) for _ in range(100)]
    assert 1 <= min(uniform) < 1.5 < 2.5 < max(uniform) <= 3
    normal = [Span.parse("1~5").sample(random) for _ in range(100)]
    assert min(normal) == 0
    assert len(set(normal)) > 10
    with pytest.raises(ValueError, match="fast"):
        Span.parse("fast")


def test_steps_are_given_by_name() -> None:
    latency = Latency.of(submit=2, report="1..3")
    assert (latency.submit, latency.report, latency.deliver) == (Span(2, 2), Span(1, 3), Span())
