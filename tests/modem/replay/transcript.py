"""The dialogues as the transcripts hold them: what the host wrote, what came back, in their order."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHARED = Path(__file__).parents[2] / "vectors" / "transcripts"
OWN = Path(__file__).parent / "own"
Step = dict[str, Any]

_CTRL_Z_OR_ESC = ("\x1a", "\x1b")


@dataclass(eq=False)
class Turn:
    """One command line (or the text behind a prompt) and the steps that follow before the host writes again."""

    written: str
    steps: list[Step] = field(default_factory=list)

    @property
    def command(self) -> str:
        """Without its line end and what is stuck behind it."""
        return re.split(r"[\r\x00]", self.written.lstrip("\x1b\r\n"))[0]

    @property
    def heard(self) -> str:
        return "".join(step.get("rx", "") for step in self.steps)


@dataclass(frozen=True)
class Dialogue:
    """A dialogue and what its file says of the modem. name: file and dialogue."""

    name: str
    shows: str
    expect: str
    exchange: tuple[Step, ...]
    identify: dict[str, list[str]]
    capabilities: dict[str, str]
    vendor: str
    model: str
    refusal: str

    def turns(self) -> tuple[Turn, list[Turn]]:
        """What comes before the host has written anything; and the turns."""
        lead, turns = Turn(""), []
        for step in self.exchange:
            if "tx" in step:
                turns.append(Turn(step["tx"]))
            else:
                (turns[-1] if turns else lead).steps.append(step)
        return lead, turns

    @property
    def commands(self) -> list[str]:
        """What the host wrote, line by line, without the texts it entered."""
        return [turn.command for turn in self.turns()[1] if turn.command[:2].upper() == "AT"]

    @property
    def echoes(self) -> bool:
        return any(turn.command and f"{turn.command}\r" in turn.heard for turn in self.turns()[1])

    @property
    def answers_in_digits(self) -> bool:
        """It was left in ATV0."""
        return bool(re.search(r"(?:\A|\n)0\r\Z", self.turns()[1][0].heard)) if self.turns()[1] else False


def _dialogues(folder: Path) -> Iterator[Dialogue]:
    for path in sorted(folder.glob("*.json")):
        file = json.loads(path.read_text("utf-8"))
        everything = json.dumps(file["dialogs"])
        for dialogue in file["dialogs"]:
            yield Dialogue(
                name=f"{path.stem}: {dialogue['name']}",
                shows=dialogue.get("shows", ""),
                expect=dialogue.get("expect", ""),
                exchange=tuple(dialogue["exchange"]),
                identify=file.get("identify") or {},
                capabilities={key: str(value) for key, value in (file.get("capabilities") or {}).items()},
                vendor=file.get("vendor") or "unknown",
                model=file.get("model") or "unknown",
                refusal="COMMAND NOT SUPPORT" if "COMMAND NOT SUPPORT" in everything else "ERROR",
            )


DIALOGUES = {dialogue.name: dialogue for dialogue in _dialogues(SHARED)}
OWN_DIALOGUES = {dialogue.name: dialogue for dialogue in _dialogues(OWN)}

Cut = Callable[[list[Step]], list[Step]]


def _as_read(steps: list[Step]) -> list[Step]:
    return [step | {"rx": [step["rx"]]} if "rx" in step else step for step in steps]


def _octet_by_octet(steps: list[Step]) -> list[Step]:
    return [step | {"rx": list(step["rx"])} if "rx" in step else step for step in steps]


def _joined(steps: list[Step]) -> list[Step]:
    joined: list[Step] = []
    for step in steps:
        if "rx" in step and joined and "rx" in joined[-1]:
            joined[-1] = joined[-1] | {"rx": joined[-1]["rx"] + step["rx"]}
        else:
            joined.append(step)
    return _as_read(joined)


CUTS: dict[str, Cut] = {"as read": _as_read, "octet by octet": _octet_by_octet, "joined": _joined}
"""How the steps of an answer become readings: "rx" is a list of them."""


def ends_text(written: str) -> bool:
    """What the host entered behind a prompt ends here."""
    return written.rstrip("\r")[-1:] in _CTRL_Z_OR_ESC
