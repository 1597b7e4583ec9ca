from gateway.line import LineFault, NeedsSetUp
from gateway.workers.connection import Wanted, fault_in
from modem.errors import CommandTimeout, TransportLost


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
