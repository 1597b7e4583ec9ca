"""Which of a sender's lines takes its next message (native-v1 §1)."""

from collections.abc import Collection, Sequence

from gateway.domain.sender import Strategy


def preferred(
    strategy: Strategy, able: Sequence[int], *, last: int | None, busy: Collection[int], known: int | None
) -> int | None:
    """The line that the others leave it to; None: whichever asks first.

    able: the lines that are up and may carry it, in the order of the sender. last: who took
    the sender's last message. busy: who has something on the air. known: who wrote to that recipient last.
    """
    match strategy:
        case Strategy.FIRST_UP:
            return able[0]
        case Strategy.ROUND_ROBIN:
            start = able.index(last) + 1 if last in able else 0
            turns = [*able[start:], *able[:start]]
            return next((line for line in turns if line not in busy), None)
        case Strategy.STICKY:
            return known if known in able else None
        case Strategy.LEAST_LOADED:
            return None
