"""What answers mean, with no modem at all."""

from dataclasses import replace

import pytest

from gateway.config import LineSettings
from gateway.doctor.finding import Verdict
from gateway.doctor.verdicts import judge, judge_link
from modem.driver import Health, Identity, Inspection, PinState, Signal, StorageUse
from modem.events import Registration

HEALTH = Health(
    Registration(circuit=1, eps=1, technology="lte"), Signal(rssi_dbm=-71), "26201", (StorageUse("SM", 1, 20),)
)
WELL = Inspection(Identity("Quectel", "EC25", "R06"), PinState.READY, 3, "+491722270333", True, HEALTH)
LINE = LineSettings("office", device="/dev/ttyUSB2")


def found(check, inspection=WELL, line=LINE):
    return {one.check: one for one in judge("office", line, inspection, "sudoedit config.toml")}[check]


def test_all_is_well():
    assert {one.verdict for one in judge("office", LINE, WELL, "sudoedit config.toml")} == {Verdict.OK}


@pytest.mark.parametrize("state", [PinState.PUK, PinState.PIN2, PinState.LOCKED, PinState.ABSENT, PinState.FAILED])
def test_what_needs_a_person(state):
    one = found("modem.sim", Inspection(Identity(), state, None))
    assert one.verdict is Verdict.FAIL
    assert one.cure


@pytest.mark.parametrize(
    ("left", "pin", "verdict"),
    [(3, "1234", Verdict.OK), (None, "1234", Verdict.OK), (1, "1234", Verdict.FAIL), (3, None, Verdict.FAIL)],
)
def test_a_pin_that_is_asked_for(left, pin, verdict):
    line = replace(LINE, pin=pin)
    assert found("modem.sim", Inspection(Identity(), PinState.PIN, left), line).verdict is verdict


@pytest.mark.parametrize(
    ("signal", "verdict"),
    [
        (Signal(), Verdict.SKIPPED),
        (Signal(rssi_dbm=-107), Verdict.WARN),
        (Signal(rssi_dbm=-107, rsrp_dbm=-100), Verdict.OK),  # LTE's own measure counts
        (Signal(rssi_dbm=-71, rsrp_dbm=-121), Verdict.WARN),
    ],
)
def test_signal(signal, verdict):
    assert found("modem.signal", replace(WELL, health=replace(HEALTH, signal=signal))).verdict is verdict


def test_no_service_centre():
    nowhere = replace(WELL, service_centre=None)
    assert found("modem.service_centre", nowhere).verdict is Verdict.FAIL
    configured = replace(LINE, service_centre="+491722270333")
    assert found("modem.service_centre", nowhere, configured).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("uses", "verdict"),
    [((), Verdict.SKIPPED), ((StorageUse("SM", 19, 20),), Verdict.WARN), ((StorageUse("ME", 0, 0),), Verdict.OK)],
)
def test_storages(uses, verdict):
    assert found("modem.storages", replace(WELL, health=replace(HEALTH, storages=uses))).verdict is verdict


def test_a_modem_that_knows_no_registration():
    untold = replace(HEALTH, registration=Registration(untold=True))
    assert found("modem.registration", replace(WELL, health=untold)).verdict is Verdict.SKIPPED


def test_another_sim_than_the_configured_one():
    who = replace(WELL, identity=Identity(iccid="8949000000000000001"))
    one = found("modem.identity", who, replace(LINE, iccid="8988307000012345678"))
    assert (one.verdict, one.cure) == (Verdict.FAIL, "sudoedit config.toml")


@pytest.mark.parametrize(
    ("times", "verdict"),
    [
        ([], Verdict.FAIL),
        ([0.01] * 19, Verdict.WARN),
        ([0.01] * 18 + [0.9] * 2, Verdict.WARN),
        ([0.01] * 19 + [0.9], Verdict.OK),  # p95 forgives one of twenty
    ],
)
def test_the_link(times, verdict):
    assert judge_link("office", 20, times).verdict is verdict
