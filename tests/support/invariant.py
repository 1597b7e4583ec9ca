"""What must hold after a trial of the fault campaign, whatever was done to the modems and to the daemon.

Every message that was answered 202 is on the network once, or still waits, or failed with a reason, or is unknown;
it is there twice only where it says so. Every PDU that the host let a modem forget is on disk. Every message that came
in is there once, whole, with one event.
"""

import contextlib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modem.simulator.ledger import Entry

TOKEN = re.compile(r"<([io]\d+)>")  # in every part of a text of the campaign
OPEN = frozenset({"scheduled", "queued", "sending"})
ON_NETWORK = frozenset({"sent", "delivered", "undelivered"})
NOT_SENT = frozenset({"queued", "failed"})


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was answered 202. resend: its on_unknown is so."""

    token: str
    id: str
    resend: bool


def token_of(text: object) -> str:
    found = TOKEN.search(str(text))
    return found[1] if found else "?"


def outbound(accepted: Sequence[Sent], messages: Sequence[Mapping[str, Any]], ledger: Sequence[Entry]) -> Iterator[str]:
    """messages: as /v1 shows them, in the order of ``accepted``."""
    on_network = Counter((token_of(entry["text"]), _sequence(entry)) for entry in ledger)
    for (token, n), count in on_network.items():
        if not token.startswith("o"):
            yield "something on the network is not ours"
        elif count > 1 and token not in {sent.token for sent in accepted}:
            yield f"{token}, which was not answered, is on the network {count} times in part {n}"
    for sent, message in zip(accepted, messages, strict=True):
        counts = [on_network[sent.token, n] for n in range(1, message["segments"] + 1)]
        for fault in _of_message(message, counts):
            parts = [part["state"] for part in message["parts"]]
            yield f"{fault}: {sent.token} is {message['state']} {parts}, {message['error']}, on the network {counts}"


def _sequence(entry: Entry) -> int:
    concatenation: Any = entry["concat"]
    return int(concatenation["seq"]) if concatenation else 1


def _of_message(message: Mapping[str, Any], counts: Sequence[int]) -> Iterator[str]:
    again = message["possible_duplicate"]
    if message["state"] in OPEN:
        yield "still open"
    if message["state"] == "failed" and not (message["error"] and message["error"]["code"]):
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
