"""How a store lets go of what is old, a piece at a time."""

from datetime import datetime
from typing import Protocol


class RetentionStore(Protocol):
    """What is on its way stays, however old it is; opt-outs stay for ever.

    Each method does one piece, beginning behind ``after``, which is 0 for the first, and returns where the next one
    begins, None after the last.
    """

    async def erase_texts(self, account: str, until: datetime, after: int) -> int | None:
        """What messages accepted by then say."""
        ...

    async def erase_left(self, account: str, until: datetime, after: int) -> int | None:
        """The same for those that were passed over: on their way, or of a clock that was ahead for a while."""
        ...

    async def drop_messages(self, account: str, until: datetime, after: int) -> int | None:
        """Messages accepted by then, with all that hangs on them."""
        ...
