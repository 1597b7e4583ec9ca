"""That a line takes a message over from another, and why: noted with the message where it happens, at the claim."""

from collections.abc import Mapping

from gateway.domain.line import LineRecord, LineState, RestKind
from gateway.domain.message import MessageError
from gateway.domain.sender import Strategy
from gateway.store import routing, strategies
from gateway.store.lifecycle import Standing
from gateway.store.routing import Group
from gateway.store.rows import dump, extra_of, load_error
from gateway.store.transaction import Transaction

LAST_TRY = """
SELECT outcome, error FROM attempts WHERE message = :message AND line = :line ORDER BY num DESC LIMIT 1
"""

MOST = 20  # of one message

Reason = tuple[str, str, Mapping[str, int]]
"""A stable word, a sentence, and the raw number."""


def noted(tx: Transaction, standing: Standing, line: LineRecord, group: Group | None, now: int) -> str | None:
    """The message's ``extra``, with that this line takes it over from another where it does; else as it was."""
    extra: str | None = standing.row["extra"]
    before = _before(tx, standing, line, group)
    if before is None or before.num == line.num:
        return extra
    reason, text, cause = _why(tx, standing, before, now)
    known = extra_of(standing.row)
    told = {"at": now, "from": before.id, "to": line.id, "reason": reason, "text": text, "cause": dict(cause)}
    return dump(known | {"takeovers": [*known.get("takeovers", []), told][-MOST:]})


def _before(tx: Transaction, standing: Standing, line: LineRecord, group: Group | None) -> LineRecord | None:
    """Who had it last; of one that nobody had yet, whose it was by the strategy."""
    row = standing.row
    if row["line"] is not None:
        return next((one for one in tx.memory.lines.values() if one.id == row["line"]), None)
    if group is None or routing.base_of(row["route"]) in line.answers_to():
        return None
    num = _meant(tx, group, row["recipient"])
    return None if num is None else tx.memory.lines.get(num)


def _meant(tx: Transaction, group: Group, recipient: str) -> int | None:
    """The line that a strategy would choose if all were well; None where one is as good as another."""
    if group.strategy is Strategy.STICKY:
        known = strategies.wrote_last(tx, group, recipient)
        return known if known in group.lines else None
    if group.strategy is Strategy.FIRST_UP or group.first:
        order = [num for num in group.lines if num in group.first] or group.lines
        able = (num for num in order if num in tx.memory.lines and tx.memory.lines[num].serves(group.account))
        return next(able, None)
    return None


def _why(tx: Transaction, standing: Standing, before: LineRecord, now: int) -> Reason:
    tried = tx.row(LAST_TRY, {"message": standing.num, "line": before.num})
    if tried is not None and tried["outcome"] in {"retry", "elsewhere"}:
        error = load_error(tried["error"]) or MessageError("failed", "it could not send it")
        return ("refused" if tried["outcome"] == "elsewhere" else "failed", error.message, error.cause)
    if f",{before.num}," in (standing.row["avoid"] or ""):
        return "opted_out", "the recipient wants nothing from it", {}
    if before.paused:
        return "paused", "paused by a person", {}
    rest = tx.memory.rests.get(before.num)
    if before.state is not LineState.UP:
        return ("blocked" if rest is not None and rest.kind is RestKind.BLOCKED else "down"), before.status.reason, {}
    if rest is not None:
        return rest.kind.value, rest.text, {}
    since = tx.memory.awaited.get(before.num)
    if since is not None and now - since >= strategies.PATIENCE_MS:
        return "not_taken", f"it did not take it for {strategies.PATIENCE_MS // 1000} seconds", {}
    return "given_back", "it gave it back before it was sent", {}
