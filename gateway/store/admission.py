"""Which messages of a call may be stored: what only the database can tell, in the order of native-v1 §2."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.errors import Conflict, Fault, GatewayError, NoneAccepted, QuotaExceeded, Refused, Rejected
from gateway.policy.consent import covers_message
from gateway.store import campaigns, duplicates, optouts
from gateway.store.contract import NewBatch, NewMessage
from gateway.store.optouts import Unwanted
from gateway.store.transaction import Transaction, from_ms

SUBSCRIBED = """
SELECT 1 FROM subscriptions
WHERE account = ? AND phone = ? AND kind = 'campaign' AND target = ? AND state = 'active'
"""
USE = """
INSERT INTO usage (account, period, segments) VALUES (:account, :period, :segments)
ON CONFLICT (account, period) DO UPDATE SET segments = usage.segments + excluded.segments
RETURNING segments
"""
KEPT_MS = 40 * 86_400_000  # beyond the longest period; a clock that is set back does not give a quota anew
OLD_USE = "DELETE FROM usage WHERE period < ?"
GIVE_BACK = "UPDATE usage SET segments = segments - :segments WHERE account = :account AND period = :period"


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of a call's messages: those that may be stored, and those that may not with the reason."""

    admitted: Sequence[NewMessage]
    refused: Sequence[tuple[NewMessage, Refused]] = ()

    @property
    def refusals(self) -> tuple[Refused, ...]:
        return tuple(refused for _, refused in self.refused)


def unwanted(tx: Transaction, batches: Sequence[NewBatch]) -> Unwanted:
    """What the recipients of all these messages do not want of the account that writes to them; one look for many."""
    phones: dict[str, set[str]] = {}
    for batch in batches:
        phones.setdefault(batch.account, set()).update(message.to for message in batch.messages)
    return optouts.scopes_of_all(tx, phones)


def admit(tx: Transaction, batch: NewBatch, now: int, unwanted: Unwanted) -> Admission:
    """unwanted: what their recipients do not want, of ``unwanted``.

    Raises GatewayError when the batch is atomic, NoneAccepted when it needs one that is admitted.
    """
    admitted: list[NewMessage] = []
    refused: list[tuple[NewMessage, Refused]] = []
    for index, message in enumerate(batch.messages):
        refusal = _refusal(tx, batch, message, now, unwanted)
        if refusal is None:
            admitted.append(message)
        elif batch.atomic:
            raise refusal
        else:
            refused.append((message, Refused(index, refusal.code, refusal.detail, _field_of(refusal))))
    verdict = Admission(admitted, refused)
    if batch.need_one and refused and not admitted:
        raise NoneAccepted(verdict.refusals)
    return verdict


def _field_of(refusal: GatewayError) -> str:
    """The field of the draft that a refusal is about; empty where it is about none."""
    return refusal.faults[0].field if refusal.faults else ""


def _refusal(
    tx: Transaction, batch: NewBatch, message: NewMessage, now: int, unwanted: Unwanted
) -> GatewayError | None:
    """In the order of native-v1 §2: campaign, opt-out, destination, quota, duplicate."""
    if message.need_subscription and (refusal := _outside_campaign(tx, batch.account, message)) is not None:
        return refusal
    scopes = unwanted.get((batch.account, message.to))
    if scopes and not message.ignore_opt_out and covers_message(scopes, message.sender, message.campaign):
        return _rejected("opted_out", "to", f"{message.to} does not want messages from this account")
    if message.denied:
        return _rejected("destination_denied", "to", f"this account does not send to {message.to}")
    if message.test:
        return None
    limited = batch.segments_per_day or batch.segments_per_month
    if limited and (refusal := _over_quota(tx, batch, len(message.parts), now)) is not None:
        return refusal
    if message.fingerprint is not None and duplicates.is_one(tx, batch, message.fingerprint, now):
        if limited:
            _give_back(tx, batch, len(message.parts), now)
        return _duplicate(message.to)
    return None


def _outside_campaign(tx: Transaction, account: str, message: NewMessage) -> GatewayError | None:
    """The account's campaign check (native-v1 §2): it sends within approved campaigns, to their subscribers only."""
    ref = message.campaign
    if ref is None:
        return _rejected("campaign_required", "campaign", "this account sends within campaigns only")
    approval = tx.row(campaigns.APPROVAL, (account, ref))
    if approval is None:
        return _rejected("campaign_unknown", "campaign", "there is none of that reference")
    if approval["approval"] != "Y":
        return _rejected("campaign_not_approved", "campaign", f"the campaign {ref} is not approved")
    if tx.row(SUBSCRIBED, (account, message.to, ref)) is None:
        return _rejected("not_subscribed", "to", f"{message.to} is not subscribed to {ref}")
    return None


def _duplicate(to: str) -> GatewayError:
    message = f"the same text went to {to} a short while ago"
    return Conflict("duplicate", message, faults=(Fault("text", "duplicate", message),))


def _rejected(code: str, field: str, message: str) -> Rejected:
    return Rejected(code, message, faults=(Fault(field, code, message),))


def _over_quota(tx: Transaction, batch: NewBatch, segments: int, now: int) -> GatewayError | None:
    """Count the segments of an account that has a quota; counted again down when they are one too many."""
    counted = []
    for period, most in _periods(batch, now):
        use = {"account": batch.account, "period": period, "segments": segments}
        counted.append(use)
        if tx.insert(USE, use) > most:
            for one in counted:
                tx.run(GIVE_BACK, one)
            return QuotaExceeded("quota_exceeded", f"the account's quota of {most} segments is used up")
    return None


def _give_back(tx: Transaction, batch: NewBatch, segments: int, now: int) -> None:
    for period, _ in _periods(batch, now):
        tx.run(GIVE_BACK, {"account": batch.account, "period": period, "segments": segments})


def prune(tx: Transaction, now: int) -> int:
    """Drop what accounts used in months that are over. Returns how many rows."""
    return tx.run(OLD_USE, (from_ms(now - KEPT_MS).date().isoformat()[:7],))


def _periods(batch: NewBatch, now: int) -> list[tuple[str, int]]:
    """The periods that have a quota, and how many segments it is."""
    day = from_ms(now).date().isoformat()
    quotas = ((day, batch.segments_per_day), (day[:7], batch.segments_per_month))
    return [(period, most) for period, most in quotas if most]
