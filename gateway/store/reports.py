"""Status reports: settling the part they are about, or keeping them until that part is known."""

from typing import Any

from gateway.domain.message import FOLLOWS, Message, State
from gateway.policy import report as policy
from gateway.policy.report import Candidate, Settlement
from gateway.store import lifecycle
from gateway.store.contract import ReportArrival
from gateway.store.lifecycle import PartDraft, Standing
from gateway.store.rows import dump_error
from gateway.store.transaction import Row, Transaction, from_ms, from_ms_or_none, to_ms_or_none

WINDOW_MS = int(policy.WINDOW.total_seconds() * 1000)
RECENT_MS = 600_000  # a report may come before the answer to the submit it is about, by minutes at most

SAME_REFERENCE = """
SELECT parts.message, parts.n, parts.reference, parts.sent_at, messages.recipient
FROM parts JOIN messages ON messages.num = parts.message
WHERE parts.reference = :reference AND parts.sent_at > :since AND messages.recipient LIKE :alike
  AND (parts.sim = :sim OR (parts.line = :line AND (parts.sim IS NULL OR :sim IS NULL)))
"""
LOST_REFERENCE = """
SELECT parts.message, parts.n, parts.reference, parts.sent_at, messages.recipient
FROM parts JOIN messages ON messages.num = parts.message
WHERE parts.state = 'unknown' AND parts.line = :line AND parts.sent_at > :since AND parts.reference IS NULL
  AND (parts.sim IS NULL OR :sim IS NULL OR parts.sim = :sim)
"""
ON_THE_AIR = """
SELECT parts.message, parts.n, parts.reference, attempts.on_air_at AS sent_at, messages.recipient
FROM parts
JOIN attempts ON attempts.message = parts.message AND attempts.part = parts.n AND attempts.ended_at IS NULL
JOIN messages ON messages.num = parts.message
WHERE parts.state = 'sending' AND parts.line = :line
"""

KEEP = """
INSERT INTO reports (line, sim, pdu, reference, recipient, status, sent_at, discharged_at, received_at)
VALUES (:line, :sim, :pdu, :reference, :recipient, :status, :sent_at, :discharged_at, :now)
"""
KEPT_ALREADY = "SELECT 1 FROM reports WHERE reference = :reference AND line = :line AND pdu = :pdu"
KEPT = """
SELECT * FROM reports
WHERE (line = :line OR sim = :sim) AND (reference = :reference OR received_at > :since)
ORDER BY num
"""
FORGET = "DELETE FROM reports WHERE num = ?"


def file_report(tx: Transaction, line: int, report: ReportArrival, now: int) -> Message | None:
    """Settle the part the report is about; keep the report while there is none."""
    found = _find(tx, line, _sim(tx, line), report, now)
    if found is not None:
        return _settle(tx, found, report, now)
    row = {"line": line, "reference": report.reference, "pdu": report.pdu}
    if tx.row(KEPT_ALREADY, row) is None:
        row |= {"sim": _sim(tx, line), "recipient": report.recipient, "status": report.status, "now": now}
        row |= {"sent_at": to_ms_or_none(report.sent_at), "discharged_at": to_ms_or_none(report.discharged_at)}
        tx.run(KEEP, row)
    return None


def apply_waiting(
    tx: Transaction, line: int, reference: int | None, now: int, *, since: int | None = None, settled: Message
) -> Message:
    """Try the reports that came too early once more: those with this TP-MR, and all that came lately.

    since: when what they may be about went on the air, if that is longer ago. Returns the message as it stands then.
    """
    sim = _sim(tx, line)
    lately = now - RECENT_MS
    asked = {"line": line, "sim": sim, "reference": reference, "since": min(lately, now if since is None else since)}
    for row in tx.rows(KEPT, asked):
        report = _report_from(row)
        found = _find(tx, line, sim, report, row["received_at"])
        if found is None:
            continue
        tx.run(FORGET, (row["num"],))
        message = _settle(tx, found, report, now)
        if message.num == settled.num:
            settled = message
    return settled


def _find(tx: Transaction, line: int, sim: str | None, report: ReportArrival, received_at: int) -> Candidate | None:
    asked = {"line": line, "sim": sim, "reference": report.reference, "since": received_at - WINDOW_MS}
    asked["alike"] = f"%{policy.common_tail(report.recipient)}"  # a busy line has used each reference a hundred times
    found = policy.match(
        [_candidate(row) for row in (*tx.rows(SAME_REFERENCE, asked), *tx.rows(LOST_REFERENCE, asked))],
        reference=report.reference,
        recipient=report.recipient,
        stamped_at=report.sent_at,
        received_at=from_ms(received_at),
    )
    on_air = [_candidate(row) for row in tx.rows(ON_THE_AIR, asked)]
    if policy.is_early(on_air, found, recipient=report.recipient, stamped_at=report.sent_at):
        return None
    return found


def _settle(tx: Transaction, found: Candidate, report: ReportArrival, now: int) -> Message:
    """A report that comes late, twice or out of order changes nothing that is final."""
    standing = lifecycle.load(tx, found.message)
    part = standing.part(found.n)
    if part.done_at is not None or part.state not in {State.SENT, State.UNKNOWN}:
        return lifecycle.whole(tx, found.message)
    if part.state is State.UNKNOWN:
        part.reference = report.reference
        standing = _advance(tx, standing, part, Settlement(State.SENT, False), None, now)
        part = standing.part(found.n)
    _advance(tx, standing, part, policy.settlement(report.status), report, now)
    return lifecycle.whole(tx, found.message)


def _advance(
    tx: Transaction,
    standing: Standing,
    part: PartDraft,
    settlement: Settlement,
    report: ReportArrival | None,
    now: int,
) -> Standing:
    part.state = settlement.state
    part.error = dump_error(settlement.error)
    if report is not None:
        part.status = report.status
    if settlement.final or not standing.option("delivery_report", True):
        part.done_at = now
    lifecycle.save_part(tx, standing.num, part)
    state = standing.rolled_up()
    changed: dict[str, Any] = {}
    if standing.row["waiting"] is not None:  # the rest of it goes out (again) first, and stays in the queue for that
        return standing
    if state is State.SENT and all(other.done_at is not None for other in standing.parts):
        unconfirmed = any(other.status == policy.UNCONFIRMED for other in standing.parts)
        changed["report"] = "unconfirmed" if unconfirmed else None
    if changed or state in FOLLOWS.get(standing.state, ()):
        lifecycle.save(tx, standing, state, now, **changed)
    return lifecycle.load(tx, standing.num)


def _candidate(row: Row) -> Candidate:
    return Candidate(row["message"], row["n"], row["reference"], row["recipient"], from_ms(row["sent_at"]))


def _report_from(row: Row) -> ReportArrival:
    return ReportArrival(
        pdu=row["pdu"],
        reference=row["reference"],
        recipient=row["recipient"],
        status=row["status"],
        sent_at=from_ms_or_none(row["sent_at"]),
        discharged_at=from_ms_or_none(row["discharged_at"]),
    )


def _sim(tx: Transaction, line: int) -> str | None:
    record = tx.memory.lines.get(line)
    return record.status.iccid if record is not None else None
