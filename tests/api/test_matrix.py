"""Native §9, test 13, generated: every route of /v1 × no key × every scope × the ids of another account."""

import json
from pathlib import Path

import pytest

from gateway.domain.access import DEFAULT_SCOPES, SCOPES
from gateway.services import GatewaySettings
from tests.api.conftest import Rig
from tests.api.matrix import CANARY, PEER, collection_of, everything, operations, request_of, rows_of

ACROSS_ACCOUNTS = ("/v1/accounts",)
"""What an operator with the scope admin sees of all accounts."""


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(rate_per_key=0, public_url="https://sms.example")


async def test_every_route_wants_a_key(rig: Rig) -> None:
    for operation in operations(rig):
        method, path, more = request_of(operation)
        for key, code in (("", "auth_missing"), ("gsk_AAAAAAAA_" + "a" * 32, "auth_invalid")):
            reply = await rig.call(method, path, key=key, **more)
            assert (reply.status, reply.code) == (401, code), (method, path)
            assert reply.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_scope_opens_its_routes_and_no_other(rig: Rig, tmp_path: Path, scope: str) -> None:
    """What it does not open is refused, and leaves nothing behind."""
    key = await rig.key(scopes=(scope,))
    before = rows_of(tmp_path / "simgate.db")
    every = operations(rig)
    opened = [operation for operation in every if scope in (operation.scope, "admin")]
    for operation in every:
        method, path, more = request_of(operation)
        if operation not in opened:
            reply = await rig.call(method, path, key=key, **more)
            assert (reply.status, reply.code) == (403, "forbidden_scope"), (method, path)
    assert rows_of(tmp_path / "simgate.db") == before
    for operation in opened:
        method, path, more = request_of(operation)
        reply = await rig.call(method, path, key=key, **more)
        assert reply.status != 403, (method, path, reply.body)


@pytest.mark.parametrize("scopes", [DEFAULT_SCOPES, ("admin",)])
async def test_native_13_what_belongs_to_others_does_not_exist(rig: Rig, scopes: tuple[str, ...]) -> None:
    """Every route that names a thing × another account's: as if it never was, and nothing changed."""
    own = await rig.key()
    rig.keys["default"] = own
    ids = await everything(rig, own)
    await alone(rig)
    stranger = await rig.key("other", scopes=scopes)
    before = await snapshot(rig)
    for operation in operations(rig):
        collection = collection_of(operation)
        if collection is None or ("admin" in scopes and collection in ACROSS_ACCOUNTS):
            continue
        foreign = ids[collection]
        absent = foreign[:-3] + "000"
        method, path, more = request_of(operation, foreign)
        reply = await rig.call(method, path, key=stranger, **more)
        refused = 403 if "admin" not in scopes and operation.scope == "admin" else 404
        assert reply.status == refused, (method, path, reply.body)
        unknown = await rig.call(method, request_of(operation, absent)[1], key=stranger, **more)
        assert unknown.status == refused
        told, known = (
            json.dumps(one.body | {"instance": ""}).replace(which, "")
            for one, which in ((unknown, absent), (reply, foreign))
        )
        assert told == known, (method, path)
    assert await snapshot(rig) == before


async def test_native_13_no_list_shows_what_belongs_to_others(rig: Rig) -> None:
    """Every GET without a place, bare and narrowed to a foreign thing: nothing of it, not even that it is there."""
    own = await rig.key()
    rig.keys["default"] = own
    ids = await everything(rig, own)
    await alone(rig)
    stranger = await rig.key("other")
    for operation in operations(rig):
        if operation.method != "GET" or collection_of(operation) is not None or operation.scope == "admin":
            continue
        members = {} if operation.query is None else operation.query.model_fields
        named = {name: ids[f"/v1/{plural(name)}"] for name in members if f"/v1/{plural(name)}" in ids}
        queries = ["", *(f"?{name}={foreign}" for name, foreign in named.items())]
        if "to" in members:
            queries.append(f"?to=%2B{PEER[1:]}")
        for query in queries:
            reply = await rig.call("GET", operation.path + query, key=stranger)
            assert reply.status in (200, 404, 422), (operation.path, query, reply.body)
            shown = reply.octets.decode()
            assert CANARY not in shown, (operation.path, query)
            hidden = [value for value in ids.values() if value not in query]
            assert not [value for value in hidden if value in shown], (operation.path, query)


def plural(name: str) -> str:
    return {"batch": "batches", "opt_out": "opt-outs"}.get(name, f"{name}s")


async def alone(rig: Rig) -> None:
    """From now on the line belongs to the default account only."""
    assert all(line.accounts == ("default",) for line in await rig.store.lines())


async def snapshot(rig: Rig) -> str:
    """Everything that the default account can list of its own."""
    shown = [
        (await rig.call("GET", operation.path)).body
        for operation in operations(rig)
        if operation.method == "GET" and collection_of(operation) is None and operation.scope != "admin"
    ]
    return json.dumps(shown)
