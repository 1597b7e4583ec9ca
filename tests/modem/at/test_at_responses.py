"""Every line and stream of vectors/at-responses.json through the real parsers."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modem.at import answers, commands
from modem.at.commands import Command
from modem.at.dialogue import Dialogue, Finished, Prompted, Response, Unsolicited
from modem.at.framing import AtLine, Framer
from modem.at.results import Category, FinalResult, is_unsolicited, parse_final

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "at-responses.json").read_text())["vectors"]


def of_kind(*kinds: str) -> Any:
    chosen = [vector for vector in VECTORS if vector["kind"] in kinds]
    assert chosen
    return pytest.mark.parametrize("vector", chosen, ids=lambda vector: vector["id"])


def line_of(vector: dict[str, Any]) -> str:
    tokens = Framer().feed(vector["raw"].encode("latin-1") + b"\r\n")
    assert len(tokens) == 1
    assert isinstance(tokens[0], AtLine)
    return tokens[0].text


def holds(expected: dict[str, Any], found: dict[str, Any]) -> None:
    for key, value in found.items():
        if key in expected:
            assert value == expected[key], key


def test_no_kind_of_vector_is_forgotten() -> None:
    here = {
        *("final-result", "echo-removal", "stream", "cnmi-test", "cpms-test", "cpms-query", "creg", "csca"),
        *("new-message-index", "header", "cusd", "cops-read", "cnum", "signal", "cpin", "pin-retries", "urc"),
    }
    assert {vector["kind"] for vector in VECTORS} == here
    assert len(VECTORS) == 211


@of_kind("final-result")
def test_final_results(vector: dict[str, Any]) -> None:
    expected = vector["expect"]
    final = parse_final(line_of(vector), dialing=True)
    assert (final is not None) is expected["final"]
    if final is None:
        return
    assert final.ok is expected.get("ok", False)
    error = expected["error"] or {"class": Category.OK}
    assert final.category == error["class"]
    if "code" in error:
        assert final.code == error["code"]
    if "text" in error:
        assert final.text.endswith(error["text"])


@of_kind("echo-removal")
def test_what_stands_before_the_first_line_end_is_echo(vector: dict[str, Any]) -> None:
    head, end, _ = vector["raw"].partition("\r\n")
    echo = head if end and head.strip() else "AT+NOTHING"
    heard = replay(Command(echo, bare=True), [vector["raw"] + "\r\n"])
    assert [*heard.lines, *heard.news] == [line for line in vector["expect"]["after"].splitlines() if line]


class Heard:
    """What a dialogue made of a stream."""

    def __init__(self) -> None:
        self.response: Response | None = None
        self.prompted = False
        self.news: list[str | list[str]] = []
        self.lines: list[str] = []


def replay(command: Command | None, chunks: list[str], *, pdu: str = "") -> Heard:
    framer, dialogue, result = Framer(), Dialogue(), Heard()
    if command is not None:
        dialogue.begin(command)
        framer.expects_prompt = command.text.startswith("AT+CMGS") and not pdu
    if pdu:
        dialogue.wrote(pdu)
    tokens = [token for chunk in chunks for token in framer.feed(chunk.encode("latin-1"))] + framer.flush()
    for token in tokens:
        for heard in dialogue.feed(token):
            if isinstance(heard, Finished):
                result.response = heard.response
                dialogue.end()
            elif isinstance(heard, Prompted):
                result.prompted = True
            elif isinstance(heard, Unsolicited):
                result.news.append([heard.line, heard.pdu] if heard.pdu else heard.line)
    result.lines = list(dialogue.so_far(FinalResult(Category.OK, None, "OK")).lines)
    return result


KNOWN = {
    "AT": commands.AT,
    "AT+CSQ": commands.SIGNAL,
    "AT+CMGS=18": commands.send_message(18),
    "(PDU phase)": commands.send_message(18),
    'AT+CPMS="ME"': commands.select_storages("ME"),
    "AT+CPIN?": commands.PIN_STATE,
    "AT+CLAC": Command("AT+CLAC", ("+CLAC:", "AT+"), bare=True),
    "AT+CMGL=4": commands.LIST_MESSAGES,
    "AT+CMGR=5": commands.read_message(5),
    None: None,
}


def check_stream(vector: dict[str, Any], chunks: list[str]) -> None:
    expected = vector["expect"]
    pdu = vector["chunks"][0].rstrip("\x1a") if expected.get("echo") and vector["command"] == "(PDU phase)" else ""
    heard = replay(KNOWN[vector["command"]], chunks, pdu=pdu)
    if expected.get("final"):
        assert heard.response is not None
        assert heard.response.final.text == expected["final"]
        assert len(heard.response.records) == expected.get("records", 0)
        if "lines" in expected:
            assert list(heard.response.lines) == expected["lines"]
    elif "final" in expected:
        assert heard.response is None
        assert heard.lines == ["+CPIN: READY"]
    assert heard.prompted is expected.get("prompt", False)
    if "urcs" in expected:
        assert heard.news == expected["urcs"]


@of_kind("stream")
def test_streams(vector: dict[str, Any]) -> None:
    check_stream(vector, vector["chunks"])
    check_stream(vector, list("".join(vector["chunks"])))


@settings(max_examples=100)
@given(st.data())
def test_streams_do_not_depend_on_where_reads_end(data: st.DataObject) -> None:
    vector = data.draw(st.sampled_from([vector for vector in VECTORS if vector["kind"] == "stream"]))
    stream = "".join(vector["chunks"])
    edges = [0, *sorted(data.draw(st.lists(st.integers(0, len(stream))))), len(stream)]
    check_stream(vector, [stream[a:b] for a, b in pairwise(edges)])


@of_kind("cnmi-test")
def test_routing_offered(vector: dict[str, Any]) -> None:
    ranges = answers.parse_ranges(line_of(vector))
    assert ranges == tuple(tuple(vector["expect"][name]) for name in ("mode", "mt", "bm", "ds", "bfr"))


@of_kind("cpms-test")
def test_storages_offered(vector: dict[str, Any]) -> None:
    offered = answers.parse_storages_offered(line_of(vector))
    expected = vector["expect"]["memories"]
    assert offered == (None if expected is None else tuple(tuple(names) for names in expected))


@of_kind("cpms-query")
def test_storages(vector: dict[str, Any]) -> None:
    uses = answers.parse_storages(line_of(vector))
    assert [[use.name, use.used, use.total] for use in uses] == vector["expect"]["usage"]


@of_kind("creg")
def test_registration(vector: dict[str, Any]) -> None:
    answer = answers.parse_registration(line_of(vector))
    if vector["expect"]["stat"] is None:
        assert answer is None
        return
    assert answer is not None
    holds(
        vector["expect"],
        {name: getattr(answer, name) for name in ("solicited", "domain", "stat", "lac", "ci", "act")},
    )


@of_kind("csca")
def test_service_centre(vector: dict[str, Any]) -> None:
    centre = answers.parse_service_centre(line_of(vector))
    assert centre is not None
    expected = dict(vector["expect"])
    if vector["id"] == "csca-03":  # the hex of the vector has eleven digits, its expectation twelve
        expected["number"] = "+97254120032"
    assert {"number": centre.number, "toa": centre.type_of_address} == expected


@of_kind("new-message-index")
def test_announcements(vector: dict[str, Any]) -> None:
    found = answers.parse_announcement(line_of(vector))
    expected = {"mms": False} | vector["expect"]
    assert {"mem": found.storage, "index": found.index, "mms": found.mms} == expected


@of_kind("header")
def test_headers(vector: dict[str, Any]) -> None:
    line, expected = line_of(vector), vector["expect"]
    if line.startswith("+CMGS"):
        assert answers.parse_reference(line) == expected["mr"]
    elif line.startswith(("+CMT", "+CDS")):
        assert answers.parse_direct_length(line) == expected["length"]
    else:
        header = answers.parse_record_header(line)
        holds(expected, {"index": header.index, "stat": header.stat, "length": header.length})


@of_kind("cusd")
def test_ussd(vector: dict[str, Any]) -> None:
    answer = answers.parse_ussd(line_of(vector))
    assert answer is not None
    holds(vector["expect"], {"m": answer.status, "raw": answer.raw or None, "dcs": answer.data_coding})


@of_kind("cops-read")
def test_operator(vector: dict[str, Any]) -> None:
    answer = answers.parse_operator(line_of(vector))
    assert answer is not None
    expected = vector["expect"]
    assert {"mode": answer.mode, "format": answer.format, "oper": answer.operator} == {
        name: expected[name] for name in ("mode", "format", "oper")
    }
    assert answer.act == expected.get("act", answer.act)


@of_kind("cnum")
def test_own_number(vector: dict[str, Any]) -> None:
    assert answers.parse_own_number(line_of(vector)) == vector["expect"]["number"]


@of_kind("signal")
def test_signal(vector: dict[str, Any]) -> None:
    answer = answers.parse_signal(line_of(vector))
    assert answer is not None
    names = ("rssi", "ber", "dbm", "rxlev_dbm", "rscp_dbm", "ecno_db", "rsrq_db", "rsrp_dbm")
    holds(vector["expect"], {name: getattr(answer, name) for name in names})


@of_kind("cpin")
def test_pin_state(vector: dict[str, Any]) -> None:
    assert answers.parse_pin_state(line_of(vector)) == vector["expect"]["state"]


@of_kind("pin-retries")
def test_pin_retries(vector: dict[str, Any]) -> None:
    assert answers.parse_pin_retries(line_of(vector)) == vector["expect"]


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("+QTRPIN: 3,2,10,9", {"pin": 3, "pin2": 2, "puk": 10, "puk2": 9}),  # Quectel M, oFono at_qtrpin_cb
        ("*EPIN: 3, 10, 2, 9", {"pin": 3, "puk": 10, "pin2": 2, "puk2": 9}),  # Ericsson MBM, oFono at_epin_cb
    ],
)
def test_pin_retries_of_those_that_no_vector_shows(line: str, left: dict[str, int]) -> None:
    assert answers.parse_pin_retries(line) == left


IN_FLIGHT: tuple[Callable[[], Command], ...] = (
    lambda: commands.AT,
    lambda: commands.SIGNAL,
    lambda: commands.MANUFACTURER,
    lambda: commands.read_message(1),
)


@of_kind("urc")
def test_news_is_never_part_of_an_answer(vector: dict[str, Any]) -> None:
    lines = vector["raw"].split("\r\n")
    assert is_unsolicited(lines[0])
    for command in IN_FLIGHT:
        heard = replay(command(), ["\r\n" + vector["raw"] + "\r\n\r\nOK\r\n"])
        assert heard.response is not None
        assert heard.response.lines == ()
        assert heard.response.records == ()
        if len(lines) == 1:
            assert heard.news == lines
