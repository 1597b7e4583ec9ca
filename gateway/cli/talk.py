"""The conversation with the person at the terminal; without one, every question has its default for an answer."""

import getpass
import sys
from collections.abc import Callable, Sequence

from gateway.cli.output import clean, note, say

Check = Callable[[str], str | None]  # what is wrong with an answer, or None


class Ended(Exception):
    """The person has closed the input."""


class Talk:
    """asks: there is somebody to ask. aside: what is said goes to standard error; standard output is for a program."""

    def __init__(self, *, asks: bool, aside: bool) -> None:
        self.asks = asks
        self.aside = aside
        self._say = note if aside else say
        self._stream = sys.stderr if aside else sys.stdout

    def tell(self, text: str = "") -> None:
        """One or more lines, at once."""
        self._say(text)
        self._stream.flush()

    def ask(self, question: str, default: str = "", check: Check | None = None) -> str:
        """An answer that passes the check. default: taken for an empty one, and where nobody is asked."""
        if not self.asks:
            return default
        while True:
            answer = self._line(f"{question} [{default}]: " if default else f"{question}: ").strip() or default
            wrong = check(answer) if check is not None else None
            if wrong is None:
                return answer
            self.tell(f"  {wrong}")

    def confirm(self, question: str, *, default: bool) -> bool:
        """yes or no."""
        words = {"y": True, "yes": True, "n": False, "no": False, "": default}
        if not self.asks:
            return default
        while True:
            answer = self._line(f"{question} [{'Y/n' if default else 'y/N'}]: ").strip().lower()
            if answer in words:
                return words[answer]
            self.tell("  yes or no")

    def choose(self, question: str, choices: Sequence[str]) -> int:
        """The place of one of several, from 0."""
        for n, choice in enumerate(choices, 1):
            self.tell(f"  {n}  {choice}")
        allowed = [str(n) for n in range(1, len(choices) + 1)]
        answer = self.ask(question, "1", lambda text: None if text in allowed else f"one of {', '.join(allowed)}")
        return int(answer) - 1

    def secret(self, question: str, check: Check) -> str:
        """An answer that no screen shows."""
        while True:
            try:
                answer = getpass.getpass(f"{question}: ", self._stream).strip()
            except EOFError:
                raise Ended from None
            wrong = check(answer)
            if wrong is None:
                return answer
            self.tell(f"  {wrong}")

    def _line(self, prompt: str) -> str:
        self._stream.write(clean(prompt))
        self._stream.flush()
        line = sys.stdin.readline()
        if not line:
            raise Ended
        return line
