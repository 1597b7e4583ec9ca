import pytest

from gateway.line import LineFault, NeedsSetUp
from gateway.workers.connection import Wanted, fault_in, trouble_of, word_of
from modem.errors import CommandTimeout, TransportLost
from modem.events import Registration


@pytest.mark.parametrize(
    ("registration", "word"),
    [
        (Registration(circuit=1), "home"),
        (Registration(circuit=5), "roaming"),
        (Registration(circuit=5, home_only=True), "roaming"),
        (Registration(circuit=0, eps=1), "home"),
        (Registration(circuit=6), "home"),
        (Registration(circuit=2), "searching"),
        (Registration(circuit=3), "denied"),
        (Registration(circuit=2, eps=3), "denied"),
        (Registration(circuit=8), "none"),
        (Registration(circuit=11), "none"),
        (Registration(circuit=0), "none"),
        (Registration(untold=True), "unknown"),
    ],
)
def test_the_registration_is_told_in_one_word(registration, word):
    assert word_of(registration) == word
    assert (trouble_of(registration) == "") is registration.may_send


def test_the_fault_that_tells_most_is_the_one_that_is_told():
    lost, silent, again, hard = TransportLost("EIO"), CommandTimeout("AT", 5), NeedsSetUp("restart"), LineFault("sick")
    bug = KeyError("x")
    assert fault_in(ExceptionGroup("", [again, ExceptionGroup("", [lost])])) is lost
    assert fault_in(ExceptionGroup("", [silent, hard, again])) is hard
    assert fault_in(ExceptionGroup("", [hard, ExceptionGroup("", [lost, bug])])) is bug
    assert fault_in(again) is again


def test_a_pin_is_for_the_sim_that_was_named():
    assert Wanted(pin="1234").is_meant("8944")
    assert Wanted(imei="490", pin="1234").is_meant("8944")
    assert Wanted(iccid="8944", pin="1234").is_meant("8944")
    assert not Wanted(iccid="8944", pin="1234").is_meant("8955")
