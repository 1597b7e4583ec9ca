from gateway.doctor import clock, system, usb
from gateway.doctor.examine import examine, perform
from gateway.doctor.finding import Finding, Verdict, fail, ok, skipped, warn, worst


async def everything(machine):
    return [finding async for finding in examine(machine.host, machine.config, machine.state)]


async def test_a_check_that_breaks_is_a_finding_and_stops_nobody(machine, monkeypatch):
    def breaks(case):
        raise ZeroDivisionError("by canary")

    machine.configure("[http]\nport = 0\n")
    monkeypatch.setattr(clock, "CHECKS", (breaks,))
    found = {one.check: one for one in await everything(machine)}
    assert found["clock.breaks"].verdict is Verdict.FAIL
    assert "ZeroDivisionError" in found["clock.breaks"].cause
    assert "webhooks.reach" in found


async def test_one_that_breaks_half_way(machine):
    def breaks(case):
        yield ok("a.b", "c", "d")
        raise OSError(5, "Input/output error")

    (found,) = await perform("usb", breaks, machine.case)
    assert (found.check, found.verdict) == ("usb.breaks", Verdict.FAIL)


async def test_every_group_says_something(machine):
    machine.configure('[http]\nport = 0\n[[lines]]\nname = "office"\ndevice = "/dev/ttyNone0"\n')
    groups = {one.check.partition(".")[0] for one in await everything(machine)}
    expected = {"system", "config", "gateway", "files", "store", "clock", "usb", "ports", "modem", "http", "webhooks"}
    assert groups == expected


async def test_a_broken_configuration_does_not_keep_the_rest_from_being_looked_at(machine):
    machine.configure("[http\n")
    found = {one.check: one.verdict for one in await everything(machine)}
    assert found["config.valid"] is Verdict.FAIL
    assert found["store.writable"] is Verdict.OK


async def test_without_its_packages_it_says_so_and_stops(machine, monkeypatch):
    monkeypatch.setattr(system, "PACKAGES", {"no_such_module": "no-such"})
    found = await everything(machine)
    assert [(one.check, one.verdict) for one in found][-2:] == [
        ("system.power", Verdict.SKIPPED),
        ("configuration", Verdict.SKIPPED),
    ]
    assert usb.CHECKS  # which is not even loaded then


def test_the_worst_counts():
    a, b, c, d = ok("a", "", ""), skipped("b", "", ""), warn("c", "", "", "x"), fail("d", "", "", "x")
    assert worst([]) is Verdict.OK
    assert worst([a]) is Verdict.OK
    assert worst([b, a]) is Verdict.OK
    assert worst([b]) is Verdict.SKIPPED
    assert worst([a, c, b]) is Verdict.WARN
    assert worst([d, c, a]) is Verdict.FAIL


def test_a_finding_as_json():
    assert Finding("a.b", Verdict.WARN, "c", "d", "e").as_json() == {
        "check": "a.b", "verdict": "warn", "looked_at": "c", "cause": "d", "cure": "e",
    }  # fmt: skip
