"""How lines heard the network, for charts: a row for every five minutes, after two days one for every hour."""

from typing import Any

from gateway.domain.signal import SignalPoint
from gateway.store.transaction import Row, Transaction, from_ms, to_ms

SLOT_MS = 5 * 60_000
FINE_MS = 2 * 86_400_000  # how long every slot is kept
KEPT_MS = 90 * 86_400_000  # then nothing: about 2,700 rows for a line
MOST = 5_000  # more than a line has

NOTE = """
INSERT INTO signals (line, at, dbm, rsrp, rsrq, sinr, operator, technology, registration)
VALUES (:line, :at, :dbm, :rsrp, :rsrq, :sinr, :operator, :technology, :registration)
ON CONFLICT (line, at) DO NOTHING
"""
BETWEEN = "SELECT * FROM signals WHERE line = :line AND at >= :since AND at < :until ORDER BY at LIMIT :most"
THIN = """
DELETE FROM signals
WHERE at >= :from AND at < :until AND EXISTS (
    SELECT 1 FROM signals AS first
    WHERE first.line = signals.line AND first.at >= signals.at - signals.at % 3600000 AND first.at < signals.at)
"""
OLD = "DELETE FROM signals WHERE at < ?"


def note(tx: Transaction, line: int, point: SignalPoint) -> None:
    """The first of a slot is its point, at the slot's beginning."""
    at = to_ms(point.at)
    row = {name: getattr(point, name) for name in ("dbm", "rsrp", "rsrq", "sinr")}
    words = {name: getattr(point, name) for name in ("operator", "technology", "registration")}
    tx.run(NOTE, {"line": line, "at": at - at % SLOT_MS} | row | words)


def between(tx: Transaction, line: int, since: int, until: int) -> list[SignalPoint]:
    asked: dict[str, Any] = {"line": line, "since": since, "until": until, "most": MOST}
    return [_point(row) for row in tx.rows(BETWEEN, asked)]


def prune(tx: Transaction, now: int) -> int:
    """Thin what is two to four days old, drop what is too old. Returns how many rows went.

    What is older was thinned when it was young enough; two days of a gateway that was off then may stay as they are.
    """
    thinned = tx.run(THIN, {"from": now - 2 * FINE_MS, "until": now - FINE_MS})
    return thinned + tx.run(OLD, (now - KEPT_MS,))


def _point(row: Row) -> SignalPoint:
    return SignalPoint(
        from_ms(row["at"]),
        row["dbm"],
        row["rsrp"],
        row["rsrq"],
        row["sinr"],
        row["operator"],
        row["technology"],
        row["registration"],
    )
