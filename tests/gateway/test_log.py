import io
import json
import logging

import pytest

from gateway import log
from gateway.config import LogSettings

KEY = "gsk_Ab3dEf9h_0123456789abcdefghijABCDEFGHIJ01"


@pytest.fixture
def written(monkeypatch):
    """What a root logger set up with these settings writes for one record."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level

    def write(how, *args, settings=None, environ=(), **fields):
        stream = io.StringIO()
        log.setup(settings or LogSettings(level="debug"), stream, dict(environ))
        how(logging.getLogger("gateway.test"), *args, extra=fields)
        return stream.getvalue()

    yield write
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)


def test_text_has_the_time_the_level_the_logger_the_event_and_its_fields(written):
    line = written(logging.Logger.info, "line is up", line="office", model="EC25 E", ms=12)
    assert line.endswith('Z INFO gateway.test line is up line=office model="EC25 E" ms=12\n')


def test_no_field_hides_what_happened(written):
    line = written(logging.Logger.info, "webhook not taken", event="evt_1", level=3)
    assert line.endswith(" webhook not taken event_=evt_1 level=3\n")


@pytest.mark.parametrize(
    ("how", "priority"),
    [
        (logging.Logger.debug, 7),
        (logging.Logger.info, 6),
        (logging.Logger.warning, 4),
        (logging.Logger.error, 3),
        (logging.Logger.critical, 3),
    ],
)
def test_the_journal_gets_its_priorities(written, how, priority):
    assert written(how, "x", environ={"JOURNAL_STREAM": "8:1"}) == f"<{priority}>gateway.test x\n"


def test_json_is_one_object_a_line(written):
    line = written(logging.Logger.info, "line is up", settings=LogSettings(format="json"), line="office", ms=1.5)
    assert json.loads(line) | {"at": ""} == {
        "at": "",
        "level": "info",
        "logger": "gateway.test",
        "event": "line is up",
        "line": "office",
        "ms": 1.5,
    }
    assert line.count("\n") == 1


@pytest.mark.parametrize("settings", [LogSettings(format="text"), LogSettings(format="json")])
def test_no_text_forges_a_line_or_moves_the_cursor(written, settings):
    line = written(logging.Logger.warning, "odd\nERROR root x", settings=settings, operator="\x1b[2J\r\n\x9b0m\u2028")
    assert line.count("\n") == 1
    assert not any(sign in line for sign in "\r\x1b\x9b\u2028")


@pytest.mark.parametrize("settings", [LogSettings(format="text", level="debug"), LogSettings(format="json", text=True)])
@pytest.mark.parametrize(
    ("fields", "secret"),
    [
        ({"reason": f"called with {KEY}"}, KEY[13:]),
        ({"reason": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "MfKQ9r8G"),
        ({"at": 'AT+CPIN="4812"'}, "4812"),
        ({"pin": "4812"}, "4812"),
        ({"header": "Authorization: Bearer abc.def"}, "abc.def"),
        ({"url": "https://me:hunter2@example.org/hook"}, "hunter2"),
    ],
)
def test_no_secret_is_logged(written, settings, fields, secret):
    assert secret not in written(logging.Logger.error, "trouble", settings=settings, **fields)


def test_a_secret_in_a_traceback_is_not_logged(written):
    try:
        raise ValueError(f"bad key {KEY}")
    except ValueError:
        line = written(logging.Logger.exception, "trouble")
    assert "ValueError: bad key gsk_Ab3dEf9h_…" in line
    assert line.count("\n") == 1


def test_numbers_are_masked_above_debug(written):
    fields = {"reason": "no route to +48601234200", "to": "48601234200"}
    assert "+4860…200" in written(logging.Logger.info, "x", **fields)
    assert "601234200" not in written(logging.Logger.info, "x", **fields)
    assert "+48601234200" in written(logging.Logger.debug, "x", **fields)


@pytest.mark.parametrize(
    ("how", "text", "shown"),
    [
        (logging.Logger.info, True, False),
        (logging.Logger.debug, False, False),
        (logging.Logger.debug, True, True),
    ],
)
def test_texts_are_logged_only_when_both_asked_for(written, how, text, shown):
    pdu = "07913121139418F0040B913109060901F0" * 2
    line = written(how, f"> {pdu}", settings=LogSettings(level="debug", text=text), text="a secret plan")
    assert ("a secret plan" in line) is shown
    assert (pdu in line) is shown


def test_what_is_below_the_level_is_not_written(written):
    assert written(logging.Logger.info, "x", settings=LogSettings(level="warning")) == ""


@pytest.mark.parametrize("name", ["auth_password", "AUTH_PASSWORD", "auth%5Fpassword"])
def test_a_password_in_an_address_is_not_written(written, name):
    address = f"GET /api/json/messages/text/send/?auth_username=user;{name}=Sw0rd%26f1sh;stype=&x=1"
    line = written(logging.Logger.warning, "odd request: %s", address, where=address)
    assert "Sw0rd" not in line
    assert "f1sh" not in line
    assert ";stype=&x=1" in line


WORDS = ("bearer", "Basic", "abc", "deadbeef" * 4, KEY, "whsec_MfKQ9r8GKYqrTw", "line", "+13109060901", "+CPIN", "1234")
PAIRS = [f"{first}{between}{second}" for first in WORDS for second in WORDS for between in (" ", "_", "=", ": ")]


@pytest.mark.parametrize("text", PAIRS)
@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_what_is_passed_unsearched_holds_nothing_to_find(monkeypatch, text, level):
    record = logging.makeLogRecord({"msg": text, "levelno": level, "value": text})
    quick = log.JsonFormatter().fields(record)
    monkeypatch.setattr(log, "_is_harmless", lambda _: False)
    assert quick == log.JsonFormatter().fields(record)


@pytest.mark.parametrize(("text", "there"), [(False, False), (True, True)])
def test_at_traffic_as_a_whole_is_shown_only_where_texts_are(written, text, there):
    settings = LogSettings(level="debug", text=text)
    line = written(
        logging.Logger.debug, "modem0 < (3 octets)", settings=settings, line="(3 octets)", whole="private words"
    )
    assert ("private words" in line) is there
    assert "(3 octets)" in line
