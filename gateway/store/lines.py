"""Lines: what the configuration says of them, what their supervisors saw, and what callers may write for them."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from gateway.domain.errors import Conflict, Fault, NotFound, NotPermitted, Rejected
from gateway.domain.event import EventType, instant
from gateway.domain.ids import new_id
from gateway.domain.line import LIMITS, Limits, LineChange, LineRecord, LineState, LineStatus
from gateway.policy.limits import limit_faults
from gateway.store import campaigns, events, line_settings
from gateway.store.access import accounts
from gateway.store.claiming import queues
from gateway.store.line_settings import LineSettings
from gateway.store.rows import dump, dump_status, line_from
from gateway.store.transaction import Memory, Transaction, from_ms

LINES = "SELECT * FROM lines WHERE retired = 0 ORDER BY num"
LINE = "SELECT * FROM lines WHERE num = ?"
PUT_LINE = """
INSERT INTO lines (id, name, called, number, aliases, accounts, paused, webhook, campaign, status, configured,
                   overrides, settings)
VALUES (:id, :name, :called, :number, :aliases, :accounts, :paused, :webhook, :campaign, :status, :configured,
        :overrides, :settings)
ON CONFLICT (name) DO UPDATE
SET called = excluded.called, number = excluded.number, aliases = excluded.aliases, accounts = excluded.accounts,
    configured = excluded.configured, overrides = excluded.overrides, settings = excluded.settings, retired = 0
RETURNING num
"""
BY_NAME = "SELECT * FROM lines WHERE name = ?"
CALLED = "SELECT * FROM lines WHERE called = ?"
RETIRE = "UPDATE lines SET retired = 1 WHERE num = ?"
SET_STATUS = "UPDATE lines SET status = :status WHERE num = :num"
CHANGE = """
UPDATE lines SET paused = :paused, webhook = :webhook, campaign = :campaign, added_aliases = :added_aliases
WHERE num = :num
"""
SET = """
UPDATE lines
SET called = :called, number = :number, configured = :configured, overrides = :overrides, settings = :settings
WHERE num = :num
"""
SET_WEBHOOK = "UPDATE lines SET webhook = :webhook WHERE num = :num"
SENT_TODAY = """
SELECT COALESCE(SUM(sent), 0) AS sent FROM line_days
WHERE line = :line AND day = :day AND (account = :account OR :account IS NULL)
"""
SPENT_BY_SIM = """
SELECT COALESCE(SUM(CASE WHEN day = :day THEN sent + unsure ELSE 0 END), 0) AS today,
       COALESCE(SUM(sent + unsure), 0) AS this_month
FROM line_days WHERE sim = :sim AND day >= :first AND day <= :day
"""
SPENT_BY_LINE = """
SELECT COALESCE(SUM(CASE WHEN day = :day THEN sent + unsure ELSE 0 END), 0) AS today,
       COALESCE(SUM(sent + unsure), 0) AS this_month
FROM line_days WHERE line = :line AND sim = '' AND day >= :first AND day <= :day
"""
OLD_DAYS = "DELETE FROM line_days WHERE day < ?"
KEPT_MS = 40 * 86_400_000  # a month, for budgets, and some days: a clock that is set does not lose them
SEVERAL = "SELECT COUNT(*) AS count FROM (SELECT 1 FROM accounts LIMIT 2) AS some"


def put_line(tx: Transaction, line: LineRecord, now: int) -> LineRecord:
    """Make or update the line of that name in the configuration; one that stands keeps id, num, status, and what its
    users said of it, but for what the configuration says otherwise than it did then."""
    name = line.configured_name
    for other in tx.rows(CALLED, (name,)):  # a user called it so: the file wins
        _write(tx, other["num"], line_settings.settings_of(other).changed({"name": None}))
        if other["num"] in tx.memory.lines:
            _changed(tx, other["num"])
    settings = line_settings.configured(line, tx.row(BY_NAME, (name,)))
    num = tx.insert(
        PUT_LINE,
        _settings_row(settings)
        | {
            "id": line.id or new_id("lin", now),
            "name": name,
            "aliases": dump(line.aliases),
            "accounts": dump(line.accounts),
            "paused": line.paused,
            "webhook": line.webhook,
            "campaign": line.campaign,
            "status": dump_status(line.status),
        },
    )
    tx.effects.access = True  # who remembers what may be written as "from" looks again
    return _changed(tx, num)


def _settings_row(settings: LineSettings) -> dict[str, object]:
    holding = settings.holding
    called = holding.pop("name")
    return {
        "called": None if called == settings.configured["name"] else called,
        "number": holding.pop("number"),
        "configured": dump(settings.configured),
        "overrides": dump(settings.overrides),
        "settings": dump(holding),
    }


def _write(tx: Transaction, num: int, settings: LineSettings) -> None:
    tx.run(SET, _settings_row(settings) | {"num": num})


def retire_lines(tx: Transaction, names: Collection[str]) -> None:
    """Lines of other names are neither shown nor offered as senders; one that comes back keeps its id."""
    for num, line in tx.memory.lines.items():
        if line.configured_name not in names:
            tx.run(RETIRE, (num,))
            tx.remember(partial(_forget, num))
            tx.effects.access = True
            tx.effects.lines.add(num)
            tx.ring("lines")


def _forget(num: int, memory: Memory) -> None:
    memory.lines = {known: line for known, line in memory.lines.items() if known != num}


def of_num(tx: Transaction, num: int) -> LineRecord:
    """Also one that is not configured any more: what it brought in is still to be seen to."""
    known = tx.memory.lines.get(num)
    if known is not None:
        return known
    row = tx.row(LINE, (num,))
    assert row is not None
    return line_from(row)


def lines(
    tx: Transaction, waiting: Mapping[tuple[str, str], int], now: int, account: str | None = None
) -> list[LineRecord]:
    """Every line with its counters: queued (what it may carry), sent_today.

    account: only those that it may send from, as ``seen_by`` it, and only what is its own is counted.
    """
    asked = {"day": from_ms(now).date().isoformat(), "account": account}
    found: list[LineRecord] = []
    for row in tx.rows(LINES):
        line = line_from(row)
        if account is not None and not line.serves(account):
            continue
        queued = sum(waiting[queue] for queue in queues(tx.memory, waiting, line) if account in (None, queue[1]))
        seen = line if account is None else seen_by(tx, account, line)
        sent = tx.row(SENT_TODAY, {**asked, "line": line.num})
        assert sent is not None
        counters = {"queued": queued, "sent_today": sent["sent"]}
        if account is None or has_alone(tx, account, line):  # how much others send is theirs to know
            counters["spent_today"], counters["spent_this_month"] = sent_over(tx, line.num, now)
        found.append(replace(seen, counters=counters, rest=tx.memory.rests.get(line.num)))
    return found


def sent_over(tx: Transaction, line: int, now: int) -> tuple[int, int]:
    """Parts that the SIM now in that line sent today and this month, or may have sent, for whichever account and line.

    Where the modem does not tell whose SIM it is, the line's own that nobody knows the SIM of.
    """
    today = from_ms(now).date()
    asked = {"day": today.isoformat(), "first": today.replace(day=1).isoformat()}
    known = tx.memory.lines.get(line)
    sim = None if known is None else known.status.iccid
    row = tx.row(SPENT_BY_SIM, asked | {"sim": sim}) if sim else tx.row(SPENT_BY_LINE, asked | {"line": line})
    assert row is not None
    return row["today"], row["this_month"]


def prune(tx: Transaction, now: int) -> int:
    """Drop the counters of days that are over. Returns how many."""
    return tx.run(OLD_DAYS, (from_ms(now - KEPT_MS).date().isoformat(),))


def seen_by(tx: Transaction, account: str, line: LineRecord) -> LineRecord:
    """The line, without the names of an endpoint and a campaign that are those of others it is shared with."""
    if has_alone(tx, account, line):
        return line
    known = line.webhook and any(own.account == account and own.is_called(line.webhook) for own in tx.memory.webhooks)
    joined = line.campaign and campaigns.find(tx, account, line.campaign) is not None
    return replace(line, webhook=line.webhook if known else None, campaign=line.campaign if joined else None)


def change_line(
    tx: Transaction,
    account: str,
    line: str,
    change: LineChange,
    *,
    admin: bool,
    expected: Collection[str] | None,
) -> LineRecord:
    """What a user of the line, by id or name, wants otherwise.

    admin: he may also change one that is not his account's alone. expected: revisions, one of which it must have.
    Raises NotFound, NotPermitted, Rejected.
    """
    own = [one for one in tx.memory.lines.values() if one.serves(account)]
    found = next((one for one in own if line in (one.id, one.name, one.configured_name)), None)
    if found is None:
        raise NotFound("there is no such line")
    if not admin and not has_alone(tx, account, found):
        raise NotPermitted("forbidden_scope", "others use this line, too: changing it needs the scope admin")
    if expected is not None and seen_by(tx, account, found).revision not in expected:
        raise Rejected("precondition_failed", "the line was changed meanwhile")
    settings = _settings(tx, account, found, change.settings)
    _check_aliases(tx, account, found, change.aliases or ())
    tx.run(
        CHANGE,
        {
            "num": found.num,
            "paused": found.paused if change.paused is None else change.paused,
            "webhook": _webhook(tx, account, found, change.webhook),
            "campaign": _campaign(tx, account, found, change.campaign),
            "added_aliases": dump(found.added_aliases if change.aliases is None else change.aliases),
        },
    )
    _write(tx, found.num, settings)
    tx.effects.access = True  # what may be written as "from" is remembered
    _let_others_look(tx)
    return _changed(tx, found.num)


def _settings(tx: Transaction, account: str, line: LineRecord, changes: Mapping[str, object]) -> LineSettings:
    """What is to hold. Raises Rejected for what cannot be, Conflict for a name or a number that is another's."""
    row = tx.row(LINE, (line.num,))
    assert row is not None
    settings = line_settings.settings_of(row).changed(changes)
    holding = settings.holding
    if faults := list(limit_faults(Limits(**{name: _frozen(holding[name]) for name in LIMITS}))):
        told = tuple(Fault(f"limits.{name}", "invalid_request", text) for name, text in faults)
        raise Rejected("invalid_request", f"{told[0].field}: {told[0].message}", faults=told)
    for name in changes.keys() & {"name", "number"}:
        if holding[name] is not None:
            _check_aliases(tx, account, line, [holding[name]], name)
    return settings


def _frozen(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_aliases(
    tx: Transaction, account: str, line: LineRecord, aliases: Collection[str], field: str = "aliases"
) -> None:
    """A "from" means one line, among those that the account may send from, or one registered sender, in any case."""
    wanted = {alias.casefold() for alias in aliases}
    for other in tx.memory.lines.values():
        if other.num == line.num or not other.serves(account):
            continue
        if not wanted.isdisjoint(value.casefold() for value in other.answers_to()):
            raise Conflict("conflict", f"{field}: line {other.name} answers to one of these")
    for sender in tx.memory.senders.values():
        if sender.account == account and sender.value.casefold() in wanted:
            raise Conflict("conflict", f"{field}: {sender.value} is a registered sender")


def _webhook(tx: Transaction, account: str, line: LineRecord, name: str | None) -> str | None:
    if not name:
        return line.webhook if name is None else None
    for webhook in tx.memory.webhooks:
        if webhook.account == account and webhook.is_called(name):
            return webhook.name
    raise _refusal("webhook", "there is none of that name")


def _campaign(tx: Transaction, account: str, line: LineRecord, ref: str | None) -> str | None:
    if not ref:
        return line.campaign if ref is None else None
    if campaigns.find(tx, account, ref) is None:
        raise _refusal("campaign", "there is none of that reference")
    return ref


def _refusal(field: str, message: str) -> Rejected:
    return Rejected("invalid_request", f"{field}: {message}", faults=(Fault(field, "invalid_request", message),))


def follow_webhook(tx: Transaction, account: str, old: str, new: str) -> None:
    """An endpoint got another name: the lines that the account has for itself still mean it."""
    for line in list(tx.memory.lines.values()):
        if line.webhook is not None and line.webhook.casefold() == old.casefold() and has_alone(tx, account, line):
            tx.run(SET_WEBHOOK, {"num": line.num, "webhook": new or None})
            _changed(tx, line.num)


def has_alone(tx: Transaction, account: str, line: LineRecord) -> bool:
    """Whether nobody else may send from the line; one that is everybody's is so while there is one account."""
    if line.accounts:
        return line.accounts == (account,)
    known = tx.row(SEVERAL)
    return known is not None and known["count"] == 1


def set_line_status(tx: Transaction, num: int, status: LineStatus, now: int) -> None:
    """Also tells every account of the line when it came up or went down. Raises NotFound."""
    before = tx.memory.lines.get(num)
    if before is not None:
        status = _with_last_seen(status, before.status)
    if before is None or not tx.run(SET_STATUS, {"num": num, "status": dump_status(status)}):
        raise NotFound(f"there is no line {num}")
    line = _changed(tx, num)
    if (before.state is LineState.UP) == (line.state is LineState.UP):
        return
    _let_others_look(tx)
    kind = EventType.LINE_UP if line.state is LineState.UP else EventType.LINE_DOWN
    for account in line.accounts or [known.name for known in accounts(tx)]:
        events.write(tx, kind, account, describe_line(line), now, line=line.id)


def put_status(tx: Transaction, num: int, status: LineStatus) -> LineRecord:
    """Write what is known of a line's modem and SIM, and tell whoever looks at lines."""
    tx.run(SET_STATUS, {"num": num, "status": dump_status(status)})
    return _changed(tx, num)


def unseen(tx: Transaction, now: datetime) -> None:
    """At a start: no line is up before its modem has answered. Told to nobody: the gateway went down, not the line."""
    for num, line in list(tx.memory.lines.items()):
        if line.status.state is LineState.UP:
            status = replace(line.status, state=LineState.DOWN, reason="not started", since=now)
            tx.run(SET_STATUS, {"num": num, "status": dump_status(status)})
            _changed(tx, num)


_TOLD_APART = ("balance", "balance_at", "balance_asked_at", "balance_code", "balance_misses", "storages_low")


def _with_last_seen(status: LineStatus, before: LineStatus) -> LineStatus:
    """A line that is down names the modem and SIM it was last seen with; what is on it is told apart from the rest."""
    found_by = status.found_by or before.found_by
    same = before.found_by in (None, found_by)
    last_sim = status.iccid or ((before.last_iccid or before.iccid) if same else None)
    kept = {name: getattr(before, name) for name in _TOLD_APART}
    status = replace(status, **kept, last_iccid=last_sim, found_by=found_by)
    if status.imei is not None or before.imei is None or not same:
        return status
    seen = {name: getattr(before, name) for name in ("manufacturer", "model", "revision", "imei")}
    return replace(status, **seen)


def describe_line(line: LineRecord) -> dict[str, object]:
    """A line as its events tell it."""
    status = line.status
    return {
        "id": line.id,
        "name": line.name,
        "number": line.number,
        "state": line.state.value,
        "reason": status.reason,
        "operator": status.operator,
        "registration": status.registration,
        "signal_dbm": status.signal_dbm,
        "recoveries": status.recoveries,
        "since": instant(status.since),
    }


def _let_others_look(tx: Transaction) -> None:
    """What was left to a line of a sender may now be another's."""
    if tx.memory.senders or tx.memory.routes:
        tx.effects.lines |= tx.memory.lines.keys()


def _changed(tx: Transaction, num: int) -> LineRecord:
    row = tx.row(LINE, (num,))
    assert row is not None
    line = line_from(row)

    def remember(memory: Memory) -> None:
        memory.lines = {**memory.lines, num: line}

    tx.remember(remember)
    tx.effects.lines.add(num)
    tx.ring("lines")
    return line
