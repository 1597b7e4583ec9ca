"""JSV, ServiceStack's "JSON-like separated values": ``{Name:Ann,To:[{PhoneNumber:+1555}],Text:"Hi, you"}``.

A text is quoted where it holds one of ``[ ] { } , "`` or begins or ends with blanks; quotes in it are doubled. There is
no null: what is absent is left out, and what is written as nothing at all is read as absent.
"""

import re
from collections.abc import Mapping, Sequence

from api.formats.tree import DEEPEST, NotReadable, Tree, members, scalar

_SPECIAL = frozenset('[]{},"\r\n')
_NAME_SPECIAL = _SPECIAL | {":"}
_BLANKS = re.compile(r"\s*")


def write_jsv(value: Tree) -> str:
    """The text of a tree."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        written = (f"{_quoted(name, _NAME_SPECIAL)}:{write_jsv(member)}" for name, member in members(value))
        return "{" + ",".join(written) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(write_jsv(item) for item in value) + "]"
    return _quoted(value, _SPECIAL) if isinstance(value, str) else scalar(value)


def _quoted(text: str, special: frozenset[str]) -> str:
    if text and text == text.strip() and special.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def read_jsv(text: str) -> Tree:
    """A tree of texts. Blanks around values do not count. Raises NotReadable."""
    reader = _Reader(text)
    value = reader.value("", DEEPEST)
    reader.end()
    return value


class _Reader:
    """Reads on from a place in the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def value(self, ends: str, depth: int) -> Tree:
        """What stands here. ends: the characters that end a text without quotes; at none, the whole rest is it."""
        match self._peek():
            case "{":
                return self._object(depth - 1)
            case "[":
                return self._list(depth - 1)
            case '"':
                return self._quoted()
            case _:
                return self._bare(ends) or None

    def end(self) -> None:
        if self._peek():
            raise NotReadable(f"JSV: something follows at character {self._at}")

    def _object(self, depth: int) -> Tree:
        self._open("{", depth)
        found: dict[str, Tree] = {}
        while self._peek() != "}":
            name = self._quoted() if self._peek() == '"' else self._bare(":,{}[]")
            self._take(":")
            found[name] = self.value(",}", depth)
            self._next("}")
        self._take("}")
        return found

    def _list(self, depth: int) -> Tree:
        self._open("[", depth)
        found: list[Tree] = []
        while self._peek() != "]":
            found.append(self.value(",]", depth))
            self._next("]")
        self._take("]")
        return found

    def _next(self, close: str) -> None:
        """Past the comma; or the closing bracket is what comes next."""
        if self._peek() != close:
            self._take(",")

    def _open(self, bracket: str, depth: int) -> None:
        if depth < 0:
            raise NotReadable(f"nested over {DEEPEST} levels deep")
        self._take(bracket)

    def _quoted(self) -> str:
        start = self._at = self._at + 1
        while (close := self._text.find('"', self._at)) >= 0:
            if self._text[close + 1 : close + 2] != '"':
                self._at = close + 1
                return self._text[start:close].replace('""', '"')
            self._at = close + 2
        raise NotReadable(f"JSV: the quote at character {start - 1} is not closed")

    def _bare(self, ends: str) -> str:
        start = self._at
        end = re.compile(f"[{re.escape(ends)}]").search(self._text, start) if ends else None
        self._at = end.start() if end else len(self._text)
        return self._text[start : self._at].strip()

    def _peek(self) -> str:
        """The next character that is no blank; "" at the end."""
        blanks = _BLANKS.match(self._text, self._at)
        self._at = blanks.end() if blanks else self._at
        return self._text[self._at : self._at + 1]

    def _take(self, expected: str) -> None:
        if self._peek() != expected:
            raise NotReadable(f"JSV: {expected!r} is missing at character {self._at}")
        self._at += 1
