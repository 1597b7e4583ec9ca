"""Whose a SIM is, when two lines could mean it."""

import pytest

from gateway.config import LineSettings
from gateway.workers.claims import Claims
from modem.driver import Identity

PORT = LineSettings("office", device="/dev/ttyUSB0")
MINE, OTHERS, NEW = Identity(imei="1", iccid="891"), Identity(imei="2", iccid="892"), Identity(imei="3", iccid="893")


def claims(*others: LineSettings, office: LineSettings = PORT) -> Claims:
    """Both lines were up before: "office" with MINE, "home" with OTHERS."""
    made = Claims((office, *others))
    made.remember("office", MINE.imei, MINE.iccid)
    made.remember("home", OTHERS.imei, OTHERS.iccid)
    return made


HOME = LineSettings("home", device="/dev/ttyUSB1")


@pytest.mark.parametrize(
    ("office", "home", "found", "word"),
    [
        (PORT, HOME, MINE, None),
        (PORT, HOME, NEW, None),
        (PORT, HOME, OTHERS, 'was last seen in the line "home"'),
        (PORT, LineSettings("home", iccid="893"), NEW, 'is that of the line "home"'),
        (PORT, LineSettings("home", iccid="893"), OTHERS, None),  # it names another SIM than it was last seen with
        (PORT, LineSettings("home", imei="3"), NEW, 'the modem 3 is that of the line "home"'),
        (PORT, LineSettings("home", imei="3", iccid="894"), NEW, None),  # home would not take it
        (LineSettings("office", iccid="892"), HOME, OTHERS, None),
        (LineSettings("office", iccid="893"), LineSettings("home", imei="3"), NEW, None),  # the SIM before the modem
        (LineSettings("office", imei="3"), HOME, NEW, None),
        (LineSettings("office", imei="1"), HOME, Identity(imei="1", iccid="892"), 'the line "home"'),
        (LineSettings("office", imei="1"), HOME, Identity(imei="1"), None),
        (PORT, HOME, Identity(imei="2"), None),  # its SIM has not told its number yet, and may be any
        (PORT, HOME, Identity(), None),
    ],
)
def test_who_may_use_what_was_found(office, home, found, word):
    objection = claims(home, office=office).objection("office", found)
    assert (objection is None) is (word is None)
    if word is not None:
        assert word in objection
        assert '"office" does not use it' in objection


def test_modems_whose_sims_cannot_be_read_are_told_by_their_own_numbers():
    made = Claims((PORT, HOME))
    made.remember("home", "2", None)
    assert 'was last seen at the line "home"' in (made.objection("office", Identity(imei="2")) or "")
    assert made.objection("home", Identity(imei="2")) is None


def test_a_sim_is_remembered_in_one_line_only():
    made = Claims((PORT, HOME, LineSettings("spare", device="/dev/ttyUSB2")))
    made.remember("home", "2", "892")
    made.remember("office", "1", "892")
    assert (made.last_sim("home"), made.last_sim("office")) == (None, "892")
    assert 'the line "office"' in (made.objection("spare", OTHERS) or "")


def test_what_is_not_told_is_not_forgotten():
    made = claims(HOME)
    made.remember("home", None, None)
    assert made.last_sim("home") == OTHERS.iccid


def test_a_pin_is_only_for_a_sim_that_is_nobody_elses():
    made = claims(HOME)
    assert made.is_free("office", "891")
    assert made.is_free("office", "893")
    assert not made.is_free("office", "892")
    assert not claims(LineSettings("home", imei="3")).is_free("office", "3")


@pytest.mark.parametrize(
    ("found", "stranger"),
    [
        (MINE, False),
        (Identity(imei="1", iccid="893"), False),  # another SIM in the same modem
        (Identity(imei="3", iccid="891"), False),  # the SIM in another modem
        (NEW, True),
        (Identity(imei="3"), False),
    ],
)
def test_who_was_never_there_before(found, stranger):
    assert claims(HOME).is_stranger("office", found) is stranger


def test_who_has_the_modem_that_a_line_names():
    made = claims(HOME)
    wanted = LineSettings("spare", imei="2")
    assert made.user_of(wanted, ("office", "home")) == "home"
    assert made.user_of(wanted, ("office",)) is None
    assert made.user_of(LineSettings("spare", iccid="892"), ("home",)) is None
