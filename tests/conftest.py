"""For every test: asserts of shared stories tell their values, and replays are counted over all processes."""

import pytest

pytest.register_assert_rewrite("tests.modem.replay")

REPLAYS = "replays"  # property of a test: dialogue, and how often it was played
_played = pytest.StashKey[dict[str, int]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_played] = {}
    config.pluginmanager.register(_Count(config), "replays")


class _Count:
    """The reports come to the process that prints the summary, whichever ran the test."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" or not report.passed:
            return
        played = self._config.stash[_played]
        for name, value in report.user_properties:
            if name == REPLAYS:
                dialogue, times = value
                played[dialogue] = played.get(dialogue, 0) + times


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if played := config.stash[_played]:
        own = sum(name.startswith("own/") for name in played)
        shared, replays = len(played) - own, sum(played.values())
        terminalreporter.write_line(
            f"{shared} dialogues of the transcripts and {own} of our own, {replays} replays passed"
        )
