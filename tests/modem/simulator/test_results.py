"""How results are written."""

import pytest

from modem.simulator import results
from modem.simulator.dialogue import Refusal
from modem.simulator.equipment import Settings


@pytest.mark.parametrize(
    ("refusal", "errors", "octets"),
    [
        (None, 0, b"\r\nOK\r\n"),
        (Refusal("plain"), 2, b"\r\nERROR\r\n"),
        (Refusal("cme", 16), 0, b"\r\nERROR\r\n"),
        (Refusal("cme", 16), 1, b"\r\n+CME ERROR: 16\r\n"),
        (Refusal("cme", 16), 2, b"\r\n+CME ERROR: incorrect password\r\n"),
        (Refusal("cms", 304), 0, b"\r\n+CMS ERROR: 304\r\n"),
        (Refusal("cms", 999), 2, b"\r\n+CMS ERROR: unknown error\r\n"),
        (Refusal("word", text="TOO MANY PARAMETERS"), 1, b"\r\nTOO MANY PARAMETERS\r\n"),
    ],
)
def test_final_result_codes(refusal: Refusal | None, errors: int, octets: bytes) -> None:
    settings = Settings((0, 0, 0, 0, 0), ["SM"], errors=errors)
    assert results.final(settings, refusal) == octets


def test_quiet_and_numeric_forms() -> None:
    settings = Settings((0, 0, 0, 0, 0), ["SM"], quiet=True)
    assert results.final(settings, None) == b""
    settings = Settings((0, 0, 0, 0, 0), ["SM"], verbose=False)
    assert results.final(settings, None) == b"0\r"
    assert results.information(settings, ("one", "two")) == b"one\r\ntwo\r\n"
    assert results.information(settings, ()) == b""
