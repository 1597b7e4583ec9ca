"""Files that go with messages: kept, sniffed, reached by a link (native-v1 §8).

Addresses of others are appended to a text as they are. Nothing is ever fetched from them: a gateway that fetches what
its callers name reaches where they do not.
"""

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.errors import NotFound, QuotaExceeded, Rejected, Unavailable
from gateway.domain.ids import link_code, new_id
from gateway.domain.media import Media, NewMedia
from gateway.domain.message import MediaRef
from gateway.policy.sniffing import clean_name, ending, sniff
from gateway.store.contract import Store

MOST_FILES = 10  # of one message
MOST_OF_UPLOAD = 16 * 1024 * 1024  # octets
MOST_OF_DRAFT = 1024 * 1024  # octets of a file that comes inside a request
MOST_OF_ACCOUNT = 512 * 1024 * 1024  # octets of all files of an account, each counted 4 KiB more
CHUNK = 256 * 1024  # octets that the disk takes in one transaction: a large file holds no message up
MOST_AT_ONCE, MOST_AT_ONCE_IN_ALL = 4, 16  # uploads on their way: each is whole in memory
RETRY_S = 5.0
TOKEN = 16  # base58 characters: 93 bits, and short, because it is paid for by the segment

_URL = re.compile(r"https?://[^\x00-\x20\x7f\ud800-\udfff]{1,2040}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ServedMedia:
    """A file as the world may fetch it. chunks: its octets in order, read as they are asked for."""

    media: Media
    chunks: AsyncIterator[bytes]


class MediaFiles:
    """Uploads, and the links that stand for files in a text."""

    def __init__(self, store: Store, clock: Clock, *, public_url: str, prefix: str, days: int) -> None:
        self._store = store
        self._clock = clock
        self._base = public_url.rstrip("/") + prefix if public_url else ""
        self._life = timedelta(days=days)
        self._receiving: Counter[str] = Counter()  # uploads by account

    @contextmanager
    def receiving(self, *, by: Principal) -> Iterator[None]:
        """While an upload is read into memory. Needs messages:send.

        Raises Rejected("media_unsupported") where files are not kept anyway, QuotaExceeded("rate_limited") when the
        account has four on their way, Unavailable when all together have sixteen.
        """
        by.need("messages:send")
        self._need_links(by)
        account = by.account.name
        if self._receiving[account] >= MOST_AT_ONCE:
            message = f"media: at most {MOST_AT_ONCE} uploads at once"
            raise QuotaExceeded("rate_limited", message, retry_after=RETRY_S)
        if self._receiving.total() >= MOST_AT_ONCE_IN_ALL:
            raise Unavailable("unavailable", "media: too many uploads at once", retry_after=RETRY_S)
        self._receiving[account] += 1
        try:
            yield
        finally:
            self._receiving[account] -= 1

    async def upload(self, name: str, octets: bytes, *, by: Principal) -> Media:
        """Keep a file. Needs messages:send.

        Raises Rejected("media_unsupported" | "payload_too_large" | "invalid_request"), QuotaExceeded.
        """
        by.need("messages:send")
        self._need_links(by)
        return await self._keep(name, octets, by, origin="upload", most=MOST_OF_UPLOAD, due=self._clock.now())

    async def get(self, media: str, *, by: Principal) -> Media:
        """One of the account's own files, by its id. Raises NotFound. Needs messages:read."""
        by.need("messages:read")
        found = await self._store.media.find(by.account.name, media)
        if found is None:
            raise NotFound("there is no such file")
        return found

    def address(self, media: Media) -> str:
        """Where the world fetches it; "" where nothing of ours is public."""
        return self._base + media.token if self._base else ""

    async def links(self, media: Sequence[MediaRef], *, by: Principal, due: datetime | None = None) -> tuple[str, ...]:
        """The address of each file of a draft, in order: remote ones as they are, the others under our own.

        Once for all recipients of one call: what comes with its octets is kept anew each time. due: when the message
        goes out, if not now; the days of a file count from then. Raises Rejected("media_unsupported") where the
        account's policy is so or nothing is public, Rejected("invalid_request") for more than ten, an address that is
        not http or https, or an upload of nobody, Rejected("payload_too_large") and QuotaExceeded.
        """
        if not media:
            return ()
        self._need_links(by)
        if len(media) > MOST_FILES:
            raise Rejected("invalid_request", f"media: at most {MOST_FILES} files")
        for ref in media:
            _check(ref)
        at = self._clock.now() if due is None else due
        return tuple([await self._link(ref, by, at) for ref in media])

    async def forget(self, links: Sequence[str], *, by: Principal) -> None:
        """Drop what ``links`` kept for a draft that was refused afterwards; addresses of others and uploads stay."""
        tokens = [link.removeprefix(self._base) for link in links if self._base and link.startswith(self._base)]
        if tokens:
            await self._store.media.forget(by.account.name, tokens)

    async def serve(self, token: str) -> ServedMedia:
        """Raises NotFound, with the code "gone" when its days are over."""
        media = await self._store.media.by_token(token)
        if media is None:
            raise NotFound("there is no such file")
        if self._clock.now() >= media.expires_at:
            raise NotFound("this file is over", code="gone")
        return ServedMedia(media, self._chunks(media))

    # ------------------------------------------------------------------------------------- inside

    def _need_links(self, by: Principal) -> None:
        if by.account.settings.media_policy == "reject":
            raise Rejected("media_unsupported", "media: this account sends no files")
        if not self._base:
            raise Rejected("media_unsupported", "media: no public address is configured that files could be fetched at")

    async def _link(self, ref: MediaRef, by: Principal, due: datetime) -> str:
        if ref.url is not None:
            return ref.url
        if ref.upload is not None:
            now = self._clock.now()
            own = await self._store.media.extend(by.account.name, ref.upload, due + self._life, now)
            if own is None:
                raise Rejected("invalid_request", "media: there is no such upload, or its days are over")
            return self.address(own)
        kept = await self._keep(ref.name, ref.octets or b"", by, origin="draft", most=MOST_OF_DRAFT, due=due)
        return self.address(kept)

    async def _keep(self, name: str, octets: bytes, by: Principal, *, origin: str, most: int, due: datetime) -> Media:
        if not octets:
            raise Rejected("invalid_request", "media: the file is empty")
        if len(octets) > most:
            raise Rejected("payload_too_large", f"media: at most {most} octets a file")
        now = self._clock.now()
        media_type = sniff(octets)
        new = NewMedia(
            id=new_id("med", int(now.timestamp() * 1000)),
            account=by.account.name,
            name=clean_name(name, media_type),
            media_type=media_type,
            size=len(octets),
            sha256=(await asyncio.to_thread(hashlib.sha256, octets)).hexdigest(),
            token=link_code(TOKEN),
            origin=origin,
            expires_at=due + self._life,
        )
        for _ in range(2):  # again where the last address of the same octets was let go at this very moment
            kept = await self._store_whole(new, octets, now)
            if kept is not None:
                return kept
        raise Unavailable("unavailable", "the file could not be kept; send it again")

    async def _store_whole(self, new: NewMedia, octets: bytes, now: datetime) -> Media | None:
        files = self._store.media
        if not await files.begin(new.account, new.sha256, new.size, MOST_OF_ACCOUNT, now):
            for n, start in enumerate(range(0, new.size, CHUNK)):
                await files.put_chunk(new.account, new.sha256, n, octets[start : start + CHUNK])
        return await files.add(new, now)

    async def _chunks(self, media: Media) -> AsyncIterator[bytes]:
        for n in range(-(-media.size // CHUNK)):
            octets = await self._store.media.chunk(media.account, media.sha256, n)
            if octets is None:  # its days ended meanwhile
                raise NotFound("this file is over", code="gone")
            yield octets


def made_name(stem: str, octets: bytes) -> str:
    """A name for a file that came without one, with the ending of what it is."""
    return stem + ending(sniff(octets))


def _check(ref: MediaRef) -> None:
    """Raises Rejected for an address that is none, or what is not one of the three ways."""
    if sum(way is not None for way in (ref.url, ref.upload, ref.octets)) != 1:
        raise Rejected("invalid_request", "media: each file has a url, an upload or its octets")
    if ref.url is not None and not _is_url(ref.url):
        raise Rejected("invalid_request", "media: an http or https address with a host, at most 2048 characters")


def _is_url(url: str) -> bool:
    if not _URL.fullmatch(url):
        return False
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False
