"""Which route a message takes, and which lines it leads to. Pure."""

from collections.abc import Iterable, Sequence

from gateway.domain.line import LineRecord
from gateway.domain.number import country_of
from gateway.domain.route import LineRoute


def route_for(routes: Iterable[LineRoute], *, sender: str, account: str, recipient: str) -> LineRoute | None:
    """The first that fits; None: any line of the account. sender: as it is stored, "auto" for none."""
    return next((route for route in routes if _fits(route, sender, account, recipient)), None)


def _fits(route: LineRoute, sender: str, account: str, recipient: str) -> bool:
    if route.accounts and account not in route.accounts:
        return False
    if route.senders and sender.casefold() not in route.senders:
        return False
    if route.operator_prefixes and not recipient.startswith(route.operator_prefixes):
        return False
    if not (route.countries or route.prefixes):
        return True
    return recipient.startswith(route.prefixes) or (bool(route.countries) and country_of(recipient) in route.countries)


def leads_to(route: LineRoute, line: LineRecord) -> bool:
    """Whether the line is one of the route's, as things are just now: who changes networks changes that."""
    if route.lines and line.configured_name not in route.lines:
        return False
    return not route.networks or any(_is_with(line, network) for network in route.networks)


def _is_with(line: LineRecord, network: str) -> bool:
    """By the operator that its modem is registered with; digits may also be those that its IMSI begins with."""
    operator = line.status.operator
    if operator is not None and operator.casefold() == network.casefold():
        return True
    return network.isdecimal() and (line.status.imsi or "").startswith(network)


def in_order(route: LineRoute, lines: Iterable[LineRecord]) -> list[LineRecord]:
    """The route's lines in its own order; where it names none, as they come."""
    found = [line for line in lines if leads_to(route, line)]
    return sorted(found, key=lambda line: _place(route.lines, line)) if route.lines else found


def _place(names: Sequence[str], line: LineRecord) -> int:
    return names.index(line.configured_name)
