"""``store.media``: files that go with messages."""

from collections.abc import Collection
from datetime import datetime

from gateway.domain.media import Media, NewMedia
from gateway.store import media
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteMedia(Facet):
    """``contracts.media.MediaStore`` on SQLite."""

    async def begin(self, account: str, sha256: str, size: int, most: int, now: datetime) -> bool:
        return await self._write(lambda tx: media.begin(tx, account, sha256, size, most, to_ms(now)))

    async def put_chunk(self, account: str, sha256: str, n: int, octets: bytes) -> None:
        await self._write(lambda tx: media.put_chunk(tx, account, sha256, n, octets))

    async def add(self, new: NewMedia, now: datetime) -> Media | None:
        return await self._write(lambda tx: media.add(tx, new, to_ms(now)))

    async def extend(self, account: str, media_id: str, expires_at: datetime, now: datetime) -> Media | None:
        return await self._write(lambda tx: media.extend(tx, account, media_id, to_ms(expires_at), to_ms(now)))

    async def forget(self, account: str, tokens: Collection[str]) -> None:
        await self._write(lambda tx: media.forget(tx, account, tokens))

    async def find(self, account: str, media_id: str) -> Media | None:
        return await self._read(lambda tx: media.find(tx, account, media_id))

    async def by_token(self, token: str) -> Media | None:
        return await self._read(lambda tx: media.by_token(tx, token))

    async def chunk(self, account: str, sha256: str, n: int) -> bytes | None:
        return await self._read(lambda tx: media.chunk(tx, account, sha256, n), searching=True)

    async def prune(self, now: datetime) -> int:
        dropped = 0
        while count := await self._write(lambda tx: media.prune(tx, to_ms(now))):
            dropped += count
        return dropped
