"""What modems answer about themselves: AT+CGMI, AT+CGMM, AT+CGMR and the block of ATI (TS 27.007 §5, V.250 §6.1.3)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from modem.at.sim_answers import parse_imei

_PREFIX = re.compile(r"\+C?GM[IMR]:\s*")
_LISTED_MODEL = re.compile(r"\bMODEL=([^\",]+)")  # Motorola C-series: the last of its bands
_MODEL_WORD = re.compile(r"Model(?::\s*|\s+)(?=\S)")  # C-Motech CDX-650, LG LX265
_LABEL = re.compile(r"[A-Za-z][A-Za-z ]*:")


@dataclass(frozen=True, slots=True)
class IdentityBlock:
    """What ATI tells of a modem; None what it does not."""

    manufacturer: str | None = None
    model: str | None = None
    revision: str | None = None
    imei: str | None = None


def join_identity(lines: Sequence[str]) -> str | None:
    """The answer to AT+CGMI, AT+CGMM or AT+CGMR in one line, without what some modems write in front of it."""
    text = _PREFIX.sub("", " ".join(lines), count=1).strip().strip('"')
    if listed := _LISTED_MODEL.search(text):
        text = listed[1]
    return _MODEL_WORD.sub("", text, count=1).strip() or None


def parse_identity(lines: Sequence[str]) -> IdentityBlock:
    """Read the answer to ATI: with labels, or one thing in each line.

    A line alone names the model; several are manufacturer, model and revision. A number alone is neither.
    """
    named = {label: _named(lines, label) for label in ("Manufacturer", "Model", "Revision")}
    imei = parse_imei(line for line in lines if line.upper().startswith("IMEI"))
    if named["Manufacturer"] or named["Model"]:
        return IdentityBlock(named["Manufacturer"], named["Model"], named["Revision"], imei)
    plain = [line.strip() for line in lines if not _LABEL.match(line) and not line.startswith("+") and line.strip()]
    plain = [line for line in plain if not line.isdecimal()]
    if len(plain) == 1:
        return IdentityBlock(None, plain[0], named["Revision"], imei)
    manufacturer, model, revision = (*plain[:3], None, None, None)[:3]
    return IdentityBlock(manufacturer, model, named["Revision"] or revision, imei)


def _named(lines: Sequence[str], label: str) -> str | None:
    found = (line.partition(":")[2].strip() for line in lines if line.lower().startswith(f"{label.lower()}:"))
    return next((text for text in found if text), None)
