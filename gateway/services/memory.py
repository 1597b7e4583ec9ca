"""What the services remember of keys and senders: a request costs no look-up; forgotten when it may be stale."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from gateway.aio import Bell

V = TypeVar("V")

AT_MOST = 10_000  # entries of one kind; all are dropped then: the next requests look them up again


class Memory:
    """Forgets everything once the store's access bell rang: keys, accounts or lines have changed."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._kinds: list[Remembered[object]] = []
        self.generation = 0

    def kind(self) -> "Remembered[V]":
        """A fresh set of remembered values."""
        kind: Remembered[V] = Remembered(self)
        self._kinds.append(kind)  # type: ignore[arg-type]  # only ever cleared through this list
        return kind

    @property
    def stale(self) -> bool:
        return self._bell.rung

    def refresh(self) -> None:
        """Forget if the bell rang since the last call."""
        if self._bell.rung:
            self._bell.clear()
            self.generation += 1
            for kind in self._kinds:
                kind.values.clear()


class Remembered(Generic[V]):
    """Values by name; what was read while something changed is used once and not kept."""

    __slots__ = ("_memory", "values")

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.values: dict[str, V] = {}

    def get(self, name: str) -> V | None:
        self._memory.refresh()
        return self.values.get(name)

    async def load(self, name: str, read: Callable[[], Awaitable[V]]) -> V:
        """Read it anew and remember it."""
        self._memory.refresh()
        generation = self._memory.generation
        value = await read()
        self._keep(name, value, generation)
        return value

    async def load_if(self, name: str, read: Callable[[], Awaitable[V | None]]) -> V | None:
        """The same of what may not be there: None is not remembered."""
        self._memory.refresh()
        generation = self._memory.generation
        value = await read()
        if value is not None:
            self._keep(name, value, generation)
        return value

    def _keep(self, name: str, value: V, generation: int) -> None:
        if generation != self._memory.generation or self._memory.stale:
            return
        if len(self.values) >= AT_MOST:
            self.values.clear()
        self.values[name] = value
