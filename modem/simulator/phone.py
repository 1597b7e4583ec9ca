"""A phone outside: records what it gets, joins long messages, may answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from modem.pdu.tpdu import UserData, join_text


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """A whole message as the person sees it; text is None for 8-bit content."""

    sender: str
    text: str | None
    at: datetime
    parts: int = 1


Answer = Callable[[PhoneMessage], str | None]


@dataclass(slots=True)
class Phone:
    """answer: what it writes back to a message, None for nothing; answer_seconds: how long that takes."""

    number: str
    answer: Answer | None = None
    answer_seconds: float = 0.0
    received: list[PhoneMessage] = field(default_factory=list)
    _parts: dict[tuple[str, int, int], dict[int, UserData]] = field(default_factory=dict)

    def take(self, sender: str, user_data: UserData, at: datetime) -> PhoneMessage | None:
        """The message that this part completes, if it does."""
        header = user_data.header
        part = header.concatenation if header is not None else None
        if part is None:
            message = PhoneMessage(sender, user_data.text, at)
        else:
            key = (sender, part.reference, part.total)
            parts = self._parts.setdefault(key, {})
            parts[part.sequence] = user_data
            if len(parts) < part.total:
                return None
            del self._parts[key]
            message = PhoneMessage(sender, join_text([parts[i] for i in sorted(parts)]), at, part.total)
        self.received.append(message)
        return message


def echo(message: PhoneMessage) -> str | None:
    """The answer of a phone that says back what it heard."""
    return None if message.text is None else f"You said: {message.text}"
