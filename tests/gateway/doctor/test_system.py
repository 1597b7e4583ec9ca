import pytest

from gateway.doctor import system
from gateway.doctor.finding import Verdict


def test_this_python_and_its_packages(machine):
    assert [one.verdict for one in (*system.python(machine.host), *system.packages(machine.host))] == [Verdict.OK] * 2


def test_an_old_python(machine, monkeypatch):
    monkeypatch.setattr(system, "PYTHON", (9, 0))
    assert [one.verdict for one in system.python(machine.host)] == [Verdict.FAIL]


def test_an_old_sqlite(machine, monkeypatch):
    monkeypatch.setattr(system, "SQLITE", (9, 0, 0))
    assert [one.verdict for one in system.python(machine.host)] == [Verdict.WARN]


def test_a_package_that_does_not_load(machine, monkeypatch):
    monkeypatch.setattr(system, "PACKAGES", {"no_such_module": "no-such"})
    (found,) = system.packages(machine.host)
    assert (found.verdict, found.cure.endswith("--force-reinstall no-such")) == (Verdict.FAIL, True)


@pytest.mark.parametrize(
    ("flags", "verdict"),
    [("0", Verdict.OK), ("50000", Verdict.WARN), ("50005", Verdict.FAIL), (None, Verdict.SKIPPED)],
)
def test_the_supply_of_a_raspberry_pi(machine, flags, verdict):
    if flags is not None:
        machine.write("sys/devices/platform/soc/soc:firmware/get_throttled", f"{flags}\n")
    assert [one.verdict for one in system.power(machine.host)] == [verdict]


@pytest.mark.parametrize(("alarm", "verdict"), [("0", Verdict.OK), ("1", Verdict.FAIL)])
def test_the_supply_as_newer_kernels_tell_it(machine, alarm, verdict):
    machine.write("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    machine.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", f"{alarm}\n")
    assert [one.verdict for one in system.power(machine.host)] == [verdict]


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ("→ Overall exposure level for simgate.service: 1.5 OK 🙂\n", Verdict.OK),
        ("→ Overall exposure level for simgate.service: 9.2 UNSAFE 😨\n", Verdict.WARN),
        ("Unit simgate.service could not be found.\n", Verdict.SKIPPED),
        (None, Verdict.SKIPPED),
    ],
)
async def test_how_exposed_the_service_is(machine, told, verdict):
    machine.programs["systemd-analyze"] = told
    (found,) = await system.hardening(machine.host)
    assert found.verdict is verdict
    assert (found.cure == "sudo systemctl revert simgate.service") is (verdict is Verdict.WARN)
