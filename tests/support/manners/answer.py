"""What a command handler gives back."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Answer:
    """lines: information lines, a record being (header, PDU). final: None where the modem forgets it."""

    lines: list[str | tuple[str, str]] = field(default_factory=list)
    final: str | None = "OK"
    delay_s: float = 0.0
    prompt: bool = False
    pdu_echo: bytes = b""
    reboot: bool = False


class Refused(Exception):
    """The final result code as it is with +CMEE=1; None: plain ERROR."""

    def __init__(self, line: str | None) -> None:
        super().__init__(line)
        self.line = line


def cms(code: int) -> Refused:
    return Refused(f"+CMS ERROR: {code}")


def cme(code: int) -> Refused:
    return Refused(f"+CME ERROR: {code}")
