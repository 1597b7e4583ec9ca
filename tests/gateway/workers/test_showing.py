import pytest

from gateway.workers.showing import trouble_of, word_of
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
