import pytest

from gateway.domain.errors import Rejected
from gateway.policy.templates import fill, names


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hi {{name}}!", "Hi Ann!"),
        ("Hi {{ name }}!", "Hi Ann!"),
        ("Hi {{name|there}}!", "Hi Ann!"),
        ("Hi {{other|there}}!", "Hi there!"),
        ("Hi {{ other | my friend }}!", "Hi my friend!"),
        ("Hi {{other|}}!", "Hi !"),
        ("Hi {{empty|there}}!", "Hi there!"),
        ("Hi {{empty}}!", "Hi !"),
        ("{{name}}{{name}}", "AnnAnn"),
        ("{name} {{}} {{ }} {{a b}} {{na\nme}} {{name", "{name} {{}} {{ }} {{a b}} {{na\nme}} {{name"),
        ("{{{name}}}", "{Ann}"),
        ("{{braces}}", "{{name}}"),
        ("{{näme}}", "{{näme}}"),
    ],
)
def test_placeholders_are_filled_and_anything_else_stays(text: str, filled: str) -> None:
    assert fill(text, {"name": "Ann", "empty": "", "braces": "{{name}}"}) == filled


def test_every_variable_without_value_and_default_is_named() -> None:
    with pytest.raises(Rejected) as refusal:
        fill("{{a}} {{b|x}} {{c}} {{a}}", {})
    assert refusal.value.code == "invalid_request"
    assert [fault.field for fault in refusal.value.faults] == ["vars.a", "vars.c"]


def test_the_variables_of_a_text_are_named_once() -> None:
    assert names("{{a}} {{ b | x }} {{a}} {{no thing}}") == ("a", "b")


def test_a_hostile_text_costs_no_more_than_its_length() -> None:
    text = "{{a|" * 100_000 + "{{" + " " * 500_000
    assert fill(text, {}) == text
