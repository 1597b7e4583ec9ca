"""Routes: which lines may carry a message that names none, by whom it is for and whom it is from."""

from dataclasses import dataclass

from gateway.domain.sender import Strategy


@dataclass(frozen=True, slots=True)
class LineRoute:
    """One configured route. An empty condition fits everything; a message takes the first route that fits it.

    countries ("DE") and prefixes ("+4915") say where to: one of them must fit. operator_prefixes: likewise, of the
    recipient's operators. senders: case-folded. lines: names as in the configuration, in order; networks: names of
    operators, or MCC and MNC in digits, that a line must be with.
    """

    name: str
    countries: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    operator_prefixes: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    strategy: Strategy = Strategy.LEAST_LOADED

    @property
    def conditions(self) -> tuple[object, ...]:
        """What says which messages take it; how they are carried is no part of it."""
        return (self.name, self.countries, self.prefixes, self.operator_prefixes, self.accounts, self.senders)
