"""Ids and names that nobody would think of, in every place of every route of every API: refused, never a 5xx."""

from dataclasses import replace
from itertools import cycle
from typing import Any
from urllib.parse import quote

import pytest

from gateway.domain.access import SCOPES
from gateway.services import GatewaySettings
from tests.api.conftest import Reply, Rig
from tests.api.fronts.dialects import DIALECTS, Credential
from tests.api.fronts.dialects import request_of as asked_of
from tests.api.fronts.test_separation import SLOW, credential, operator, routes, with_more
from tests.api.matrix import ENDLESS, collection_of, operations, request_of
from tests.api.references import FRESH, Belongings, Place, places_of, victim

WORDS = (
    "9" * 25,
    "-9223372036854775809",
    "a\x00b",
    "\ud800",
    "x" * 3000,
    "١٢٣",
    "\u202e\r\n",
    "../x",
    "%25%00",
    "' OR",
)
VALUES: tuple[Any, ...] = (2**64, -(2**63) - 1, 1e300, [[]], {"a": {}}, None, True, "\ud800", "\x00", "x" * 3000)
HEADERS = ("Idempotency-Key", "If-Match", "Last-Event-ID", "Prefer", "X-ss-id", "Cookie", "Accept", "Content-Type")


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(rate_per_key=0, public_url="https://sms.example")


async def ask(rig: Rig, method: str, path: str, key: str, arguments: dict[str, Any]) -> Reply:
    """A request whose query is written out, so that a lone surrogate can stand in it."""
    given = dict(arguments)
    query = "&".join(f"{name}={in_url(str(value))}" for name, value in given.pop("params", {}).items())
    return await rig.call(method, f"{path}?{query}" if query else path, key=key, **given)


def in_url(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


async def test_no_id_in_a_path_breaks_a_route(rig: Rig) -> None:
    key = await rig.key(scopes=SCOPES)
    for operation in operations(rig):
        for word in WORDS if collection_of(operation) else ():
            method, path, arguments = request_of(operation, in_url(word))
            reply = await ask(rig, method, path, key, arguments)
            assert 400 <= reply.status < 500, (method, operation.path, word, reply.body)


async def test_no_name_in_a_body_or_query_breaks_a_route(rig: Rig) -> None:
    own = await victim(rig)
    key = await rig.key(scopes=SCOPES)
    for operation in operations(rig):
        for place in places_of(operation) if operation.path not in ENDLESS else ():
            for word in WORDS:
                await holds(rig, place, word, own, key)


async def test_no_type_in_a_body_breaks_a_route(rig: Rig) -> None:
    own = await victim(rig)
    key = await rig.key(scopes=SCOPES)
    for operation in operations(rig):
        for place in places_of(operation):
            for value in VALUES if place.within == "json" else ():
                await holds(rig, place, value, own, key)


async def holds(rig: Rig, place: Place, value: Any, own: Belongings, key: str) -> None:
    """Asks with the value in that place; an own thing stands in the path."""
    collection = collection_of(place.operation)
    thing = own.ids[collection] if collection and place.operation.method != "DELETE" else "x_1"
    method, path, arguments = request_of(place.operation, thing)
    reply = await ask(rig, method, path, key, place.put(arguments, value))
    assert reply.status < 500, (str(place), value, reply.body)


async def test_no_header_breaks_a_route(rig: Rig) -> None:
    own = await victim(rig)
    key = await rig.key(scopes=SCOPES)
    values = cycle(("9" * 25, '"', "é,;=", "x" * 3000, "wait=99999999999999999999"))
    for operation in operations(rig):
        collection = collection_of(operation)
        for name in HEADERS if operation.path not in ENDLESS else ():
            thing = own.ids[collection] if collection and operation.method != "DELETE" else "x_1"
            method, path, arguments = request_of(operation, thing)
            arguments["headers"] = {**arguments.get("headers", {}), name: next(values)}
            reply = await ask(rig, method, path, key, arguments)
            assert reply.status < 500, (method, path, arguments["headers"], reply.body)


async def test_nothing_said_to_a_front_breaks_it(rig: Rig) -> None:
    """Every place of every function × every word."""
    own = await victim(rig)
    own = await with_more(rig, own, "default", rig.keys["default"])
    own = replace(own, more={**own.more, "fresh": str(FRESH)})
    who = await credential(rig, "odd", SCOPES, "default")
    await operator(rig)
    for dialect in DIALECTS.values():
        for route, name in routes(rig, dialect):
            function = dialect.functions[name]
            for place in function.said if SLOW not in route and "suffix" not in route else ():
                for word in WORDS:
                    said = {other: own.value(template) for other, template in function.said.items()}
                    method, path, arguments = asked_of(dialect, route, function, {**said, place: word})
                    dialect.login(who, arguments)
                    reply = await ask(rig, method, path, "", arguments)
                    assert reply.status < 500, (dialect.name, route, place, word, reply.body)


async def test_no_credential_breaks_a_front(rig: Rig) -> None:
    """As key, user, password or session: refused as any other that is wrong."""
    own = await victim(rig)
    own = await with_more(rig, own, "default", rig.keys["default"])
    own = replace(own, more={**own.more, "fresh": str(FRESH)})
    for dialect in DIALECTS.values():
        route, name = next(iter(routes(rig, dialect)))
        function = dialect.functions[name]
        said = {place: own.value(template) for place, template in function.said.items()}
        for word in WORDS:
            key = word if word.isascii() and word.isprintable() else in_url(word)
            for who in (Credential(key, word, word), Credential(f"gsk_{key}", word, "x"), Credential(key, "x", word)):
                method, path, arguments = asked_of(dialect, route, function, said)
                dialect.login(who, arguments)
                reply = await ask(rig, method, path, "", arguments)
                assert dialect.refusal(reply) == dialect.codes("auth_invalid"), (dialect.name, word, reply.body)
