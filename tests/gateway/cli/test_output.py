import json

import pytest

from gateway.cli.output import clean, local, show_fields, show_json, show_table


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\r", "\n", "\t", "\x7f", "\x9b", "\u202e", "\u2028"])
def test_nothing_that_drives_a_terminal_is_printed(sign, capsys):
    show_table([{"text": f"a{sign}b"}], {"text": "TEXT"})
    assert capsys.readouterr().out == "TEXT\na b\n"


def test_json_escapes_everything_that_is_not_plain(capsys):
    show_json({"text": "\x1b[2J\x9b é"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"text": "\x1b[2J\x9b é"}
    assert "\x1b" not in out


def test_columns_stand_under_each_other_also_in_wide_scripts(capsys):
    show_table([{"a": "東京", "b": "1"}, {"a": "Köln", "b": "2"}], {"a": "A", "b": "B"})
    assert capsys.readouterr().out == "A     B\n東京  1\nKöln  2\n"


def test_empty_fields_are_left_out(capsys):
    show_fields({"id": "msg_1", "error": None, "report": "", "text": "hi"})
    assert capsys.readouterr().out == "id    msg_1\ntext  hi\n"


def test_sentences_keep_their_lines():
    assert clean("a\nb\x1b", keep_lines=True) == "a\nb "


def test_a_time_is_this_machines(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Etc/GMT-2")
    time.tzset()
    try:
        assert local("2026-11-21T08:30:56.123Z") == "2026-11-21 10:30:56"
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    assert local(None) == ""
