import json
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.policy.causes import CME, CMS, PLAIN, VENDOR_CMS, Class, cause_of
from gateway.policy.outcome import DELAYS, Decision, Facts, Need, decide
from modem.at.codes import CMS_VENDOR_NAMES
from modem.errors import CommandRejected, CommandTimeout, DecodeError, ErrorKind, ProtocolError, TransportLost
from modem.profiles import PROFILES

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "error-codes.json").read_text())
FAMILIES = {
    "siemens-cinterion": "cinterion",
    "wavecom": "wavecom",
    "ti-calypso-family": "calypso",
    "mediatek-family": "mediatek",
    "nordic-nrf9160": "nordic",
}
KIND = {
    "permanent": "failed",
    "transient": "retry",
    "sim-blocked": "elsewhere",
    "modem-blocked": "released",
    "ambiguous": "unknown",
    "receive-side": "retry",
    "ignore": "retry",
}


def rejected(kind: ErrorKind, code: int | None) -> CommandRejected:
    return CommandRejected("AT+CMGS=23", kind, code, f"+{kind.upper()} ERROR: {code}")


def after_ctrl_z(error, tries=0, *, others=False, jitter=0.0, family=None) -> Decision:
    return decide(error, Facts(True, tries, others), jitter=jitter, family=family)


def before_ctrl_z(error, tries=0) -> Decision:
    return decide(error, Facts(on_air=False, tries=tries, others_acknowledged=False))


@pytest.mark.parametrize("row", VECTORS["cms"], ids=lambda row: f"cms{row['code']}")
def test_each_cms_number_has_the_class_and_retries_of_the_vectors(row):
    assert CMS[row["code"]] == (row["class"], row["retries"], row["name"])


@pytest.mark.parametrize("row", VECTORS["cme"], ids=lambda row: f"cme{row['code']}")
def test_each_cme_number_has_the_class_of_the_vectors(row):
    assert CME[row["code"]][::2] == (row["class"], row["name"])


def test_the_vendors_tables_are_those_of_the_vectors():
    expected = {
        (FAMILIES[family.split()[0]], code): (name, kind)
        for family, table in VECTORS["cms_vendor"].items()
        for code, name, kind in table["codes"]
    }
    ours = {(family, code): (c.name, c.kind) for family, table in VENDOR_CMS.items() for code, c in table.items()}
    assert ours == expected


@pytest.mark.parametrize(
    ("kind", "row"),
    [(kind, row) for kind in ("cms", "cme") for row in VECTORS[kind]],
    ids=lambda value: str(value["code"]) if isinstance(value, dict) else value,
)
def test_the_class_decides_what_happens_to_the_part(kind, row):
    decision = after_ctrl_z(rejected(kind, row["code"]))
    if row["class"] == "driver-fault":
        again = row.get("retries", 1) == 1
        assert decision.kind == ("retry" if again else "failed")
        assert decision.need is Need.INITIALISE
    else:
        assert decision.kind == KIND[row["class"]]
    assert decision.error.cause == {kind: row["code"]}
    assert row["name"] in decision.error.message


@pytest.mark.parametrize(
    ("kind", "row"),
    [(kind, row) for kind in ("cms", "cme") for row in VECTORS[kind]],
    ids=lambda value: str(value["code"]) if isinstance(value, dict) else value,
)
def test_no_number_is_tried_for_ever(kind, row):
    kinds = [after_ctrl_z(rejected(kind, row["code"]), tries).kind for tries in range(7)]
    assert set(kinds[5:]) <= {"failed", "released", "unknown"}


@pytest.mark.parametrize(
    ("code", "expected"), [(77, "transient"), (200, "permanent"), (400, "transient"), (999, "transient")]
)
def test_an_unlisted_number_falls_to_the_default_of_its_range(code, expected):
    assert cause_of("cms", code).kind == expected


def test_the_same_number_means_what_the_chip_s_maker_says():
    assert after_ctrl_z(rejected("cms", 512)).kind == "retry"
    assert after_ctrl_z(rejected("cms", 512), family="mediatek").kind == "unknown"
    assert after_ctrl_z(rejected("cms", 512), family="calypso").kind == "released"


def test_the_families_are_those_that_a_modem_s_profile_names():
    assert set(VENDOR_CMS) == set(CMS_VENDOR_NAMES) == {p.cms_family for p in PROFILES if p.cms_family is not None}


@pytest.mark.parametrize(
    "error",
    [
        CommandTimeout("AT+CMGS=23", 180),
        TransportLost("EIO"),
        ProtocolError("OK without +CMGS"),
        DecodeError("TP-MR", 0, "?"),
    ],
)
def test_silence_after_ctrl_z_is_unknown_and_never_a_retry(error):
    decision = after_ctrl_z(error, tries=4)
    assert decision.kind == "unknown"
    assert decision.error.code == "submit_outcome_unknown"
    assert decision.delay is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CommandTimeout("AT+CMGS=23", 10), "retry"),
        (ProtocolError("?"), "retry"),
        (TransportLost("EIO"), "released"),
        (rejected("cms", 332), "retry"),
        (rejected("cme", 31), "retry"),
        (rejected("cms", 331), "released"),
    ],
)
def test_before_ctrl_z_nothing_is_unknown(error, kind):
    assert before_ctrl_z(error).kind == kind


def test_a_bare_error_is_worth_two_more_tries():
    kinds = [after_ctrl_z(rejected("plain", None), tries).kind for tries in range(3)]
    assert kinds == ["retry", "retry", "failed"]
    assert after_ctrl_z(rejected("plain", None)).error.cause == {}
    assert PLAIN.kind is Class.TRANSIENT


def test_retries_wait_longer_each_time():
    waits = [after_ctrl_z(rejected("cms", 42), tries).delay for tries in range(5)]
    assert waits == list(DELAYS)
    assert after_ctrl_z(rejected("cms", 42), 5).kind == "failed"


@pytest.mark.parametrize(("jitter", "seconds"), [(-1.0, 8), (0.0, 10), (1.0, 12)])
def test_the_jitter_is_a_fifth_either_way(jitter, seconds):
    delay = after_ctrl_z(rejected("cms", 41), jitter=jitter).delay
    assert delay is not None
    assert abs(delay - timedelta(seconds=seconds)) < timedelta(milliseconds=1)


def test_a_message_partly_taken_over_a_sim_never_moves_to_another():
    assert after_ctrl_z(rejected("cms", 8)).kind == "elsewhere"
    assert after_ctrl_z(rejected("cms", 8), tries=1).kind == "failed"  # a second SIM was refused, or this one again
    assert after_ctrl_z(rejected("cms", 8), others=True).kind == "failed"
    assert [after_ctrl_z(rejected("cms", 21), tries, others=True).kind for tries in (0, 1)] == ["retry", "failed"]


@pytest.mark.parametrize(
    ("code", "need"),
    [
        (8, Need.SIM_STRIKE),
        (500, Need.MODEM_STRIKE),
        (999, Need.MODEM_STRIKE),
        (41, Need.NOTHING),
        (322, Need.SWEEP),
        (305, Need.INITIALISE),
        (310, Need.OUT),
        (38, Need.NOTHING),
    ],
)
def test_the_line_is_told_what_it_needs(code, need):
    assert after_ctrl_z(rejected("cms", code)).need is need
