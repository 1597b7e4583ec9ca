"""The request target as it came over the wire: its path cut at the slashes, and which command it means.

The framework's own matching is of no use here: it decodes ``%2B`` to ``+`` before anybody can tell it from the ``+``
that callers write for a blank, and ends a text at its first slash (contract rest-sms §2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

from gateway.domain.errors import Rejected


@dataclass(frozen=True, slots=True)
class Command:
    """What can be asked for. name: a word for it; method: its HTTP method; places: what its path segments are called,
    in order; free: the place that takes all that is left over, slashes included."""

    name: str
    method: str
    places: tuple[str, ...] = ()
    free: str | None = None


_CREATE = Command("createMessage", "POST", ("messageName", "messageText"), free="messageText")
_LIST = Command("sms", "GET")
_BY_WORD: Mapping[str, Command] = MappingProxyType(
    {
        "createMessage": _CREATE,
        "addPhoneToSenderCode": Command("addPhoneToSenderCode", "POST", ("phone", "senderCode")),
        "addSubscriberToSenderCode": Command(
            "addSubscriberToSenderCode", "POST", ("email", "phone", "senderCode", "country")
        ),
        "sendMessageToPhone": Command(
            "sendMessageToPhone", "POST", ("messageText", "phone", "senderCode"), free="messageText"
        ),
        "sendMessageToSenderCode": Command("sendMessageToSenderCode", "POST", ("messageName", "senderCode", "name")),
        "stopSubscriberSend": Command("stopSubscriberSend", "POST", ("phone", "senderCode")),
        "stopSubcriberSend": Command(
            "stopSubscriberSend", "POST", ("phone", "senderCode")
        ),  # vendor's sample has it so
    }
)


@dataclass(frozen=True, slots=True)
class Target:
    """segments: still encoded octets, those after the command's words; query: likewise."""

    command: Command
    segments: tuple[bytes, ...]
    query: bytes

    def values(self) -> Mapping[str, str]:
        """The path's values by their place. Raises Rejected: "unknown_action" for more or fewer segments than the
        command knows, "invalid_request" for what is no UTF-8."""
        places, given = self.command.places, [decoded(segment) for segment in self.segments]
        free = self.command.free
        if free is None or not given:
            if len(given) > len(places):
                raise nowhere()
            return dict(zip(places, given, strict=False))
        before, after = places[: places.index(free)], places[places.index(free) + 1 :]
        fixed = len(before) + len(after)
        if len(given) < fixed:
            raise nowhere()
        end = len(given) - len(after)
        values = dict(zip(before + after, given[: len(before)] + given[end:], strict=True))
        text = given[len(before) : end]
        return values | ({free: "/".join(text)} if text else {})


def target_of(raw: str) -> Target:
    """The target of a request line as aiohttp gives it (``request.raw_path``). Raises Rejected("unknown_action")."""
    octets = raw.encode("utf-8", "surrogateescape")
    if not octets.startswith(b"/"):  # the absolute form (RFC 9112 §3.2.2)
        octets = b"/" + octets.partition(b"://")[2].partition(b"/")[2]
    path, _, query = octets.partition(b"?")
    segments = path.split(b"/")[1:]
    if segments[-1] == b"":
        segments.pop()
    match [_word(segment) for segment in segments[:3]]:
        case ["rest", "create_message", *_]:
            return Target(_CREATE, tuple(segments[2:]), query)
        case ["rest", "sms"]:
            return Target(_LIST, (), query)
        case ["rest", "sms", word] if word in _BY_WORD:
            return Target(_BY_WORD[word], tuple(segments[3:]), query)
        case _:
            raise nowhere()


def decoded(segment: bytes) -> str:
    """*unquote-plus* as UTF-8. Raises Rejected("invalid_request")."""
    try:
        return unquote_to_bytes(segment.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise Rejected("invalid_request", "The path is not UTF-8") from None


def allowed(command: Command) -> Sequence[str]:
    """Its methods, for ``Allow``."""
    return ("GET", "HEAD") if command.method == "GET" else (command.method,)


def nowhere() -> Rejected:
    return Rejected("unknown_action", "Not Found")


def _word(segment: bytes) -> str:
    return unquote_to_bytes(segment).decode("utf-8", "replace")
