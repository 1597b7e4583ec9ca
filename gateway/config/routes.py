"""[[routes]] and [[operators]]: names that must exist, and the routes they make."""

from collections.abc import Iterable, Iterator, Sequence

from gateway.config.faults import ConfigFault
from gateway.config.tables import File, OperatorTable, RouteTable
from gateway.domain.number import is_country
from gateway.domain.route import LineRoute
from gateway.domain.sender import Strategy


def route_of(table: RouteTable, operators: Sequence[OperatorTable]) -> LineRoute:
    """The route that a table says; its names were checked."""
    prefixes = {operator.name: operator.prefixes for operator in operators}
    return LineRoute(
        name=table.name,
        countries=tuple(to for to in table.to if not to.startswith("+")),
        prefixes=tuple(to for to in table.to if to.startswith("+")),
        operator_prefixes=tuple(prefix for name in table.operators for prefix in prefixes[name]),
        accounts=table.accounts,
        senders=tuple(sender.casefold() for sender in table.senders),
        lines=table.lines,
        networks=table.networks,
        strategy=Strategy(table.strategy),
    )


def route_faults(file: File) -> Iterator[ConfigFault]:
    yield from _twice("routes", [route.name for route in file.routes])
    yield from _twice("operators", [operator.name for operator in file.operators])
    lines, operators = {line.name for line in file.lines}, {operator.name for operator in file.operators}
    for n, route in enumerate(file.routes, 1):
        key = f"routes[{n}]"
        yield from _unknown(f"{key}.lines", route.lines, lines, "line; the name of one of [[lines]]")
        yield from _unknown(
            f"{key}.operators", route.operators, operators, "operator; the name of one of [[operators]]"
        )
        for to in route.to:
            if not to.startswith("+") and not is_country(to):
                yield ConfigFault(f"{key}.to", f'"{to}" is no country; as ISO 3166-1 has it, as "DE"')


def _unknown(key: str, names: Iterable[str], known: set[str], what: str) -> Iterator[ConfigFault]:
    for name in names:
        if name not in known:
            yield ConfigFault(key, f'"{name}" is no {what}')


def _twice(key: str, names: Sequence[str]) -> Iterator[ConfigFault]:
    for n, name in enumerate(names, 1):
        if name in names[: n - 1]:
            yield ConfigFault(f"{key}[{n}].name", f'"{name}" is there twice')
