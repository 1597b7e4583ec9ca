"""One event is one line on stderr: as text, with the journal's priorities under systemd, or as JSON.

A record is a constant text and fields (``extra``). Whatever it says, no key, PIN or webhook secret leaves the process;
above DEBUG no whole phone number does, and the texts of messages only at DEBUG and when ``log.text`` is set.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from gateway.config import LogSettings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECRETS = (
    (re.compile(r"\b(gsk_[A-Za-z0-9]{8})_[A-Za-z0-9]+"), r"\1_…"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=]+"), "whsec_…"),
    (re.compile(r"(?i)(\+(?:CPIN|CLCK|CPWD|CPIN2)=).*"), r"\1…"),
    (re.compile(r"(?i)\b(bearer|basic) [A-Za-z0-9+/=._~-]+"), r"\1 …"),
    (re.compile(r"(?i)\b(auth(?:_|%5f)password(?:=|%3d))[^&;\s\"'#]+"), r"\1…"),
    (re.compile(r"(https?://[^\s/:@]*):[^\s/@]+@"), r"\1:…@"),
)
_SECRET_FIELDS = frozenset({"pin", "puk", "key", "secret", "password", "authorization"})
_NUMBER_FIELDS = frozenset({"to", "from", "sender", "recipient", "number", "originating_address"})
_TEXT_FIELDS = frozenset({"text", "body", "pdu", "content", "user_data"})
_WHOLE_FIELDS = frozenset({"whole"})  # AT traffic with texts and numbers (modem.at.masking)
_NUMBER = re.compile(r"(?<![\w+])(\+\d{4})\d+(\d{3})(?!\w)")
_PLAIN_NUMBER = re.compile(r"^(\d{3})\d{3,}(\d{3})$")
SHORTEST_HEX = 32  # digits: what is shorter is no TPDU
_HEX = re.compile(rf"(?i)(?<![0-9A-Z])(?:[0-9A-F]{{2}}){{{SHORTEST_HEX // 2},}}(?![0-9A-Z])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


def setup(settings: LogSettings, stream: TextIO = sys.stderr, environ: Mapping[str, str] = os.environ) -> None:
    """Make the root logger write to stream, in place of whatever it did before."""
    journal = "JOURNAL_STREAM" in environ
    formatter: logging.Formatter = (
        JsonFormatter(text=settings.text) if settings.format == "json" else TextFormatter(text=settings.text)
    )
    if journal and settings.format == "auto":
        formatter = JournalFormatter(text=settings.text)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    logging.captureWarnings(True)
    logging._srcfile = None  # no formatter tells the caller, so nobody need look for it
    for name in ("asyncio", "aiosqlite", "aiohttp.access"):  # they say nothing of ours below WARNING
        logging.getLogger(name).setLevel(logging.WARNING)


class _Redacting(logging.Formatter):
    """What is common: the fields of a record, cleaned."""

    def __init__(self, *, text: bool = False) -> None:
        super().__init__()
        self._text = text

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """event first, then what the caller gave as ``extra``, then the traceback if there is one."""
        show_text = self._text and record.levelno <= logging.DEBUG
        found: dict[str, Any] = {"event": self._clean(record.getMessage(), record, show_text)}
        for name, value in vars(record).items():
            if name in _WHOLE_FIELDS and not show_text:
                continue  # the record has the same masked
            if name not in _STANDARD and not name.startswith("_"):
                shown = f"{name}_" if name in found else name  # no field hides what happened
                found[shown] = self._field(name, value, record, show_text)
        if record.exc_info and record.exc_info[0] is not None:
            found["traceback"] = self._clean(self.formatException(record.exc_info), record, show_text)
        return found

    def _field(self, name: str, value: Any, record: logging.LogRecord, show_text: bool) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if name in _SECRET_FIELDS:
            return "…"
        if name in _TEXT_FIELDS and not show_text:
            return f"({len(value)} characters)" if isinstance(value, str) else "(not shown)"
        cleaned = self._clean(str(value), record, show_text)
        if name in _NUMBER_FIELDS and record.levelno > logging.DEBUG:
            return _PLAIN_NUMBER.sub(r"\1…\2", cleaned)
        return cleaned

    def _clean(self, text: str, record: logging.LogRecord, show_text: bool) -> str:
        if _is_harmless(text):
            return text
        for pattern, instead in _SECRETS:
            text = pattern.sub(instead, text)
        if record.levelno > logging.DEBUG:
            text = _NUMBER.sub(r"\1…\2", text)
        if not show_text:
            text = _HEX.sub(lambda hit: f"({len(hit[0]) // 2} octets)", text)
        return text


class TextFormatter(_Redacting):
    """``2026-11-21T08:30:56.123Z INFO gateway.daemon ready url=http://… lines=2``"""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return f"{at} {record.levelname} {self.line(record)}"

    def line(self, record: logging.LogRecord) -> str:
        found = self.fields(record)
        event = found.pop("event")
        tail = (f" {name}={_quoted(value)}" for name, value in found.items())
        return escape_controls(f"{record.name} {event}{''.join(tail)}")


class JournalFormatter(TextFormatter):
    """As the journal wants it: a priority (sd-daemon(3)) and no time, which it keeps itself."""

    def format(self, record: logging.LogRecord) -> str:
        priority = next((number for level, number in _PRIORITIES if record.levelno >= level), 7)
        return f"<{priority}>{self.line(record)}"


class JsonFormatter(_Redacting):
    """One JSON object a line: at, level, logger, event, then the record's fields."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        head = {"at": at, "level": record.levelname.lower(), "logger": record.name}
        return json.dumps(head | self.fields(record), ensure_ascii=True, default=str)


def _is_harmless(text: str) -> bool:
    """Whether no rule of this module can apply: words alone, too short for a PDU, and no key among them.

    Nearly every field of nearly every record is so, and a line that sends has better to do than to search each.
    """
    if len(text) >= SHORTEST_HEX or not text.replace(" ", "_").isidentifier():
        return False
    lower = text.lower()
    return not any(sign in lower for sign in ("gsk_", "whsec_", "bearer ", "basic "))


def escape_controls(text: str) -> str:
    """Control characters and line separators as escapes, so that no text can forge a line or move a cursor."""
    if text.isprintable():
        return text
    return _CONTROL.sub(lambda hit: hit[0].encode("unicode_escape").decode("ascii"), text)


def _quoted(value: Any) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if not text or any(sign in text for sign in ' "=') else text
