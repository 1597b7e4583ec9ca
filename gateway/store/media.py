"""Files that go with messages: octets in chunks, once per account and content, and their addresses (native-v1 §8)."""

from collections.abc import Collection

from gateway.domain.errors import QuotaExceeded
from gateway.domain.media import Media, NewMedia
from gateway.store.transaction import Row, Transaction, from_ms, to_ms

BROKEN_MS = 3_600_000  # a file of which a piece is missing an hour later is given up
GONE_MS = 90 * 86_400_000  # so long an address that is over says so
OVERHEAD = 4_096  # octets that a small file costs all the same
MOST = 20  # files in one transaction: their octets are many pages

FILE = "SELECT * FROM media_files WHERE account = ? AND sha256 = ?"
KEPT = f"SELECT COALESCE(SUM(size + {OVERHEAD}), 0) AS size FROM media_files WHERE account = ?"  # noqa: S608 - a constant
ADD_FILE = """
INSERT INTO media_files (account, sha256, size, complete, touched_at) VALUES (:account, :sha256, :size, 0, :now)
ON CONFLICT (account, sha256) DO UPDATE SET touched_at = excluded.touched_at
"""
ADD_CHUNK = """
INSERT INTO media_chunks (account, sha256, n, octets) VALUES (:account, :sha256, :n, :octets)
ON CONFLICT (account, sha256, n) DO NOTHING
"""
CHUNKS_SIZE = "SELECT COALESCE(SUM(LENGTH(octets)), 0) AS size FROM media_chunks WHERE account = ? AND sha256 = ?"
CHUNK = "SELECT octets FROM media_chunks WHERE account = ? AND sha256 = ? AND n = ?"
COMPLETE = "UPDATE media_files SET complete = 1 WHERE account = ? AND sha256 = ?"
DROP_CHUNKS = "DELETE FROM media_chunks WHERE account = ? AND sha256 = ?"
DROP_FILE = "DELETE FROM media_files WHERE account = ? AND sha256 = ?"
BROKEN = "SELECT account, sha256 FROM media_files WHERE complete = 0 AND touched_at <= :until LIMIT :most"

ADD = """
INSERT INTO media (id, token, account, name, media_type, size, sha256, origin, kept, created_at, expires_at)
VALUES (:id, :token, :account, :name, :media_type, :size, :sha256, :origin, 1, :created_at, :expires_at)
RETURNING num
"""
BY_ID = "SELECT * FROM media WHERE id = ? AND account = ?"
AT = "SELECT * FROM media WHERE token = ?"
OWN_UPLOAD = "SELECT * FROM media WHERE id = ? AND account = ? AND origin = 'upload' AND expires_at > ? AND kept = 1"
EXTEND = "UPDATE media SET expires_at = ? WHERE num = ?"
OF_DRAFT = "SELECT * FROM media WHERE token = ? AND account = ? AND origin = 'draft'"
DROP = "DELETE FROM media WHERE num = ?"
OVER = "SELECT * FROM media WHERE kept = 1 AND expires_at <= :now ORDER BY expires_at LIMIT :most"
LET_GO = "UPDATE media SET kept = 0 WHERE num = ?"
WANTED = "SELECT 1 FROM media WHERE account = ? AND sha256 = ? AND kept = 1 LIMIT 1"
LONG_GONE = """
DELETE FROM media WHERE num IN (SELECT media.num FROM media WHERE kept = 0 AND expires_at <= :until LIMIT :most)
"""


def begin(tx: Transaction, account: str, sha256: str, size: int, most: int, now: int) -> bool:
    """Announce a file; True when it is here whole. Raises QuotaExceeded over ``most`` octets of the account."""
    known = tx.row(FILE, (account, sha256))
    kept = tx.row(KEPT, (account,))
    assert kept is not None
    if known is None and kept["size"] + size + OVERHEAD > most:
        raise QuotaExceeded("quota_exceeded", f"this account keeps files of at most {most} octets in all")
    tx.run(ADD_FILE, {"account": account, "sha256": sha256, "size": size, "now": now})
    return known is not None and bool(known["complete"])


def put_chunk(tx: Transaction, account: str, sha256: str, n: int, octets: bytes) -> None:
    tx.run(ADD_CHUNK, {"account": account, "sha256": sha256, "n": n, "octets": octets})


def add(tx: Transaction, new: NewMedia, now: int) -> Media | None:
    """An address for the file; None when a piece of it is missing."""
    file = tx.row(FILE, (new.account, new.sha256))
    if file is None or not (file["complete"] or _whole(tx, file)):
        return None
    tx.run(COMPLETE, (new.account, new.sha256))
    row = {name: getattr(new, name) for name in ("id", "token", "account", "name", "media_type", "size", "sha256")}
    tx.insert(ADD, row | {"origin": new.origin, "created_at": now, "expires_at": to_ms(new.expires_at)})
    return find(tx, new.account, new.id)


def extend(tx: Transaction, account: str, media_id: str, expires_at: int, now: int) -> Media | None:
    """The account's own upload, kept until then at least."""
    row = tx.row(OWN_UPLOAD, (media_id, account, now))
    if row is None:
        return None
    if row["expires_at"] < expires_at:
        tx.run(EXTEND, (expires_at, row["num"]))
    return find(tx, account, media_id)


def forget(tx: Transaction, account: str, tokens: Collection[str]) -> None:
    for token in tokens:
        row = tx.row(OF_DRAFT, (token, account))
        if row is not None:
            tx.run(DROP, (row["num"],))
            _drop_unwanted(tx, row)


def find(tx: Transaction, account: str, media_id: str) -> Media | None:
    row = tx.row(BY_ID, (media_id, account))
    return None if row is None else media_from(row)


def by_token(tx: Transaction, token: str) -> Media | None:
    row = tx.row(AT, (token,))
    return None if row is None else media_from(row)


def chunk(tx: Transaction, account: str, sha256: str, n: int) -> bytes | None:
    row = tx.row(CHUNK, (account, sha256, n))
    return None if row is None else bytes(row["octets"])


def prune(tx: Transaction, now: int) -> int:
    """Drop what is over, a bounded number of each kind. Returns how many."""
    over = tx.rows(OVER, {"now": now, "most": MOST})
    for row in over:
        tx.run(LET_GO, (row["num"],))
        _drop_unwanted(tx, row)
    broken = tx.rows(BROKEN, {"until": now - BROKEN_MS, "most": MOST})
    for row in broken:
        _drop_file(tx, row)
    return len(over) + len(broken) + tx.run(LONG_GONE, {"until": now - GONE_MS, "most": 100 * MOST})


def media_from(row: Row) -> Media:
    return Media(
        num=row["num"],
        id=row["id"],
        account=row["account"],
        name=row["name"],
        media_type=row["media_type"],
        size=row["size"],
        sha256=row["sha256"],
        token=row["token"],
        created_at=from_ms(row["created_at"]),
        expires_at=from_ms(row["expires_at"]),
    )


def _whole(tx: Transaction, file: Row) -> bool:
    size = tx.row(CHUNKS_SIZE, (file["account"], file["sha256"]))
    return size is not None and size["size"] == file["size"]


def _drop_unwanted(tx: Transaction, row: Row) -> None:
    """The octets go with the last address that leads to them."""
    if tx.row(WANTED, (row["account"], row["sha256"])) is None:
        _drop_file(tx, row)


def _drop_file(tx: Transaction, row: Row) -> None:
    which = (row["account"], row["sha256"])
    tx.run(DROP_CHUNKS, which)
    tx.run(DROP_FILE, which)
