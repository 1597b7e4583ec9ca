from gateway.cli.show import code_of, timeline, waiting_fields

ERROR = {"code": "submit_outcome_unknown", "message": "it may have gone out", "cause": {}}


def test_the_timeline_has_states_tries_and_other_events_in_order():
    message = {
        "state_at": {
            "queued": "2026-11-21T08:00:00.000Z",
            "sending": "2026-11-21T08:00:01.000Z",
            "unknown": "2026-11-21T08:00:04.000Z",
        }
    }
    history = {
        "attempts": [
            {
                "part": 1,
                "line": "lin_1",
                "started_at": "2026-11-21T08:00:01.500Z",
                "ended_at": "2026-11-21T08:00:03.750Z",
                "outcome": "unknown",
                "error": ERROR,
            },
            {
                "part": 2,
                "line": "lin_9",
                "started_at": "2026-11-21T08:00:05.000Z",
                "ended_at": None,
                "outcome": None,
                "error": None,
            },
        ],
        "data": [
            {"type": "message.unknown", "timestamp": "2026-11-21T08:00:04.000Z"},
            {"type": "message.reply_received", "timestamp": "2026-11-21T09:00:00.000Z"},
        ],
    }
    steps = sorted(timeline(message, history, {"lin_1": "office"}), key=lambda step: step["when"])
    assert [(step["what"].strip(), step.get("line"), step.get("code"), step.get("ms")) for step in steps] == [
        ("queued", None, None, None),
        ("sending", None, None, None),
        ("try: unknown", "office", "submit_outcome_unknown", 2250),
        ("unknown", None, None, None),
        ("try: on its way", "lin_9", "", None),
        ("event message.reply_received", None, None, None),
    ]


def test_the_raw_number_is_shown_where_there_is_one():
    assert code_of({"code": "network_failure", "message": "", "cause": {"cms": 38}}) == "CMS 38"
    assert code_of({"code": "no_report", "message": "", "cause": {"tp_st": 70}}) == "TP-ST 70"
    assert code_of(ERROR) == "submit_outcome_unknown"
    assert code_of(None) == ""


def test_why_it_waits_stands_in_a_sentence_with_its_lines_below():
    paused = {"line": "lin_1", "reason": "paused", "text": "paused by a person"}
    unnamed = {"line": "lin_9", "reason": "down", "text": "not started"}
    waiting = {"reason": "no_line_ready", "text": "none can take it", "until": None, "lines": [paused, unnamed]}
    assert waiting_fields(waiting, {"lin_1": "office"}) == {
        "waiting": "none can take it",
        "  office": "paused by a person",
        "  lin_9": "not started",
    }
    assert waiting_fields(None, {}) == {}


def test_the_timeline_says_from_whom_a_line_took_it_over_and_why():
    takeover = {
        "at": "2026-11-20T09:00:01.000Z", "from": "lin_1", "to": "lin_2", "reason": "refused",
        "text": "refused for this SIM: call barred", "cause": {"cms": 10},
    }  # fmt: skip
    message = {"state_at": {}, "takeovers": [takeover]}
    [step] = timeline(message, {"attempts": [], "data": []}, {"lin_1": "office", "lin_2": "home"})
    assert step["what"] == "taken over from office: refused for this SIM: call barred"
    assert (step["line"], step["code"]) == ("home", "CMS 10")
