import pytest

from modem.at.results import Category, is_hex, is_unsolicited, parse_final


@pytest.mark.parametrize(
    "line", ["OKAY", "NOT OK", '+COPS: 0,0,"OK"', "ok", "ERRORS", "+CMS ERRORS: 1", "1", "CONNECTED"]
)
def test_only_a_whole_line_is_a_result(line: str) -> None:
    assert parse_final(line) is None


@pytest.mark.parametrize(
    ("line", "category", "code"),
    [
        ("+CMS ERROR: 38", Category.CMS, 38),
        ("+CMS ERROR:38", Category.CMS, 38),
        ("+CME ERROR: SIM failure", Category.CME, 13),
        ("+CMS ERROR: SIM PIN required", Category.CMS, 311),
        ("+CMS ERROR: SIM not inserted", Category.CMS, 310),
        ("+CME ERROR", Category.CME, None),
        ("TOO MANY PARAMETERS", Category.GENERIC, None),
        ("COMMAND NOT SUPPORT", Category.UNSUPPORTED, None),
        ("MODEM ERROR: 5", Category.MODEM, 5),
    ],
)
def test_a_refusal_has_its_tree_and_number(line: str, category: Category, code: int | None) -> None:
    final = parse_final(line)
    assert final is not None
    assert (final.category, final.code, final.ok) == (category, code, False)


def test_a_refusal_becomes_an_error_that_names_the_command() -> None:
    final = parse_final("+CMS ERROR: 38")
    assert final is not None
    error = final.rejection("AT+CMGS=18")
    assert (error.command, error.kind, error.code, error.text) == ("AT+CMGS=18", "cms", 38, "+CMS ERROR: 38")
    assert final.says("cms", 1, 38)
    assert not final.says("cme", 38)


def test_digits_are_results_only_where_a_modem_may_answer_in_digits() -> None:
    assert parse_final("0") is None
    ok, refusal = parse_final("0", numeric=True), parse_final("4", numeric=True)
    assert ok is not None
    assert refusal is not None
    assert (ok.ok, refusal.ok) == (True, False)


@pytest.mark.parametrize("line", ["SARA-G450", "Ai Thinker Co.LTD", "001010000000001"])
def test_names_and_numbers_are_no_news(line: str) -> None:
    assert not is_unsolicited(line)


@pytest.mark.parametrize(
    ("line", "hexadecimal"), [("0791", False), ("07918497", True), ("0791849", False), ("0791849G", False)]
)
def test_a_pdu_is_pairs_of_hex_digits(line: str, hexadecimal: bool) -> None:
    assert is_hex(line) is hexadecimal
