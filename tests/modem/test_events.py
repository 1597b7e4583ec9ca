import pytest

from modem.events import Registration


@pytest.mark.parametrize(
    ("registration", "may_send", "roaming", "denied"),
    [
        (Registration(circuit=1), True, False, False),
        (Registration(circuit=5), True, True, False),
        (Registration(circuit=0, eps=1), True, False, False),
        (Registration(circuit=2, eps=10), True, True, False),
        (Registration(circuit=3, eps=0), False, False, True),
        (Registration(circuit=3, eps=1), True, False, False),
        (Registration(circuit=11, eps=8), False, False, False),
        (Registration(circuit=0), False, False, False),
        (Registration(), False, False, False),
        (Registration(untold=True), True, False, False),
        (Registration(circuit=1, home_only=True), True, False, False),
        (Registration(circuit=5, home_only=True), False, True, False),
        (Registration(circuit=3, eps=7, home_only=True), False, True, False),
        (Registration(untold=True, home_only=True), True, False, False),
    ],
)
def test_what_a_registration_allows(registration: Registration, may_send: bool, roaming: bool, denied: bool) -> None:
    assert (registration.may_send, registration.roaming, registration.denied) == (may_send, roaming, denied)
