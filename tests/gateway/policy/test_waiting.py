"""Why a message waits: one row for each reason, and which of two comes first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.line import LineRecord, LineState, LineStatus, Rest, RestKind
from gateway.domain.message import Message, MessageError, Part, State
from gateway.policy.waiting import MOST_AHEAD, Candidate, Failure, Holds, LineReason, Reason, why

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
CMS_38 = MessageError("temporary_failure", "not taken this time: network out of order", {"cms": 38})
SIM_REFUSED = MessageError("sim_refused", "refused for this SIM: operator determined barring", {"cms": 8})


def message(state: State = State.QUEUED, *parts: State, sent_at: datetime | None = None, **changed: Any) -> Message:
    known = tuple(
        Part(n, len(parts), 1, b"x", header=False, data_coding=0, text="x", state=part, sent_at=sent_at)
        for n, part in enumerate(parts or (state,), 1)
    )
    found = Message(1, "msg_1", "default", "out", state, "office", "+13105551212", "x", "gsm7", 1, NOW, parts=known)
    return replace(found, **changed)


def line(state: LineState = LineState.UP, name: str = "office", **status: Any) -> LineRecord:
    seen = LineStatus(LineState.DOWN if state is LineState.DOWN else LineState.UP, status.pop("reason", ""), **status)
    return LineRecord(1, f"lin_{name}", name, paused=state is LineState.PAUSED, status=seen)


def held(known: Message | None = None, *candidates: Candidate, **changed: Any) -> Holds:
    return replace(Holds(known or message(), NOW, candidates=candidates), **changed)


def resting(kind: RestKind, state: LineState = LineState.UP) -> Candidate:
    return Candidate(line(state), rest=Rest(kind, "it rests", LATER))


UP = Candidate(line())
PAUSED = Candidate(line(LineState.PAUSED))
SEARCHING = "the modem is searching for a network"
REFUSED = Candidate(line(), avoided=True, refusal=SIM_REFUSED)
SCHEDULED = message(State.SCHEDULED, due_at=LATER)
RETRIED = message(due_at=LATER)

TABLE: dict[str, tuple[Holds, Reason, str, datetime | None]] = {
    "delivered": (
        held(message(State.DELIVERED)), Reason.NOT_WAITING, "it does not wait any more: it is delivered", None,
    ),
    "unknown": (held(message(State.UNKNOWN)), Reason.NOT_WAITING, "it does not wait any more: it is unknown", None),
    "inbound": (held(message(State.RECEIVED)), Reason.NOT_WAITING, "it came in, and is not to be sent", None),
    "claimed": (
        held(message(State.SENDING), taken_by="office"), Reason.TAKEN, "line office has taken it and sends it next",
        None,
    ),
    "on the air": (
        held(message(State.SENDING), taken_by="office", on_air_since=NOW), Reason.ON_AIR,
        "line office is sending it now, since 2026-11-20 09:00:00 UTC", None,
    ),
    "paused batch": (
        held(None, UP, batch_paused=True), Reason.BATCH_PAUSED, "its batch is paused, until somebody resumes it", None,
    ),
    "suspended account": (
        held(None, UP, account_suspended=True), Reason.ACCOUNT_SUSPENDED,
        "its account is suspended, until somebody resumes it", None,
    ),
    "scheduled": (
        held(SCHEDULED, UP), Reason.SCHEDULED, "it is scheduled for 2026-11-20 10:00:00 UTC", LATER,
    ),
    "window": (
        held(None, UP, window_opens=LATER), Reason.OUTSIDE_WINDOW,
        "it is outside its send window until 2026-11-20 10:00:00 UTC", LATER,
    ),
    "retry": (
        held(RETRIED, UP, failure=Failure(CMS_38, "office")), Reason.RETRY,
        "the next try is at 2026-11-20 10:00:00 UTC after +CMS ERROR 38 on line office: not taken this time:"
        " network out of order", LATER,
    ),
    "no line of that sender": (held(), Reason.NO_LINE, "no line carries the sender office", None),
    "no line at all": (held(message(sender="auto")), Reason.NO_LINE, "this account has no line", None),
    "begun over a line that is gone": (
        held(message(State.SENDING, State.SENT, State.QUEUED, sent_at=NOW)), Reason.NO_LINE,
        "parts of it went out over a line that this account does not have any more", None,
    ),
    "the only line": (
        held(None, PAUSED), Reason.NO_LINE_READY, "the only line that may carry it is office: paused by a person", None,
    ),
    "a route that leads nowhere": (
        held(message(sender="auto"), route="germany"), Reason.NO_LINE,
        "the route germany leads to no line of this account", None,
    ),
    "the rate": (
        held(None, resting(RestKind.RATE)), Reason.NO_LINE_READY,
        "the only line that may carry it is office: it rests, until 2026-11-20 10:00:00 UTC", LATER,
    ),
    "the rate, behind others": (
        held(None, resting(RestKind.RATE), ahead=2), Reason.IN_QUEUE,
        "2 messages of its account are ahead of it", None,
    ),
    "the hours": (
        held(None, resting(RestKind.HOURS), ahead=2), Reason.NO_LINE_READY,
        "the only line that may carry it is office: it rests, until 2026-11-20 10:00:00 UTC", LATER,
    ),
    "a spent budget": (
        held(None, resting(RestKind.BUDGET, LineState.DOWN), PAUSED), Reason.NO_LINE_READY,
        "none of the 2 lines that may carry it can take it now", LATER,
    ),
    "a blocked SIM beside one that is free": (
        held(None, resting(RestKind.BLOCKED, LineState.DOWN), Candidate(line(name="home"))), Reason.IN_QUEUE,
        "it is next: line home takes it", None,
    ),
    "several lines": (
        held(None, PAUSED, Candidate(line(LineState.DOWN, "home"))), Reason.NO_LINE_READY,
        "none of the 2 lines that may carry it can take it now", None,
    ),
    "left to a line that is down": (
        held(RETRIED, REFUSED, Candidate(line(LineState.DOWN, "home"))), Reason.NO_LINE_READY,
        "none of the 2 lines that may carry it can take it now", LATER,
    ),
    "one ahead": (held(None, UP, ahead=1), Reason.IN_QUEUE, "1 message of its account is ahead of it", None),
    "many ahead": (
        held(None, UP, ahead=MOST_AHEAD + 1), Reason.IN_QUEUE, "more than 1000 messages of its account are ahead of it",
        None,
    ),
    "next": (held(None, UP, PAUSED), Reason.IN_QUEUE, "it is next: line office takes it", None),
    "next for several": (
        held(None, UP, Candidate(line(name="home"))), Reason.IN_QUEUE,
        "it is next: the first line that is free takes it", None,
    ),
    "due, and the janitor has not looked yet": (
        held(message(State.SCHEDULED, due_at=NOW), UP), Reason.IN_QUEUE, "it is next: line office takes it", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_each_reason_has_its_words(case: str) -> None:
    holds, reason, text, until = TABLE[case]
    found = why(holds, naming=True)
    assert (found.reason, found.text, found.until) == (reason, text, until)


@pytest.mark.parametrize(
    ("holds", "first"),
    [
        (held(SCHEDULED, batch_paused=True), Reason.BATCH_PAUSED),
        (held(RETRIED, account_suspended=True), Reason.ACCOUNT_SUSPENDED),
        (held(message(State.SENDING, State.SENT, State.QUEUED), UP, batch_paused=True), Reason.IN_QUEUE),
        (held(message(State.SENDING), batch_paused=True, account_suspended=True), Reason.TAKEN),
        (held(SCHEDULED, window_opens=LATER), Reason.OUTSIDE_WINDOW),
        (held(SCHEDULED, window_opens=NOW + timedelta(minutes=1)), Reason.SCHEDULED),
        (held(RETRIED, PAUSED, window_opens=LATER + timedelta(hours=1)), Reason.OUTSIDE_WINDOW),
        (held(RETRIED, PAUSED), Reason.RETRY),
        (held(RETRIED, REFUSED, UP), Reason.IN_QUEUE),
    ],
)
def test_the_most_telling_reason_is_told(holds: Holds, first: Reason) -> None:
    """A pause without end before a time; what the time brings before what the lines do."""
    assert why(holds, naming=True).reason is first


@pytest.mark.parametrize(
    ("candidate", "reason", "text"),
    [
        (PAUSED, LineReason.PAUSED, "paused by a person"),
        (
            Candidate(line(LineState.DOWN, reason="no modem: there is no /dev/x", since=NOW)), LineReason.DOWN,
            "no modem: there is no /dev/x, down since 2026-11-20 09:00:00 UTC",
        ),
        (
            Candidate(line(LineState.DOWN, reason="sends nothing for 15 minutes: refused", registration="home")),
            LineReason.DOWN, "sends nothing for 15 minutes: refused",
        ),
        (
            Candidate(line(LineState.DOWN, reason=SEARCHING, registration="searching")), LineReason.UNREGISTERED,
            SEARCHING,
        ),
        (Candidate(replace(line(LineState.DOWN), paused=True)), LineReason.PAUSED, "paused by a person"),
        (
            REFUSED, LineReason.REFUSED,
            "could not send it after +CMS ERROR 8: refused for this SIM: operator determined barring;"
            " left to other lines",
        ),
        (Candidate(line(), avoided=True), LineReason.OPTED_OUT, "the recipient wants nothing from this line"),
        (Candidate(line(), leaves_to="home"), LineReason.LEAVES_IT, "leaves it to home, whose turn it is"),
        (UP, LineReason.UP, "up: takes it as soon as it is free"),
        (Candidate(line(registration="roaming")), LineReason.UP, "up: takes it as soon as it is free"),
    ],
)  # fmt: skip
def test_each_line_says_what_it_does(candidate: Candidate, reason: LineReason, text: str) -> None:
    [told] = why(held(None, candidate), naming=True).lines
    assert (told.line, told.reason, told.text) == ("lin_office", reason, text)


@pytest.mark.parametrize("case", TABLE)
def test_whoever_may_not_read_lines_is_told_of_none(case: str) -> None:
    holds, reason, _, until = TABLE[case]
    found = why(holds, naming=False)
    assert (found.reason, found.until, found.lines) == (reason, until, ())
    assert "line office" not in found.text
    assert "office:" not in found.text


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        (RestKind.RATE, LineState.UP, LineReason.PACED),
        (RestKind.HOURS, LineState.UP, LineReason.OUT_OF_HOURS),
        (RestKind.BUDGET, LineState.DOWN, LineReason.BUDGET_SPENT),
        (RestKind.BLOCKED, LineState.DOWN, LineReason.BLOCKED),
        (RestKind.RATE, LineState.DOWN, LineReason.DOWN),
        (RestKind.HOURS, LineState.PAUSED, LineReason.PAUSED),
    ],
)
def test_a_line_says_what_it_rests_for_unless_something_worse_holds_it(kind, state, reason):
    told = why(held(None, resting(kind, state)), naming=True)
    assert [one.reason for one in told.lines] == [reason]


def test_who_may_not_read_lines_is_not_told_what_they_rest_for():
    told = why(held(None, resting(RestKind.BUDGET)), naming=False)
    assert (told.text, told.until, told.lines) == ("the only line that may carry it cannot take it now", LATER, ())
    nowhere = why(held(message(sender="auto"), route="germany"), naming=False)
    assert nowhere.text == "no line may carry it there"
