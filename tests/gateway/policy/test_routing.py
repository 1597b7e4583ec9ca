import pytest

from gateway.domain.access import AccountSettings
from gateway.domain.errors import Rejected
from gateway.policy.routing import Route, resolve

SENDERS = {"auto": "auto", "office": "office", "lin_1": "lin_1", "+13109060901": "+13109060901", "00000": "00000"}


@pytest.mark.parametrize(
    ("wanted", "sender"),
    [
        ("office", "office"),
        ("lin_1", "lin_1"),
        ("00000", "00000"),
        ("auto", "auto"),
        (None, "auto"),
        ("(310) 906-0901", "+13109060901"),
        ("13109060901", "+13109060901"),
    ],
)
def test_a_sender_is_found_under_every_name_it_has(wanted, sender):
    assert resolve(wanted, SENDERS, AccountSettings()) == Route(sender, sender)


def test_without_a_sender_the_accounts_default_line_is_taken():
    assert resolve(None, SENDERS, AccountSettings(default_line="office")).sender == "office"


@pytest.mark.parametrize("wanted", ["", "Office", "nobody", "+13105550000", "lin_2"])
def test_what_is_no_sender_of_the_account_is_refused_by_field(wanted):
    with pytest.raises(Rejected) as refusal:
        resolve(wanted, SENDERS, AccountSettings())
    assert refusal.value.code == "invalid_sender"
    assert refusal.value.faults[0].field == "from"
