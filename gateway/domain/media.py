"""Files that go with a message: kept under an unguessable token and reached by a link (native-v1 §8)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Media:
    """A kept file. token: the last segment of its public address; sha256: of its octets, in hex."""

    num: int
    id: str
    account: str
    name: str
    media_type: str  # as its octets say, not as its name does
    size: int  # octets
    sha256: str
    token: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewMedia:
    """A file about to be kept. origin: "upload", or "draft" for one that came with a message."""

    id: str
    account: str
    name: str
    media_type: str
    size: int  # octets
    sha256: str
    token: str
    origin: str
    expires_at: datetime
