"""A PIN is tried once on a SIM: what was tried is on disk before the modem gets it."""

from gateway.store.transaction import Transaction

STATE = "SELECT state FROM pins WHERE sim = :sim AND fingerprint = :fingerprint"
TRYING = """
INSERT INTO pins (sim, fingerprint, state, at) VALUES (:sim, :fingerprint, 'trying', :now)
ON CONFLICT (sim, fingerprint) DO UPDATE
SET state = CASE WHEN pins.state = 'accepted' THEN 'accepted' ELSE 'trying' END, at = excluded.at
"""
SETTLED = "UPDATE pins SET state = :state WHERE sim = :sim AND fingerprint = :fingerprint"


def may_try(tx: Transaction, sim: str, fingerprint: bytes) -> bool:
    """Never tried, or known to be right. One whose first trial was cut short counts as tried."""
    row = tx.row(STATE, {"sim": sim, "fingerprint": fingerprint})
    return row is None or row["state"] == "accepted"


def trying(tx: Transaction, sim: str, fingerprint: bytes, now: int) -> None:
    tx.run(TRYING, {"sim": sim, "fingerprint": fingerprint, "now": now})


def settled(tx: Transaction, sim: str, fingerprint: bytes, *, accepted: bool) -> None:
    state = "accepted" if accepted else "refused"
    tx.run(SETTLED, {"sim": sim, "fingerprint": fingerprint, "state": state})
