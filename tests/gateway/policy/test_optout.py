import pytest

from gateway.policy.optout import keyword


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop. ",
        "«STOP»",
        "stop!!!",
        "Stop  All",
        "OPT-OUT",
        "opt out",
        "Unsubscribe",
        "\tQUIT\n",
        "“End”",
    ],
)
def test_the_whole_message_being_a_stop_word_is_a_stop(text: str) -> None:
    assert keyword(text) == "stop"


@pytest.mark.parametrize("text", ["please stop", "stop it", "stopp", "", "!!!", "cancel my order", "x" * 1000])
def test_a_stop_word_inside_a_sentence_is_none(text: str) -> None:
    assert keyword(text) is None


@pytest.mark.parametrize("text", ["START", "unstop", "Subscribe."])
def test_start_words_opt_in_again(text: str) -> None:
    assert keyword(text) == "start"


def test_yes_means_start_only_after_a_stop_by_keyword() -> None:
    assert keyword("Yes!") is None
    assert keyword("Yes!", stopped_by_keyword=True) == "start"


def test_help_and_info_ask_for_help() -> None:
    assert keyword("HELP?") == keyword("info") == "help"
