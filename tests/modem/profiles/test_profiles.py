import json
import re
from dataclasses import fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from modem.at.answers import join_identity, parse_identity
from modem.at.codes import CMS_VENDOR_NAMES
from modem.profiles import GENERIC, PROFILES, Profile, profile_named, recognise

ROOT = Path(__file__).parents[3]
TRANSCRIPTS = {
    path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "tests/vectors/transcripts").glob("*.json"))
}
PATTERNS = ("restarts", "sms_ready", "storage_full", "power")
LISTS = ("card_identity", "pin_retries", "routing_modes", "report_routes", "flush_modes", "routings")

RECOGNISED = {  # transcript with an `identify` block -> profile
    "aithinker-a6": "ai-thinker",
    "broadmobi-bm806c": "generic",
    "cmotech-cdx650": "generic",
    "fibocom-fm350": "fibocom-fm350",
    "fibocom-l860": "fibocom",
    "huawei-e1550": "huawei",
    "huawei-e1750": "huawei",
    "huawei-e1752": "huawei",
    "huawei-e226": "huawei",
    "huawei-e3531": "huawei",
    "lg-lx265": "generic",
    "motorola-c-series": "generic",
    "nokia-500": "nokia",
    "option-icon72": "option",
    "qualcomm-gobi1000": "generic",
    "quectel-ec200a": "quectel-ec200a",
    "quectel-ec25": "quectel",
    "quectel-m26": "quectel-m",
    "siemens-mc35i": "siemens",
    "sierra-mc7304": "sierra",
    "sierra-mc8775": "sierra",
    "simcom-a7670": "simcom-a76xx",
    "simcom-sim5320": "simcom",
    "simcom-sim7000": "simcom-sim70xx",
    "simcom-sim7070-usb": "simcom",
    "simcom-sim800": "simcom-sim800",
    "sony-ericsson-md300": "sony-ericsson",
    "sony-ericsson-w580i": "sony-ericsson",
    "telit-ln940": "generic",  # Foxconn's; it knows no command of Telit's
    "ublox-sara-g450": "u-blox",
    "wavecom-q2403": "wavecom",
    "zoom-4596": "generic",
    "zte-k3565-z": "zte",
    "zte-mf180": "zte",
    "zte-mf626": "zte",
    "zte-mf627": "zte",
    "zte-mf710m": "zte",
}

NAMED: list[tuple[tuple[str, ...], str]] = [  # how others of these families call themselves, and who is none of them
    (("huawei", "EM770W", "11.126.10.00.80"), "huawei-module"),
    (("Huawei Technologies Co., Ltd.", "ME909s-120", "11.617.06.00.00"), "huawei-module"),
    (("huawei", "MU609", "12.105.29.00.00"), "huawei-module"),
    (("huawei", "E3372", "21.180.01.00.00"), "huawei"),
    (("ZTE CORPORATION", "MF286D", "CR_LVWRGBMF286DV1.0.0B04"), "zte"),
    (("SIMCOM_Ltd", "SIMCOM_SIM800L", "Revision:1418B05SIM800L24"), "simcom-sim800"),
    (("SIMCOM_Ltd", "SIMCOM_SIM868", "Revision:1418B04SIM868M32"), "simcom-sim800"),
    (("SIMCOM_Ltd", "SIMCOM_SIM900", "Revision:1137B13SIM900M64_ST"), "simcom-sim900"),
    (("SIMCOM INCORPORATED", "SIMCOM_SIM7600G-H", "LE20B04SIM7600G22"), "simcom"),
    (("SIMCOM INCORPORATED", "SIMCOM_SIM8200EA-M2", "LE13B01SIM8200"), "simcom"),
    (("SIMCOM_Ltd", "SIMCOM_SIM7080G", "1951B05SIM7080"), "simcom-sim70xx"),
    (("INCORPORATED", "A7683E", "A011B07A7683M7"), "simcom-a76xx"),
    (("Quectel_Ltd", "Quectel_M10", "Revision: M10R03A06"), "quectel-m10"),
    (("Quectel_Ltd", "Quectel_M66", "Revision: M66FAR01A12BT"), "quectel-m"),
    (("Quectel_Ltd", "M08-R", ""), "quectel-m"),
    (("Quectel", "BG96", "BG96MAR02A07M1G"), "quectel-bg"),
    (("Quectel", "EG06", "EG06ELAR04A03M4G"), "quectel"),
    (("Quectel", "EM12-G", "EM12GPAR01A20M4G"), "quectel"),
    (("Quectel", "RM520N-GL", "RM520NGLAAR01A07M4G"), "quectel"),
    (("Sierra Wireless", "WMP100", "R7.43"), "wavecom"),
    (("Sierra Wireless", "HL7692", "RHL769x.2.21"), "generic"),
    (("Sierra Wireless, Incorporated", "MC7455", "SWI9X30C_02.24.05.06"), "sierra"),
    (("u-blox", "SARA-R410M-02B", "L0.0.00.00.05.08"), "u-blox-r4"),
    (("u-blox", "TOBY-L210", "15.63"), "u-blox"),
    (("Cinterion", "MC55i-W", "REVISION 01.301"), "siemens"),
    (("Cinterion", "MC75i", "REVISION 01.100"), "siemens"),
    (("Cinterion", "PLS8-E", "REVISION 03.017"), "cinterion"),
    (("Gemalto", "EHS5-E", "REVISION 02.000"), "cinterion"),
    (("Telit", "UC864-E", "08.01.007"), "telit"),
    (("Telit Cinterion", "PLS83-W", "REVISION 01.202"), "cinterion"),
    (("Option N.V.", "GTM382", "2.12.3.0"), "option"),
    (("Fibocom Wireless Inc.", "FM150-AE", "89602.1000.00.04.01.30"), "fibocom"),
    (("Neoway", "M590", ""), "neoway"),
    (("Nordic Semiconductor ASA", "nRF9160-SICA", "mfw_nrf9160_1.3.1"), "nordic"),
    (("Research In Motion", "BlackBerry 8310", "4.5.0.55"), "generic"),
    (("SAMSUNG ELECTRONICS CO., LTD.", "SGH-Z810", ""), "generic"),
    (("QUALCOMM INCORPORATED", "MF103", "UFI001"), "generic"),
    (("TCT", "X220D", ""), "generic"),
    (("PANTECH", "UML290", ""), "generic"),
    (("iWOW", "TR-800", ""), "generic"),
]


def description_of(identify: dict[str, list[str]]) -> tuple[str | None, ...]:
    """Manufacturer, model and revision as the bring-up finds them out of the same answers."""
    block = parse_identity(
        [line.strip() for name in identify if name.startswith(("ATI", "AT+SIMCOMATI")) for line in identify[name]]
    )
    manufacturer = join_identity(identify.get("AT+CGMI", ()))
    model = join_identity(identify.get("AT+CGMM", identify.get("AT+GMM", ())))
    revision = join_identity(identify.get("AT+CGMR", identify.get("AT+GMR", ())))
    return manufacturer or block.manufacturer, model or block.model, revision or block.revision


def test_a_make_that_nobody_knows_is_generic() -> None:
    assert recognise("Example", None, "1.0") is GENERIC
    assert recognise(None, None, None) is GENERIC


USB_FAMILIES = {
    "cinterion": "cinterion",
    "fibocom": "fibocom",
    "nokia": "nokia",
    "quectel": "quectel",
    "sierra": "sierra",
    "simtech": "simcom",
    "telit": "telit",
    "ublox": "u-blox",
    "zte": "zte",
}
"""ModemManager's name of a plugin → ours."""
OTHER_VENDORS = frozenset({"05c6", "1508", "1782", "8087"})
"""Makers of chips, whose numbers many use."""


def test_a_modem_that_does_not_say_who_it_is_is_known_by_its_stick() -> None:
    """The products are those of the table of ports, which others made."""
    listed = json.loads((files("gateway.ports") / "usb_ports.json").read_text("utf-8"))["devices"]
    known = [one for one in listed if one["family"] in USB_FAMILIES and one["vendor"] not in OTHER_VENDORS]
    assert {one["family"] for one in known} == set(USB_FAMILIES)
    for one in known:
        found = recognise(None, "mobile", usb_id=f"{one['vendor']}:{one['product']}")
        assert found.name.startswith(USB_FAMILIES[one["family"]])


@pytest.mark.parametrize(
    ("description", "usb_id", "profile"),
    [
        ((None, None, None), "12d1:1506", "huawei"),
        (("Vodafone", "K4605", None), "12d1:14c6", "huawei"),
        (("Quectel", "BG96", "R1"), "12d1:1506", "quectel-bg"),
        ((None, None, None), "2c7c:0296", "quectel-bg"),
        ((None, None, None), "2c7c:6005", "quectel-ec200a"),
        (("QUALCOMM INCORPORATED", "0", None), "05c6:9000", "generic"),
        (("Example", None, None), None, "generic"),
    ],
)
def test_what_a_modem_says_counts_more_than_its_stick(
    description: tuple[str | None, ...], usb_id: str | None, profile: str
) -> None:
    assert recognise(*description, usb_id=usb_id).name == profile


def test_profiles_are_found_by_their_names() -> None:
    assert all(profile_named(profile.name) is profile for profile in PROFILES)
    assert len({profile.name for profile in PROFILES}) == len(PROFILES)
    with pytest.raises(KeyError):
        profile_named("no such make")


def test_each_transcript_that_says_what_it_is_of_stands_in_the_table() -> None:
    assert set(RECOGNISED) == {name for name, transcript in TRANSCRIPTS.items() if transcript.get("identify")}


@pytest.mark.parametrize(("transcript", "profile"), RECOGNISED.items())
def test_a_modem_is_recognised_by_what_it_answered(transcript: str, profile: str) -> None:
    identify = TRANSCRIPTS[transcript]["identify"]
    assert recognise(*description_of(identify)).name == profile
    assert recognise(*(line for lines in identify.values() for line in lines)).name == profile


@pytest.mark.parametrize(("description", "profile"), NAMED, ids=lambda value: str(value))
def test_a_modem_is_recognised_by_its_name(description: tuple[str, ...], profile: str) -> None:
    assert recognise(*description).name == profile


def test_no_profile_is_hidden_behind_another() -> None:
    """Each is the answer to something in the tables above."""
    assert {name for _, name in NAMED} | set(RECOGNISED.values()) == {profile.name for profile in PROFILES}


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_the_patterns_of_a_profile_are_patterns(profile: Profile) -> None:
    for name in PATTERNS:
        assert re.compile(getattr(profile, name))
        assert not re.fullmatch(getattr(profile, name), "OK")
    for pattern in profile.recognised_by:
        assert re.compile(pattern)


@pytest.mark.parametrize("profile", PROFILES[:-1], ids=lambda profile: profile.name)
def test_a_profile_differs_from_the_generic_one(profile: Profile) -> None:
    named_as_generic = replace(profile, name=GENERIC.name, recognised_by=())
    assert named_as_generic != GENERIC


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_profile_knows_all_that_the_generic_one_knows(profile: Profile) -> None:
    for name in PATTERNS:
        assert getattr(profile, name).startswith(getattr(GENERIC, name))
    for name in (*LISTS, "acknowledgements", "refusals"):
        assert set(getattr(profile, name)) >= set(getattr(GENERIC, name))
        assert len(set(getattr(profile, name))) == len(getattr(profile, name))
    assert set(profile.storages) <= set(GENERIC.storages)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_the_family_of_a_profile_is_one_that_has_names(profile: Profile) -> None:
    assert profile.cms_family is None or profile.cms_family in CMS_VENDOR_NAMES


def lines_of(transcript: str, dialogue: str) -> set[str]:
    found: dict[str, Any] = next(d for d in TRANSCRIPTS[transcript]["dialogs"] if d["name"] == dialogue)
    heard = "".join(step.get("rx", "") for step in found["exchange"])
    return {line.strip() for line in re.split(r"[\r\n]+", heard) if line.strip()}


@pytest.mark.parametrize(
    ("transcript", "dialogue", "profile", "field", "line"),
    [
        ("quectel-eg25g", "boot", "quectel", "restarts", "RDY"),
        ("quectel-eg25g", "boot", "quectel", "sms_ready", "+QIND: SMS DONE"),
        ("quectel-rm520n", "reboot-cfun-1-1", "quectel", "restarts", "RDY"),
        ("simcom-sim7600", "boot-after-power-cut", "simcom", "restarts", "RDY"),
        ("simcom-sim7600", "boot-after-power-cut", "simcom", "sms_ready", "SMS DONE"),
        ("simcom-sim7600", "boot-after-power-cut", "simcom", "sms_ready", "PB DONE"),
        ("simcom-sim800", "cmgf-error-before-sms-ready", "simcom-sim800", "sms_ready", "SMS Ready"),
        ("simcom-a7670", "boot-registered-11-sms-error", "simcom-a76xx", "restarts", "*ATREADY: 1"),
        (
            "simcom-sim5320",
            "under-voltage-and-mixed-lines",
            "simcom",
            "power",
            "UNDER-VOLTAGE WARNNING POWER DOWN",
        ),
        ("neoway-m590", "boot-and-init-exact", "neoway", "restarts", "MODEM:STARTUP"),
        ("neoway-m590", "boot-and-init-exact", "neoway", "sms_ready", "+PBREADY"),
        ("aithinker-a6", "boot", "ai-thinker", "restarts", "^CINIT: 1, 0, 0"),
        ("aithinker-a6", "boot", "ai-thinker", "sms_ready", "^CINIT: 32, 0, 0"),
        ("huawei-e1750", "smmemfull-instead-of-cmti", "huawei", "storage_full", '^SMMEMFULL: "SM"'),
    ],
)
def test_what_a_modem_said_is_understood(transcript: str, dialogue: str, profile: str, field: str, line: str) -> None:
    assert line in lines_of(transcript, dialogue)
    assert re.fullmatch(getattr(profile_named(profile), field), line)


def test_noise_is_no_restart() -> None:
    """Huawei's ^BOOT comes every few seconds, and means nothing."""
    for name in ("huawei-e1550", "huawei-e1752"):
        noise = {line for d in TRANSCRIPTS[name]["dialogs"] for line in lines_of(name, d["name"]) if line[0] == "^"}
        assert any(line.startswith("^BOOT") for line in noise)
        assert not any(re.fullmatch(profile_named("huawei").restarts, line) for line in noise)


def test_a_full_storage_of_telit_is_told_with_its_name() -> None:
    match = re.fullmatch(profile_named("telit").storage_full, '#SMOV: "SM"')
    assert match is not None
    assert "SM" in match.groups()


def test_every_field_has_its_line_in_the_description() -> None:
    assert Profile.__doc__ is not None
    assert [field.name for field in fields(Profile) if field.name not in ("name", "pacing")] == [
        field.name
        for field in fields(Profile)
        if field.name in Profile.__doc__ and field.name not in ("name", "pacing")
    ]
