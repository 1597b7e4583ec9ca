"""Commands for modems: rows that a line's worker takes, one after the other."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.domain.command import (
    PATIENCE_S,
    Command,
    CommandAnswer,
    CommandKind,
    CommandState,
    describe_command,
)
from gateway.domain.errors import Conflict, NotFound, NotPermitted
from gateway.domain.event import EventType
from gateway.domain.ids import new_id
from gateway.domain.message import MessageError
from gateway.store import events, lines
from gateway.store.rows import dump, dump_error, load_error
from gateway.store.transaction import Memory, Row, Secret, Transaction, from_ms

MOST_OPEN = 20  # for one line
KEPT_MS = 30 * 86_400_000

ADD = """
INSERT INTO commands (id, account, line, kind, code, state, created_at)
VALUES (:id, :account, :line, :kind, :code, 'waiting', :now)
RETURNING num
"""
FOUND = "SELECT * FROM commands WHERE account = ? AND id = ?"
OF_NUM = "SELECT * FROM commands WHERE num = ?"
OPEN = "SELECT * FROM commands WHERE line = ? AND ended_at IS NULL ORDER BY num"
WAITED = "SELECT num FROM commands WHERE ended_at IS NULL AND state = 'waiting' AND created_at < ?"
RUN = "UPDATE commands SET state = 'running' WHERE num = ?"
END = "UPDATE commands SET state = :state, answer = :answer, ended_at = :now WHERE num = :num AND ended_at IS NULL"
OLD = "DELETE FROM commands WHERE ended_at < ?"

TOO_LATE = MessageError("line_down", "the line was not up in time")
INTERRUPTED = MessageError("interrupted", "the line was set up again meanwhile: nobody knows what came of it")


def order(
    tx: Transaction,
    account: str,
    line: str,
    kind: CommandKind,
    code: str | None,
    now: int,
    *,
    admin: bool,
    secret: str | None = None,
) -> Command:
    found = next((one for one in tx.memory.lines.values() if one.id == line and one.serves(account)), None)
    if found is None:
        raise NotFound("there is no such line")
    if not admin and not lines.has_alone(tx, account, found):
        raise NotPermitted("forbidden_scope", "others use this line, too: its modem needs the scope admin")
    if len(tx.rows(OPEN, (found.num,))) >= MOST_OPEN:
        raise Conflict("conflict", f"{MOST_OPEN} commands wait for this modem already")
    asked = {"account": account, "line": found.num, "kind": kind.value, "code": code}
    num = tx.insert(ADD, asked | {"id": new_id("cmd", now), "now": now})
    if secret is not None:  # before the bell rings: whoever takes the command finds it
        kept = Secret(found.num, now, secret)
        tx.remember(lambda memory: memory.secrets.__setitem__(num, kept))
    tx.effects.commands.add(found.num)
    return _of_num(tx, num)


def find(tx: Transaction, account: str, command: str) -> Command | None:
    row = tx.row(FOUND, (account, command))
    return None if row is None else _from(tx, row)


def take(tx: Transaction, line: int, now: int, kind: CommandKind | None = None) -> Command | None:
    """The oldest that waits is running from now on; those that came too long ago fail.

    kind: only of this kind, None for any. A secret is handed out with it, once.
    """
    for row in tx.rows(OPEN, (line,)):
        if row["state"] != CommandState.WAITING.value or kind not in (None, CommandKind(row["kind"])):
            continue
        if now - row["created_at"] > PATIENCE_S * 1000:
            settle(tx, row["num"], CommandAnswer(error=TOO_LATE), now)
            continue
        tx.run(RUN, (row["num"],))
        secret = tx.memory.secrets.get(row["num"])
        _forget(tx, row["num"])
        return replace(_of_num(tx, row["num"]), secret=None if secret is None else secret.value)
    return None


def settle(tx: Transaction, num: int, answer: CommandAnswer, now: int) -> None:
    state = CommandState.DONE if answer.error is None else CommandState.FAILED
    if not tx.run(END, {"num": num, "state": state.value, "answer": _dump(answer), "now": now}):
        return
    _forget(tx, num)
    command = _of_num(tx, num)
    tx.ring(command.id)
    if command.kind is CommandKind.USSD:
        data = describe_command(command)
        events.write(tx, EventType.USSD_ANSWERED, command.account, data, now, line=command.line)


def abandon(tx: Transaction, line: int, now: int) -> int:
    running = [row for row in tx.rows(OPEN, (line,)) if row["state"] == CommandState.RUNNING.value]
    for row in running:
        settle(tx, row["num"], CommandAnswer(error=INTERRUPTED), now)
    return len(running)


def waits_with_secret(memory: Memory, line: int, now: int) -> bool:
    """Whether somebody has just told a secret to this line's worker. Only looks: it may be asked on any thread."""
    return any(s.line == line and now - s.at <= PATIENCE_S * 1000 for s in list(memory.secrets.values()))


def prune(tx: Transaction, now: int) -> int:
    """Drop what ended long ago, and end what waits for a line that does not come. Returns how many were dropped."""
    for row in tx.rows(WAITED, (now - PATIENCE_S * 1000,)):
        settle(tx, row["num"], CommandAnswer(error=TOO_LATE), now)
    return tx.run(OLD, (now - KEPT_MS,))


def _forget(tx: Transaction, num: int) -> None:
    def forget(memory: Memory) -> None:
        memory.secrets.pop(num, None)

    tx.remember(forget)


def _dump(answer: CommandAnswer) -> str:
    return dump({"text": answer.text, "wants_reply": answer.wants_reply, "error": dump_error(answer.error)})


def _answer(text: str | None) -> CommandAnswer:
    if text is None:
        return CommandAnswer()
    said: Mapping[str, Any] = json.loads(text)
    return CommandAnswer(said["text"], said["wants_reply"], load_error(said["error"]))


def _of_num(tx: Transaction, num: int) -> Command:
    row = tx.row(OF_NUM, (num,))
    assert row is not None
    return _from(tx, row)


def _from(tx: Transaction, row: Row) -> Command:
    ended = row["ended_at"]
    return Command(
        num=row["num"],
        id=row["id"],
        account=row["account"],
        line_num=row["line"],
        line=lines.of_num(tx, row["line"]).id,
        kind=CommandKind(row["kind"]),
        code=row["code"],
        state=CommandState(row["state"]),
        answer=_answer(row["answer"]),
        created_at=from_ms(row["created_at"]),
        ended_at=None if ended is None else from_ms(ended),
    )
