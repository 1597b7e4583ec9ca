"""Takes out of texts and settings what nobody else may see; what is not known to be harmless goes."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

HIDDEN = "(not shown)"
_LAST = 3  # digits of a number that are left, so that two can be told apart
_NUMBER = re.compile(r"\+?\d{7,}")
_TOKENS = (
    re.compile(r"\b(gsk|whsec|ses)_[A-Za-z0-9+/_=-]+"),  # API keys, secrets of webhooks, sessions
    re.compile(r"(?i)\b(bearer|basic) [^\s\"']+"),
    re.compile(r"(?i)([\w-]*(?:pin|puk|secret|password|passwd|token|api_?key|authorization)\s*[=:]\s*)[^\s,;]+"),
)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)

# Keys whose text is harmless: what the program itself is told, nothing of a person, no address with a path.
_SHOWN = frozenset({
    "host", "trusted_proxies", "allow_networks", "prefix", "prefixes", "paths", "level", "format", "name", "number",
    "device", "imei", "iccid", "profile", "accounts", "aliases", "service_centre", "default_country", "default_line",
    "timezone", "plan", "services", "destinations_allow", "destinations_deny", "language", "pin_file", "tls_cert",
    "tls_key",
})  # fmt: skip


class Redaction:
    """secrets: texts that are taken out wherever they stand, such as the PINs that are configured."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without them, without tokens, addresses' paths, and all but the end of numbers."""
        for secret in self._secrets:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
        text = _URL.sub(lambda match: _origin(match[0]), text)
        text = _TOKENS[0].sub(rf"\1_{HIDDEN}", text)
        text = _TOKENS[1].sub(rf"\1 {HIDDEN}", text)
        text = _TOKENS[2].sub(rf"\1{HIDDEN}", text)
        return _NUMBER.sub(lambda match: f"…{match[0][-_LAST:]}", text)


def redacted_config(source: Path | None) -> object:
    """The configuration with the values that may be shown; comments go, since people keep secrets in them."""
    if source is None:
        return "there is no file"
    try:
        table = tomllib.loads(source.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return f"it cannot be read: {type(error).__name__}"
    except tomllib.TOMLDecodeError:
        return "it is not TOML, so nothing of it is shown"
    return _shown("", table)


def _shown(key: str, value: object) -> object:
    if isinstance(value, Mapping):
        return {_NUMBER.sub(HIDDEN, str(name)): _shown(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shown(key, inner) for inner in value]
    if "pin" in key.split("_") and key != "pin_file":
        return HIDDEN
    if isinstance(value, bool | float):
        return value
    if key in {"url", "public_url"} and isinstance(value, str):
        return _origin(value) if "://" in value else value
    if isinstance(value, int):
        return value if abs(value) < 10**7 else HIDDEN
    return Redaction().text(value) if key in _SHOWN and isinstance(value, str) else HIDDEN


def _origin(url: str) -> str:
    """Scheme and host: paths, queries and user names of addresses often carry secrets."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname or ''}"
    except ValueError:
        return HIDDEN
