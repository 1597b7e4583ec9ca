"""What must hold after a trial of the fault campaign, whatever was done to the modems and to the daemon.

Every message that was answered 202 is on the network once, or still waits, or failed with a reason, or is unknown;
it is there twice only where it says so. Every PDU that the host let a modem forget is on disk. Every message that came
in is there once, whole, with one event.
"""

import contextlib
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from modem.simulator.ledger import Entry
from tests.support.callers import Answered

TOKEN = re.compile(r"<([io]\d+)>")  # in every part of a text of the campaign
OPEN = frozenset({"scheduled", "queued", "sending"})
ON_NETWORK = frozenset({"sent", "delivered", "undelivered"})
NOT_SENT = frozenset({"queued", "failed", "canceled", "rejected"})
Stored = Mapping[str, Any]
REASONED = frozenset({"failed", "unknown", "rejected", "expired", "undelivered"})


def token_of(text: object) -> str:
    found = TOKEN.search(str(text))
    return found[1] if found else "?"


def outbound(
    answers: Sequence[Answered], messages: Sequence[Mapping[str, Any]], ledger: Sequence[Entry]
) -> Iterator[str]:
    """messages: every one that goes out, as /v1 shows it with its parts."""
    on_network = Counter((token_of(entry["text"]), str(entry["to"]), _sequence(entry)) for entry in ledger)
    stored = Counter((token_of(message["text"]), message["to"]) for message in messages)
    tested = {answered.call.token for answered in answers if answered.call.test}
    for token, to, n in on_network:
        if token != "?" and not stored[token, to]:
            yield f"{token} to {to} is on the network in part {n}, and is not ours"
    yield from answered_and_kept(answers, messages)
    for message in messages:
        token = token_of(message["text"])
        if token == "?":  # an automatic answer
            continue
        counts = [on_network[token, message["to"], n] for n in range(1, message["segments"] + 1)]
        faults = ["a test was sent"] if token in tested and any(counts) else []
        for fault in (*faults, *(_of_message(message, counts) if token not in tested else ())):
            parts = [part["state"] for part in message["parts"]]
            yield f"{fault}: {token} is {message['state']} {parts}, {message['error']}, on the network {counts}"


def answered_and_kept(answers: Sequence[Answered], messages: Sequence[Stored]) -> Iterator[str]:
    """What was accepted is kept once, what was refused is not, or as rejected."""
    kept: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for message in messages:
        kept[token_of(message["text"]), message["to"]].append(message["state"])
    for answered in answers:
        call = answered.call
        states = {to: kept[call.token, to] for to in call.to}
        if any(len(found) > 1 for found in states.values()):
            yield f"{call.token} is kept more than once: {states}"
        accepted = answered.to or ()
        if call.whole and any(not states[to] for to in accepted):
            yield f"{call.token} was accepted for {accepted} and is not kept: {states}"
        if accepted and not any(states.values()):
            yield f"{call.token} was accepted, and nothing of it is kept"
        told = accepted if call.whole else call.to if accepted else ()
        if answered.status and any(set(states[to]) - {"rejected"} for to in call.to if to not in told):
            yield f"{call.token} was accepted for {told} only, and is kept for others: {states}"


def _sequence(entry: Entry) -> int:
    concatenation: Any = entry["concat"]
    return int(concatenation["seq"]) if concatenation else 1


def _of_message(message: Mapping[str, Any], counts: Sequence[int]) -> Iterator[str]:
    again = message["possible_duplicate"]
    if message["state"] in OPEN:
        yield "still open"
    if message["state"] in REASONED and not (message["error"] and message["error"]["code"]):
        yield "no reason"
    for part, count in zip(message["parts"], counts, strict=True):
        if part["state"] in ON_NETWORK and count == 0:
            yield "a success was made up"
        if part["state"] in NOT_SENT and count and not again:
            yield "it went out all the same"
        if count > 1 and not again:
            yield "it went out twice"


def inbound(injected: Mapping[str, str], inbox: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """injected: the texts by their token."""
    came = Counter(token_of(message["text"]) for message in inbox)
    for message in inbox:
        if injected.get(token_of(message["text"])) != message["text"] or message["incomplete"]:
            yield f"what came is not what was sent: {message['encoding']} {message['text'][:80]!r}"
    for token in injected:
        if came[token] != 1:
            yield f"{token} came {came[token]} times"


def database(path: Path, deleted: Sequence[Entry]) -> Iterator[str]:
    """path: of a daemon that has ended. deleted: from the ledger."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        filed = {bytes(row[0]).hex().upper() for row in connection.execute("SELECT pdu FROM arrivals")}
        events = Counter(
            row[0] for row in connection.execute("SELECT message FROM events WHERE type = 'message.received'")
        )
        messages = [row[0] for row in connection.execute("SELECT id FROM messages WHERE direction = 'in'")]
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if sound != "ok":
        yield f"integrity_check: {sound}"
    if any(events[message] != 1 for message in messages):
        yield f"events of {len(messages)} messages: {events}"
    for entry in deleted:
        if _is_deliver(str(entry["pdu"])) and entry["pdu"] not in filed:
            yield f"deleted and not on disk: {entry}"


def _is_deliver(pdu: str) -> bool:
    """TP-MTI behind the SMSC field (TS 23.040 §9.2.3.1)."""
    octets = bytes.fromhex(pdu)
    return octets[octets[0] + 1] & 0b11 == 0


def log(text: str) -> Iterator[str]:
    """Faults of the program; what breaks a line or the daemon has a traceback."""
    yield from (f"the log says {line}" for line in text.splitlines() if "Traceback" in line or "IllegalT" in line)
