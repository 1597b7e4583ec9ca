"""After a commit: whom to wake. A bell is a hint, so too many are harmless, and one too few is not."""

from gateway.store import routing
from gateway.store.claiming import queues
from gateway.store.contract import Bells
from gateway.store.transaction import Effects, Memory, Queue


class Ringer:
    """Rings the bells of those who have something to do.

    Of the lines that sleep, as many are woken as messages came in, in turns: sixty-four lines that all look for one
    message would cost more than the message. Those that are at work see their bell when they are done.
    """

    def __init__(self, bells: Bells, memory: Memory) -> None:
        self._bells = bells
        self._memory = memory
        self._turn = 0
        self._known = (memory.lines, memory.senders, memory.suspended, memory.routes)
        self._able: dict[Queue, list[int]] = {}  # who serves a queue, as things stand in _known

    def ring(self, effects: Effects) -> None:
        bells = self._bells
        if effects.notifier:
            bells.notifier.ring()
        if effects.janitor:
            bells.janitor.ring()
        if effects.access:
            bells.access.ring()
        for num in effects.lines:
            bells.line(num).ring()
            bells.alert(num).ring()
        for num in effects.commands:
            bells.command(num).ring()
        for queue, count in effects.arrived.items():
            self._ring_lines(queue, count)
        for queue in effects.alerts:
            for num in self._serving(queue):
                bells.alert(num).ring()
        bells.watchers.ring(effects.keys)

    def _ring_lines(self, queue: Queue, count: int) -> None:
        able = [self._bells.line(num) for num in self._serving(queue)]
        if routing.group(self._memory, queue) is not None:
            count = len(able)  # which of them it is for, they find out themselves
        asleep = [bell for bell in able if bell.waiting and not bell.rung]
        for bell in able:
            if not bell.waiting:
                bell.ring()
        if len(asleep) > count:
            self._turn += 1
            start = self._turn % len(asleep)
            asleep = (asleep[start:] + asleep[:start])[:count]
        for bell in asleep:
            bell.ring()

    def _serving(self, queue: Queue) -> list[int]:
        known = (self._memory.lines, self._memory.senders, self._memory.suspended, self._memory.routes)
        if any(now is not then for now, then in zip(known, self._known, strict=True)):
            self._known, self._able = known, {}
        if queue not in self._able:
            lines = self._memory.lines.values()
            able = [line for line in lines if not line.paused and queues(self._memory, {queue: 1}, line)]
            self._able[queue] = [line.num for line in able]
        return self._able[queue]
