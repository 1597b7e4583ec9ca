"""What is remembered of SIM cards: their service centres."""

from gateway.domain.sim import ServiceCentre
from gateway.store.transaction import Transaction, from_ms

CENTRE = "SELECT number, at FROM service_centres WHERE iccid = ?"
KEEP_CENTRE = """
INSERT INTO service_centres (iccid, number, at) VALUES (:iccid, :number, :now)
ON CONFLICT (iccid) DO UPDATE SET number = excluded.number, at = excluded.at
WHERE service_centres.number <> excluded.number
"""


def service_centre(tx: Transaction, iccid: str) -> ServiceCentre | None:
    row = tx.row(CENTRE, (iccid,))
    return None if row is None else ServiceCentre(row["number"], from_ms(row["at"]))


def keep_service_centre(tx: Transaction, iccid: str, number: str, now: int) -> None:
    tx.run(KEEP_CENTRE, {"iccid": iccid, "number": number, "now": now})
