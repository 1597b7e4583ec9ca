"""Which sender a message goes out under, and which lines that means (decisions.md: resolved again at each claim)."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.access import AccountSettings
from gateway.domain.errors import Fault, Rejected
from gateway.domain.number import normalise
from gateway.domain.sender import ANY_LINE

AUTO = ANY_LINE


@dataclass(frozen=True, slots=True)
class Route:
    """sender: what the caller wrote, canonical; route: what a line must answer to, "auto" for any of the account's."""

    sender: str
    route: str


def resolve(
    wanted: str | None,
    senders: Mapping[str, str],
    settings: AccountSettings,
    *,
    international_first: bool = False,
    kind: str | None = None,
) -> Route:
    """The route behind a "from".

    wanted: number, line name, alias, code or line id, in any case; None for the account's default. senders: value,
    case-folded → route, all that this account may write. kind: "number" for one of digits only, "phone" for anything
    but a number with its country. Raises Rejected("invalid_sender").
    """
    sender = wanted if wanted is not None else settings.default_line or AUTO
    if sender == AUTO and kind is None:
        return Route(AUTO, AUTO)
    route = senders.get(sender.casefold()) or _number(sender, senders, settings, international_first)
    if route is None or route == AUTO or not _is_of_kind(route, kind):
        raise _unknown(sender)
    return Route(route, route)


def _number(
    sender: str,
    senders: Mapping[str, str],
    settings: AccountSettings,
    international_first: bool,
) -> str | None:
    """The sender that is meant by a number in some form."""
    try:
        return senders.get(normalise(sender, settings.default_country, international_first=international_first))
    except Rejected:
        return None


def _is_of_kind(route: str, kind: str | None) -> bool:
    match kind:
        case "number":
            return route.removeprefix("+").isdecimal()
        case "phone":
            return not route.startswith("+")
        case _:
            return True


def _unknown(sender: str) -> Rejected:
    message = f"{sender[:40]!r} is no sender of this account"
    return Rejected("invalid_sender", f"from: {message}", faults=(Fault("from", "invalid_sender", message),))
