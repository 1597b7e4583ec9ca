"""How a command ends: one exit code per kind of ending, and the exception that carries it with a sentence."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of decisions.md; scripts depend on them."""

    OK = 0
    USAGE = 1
    REFUSED = 2
    UNREACHABLE = 3
    CREDENTIALS = 4
    TIMED_OUT = 5
    FAILED = 6


class Failure(Exception):
    """A command that did not do what was asked; the text is a sentence for a person."""

    def __init__(self, exit_code: Exit, text: str) -> None:
        super().__init__(text)
        self.exit_code = exit_code
