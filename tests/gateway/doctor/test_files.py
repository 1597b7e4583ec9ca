import pytest

from gateway.doctor.files import modes
from gateway.doctor.finding import Verdict

LINE = '[[lines]]\nname = "office"\ndevice = "/dev/ttyUSB0"\n'


@pytest.mark.parametrize(
    ("text", "mode", "verdict"),
    [
        (LINE + 'pin = "1234"\n', 0o644, Verdict.FAIL),
        (LINE + 'pin = "1234"\n', 0o640, Verdict.OK),  # a group is made by an administrator
        (LINE, 0o644, Verdict.OK),  # nothing secret in it
        (LINE, 0o660, Verdict.FAIL),  # whoever writes it decides what the gateway does
    ],
)
def test_the_configuration(machine, text, mode, verdict):
    machine.configure(text, mode)
    (found,) = modes(machine.case)
    assert found.verdict is verdict
    assert bool(found.cure) is (verdict is Verdict.FAIL)


def test_a_configuration_that_is_closed_to_us(machine, monkeypatch):
    machine.configure(LINE)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    (found,) = modes(machine.case)
    assert (found.verdict, found.cure.startswith("sudo ")) == (Verdict.SKIPPED, True)


def test_a_pin_file(machine):
    pin = machine.write("pin.txt", "1234\n")
    machine.configure(LINE + 'pin_file = "pin.txt"\n', 0o644)
    pin.chmod(0o604)
    (found,) = modes(machine.case)
    assert (found.verdict, found.cure) == (Verdict.FAIL, f"sudo chmod o-rwx {pin}")
    pin.chmod(0o600)
    (found,) = modes(machine.case)
    assert found.verdict is Verdict.OK


def test_a_key_of_https(machine):
    for name in ("cert.pem", "key.pem"):
        machine.write(name).chmod(0o644)
    machine.configure('[http]\ntls_cert = "cert.pem"\ntls_key = "key.pem"\n')
    (found,) = modes(machine.case)
    assert (found.verdict, "private key" in found.cause) == (Verdict.FAIL, True)


def test_the_database_in_a_directory_that_is_open(machine):
    machine.write("state/simgate.db").chmod(0o644)
    machine.state.chmod(0o755)
    (found,) = modes(machine.case)
    assert (found.verdict, "messages" in found.cause) == (Verdict.FAIL, True)
    machine.state.chmod(0o700)  # what lies behind a closed door may be open
    (found,) = modes(machine.case)
    assert found.verdict is Verdict.OK
