"""Which messages of a call may be stored: what only the database can tell, in the order of native-v1 §2."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.domain.errors import Fault, GatewayError, NoneAccepted, QuotaExceeded, Refused, Rejected
from gateway.store.contract import NewBatch, NewMessage
from gateway.store.transaction import MOST_ROWS, Transaction, from_ms

OPTED_OUT = "SELECT 1 FROM opt_outs WHERE account = ? AND phone = ?"
OPTED_OUT_OF = "SELECT phone FROM opt_outs WHERE account = ? AND phone IN "
SUBSCRIBED = "SELECT 1 FROM subscriptions WHERE account = ? AND phone = ? AND campaign = ? AND state = 'active'"
APPROVAL = "SELECT approval FROM campaigns WHERE account = ? AND ref = ?"
USE = """
INSERT INTO usage (account, period, segments) VALUES (:account, :period, :segments)
ON CONFLICT (account, period) DO UPDATE SET segments = usage.segments + excluded.segments
RETURNING segments
"""
GIVE_BACK = "UPDATE usage SET segments = segments - :segments WHERE account = :account AND period = :period"

Contact: TypeAlias = tuple[str, str]
"""An account and a phone."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of a call's messages: those that may be stored, and those that may not with the reason."""

    admitted: Sequence[NewMessage]
    refused: Sequence[tuple[NewMessage, Refused]] = ()

    @property
    def refusals(self) -> tuple[Refused, ...]:
        return tuple(refused for _, refused in self.refused)


def unwanted(tx: Transaction, batches: Sequence[NewBatch]) -> set[Contact]:
    """Who of all recipients wants nothing from the account that writes to him; one look for many, as in insert_all."""
    phones: dict[str, set[str]] = {}
    for batch in batches:
        phones.setdefault(batch.account, set()).update(message.to for message in batch.messages)
    found: set[Contact] = set()
    for account, wanted in phones.items():
        asked = sorted(wanted)
        while asked:
            some, asked = asked[:MOST_ROWS], asked[MOST_ROWS:]
            some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))  # few sizes: each is prepared once
            places = f"({', '.join('?' * len(some))})"
            found.update((account, row["phone"]) for row in tx.rows(OPTED_OUT_OF + places, (account, *some)))
    return found


def admit(tx: Transaction, batch: NewBatch, now: int, unwanted: set[Contact]) -> Admission:
    """unwanted: whom it may not be for, of ``unwanted``.

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
    tx: Transaction, batch: NewBatch, message: NewMessage, now: int, unwanted: set[Contact]
) -> GatewayError | None:
    """In the order of native-v1 §2: campaign, opt-out, quota."""
    if message.need_subscription and (refusal := _outside_campaign(tx, batch.account, message)) is not None:
        return refusal
    if not message.ignore_opt_out and (batch.account, message.to) in unwanted:
        return _rejected("opted_out", "to", f"{message.to} does not want messages from this account")
    if batch.segments_per_day or batch.segments_per_month:
        return _over_quota(tx, batch, len(message.parts), now)
    return None


def _outside_campaign(tx: Transaction, account: str, message: NewMessage) -> GatewayError | None:
    """The account's campaign check (native-v1 §2): it sends within approved campaigns, to their subscribers only."""
    ref = message.campaign
    if ref is None:
        return _rejected("campaign_required", "campaign", "this account sends within campaigns only")
    approval = tx.row(APPROVAL, (account, ref))
    if approval is None:
        return _rejected("campaign_unknown", "campaign", "there is none of that reference")
    if approval["approval"] != "Y":
        return _rejected("campaign_not_approved", "campaign", f"the campaign {ref} is not approved")
    if tx.row(SUBSCRIBED, (account, message.to, ref)) is None:
        return _rejected("not_subscribed", "to", f"{message.to} is not subscribed to {ref}")
    return None


def _rejected(code: str, field: str, message: str) -> Rejected:
    return Rejected(code, message, faults=(Fault(field, code, message),))


def _over_quota(tx: Transaction, batch: NewBatch, segments: int, now: int) -> GatewayError | None:
    """Count the segments of an account that has a quota; counted again down when they are one too many."""
    day = from_ms(now).date().isoformat()
    for period, most in ((day, batch.segments_per_day), (day[:7], batch.segments_per_month)):
        if not most:
            continue
        use = {"account": batch.account, "period": period, "segments": segments}
        if tx.insert(USE, use) > most:
            tx.run(GIVE_BACK, use)
            if period != day and batch.segments_per_day:
                tx.run(GIVE_BACK, use | {"period": day})
            return QuotaExceeded("quota_exceeded", f"the account's quota of {most} segments is used up")
    return None
