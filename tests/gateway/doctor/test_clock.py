import pytest

from gateway.doctor.clock import synchronised
from gateway.doctor.finding import Verdict


@pytest.mark.parametrize(
    ("says", "battery", "verdict", "word"),
    [
        ("yes\n", False, Verdict.OK, "the network sets it"),
        ("no\n", True, Verdict.WARN, "not set it since"),
        ("no\n", False, Verdict.WARN, "after a power cut"),
        (None, True, Verdict.WARN, "nothing here tells"),
    ],
)
async def test_who_sets_it(machine, says, battery, verdict, word):
    machine.programs["timedatectl"] = says
    if battery:
        machine.write("sys/class/rtc/rtc0/name", "rtc-ds1307")
    (found,) = await synchronised(machine.case)
    assert (found.verdict, word in found.cause) == (verdict, True)


async def test_a_clock_that_began_anew(machine):
    machine.now = 3600.0
    (found,) = await synchronised(machine.case)
    assert (found.verdict, "1970-01-01" in found.looked_at) == (Verdict.FAIL, True)
