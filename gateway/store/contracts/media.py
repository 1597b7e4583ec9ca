"""What a store keeps of files that go with messages."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from gateway.domain.media import Media, NewMedia


class MediaStore(Protocol):
    """Octets once per account and content, and the addresses under which the world fetches them."""

    async def begin(self, account: str, sha256: str, size: int, most: int, now: datetime) -> bool:
        """Announce a file. True: its octets are here already and whole.

        most: octets the account may keep in all. Raises QuotaExceeded("quota_exceeded") when it would be more.
        """
        ...

    async def put_chunk(self, account: str, sha256: str, n: int, octets: bytes) -> None:
        """The n-th piece of an announced file, counted from 0."""
        ...

    async def add(self, new: NewMedia, now: datetime) -> Media | None:
        """An address for a file all of whose pieces are here; None when they are not."""
        ...

    async def extend(self, account: str, media_id: str, expires_at: datetime, now: datetime) -> Media | None:
        """The account's own upload of that id, kept until then at least; None when there is none any more."""
        ...

    async def forget(self, account: str, tokens: Collection[str]) -> None:
        """Drop what came with drafts that were refused."""
        ...

    async def find(self, account: str, media_id: str) -> Media | None:
        """By its id."""
        ...

    async def by_token(self, token: str) -> Media | None: ...
    async def chunk(self, account: str, sha256: str, n: int) -> bytes | None: ...
    async def prune(self, now: datetime) -> int:
        """Drop octets whose days are over, what was never brought whole, and addresses long gone. Returns how many."""
        ...
