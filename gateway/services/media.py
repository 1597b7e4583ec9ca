"""Files that go with messages: kept, sniffed, reached by a link (native-v1 §8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.media import Media
from gateway.domain.message import MediaRef
from gateway.store.contract import Store


@dataclass(frozen=True, slots=True)
class ServedMedia:
    """A file as the world may fetch it."""

    media: Media
    octets: bytes


class MediaFiles:
    """Uploads, and the links that stand for files in a text."""

    def __init__(self, store: Store, clock: Clock, *, public_url: str, prefix: str, days: int) -> None:
        self._store = store
        self._clock = clock
        self._base = public_url.rstrip("/") + prefix if public_url else ""
        self._days = days

    async def upload(self, name: str, octets: bytes, *, by: Principal) -> Media:
        """Keep a file. Raises Rejected("media_unsupported", "payload_too_large"). Needs messages:send."""
        raise NotImplementedError

    async def links(self, media: Sequence[MediaRef], *, by: Principal) -> tuple[str, ...]:
        """The address of each file of a draft, in order: remote ones as they are, the others under our own.

        Raises Rejected("media_unsupported") where the account's policy is so or nothing is public, and
        Rejected("invalid_request") for an address that is not http or https, or an upload of nobody.
        """
        raise NotImplementedError

    async def serve(self, token: str) -> ServedMedia:
        """Raises NotFound, with the code "gone" when its days are over."""
        raise NotImplementedError
