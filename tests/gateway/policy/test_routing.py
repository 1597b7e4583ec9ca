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
        ("Office", "office"),
        ("LIN_1", "lin_1"),
    ],
)
def test_a_sender_is_found_under_every_name_it_has(wanted, sender):
    assert resolve(wanted, SENDERS, AccountSettings()) == Route(sender, sender)


def test_without_a_sender_the_accounts_default_line_is_taken():
    assert resolve(None, SENDERS, AccountSettings(default_line="office")).sender == "office"


@pytest.mark.parametrize("wanted", ["", "Auto", "nobody", "+13105550000", "lin_2"])
def test_what_is_no_sender_of_the_account_is_refused_by_field(wanted):
    with pytest.raises(Rejected) as refusal:
        resolve(wanted, SENDERS, AccountSettings())
    assert refusal.value.code == "invalid_sender"
    assert refusal.value.faults[0].field == "from"


@pytest.mark.parametrize(
    ("kind", "wanted", "taken"),
    [
        ("phone", "office", True),
        ("phone", "00000", True),
        ("phone", "3109060901", False),
        ("number", "3109060901", True),
        ("number", "00000", True),
        ("number", "office", False),
        ("number", "auto", False),
        ("phone", "auto", False),
    ],
)
def test_a_sender_may_have_to_be_a_number_or_anything_but_one(kind, wanted, taken):
    if taken:
        assert resolve(wanted, SENDERS, AccountSettings(), kind=kind)
    else:
        with pytest.raises(Rejected):
            resolve(wanted, SENDERS, AccountSettings(), kind=kind)
