"""How results are written: V.250 §5.7 verbose and numeric, AT+CMEE 0-2 (TS 27.005 §3.2.5, TS 27.007 §9.2)."""

from collections.abc import Sequence

from modem.simulator.dialogue import Refusal
from modem.simulator.equipment import Settings
from modem.simulator.faults import Fault

CMS_TEXTS = {
    38: "Network out of order",
    41: "Temporary failure",
    42: "Congestion",
    300: "ME failure",
    302: "operation not allowed",
    303: "operation not supported",
    304: "invalid PDU mode parameter",
    305: "invalid text mode parameter",
    310: "SIM not inserted",
    311: "SIM PIN required",
    313: "SIM failure",
    314: "SIM busy",
    316: "SIM PUK required",
    321: "invalid memory index",
    322: "memory full",
    330: "SMSC address unknown",
    331: "no network service",
    332: "network timeout",
    340: "no +CNMA acknowledgement expected",
    500: "unknown error",
}
CME_TEXTS = {
    3: "operation not allowed",
    4: "operation not supported",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    16: "incorrect password",
    30: "no network service",
    50: "incorrect parameters",
    100: "unknown",
    515: "please wait",
}
_OK = b"\r\nOK\r\n"


def information(settings: Settings, lines: Sequence[str]) -> bytes:
    """The information text of one answer."""
    if not lines:
        return b""
    body = "\r\n".join(lines)
    return (f"\r\n{body}\r\n" if settings.verbose else f"{body}\r\n").encode("latin-1", "replace")


def final(settings: Settings, refusal: Refusal | None) -> bytes:
    """The final result code; nothing after ATQ1."""
    if settings.quiet:
        return b""
    if refusal is None:
        return _OK if settings.verbose else b"0\r"
    word = _word(settings, refusal)
    if not settings.verbose and word == "ERROR":
        return b"4\r"
    return f"\r\n{word}\r\n".encode("latin-1", "replace")


def _word(settings: Settings, refusal: Refusal) -> str:
    if refusal.kind == "word":
        return refusal.text
    if refusal.kind == "plain" or (refusal.kind == "cme" and settings.errors == 0):
        return "ERROR"
    texts = CMS_TEXTS if refusal.kind == "cms" else CME_TEXTS
    shown = texts.get(refusal.code, "unknown error") if settings.errors == 2 else str(refusal.code)
    return f"+{refusal.kind.upper()} ERROR: {shown}"


def rejection(fault: Fault | None) -> Refusal | None:
    """The refusal that a REJECT, REJECT_COMMAND or REJECT_TAKEN asks for."""
    if fault is None:
        return None
    if fault.code:
        return Refusal("cme" if fault.where == "cme" else "cms", fault.code)
    return Refusal("word", text=fault.text)
