"""What the gateway answers by itself to STOP, START and HELP (native-v1 §8): written with the SMS it answers."""

from dataclasses import dataclass

from gateway.domain.access import Account
from gateway.domain.errors import Rejected
from gateway.domain.ids import new_id, new_uuid
from gateway.domain.line import LineRecord
from gateway.domain.message import Message, State
from gateway.policy.consent import covers_message
from gateway.policy.optout import OwnWords, keyword, may_be_answered
from gateway.policy.parts import MOST_PARTS, Plan, plan
from gateway.store import accept, optouts
from gateway.store.contract import NewBatch, NewMessage, NewPart
from gateway.store.transaction import Transaction, from_ms

FRONT = "auto"
PRIORITY = 8
LIFE_MS = 86_400_000  # an answer that is a day late is no answer
ONCE_IN_MS = 3_600_000  # one automatic answer per number and hour, whatever was asked

TAKE_TURN = """
INSERT INTO auto_answers (account, phone, at) VALUES (:account, :phone, :now)
ON CONFLICT (account, phone) DO UPDATE SET at = excluded.at
WHERE auto_answers.at <= :since OR auto_answers.at > :now
"""
OLD_TURNS = """
DELETE FROM auto_answers WHERE (account, phone) IN (
    SELECT old.account, old.phone FROM auto_answers AS old WHERE old.at <= :until LIMIT :most)
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """The SMS that is answered, the account and the line it came in on."""

    account: Account
    line: LineRecord
    message: Message

    @property
    def own_words(self) -> OwnWords:
        settings = self.account.settings
        return OwnWords(settings.stop_words, settings.start_words, settings.help_words)


def answer(tx: Transaction, asked: Asked, text: str, now: int, *, confirms_stop: bool = False) -> bool:
    """Enqueue an answer over the line that the SMS came in on, unless it is one too many. Returns whether it did.

    It is counted by no quota and nothing answers it. confirms_stop: it goes out although the phone just opted out. A
    text that is a keyword itself is never sent: two gateways would go on answering each other.
    """
    if not _may_answer(asked) or keyword(text, stopped_by_keyword=True, own=asked.own_words) is not None:
        return False
    if not confirms_stop and _is_unwanted(tx, asked):
        return False
    planned = _planned(text, tx.memory.message_num)
    if planned is None or not _take_turn(tx, asked, now):
        return False
    message = _message(asked, planned, now, confirms_stop=confirms_stop)
    batch = NewBatch(new_id("bat", now), asked.account.name, FRONT, new_uuid(), (message,))
    accept.enqueue(tx, [(batch, from_ms(now))])
    return True


def prune(tx: Transaction, now: int, most: int) -> int:
    """Drop what no answer depends on any more. Returns how many rows."""
    return tx.run(OLD_TURNS, {"until": now - ONCE_IN_MS, "most": most})


def _may_answer(asked: Asked) -> bool:
    account = asked.account
    sends = account.settings.auto_replies and account.suspended_at is None and asked.line.serves(account.name)
    return sends and may_be_answered(asked.message.sender)


def _is_unwanted(tx: Transaction, asked: Asked) -> bool:
    message = asked.message
    return covers_message(optouts.scopes_of(tx, asked.account.name, message.sender), message.to, None)


def _take_turn(tx: Transaction, asked: Asked, now: int) -> bool:
    """One in an hour for each number; it holds over a restart, and a clock that was set back does not stop it."""
    turn = {"account": asked.account.name, "phone": asked.message.sender, "now": now, "since": now - ONCE_IN_MS}
    return tx.run(TAKE_TURN, turn) > 0


def _planned(text: str, reference: int) -> Plan | None:
    """None for a text that cannot be sent at all: the SMS that asked for it must come in nevertheless."""
    try:
        return plan(text, max_segments=MOST_PARTS, reference=reference & 0xFF)
    except Rejected:
        return None


def _message(asked: Asked, planned: Plan, now: int, *, confirms_stop: bool) -> NewMessage:
    return NewMessage(
        id=new_id("msg", now),
        to=asked.message.sender,
        sender=asked.message.to,
        route=asked.line.id,
        text=planned.text,
        encoding=planned.encoding,
        parts=tuple(NewPart(p.udl, p.user_data, p.header, p.data_coding, p.text) for p in planned.parts),
        state=State.QUEUED,
        priority=PRIORITY,
        due_at=from_ms(now),
        expire_at=from_ms(now + LIFE_MS),
        reply="none",
        ignore_opt_out=confirms_stop,
    )
