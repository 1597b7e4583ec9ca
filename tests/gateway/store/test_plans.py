"""What a question reads: its own rows, however many others there are. One statement for each way to ask."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.store import (
    batches,
    claiming,
    holding,
    lines,
    links,
    optouts,
    reading,
    routing,
    senders,
    subscriptions,
    webhooks,
)
from gateway.store.contract import MessageFilter
from gateway.store.migrate import migrate
from gateway.store.transaction import Memory, Parameters, Row, Transaction


class Explaining(Transaction):
    """Notes how SQLite would answer, and answers."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection, Memory())
        self.plans: list[str] = []

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        self.plans += [row["detail"] for row in super().rows("EXPLAIN QUERY PLAN " + sql, parameters)]
        return super().rows(sql, parameters)

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        return next(iter(self.rows(sql, parameters)), None)


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Explaining]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    migrate(connection, tmp_path / "simgate.db")
    connection.execute("INSERT INTO threads VALUES ('thr_1', 'a', 'lin_1', '+15', 0, 0, 1, 1, 0, 0)")
    connection.execute(
        "INSERT INTO webhooks (num, id, account, url, secret, name, description, events, format, lines, enabled,"
        " headers, verify_tls, created_at, updated_at)"
        " VALUES (1, 'whk_1', 'a', 'u', 's', '', '', '[]', 'native', '[]', 1, '{}', 1, 0, 0)"
    )
    yield Explaining(connection)
    connection.close()


LATER = {"account": "a", "route": "x", "most": 9}
ASKED: dict[str, tuple[Callable[[Transaction], Any], Sequence[str]]] = {
    "what a phone subscribed to": (
        lambda tx: subscriptions.subscriptions(tx, "a", limit=9, cursor=5, phone="+15"),
        ["subscriptions_phone (account=? AND phone=? AND num<?)"],
    ),
    "what a phone refused": (
        lambda tx: optouts.opt_outs(tx, "a", limit=9, cursor=5, phone="+15"),
        ["opt_outs_phone (account=? AND phone=? AND num<?)"],
    ),
    "whether an account knows a phone": (
        lambda tx: optouts.knows(tx, "a", "+15"),
        ["messages_recipient (recipient=?)", "messages_from (sender=?)"],
    ),
    "the links of a message": (
        lambda tx: links.links(tx, "a", message="msg_1", limit=9, cursor=5),
        ["links_of_message (message=? AND account=? AND num<?)"],
    ),
    "the deliveries of an account": (
        lambda tx: webhooks.deliveries(tx, "a", None, None, 9, 5),
        ["deliveries_of_webhook (webhook=? AND num<?)"],
    ),
    "a further page of batches": (
        lambda tx: batches.batches(tx, "a", limit=9, cursor=5),
        ["batches_listed (account=? AND first_message<?)"],
    ),
    "a further page of a thread": (
        lambda tx: reading.messages(tx, MessageFilter("a", thread="thr_1"), limit=9, cursor=5, ascending=False),
        [
            "messages USING INTEGER PRIMARY KEY (rowid=?)",
            "messages_from (sender=?)",
            "messages_recipient (recipient=?)",
        ],
    ),
    "a further page of what went to a number": (
        lambda tx: reading.messages(tx, MessageFilter("a", to="+15"), limit=9, cursor=5, ascending=False),
        ["messages USING INTEGER PRIMARY KEY (rowid=?)", "messages_recipient (recipient=?)"],
    ),
    "what is ahead of a message": (
        lambda tx: holding.count_ahead(tx, ("auto", "office"), "a", 5, 9),
        [
            "messages_waiting (route=? AND account=? AND priority>?)",
            "messages_waiting (route=? AND account=? AND priority=? AND num<?)",
        ],
    ),
    "the next message for a line": (
        lambda tx: tx.row(claiming.HEAD, {"route": "auto", "account": "a", "line": "%,1,%", "at_least": 0}),
        ["messages_waiting (route=? AND account=? AND priority>?)"],
    ),
    "what a new route has to be looked for": (
        lambda tx: tx.rows(routing.IN_QUEUE, {"route": "auto", "account": "a", "priority": 5, "after": 7, "most": 9}),
        ["INDEX messages_waiting (route=? AND account=? AND priority=? AND num>?)"],
    ),
    "what a SIM has sent": (
        lambda tx: tx.row(lines.SPENT_BY_SIM, {"sim": "89", "day": "2026-11-20", "first": "2026-11-01"}),
        ["line_days_of_sim (sim=? AND day>? AND day<?)"],
    ),
    "what waits for a sender that is deleted": (
        lambda tx: tx.rows(senders.LATER, LATER),
        ["messages_later (account=?)"],
    ),
}


@pytest.mark.parametrize("question", ASKED)
def test_a_question_reads_its_own_rows(tx: Explaining, question: str):
    ask, wanted = ASKED[question]
    ask(tx)
    missing = [index for index in wanted if not any(index in plan for plan in tx.plans)]
    assert missing == [], tx.plans
    strangers = [plan for plan in tx.plans if re.search(r"messages_of_account|messages_inbound_time|_of_account", plan)]
    assert strangers == []
