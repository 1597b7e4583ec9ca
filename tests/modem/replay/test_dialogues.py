"""Every dialogue of the transcripts is played to the real driver, and what it is there to show is held against it."""

from collections.abc import Callable

import pytest

from tests.modem.replay.expectations import EXPECTATIONS, OWN_EXPECTATIONS
from tests.modem.replay.replay import play
from tests.modem.replay.transcript import CUTS, DIALOGUES, OWN_DIALOGUES

Record = Callable[[str, object], None]


def test_every_dialogue_has_its_expectation_and_none_is_left_over() -> None:
    assert set(EXPECTATIONS) == set(DIALOGUES)
    assert len(DIALOGUES) == 185
    assert set(OWN_EXPECTATIONS) == set(OWN_DIALOGUES)


def test_every_dialogue_says_in_words_what_is_expected() -> None:
    assert all(dialogue.expect for dialogue in (*DIALOGUES.values(), *OWN_DIALOGUES.values()))


@pytest.mark.parametrize("name", EXPECTATIONS)
def test_dialogue(name: str, record_property: Record) -> None:
    """The readings as they were read, octet by octet, and joined; and with echoes of what the source's host wrote."""
    for cut in CUTS:
        play(DIALOGUES[name], EXPECTATIONS[name], cut)
    garbled = DIALOGUES[name].echoes
    if garbled:
        play(DIALOGUES[name], EXPECTATIONS[name], "as read", echo_to_the_letter=True)
    record_property("replays", (name, len(CUTS) + garbled))


@pytest.mark.parametrize("name", OWN_EXPECTATIONS)
def test_dialogue_that_the_driver_was_not_written_with(name: str, record_property: Record) -> None:
    for cut in CUTS:
        play(OWN_DIALOGUES[name], OWN_EXPECTATIONS[name], cut)
    record_property("replays", (f"own/{name}", len(CUTS)))
