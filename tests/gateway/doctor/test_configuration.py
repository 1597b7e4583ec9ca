import pytest

from gateway.config import CHECKOUT_DATA
from gateway.doctor.case import read_case
from gateway.doctor.configuration import gateway, valid
from gateway.doctor.finding import Verdict
from gateway.doctor.http import bind


def test_every_fault_is_a_finding(machine):
    machine.configure('[http]\nport = 99999\n[[lines]]\nname = "a"\n')
    found = list(valid(machine.case))
    assert [one.verdict for one in found] == [Verdict.FAIL]
    machine.configure("[http]\nport = 99999\nhots = 1\n")
    assert {one.looked_at.rpartition(" ")[2] for one in valid(machine.case)} == {"http.port", "http.hots"}


def test_no_file_and_no_line_are_remarks(machine):
    (found,) = valid(machine.case)
    assert found.verdict is Verdict.WARN
    machine.configure("[http]\nport = 1234\n")
    (found,) = valid(machine.case)
    assert (found.verdict, "no line" in found.cause) == (Verdict.WARN, True)


def test_an_api_that_is_none(machine):
    machine.configure('[[accounts]]\nname = "shop"\nservices = ["v1", "smsend"]\n')
    (found,) = valid(machine.case)
    assert (found.verdict, '"smsend"' in found.cause) == (Verdict.FAIL, True)


def test_a_file_that_another_user_may_read(machine, monkeypatch):
    machine.config.mkdir()  # so that reading it fails for root, too
    monkeypatch.setattr("os.access", lambda path, mode: False)
    (found,) = valid(machine.case)
    assert (found.verdict, found.cure.startswith("sudo simgate doctor --config")) == (Verdict.FAIL, True)


def test_a_good_file(machine):
    machine.configure('[[lines]]\nname = "office"\ndevice = "/dev/ttyUSB0"\n')
    (found,) = valid(machine.case)
    assert (found.verdict, found.cure) == (Verdict.OK, "")


def test_whether_a_gateway_runs_cannot_be_seen_in_a_directory_that_is_closed(machine):
    machine.open_to_us = False
    (found,) = gateway(machine.case)
    assert (found.verdict, found.cure.startswith("sudo ")) == (Verdict.SKIPPED, True)
    assert [one.verdict for one in bind(machine.case)] == [Verdict.SKIPPED]


@pytest.mark.parametrize("text", ["", "[http\n"])
def test_the_services_state_is_meant_also_by_who_may_not_write_it(machine, monkeypatch, text):
    machine.configure(text)
    for module in ("gateway.config", "gateway.doctor.case"):
        monkeypatch.setattr(f"{module}.SERVICE_CONFIG", machine.config)
        monkeypatch.setattr(f"{module}.SERVICE_DATA", machine.state)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert read_case(machine.host, None, None, {}).settings.data_dir == machine.state
    assert read_case(machine.host, None, machine.root, {}).settings.data_dir == machine.root
    assert read_case(machine.host, machine.root / "mine.toml", None, {}).settings.data_dir == CHECKOUT_DATA


def test_a_running_gateway_is_known_by_its_lock(machine):
    assert machine.case.running is None
    machine.run_gateway(812)
    assert machine.case.running == 812
    (found,) = gateway(machine.case)
    assert "812" in found.cause
