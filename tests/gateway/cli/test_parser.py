import pytest

from gateway.cli.parser import NOUNS, parse


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_a_noun_alone_is_its_list(noun):
    assert parse([noun]).handler == parse([noun, "list"]).handler
    assert parse([noun, "-o", "json"]).output == "json"


@pytest.mark.parametrize(
    "argv", [["--help"], ["lines", "--help"], ["keys", "add", "-h"], ["send", "--help"], ["demo", "--help"]]
)
def test_help_is_no_failure(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        parse(argv)
    assert caught.value.code == 0
    assert "usage: simgate" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["fly"],
        ["lines", "jump"],
        ["send"],
        ["send", "+1", "x", "--wait", "0"],
        ["send", "+1", "x", "--priority", "11"],
        ["list", "--limit", "0"],
        ["list", "--state", "lost"],
        ["accounts", "login"],
        ["accounts", "login", "add"],
    ],
)
def test_wrong_usage_ends_with_1(argv):
    with pytest.raises(SystemExit) as caught:
        parse(argv)
    assert caught.value.code == 1


def test_options_may_stand_anywhere_among_the_words():
    for argv in (["+1", "hi", "--from", "office"], ["+1", "--from", "office", "hi"], ["--from", "office", "+1", "hi"]):
        send = parse(["send", *argv])
        assert (send.to, send.text, send.sender) == ("+1", "hi", "office")
    assert parse(["accounts", "set", "shop", "-o", "json", "a=1", "b=2"]).settings == ["a=1", "b=2"]
    assert parse(["cancel", "msg_1", "-o", "json", "msg_2"]).ids == ["msg_1", "msg_2"]


def test_what_stands_behind_two_dashes_is_no_option():
    assert parse(["send", "--flash", "+1", "--", "-5 degrees"]).text == "-5 degrees"
    assert parse(["send", "+1", "-"]).text == "-"


def test_every_verb_leads_to_a_function():
    from importlib import import_module

    verbs = [
        ["run"],
        ["demo"],
        ["simulate"],
        ["send", "+1", "x"],
        ["list"],
        ["show", "msg_1"],
        ["cancel", "msg_1"],
        ["inbox"],
        ["lines"],
        ["lines", "pause", "a"],
        ["lines", "resume", "a"],
        ["webhooks"],
        ["webhooks", "add", "http://x"],
        ["webhooks", "delete", "whk_1"],
        ["webhooks", "test", "whk_1"],
        ["webhooks", "replay", "whk_1"],
        ["webhooks", "deliveries"],
        ["keys"],
        ["keys", "add"],
        ["keys", "revoke", "x"],
        ["accounts"],
        ["accounts", "add", "a"],
        ["accounts", "set", "a", "b=c"],
        ["accounts", "suspend", "a"],
        ["accounts", "resume", "a"],
        ["accounts", "show", "a"],
        ["accounts", "login", "add", "u"],
        ["accounts", "login", "list"],
        ["accounts", "login", "remove", "u"],
        ["check-config"],
        ["migrate"],
        ["backup", "x"],
        ["restore", "x"],
        ["version"],
    ]
    for verb in verbs:
        module, function = parse(verb).handler.split(":")
        assert callable(getattr(import_module(f"gateway.cli.{module}"), function)), verb
