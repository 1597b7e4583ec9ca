import json
from pathlib import Path

import pytest

from modem.at.codes import CME_NAMES, CMS_NAMES, CMS_VENDOR_NAMES, cme_number, cms_name, cms_number

CODES = json.loads((Path(__file__).parents[2] / "vectors" / "error-codes.json").read_text())
FAMILIES = {
    "siemens-cinterion": "cinterion",
    "wavecom": "wavecom",
    "ti-calypso-family (SIM300, SIM900, Motorola, some Quectel M10)": "calypso",
    "mediatek-family (SIM800, Quectel M66/M95/UC, many sticks)": "mediatek",
    "nordic-nrf9160": "nordic",
}


def test_the_standards_numbers_are_named_as_there() -> None:
    assert {row["code"]: row["name"] for row in CODES["cms"]} == CMS_NAMES
    assert {row["code"]: row["name"] for row in CODES["cme"]} == CME_NAMES


def test_the_vendors_numbers_are_named_as_theirs() -> None:
    expected = {
        FAMILIES[name]: {row[0]: row[1] for row in table["codes"]} for name, table in CODES["cms_vendor"].items()
    }
    assert expected == CMS_VENDOR_NAMES


def test_a_chips_own_meaning_comes_before_the_standards() -> None:
    assert cms_name(512, "wavecom") == "MM establishment failure"
    assert cms_name(512, "calypso") == "SIM not ready"
    assert cms_name(42, "wavecom") == "Congestion"
    assert cms_name(512) is None


@pytest.mark.parametrize(
    ("name", "code"), [("SIM busy", 314), ("(U)SIM busy", 314), ("memory FULL", 322), ("sausage", None)]
)
def test_verbose_cms_errors_have_their_numbers(name: str, code: int | None) -> None:
    assert cms_number(name) == code


def test_verbose_cme_errors_have_their_numbers() -> None:
    assert cme_number("incorrect password") == 16
