"""Every front × every scope missing × the things of another account, generated from the fronts' own routes.

A refusal is that dialect's own, with the right code, and leaves nothing behind. A thing of others is one that never
was, and its owner's rows stay as they are.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from api.front import Front
from api.fronts import FRONTS, build_fronts
from gateway.config import Settings
from gateway.domain.access import DEFAULT_SCOPES, Principal
from gateway.services import GatewaySettings
from tests.api.conftest import Reply, Rig
from tests.api.fronts.dialects import DIALECTS, Credential, Dialect, Function, request_of
from tests.api.matrix import CANARY, rows_of
from tests.api.references import FRESH, Belongings, stranger, told, victim
from tests.api.test_references import belonging

PASSWORD = "correct horse"
ABSENT = {"customer": "999", "licensee": "f" * 32, "guid": "e" * 32, "known": "+13105550666"}
SLOW = "/immediate"
"""Routes that wait for what becomes of a message: no modem takes it here."""
_fresh = count(FRESH)


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(rate_per_key=0, public_url="https://sms.example")


def fronts(rig: Rig) -> list[Front]:
    return [front for front in build_fronts(rig.gateway, Settings(Path())) if front.name in DIALECTS]


def routes(rig: Rig, dialect: Dialect) -> Iterator[tuple[str, str]]:
    """Each route of the front, as METHOD /path × the name of each thing that it does."""
    front = next(front for front in fronts(rig) if front.name == dialect.name)
    for route in front.routes():
        for function in dialect.of(f"{route.method} {route.path}"):
            yield f"{route.method} {route.path}", function


async def operator(rig: Rig) -> Principal:
    return await rig.gateway.access.authenticate(await rig.key(scopes=("admin",)), address="127.0.0.1")


async def credential(
    rig: Rig, user: str, scopes: tuple[str, ...], account: str = "other", fronts: tuple[str, ...] = ()
) -> Credential:
    """A new key and login of the account."""
    key = await rig.key(account, scopes=scopes, fronts=fronts)
    by = await operator(rig)
    await rig.gateway.accounts.add_login(account, user, PASSWORD, by=by, scopes=scopes, fronts=fronts)
    return Credential(key, user, PASSWORD)


async def ask(
    rig: Rig,
    dialect: Dialect,
    route: str,
    function: Function,
    who: Credential,
    own: Belongings,
    idempotency: str | None = None,
    **otherwise: str,
) -> Reply:
    """What the front answers, with the stranger's own things in every other place."""
    own = replace(own, more={**own.more, "fresh": str(next(_fresh))})
    said = {name: own.value(template) for name, template in function.said.items()} | otherwise
    method, path, arguments = request_of(dialect, route, function, said)
    dialect.login(who, arguments)
    if idempotency is not None:
        arguments["headers"] = {**arguments.get("headers", {}), "Idempotency-Key": idempotency}
    return await rig.call(method, path, key="", **arguments)


async def with_more(rig: Rig, owner: Belongings, account: str, key: str) -> Belongings:
    """Also with what only the fronts' callers name: an endpoint of messaging's own, and ids of other shapes."""
    known = await rig.store.account(account)
    assert known is not None
    guid = {"default": "a" * 32, "other": "b" * 32}[account]
    hook = {"url": "https://example.com", "name": f"{owner.word}-m", "format": "messaging"}
    contact = {"phone": f"{owner.peer[:-1]}8", "external_id": guid}
    assert (await rig.call("POST", "/v1/webhooks", key=key, json=hook)).status == 201
    assert (await rig.call("POST", "/v1/contacts", key=key, json=contact)).status == 201
    more = {"customer": str(known.num), "licensee": known.licensee_id, "guid": guid, "known": contact["phone"]}
    return replace(owner, more=more)


def test_every_route_of_every_front_is_known(rig: Rig) -> None:
    assert sorted(DIALECTS) == sorted(front.name for front in build_fronts(rig.gateway, Settings(Path())))
    assert len(FRONTS) == len(DIALECTS)
    for dialect in DIALECTS.values():
        unused = set(dialect.functions) - {function for _, function in routes(rig, dialect)}
        assert not unused, dialect.name


async def test_a_function_without_its_scope_is_refused_and_leaves_nothing(rig: Rig, tmp_path: Path) -> None:
    key, own = await stranger(rig)
    own = await with_more(rig, own, "other", key)
    scopes = sorted({function.scope for dialect in DIALECTS.values() for function in dialect.functions.values()})
    lacking = {
        scope: await credential(rig, f"without {n}", tuple(one for one in DEFAULT_SCOPES if one != scope))
        for n, scope in enumerate(scopes)
    }
    elsewhere = await credential(rig, "elsewhere", DEFAULT_SCOPES, fronts=("v1",))
    wrong = Credential("gsk_AAAAAAAA_" + "a" * 32, "without 0", "wrong horse")
    before = rows_of(tmp_path / "simgate.db")
    for dialect in DIALECTS.values():
        for route, name in routes(rig, dialect):
            function = dialect.functions[name]
            for who, code in ((lacking[function.scope], "forbidden_scope"), (elsewhere, "service_disabled")):
                reply = await ask(rig, dialect, route, function, who, own)
                assert dialect.refusal(reply) == dialect.codes(code), (dialect.name, route, name, reply.body)
        for who, code in ((wrong, "auth_invalid"), (Credential(), "auth_missing")):
            reply = await ask(rig, dialect, route, function, who, own)
            assert dialect.refusal(reply) == dialect.codes(code), (dialect.name, route, reply.body)
    assert rows_of(tmp_path / "simgate.db") == before


async def test_native_13_a_thing_of_others_never_was(rig: Rig, tmp_path: Path) -> None:
    theirs = await victim(rig)
    theirs = await with_more(rig, theirs, "default", rig.keys["default"])
    key, own = await stranger(rig)
    own = await with_more(rig, own, "other", key)
    nobodys = replace(theirs.absent(), more=ABSENT)
    who = await credential(rig, "stranger", DEFAULT_SCOPES)
    await operator(rig)
    before = belonging(tmp_path, "default")
    blind = []
    for dialect in DIALECTS.values():
        first = dict(reversed([(name, route) for route, name in routes(rig, dialect)]))
        for name, function in dialect.functions.items():
            for place, templates in function.names.items():
                found = False
                for template in templates:
                    answers = []
                    for owner in (theirs, nobodys, own):
                        value = owner.value(template)
                        reply = await ask(rig, dialect, first[name], function, who, own, **{place: value})
                        answers.append(told(reply, value, value.removeprefix("+"), value[:-3]))
                    where = (dialect.name, name, place, template)
                    assert answers[0] == answers[1], where
                    assert CANARY not in answers[0][1], where
                    assert belonging(tmp_path, "default") == before, where
                    found = found or answers[2] != answers[1]
                if not found and place not in function.claims:
                    blind.append((dialect.name, name, place))
    assert not blind, "one's own is not found there either"


async def test_an_idempotency_key_of_others_is_a_new_one(rig: Rig) -> None:
    """The same key, used by two accounts, stands for a call of each."""
    theirs = await victim(rig)
    _, own = await stranger(rig)
    owners = {"default": theirs, "other": own}
    who = {account: await credential(rig, account, DEFAULT_SCOPES, account) for account in owners}
    for dialect in DIALECTS.values():
        first = dict(reversed([(name, route) for route, name in routes(rig, dialect)]))
        for name in ("send", "sendsms"):
            if name not in dialect.functions:
                continue
            function = dialect.functions[name]
            for account, owner in owners.items():
                before = await sent(rig, who[account])
                for _ in range(2):
                    reply = await ask(rig, dialect, first[name], function, who[account], owner, idempotency="k")
                    assert reply.status == 200, (dialect.name, account, reply.body)
                assert await sent(rig, who[account]) == before + 1, (dialect.name, account)


async def sent(rig: Rig, who: Credential) -> int:
    """How many messages the account has."""
    return len((await rig.call("GET", "/v1/messages?limit=200", key=who.key)).body["data"])


async def test_a_session_opens_its_own_account_alone(rig: Rig, tmp_path: Path) -> None:
    """Another's licensee id is refused as one that is nobody's; who says himself who he is, is he."""
    theirs = await victim(rig)
    key, own = await stranger(rig)
    own = await with_more(rig, own, "other", key)
    who = await credential(rig, "ann", DEFAULT_SCOPES, "default")
    login = {"userName": who.user, "password": who.password}
    token = (await rig.call("POST", "/api/auth", key="", json=login)).body["sessionId"]
    session = {"Cookie": f"ss-id={token}"}
    model = {"From": {"PhoneNumber": theirs.number}, "To": [{"PhoneNumber": "+13105551212"}], "MessageBody": "x"}

    async def send(headers: dict[str, str], **more: object) -> Reply:
        body = {"SMSModel": {**model, **more}}
        return await rig.call("POST", "/api/sendmessage", key="", json=body, headers=headers)

    foreign, nobodys = [await send(session, LicenseeId=one) for one in (own.more["licensee"], "f" * 32)]
    assert told(foreign) == told(nobodys)
    assert foreign.status == 403
    before = belonging(tmp_path, "default")
    both = session | {"Authorization": f"Bearer {key}"}
    assert (await send(both, From={"PhoneNumber": own.number})).status == 200
    assert belonging(tmp_path, "default") == before
    assert (await send(session)).status == 200
    assert belonging(tmp_path, "default") != before
