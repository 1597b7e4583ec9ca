"""Where an account may send to: countries and prefixes (native-v1 §2, destination_denied)."""

from collections.abc import Collection

from gateway.domain.number import country_of


def is_allowed(number: str, *, allow: Collection[str], deny: Collection[str], home: str) -> bool:
    """Whether messages may go to the number.

    number: E.164, or a short code, which belongs to the account's own country. allow, deny: countries ("DE") and
    prefixes ("+4915"); what is denied stays so, and an empty allow list allows everything else.
    """
    country = country_of(number) or home
    if _names(deny, number, country):
        return False
    return not allow or _names(allow, number, country)


def _names(entries: Collection[str], number: str, country: str) -> bool:
    return any(number.startswith(entry) if entry.startswith("+") else entry == country for entry in entries)
