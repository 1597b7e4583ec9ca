"""What people say to the gateway itself: STOP, START, HELP, and the words of a campaign (native-v1 §8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.domain.campaign import Answer, Campaign
from gateway.domain.errors import Rejected
from gateway.domain.message import Message
from gateway.policy.consent import ACCOUNT, scope_of
from gateway.policy.optout import HELP_ANSWER, START_ANSWER, STOP_ANSWER, Keyword, bare, confirms, is_among, keyword
from gateway.store import access, answering, campaigns, optouts, subscriptions
from gateway.store.answering import Asked
from gateway.store.transaction import Transaction

TEXTS = frozenset({"gsm7", "ucs2"})
TALKED_OF = """
SELECT campaign FROM messages
WHERE recipient = :peer AND waiting IS NULL AND direction = 'out' AND line = :line AND account = :account
  AND front <> 'auto'
ORDER BY num DESC LIMIT 1
"""
USUAL: Mapping[Keyword, str] = {"stop": STOP_ANSWER, "start": START_ANSWER, "help": HELP_ANSWER}


@dataclass(frozen=True, slots=True)
class _Said:
    """A bare word. campaign: the one it is heard in, of the newest message that went to that number, else the line's.

    scopes: what the phone does not want → who said so.
    """

    asked: Asked
    word: str
    campaign: Campaign | None
    scopes: Mapping[str, str]

    @property
    def account(self) -> str:
        return self.asked.account.name

    @property
    def phone(self) -> str:
        return self.asked.message.sender

    @property
    def by_itself(self) -> bool:
        """Whether the phone opted out of something by its own word."""
        return "keyword" in self.scopes.values()

    @property
    def is_barred(self) -> bool:
        """Whether somebody else than the phone opted it out of everything: its own word does not undo that."""
        return self.scopes.get(ACCOUNT, "keyword") != "keyword"

    def is_of(self, campaign: Campaign | None, what: Keyword) -> bool:
        """Whether the word is one of the campaign's own."""
        return campaign is not None and is_among(self.word, _answer_of(campaign, what).keywords)


def heed(tx: Transaction, message: Message, now: int) -> None:
    """Do what a whole inbound text says, if it is a keyword; the message itself is delivered all the same."""
    word = bare(message.text) if message.encoding in TEXTS and message.ports is None else ""
    account = access.account(tx, message.account) if word else None
    line = next((line for line in tx.memory.lines.values() if line.id == message.line), None)
    if line is None or account is None:
        return
    asked = Asked(account, line, message)
    known = campaigns.campaigns(tx, account.name)
    scopes = optouts.scopes_of(tx, account.name, message.sender)
    said = _Said(asked, word, _talked_of(tx, asked, known), scopes)
    _obey(tx, said, known, now)
    if confirms(word, asked.own_words):
        subscriptions.authenticate(tx, account.name, message.sender, now)


def _obey(tx: Transaction, said: _Said, known: Sequence[Campaign], now: int) -> None:
    match keyword(said.word, stopped_by_keyword=said.by_itself, own=said.asked.own_words):
        case "stop":
            _stop(tx, said, ACCOUNT, now)
        case _ if said.campaign is not None and said.is_of(said.campaign, "stop"):
            _stop(tx, said, scope_of("campaign", said.campaign.ref), now)
        case "start":
            _start(tx, said, now)
        case "help":
            _answer(tx, said, "help", now)
        case None if said.is_of(said.campaign, "help"):
            _answer(tx, said, "help", now)
        case None:
            _joins(tx, said, known, now)


def _stop(tx: Transaction, said: _Said, scope: str, now: int) -> None:
    text = said.asked.message.text
    _, is_new = optouts.opt_out(tx, said.account, said.phone, "keyword", now, scope=scope, text=text)
    if is_new:
        _answer(tx, said, "stop", now)


def _start(tx: Transaction, said: _Said, now: int) -> None:
    """Undo the phone's own opt-outs, and subscribe it where the campaign says that this word does."""
    if said.is_barred:
        return
    if said.by_itself:
        optouts.opt_in(tx, said.account, said.phone, now)
    joined = said.is_of(said.campaign, "start") and _subscribe(tx, said, said.campaign, now)
    if said.by_itself or joined:
        _answer(tx, said, "start", now)


def _joins(tx: Transaction, said: _Said, known: Sequence[Campaign], now: int) -> None:
    """A word that campaigns alone know; who opted out of everything comes back by START only."""
    chosen = _joinable(said, known)
    if ACCOUNT not in said.scopes and _subscribe(tx, said, chosen, now):
        _answer(tx, replace(said, campaign=chosen), "start", now)


def _joinable(said: _Said, known: Sequence[Campaign]) -> Campaign | None:
    """The approved campaign that the word joins: the one that is talked of, else one of the line, else the only one."""
    found = [campaign for campaign in known if campaign.approval == "Y" and said.is_of(campaign, "start")]
    talked_of = [campaign for campaign in found if campaign == said.campaign]
    of_line = [campaign for campaign in found if said.asked.line.id in campaign.assigned]
    return next((choice[0] for choice in (talked_of, of_line, found) if len(choice) == 1), None)


def _subscribe(tx: Transaction, said: _Said, campaign: Campaign | None, now: int) -> bool:
    """Whether the phone is subscribed now and was not before; what others entered may stand against it."""
    if campaign is None:
        return False
    try:
        _, is_new = subscriptions.subscribe(tx, said.account, said.phone, "campaign", campaign.ref, "keyword", now)
    except Rejected:
        return False
    return is_new


def _talked_of(tx: Transaction, asked: Asked, known: Sequence[Campaign]) -> Campaign | None:
    if not known:
        return None
    line = asked.line
    row = tx.row(TALKED_OF, {"peer": asked.message.sender, "line": line.id, "account": asked.account.name})
    ref = line.campaign if row is None or row["campaign"] is None else row["campaign"]
    by_ref = [campaign for campaign in known if campaign.ref == ref]
    return next(iter(by_ref + [campaign for campaign in known if line.id in campaign.lines]), None)


def _answer(tx: Transaction, said: _Said, what: Keyword, now: int) -> None:
    """In the campaign's words, else the account's own, else ours."""
    settings = said.asked.account.settings
    own = {"stop": settings.stop_reply, "start": settings.start_reply, "help": settings.help_reply}[what]
    campaign = said.campaign
    message = "" if campaign is None else _answer_of(campaign, what).message
    who = (campaign.brand if campaign is not None else "") or said.account
    text = message or own or USUAL[what].format(who=who)
    answering.answer(tx, said.asked, text, now, confirms_stop=what == "stop")


def _answer_of(campaign: Campaign, what: Keyword) -> Answer:
    details = campaign.details
    return {"stop": details.opt_out, "start": details.opt_in, "help": details.help}[what]
