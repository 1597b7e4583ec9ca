"""The names of the APIs, as keys, logins and accounts are bound to them."""

from collections.abc import Iterable
from difflib import get_close_matches

from api.fronts import names
from gateway.cli.exits import Exit, Failure

APIS = ("v1", *names())


def unknown_api(name: str) -> str:
    """The sentence that tells of a name that is none."""
    near = get_close_matches(name, APIS, n=1)
    return f'there is no API "{name}"; ' + (f"did you mean {near[0]}?" if near else f"there are {', '.join(APIS)}")


def known_apis(given: Iterable[str]) -> list[str]:
    """The names as given. Raises Failure: who is bound to a name that is none is let in nowhere."""
    found = list(given)
    for name in found:
        if name not in APIS:
            raise Failure(Exit.USAGE, unknown_api(name))
    return found
