"""Native §9, test 13, for what stands in bodies and queries: a thing of others there is one that never was.

Generated from the route table of /v1 and the models of what its routes take.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from gateway.domain.access import AccountSettings
from gateway.domain.line import LineRecord
from gateway.services import GatewaySettings
from tests.api.conftest import Rig
from tests.api.matrix import BODIES, CANARY, ENDLESS, collection_of, everything, operations, request_of, rows_of
from tests.api.references import Belongings, Place, places_of, stranger, told, victim

ALIASES = ("{word}", "{line}", "{number}", "{alias}", "{peer}", "{tracking}")
INNER = {"contact": "{contacts}"}
"""What the second place of a path is called → what it names."""


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(rate_per_key=0, public_url="https://sms.example")


def test_every_member_is_known_to_name_something_or_nothing(rig: Rig) -> None:
    unknown = []
    for operation in operations(rig):
        for place in places_of(operation):
            try:
                place.named()
            except KeyError:
                unknown.append(str(place))
    assert not unknown


async def test_a_thing_of_others_in_a_body_or_query_never_was(rig: Rig, tmp_path: Path) -> None:
    """Status, code, detail and what is shown are those for a thing that is nowhere; the owner's rows stay."""
    theirs = await victim(rig)
    nobodys = theirs.absent()
    key, own = await stranger(rig)
    before = belonging(tmp_path, "default")
    blind: dict[str, bool] = {}
    for place, template in named_places(rig):
        replies = []
        for owner in (theirs, nobodys):
            method, path, arguments = asked(place, owner.value(template), own)
            replies.append(told(await rig.call(method, path, key=key, **arguments), owner.value(template)))
        assert replies[0] == replies[1], (str(place), template)
        assert CANARY not in replies[0][1], (str(place), template)
        assert belonging(tmp_path, "default") == before, (str(place), template)
        method, path, arguments = asked(place, own.value(template), own)
        known = told(await rig.call(method, path, key=key, **arguments), own.value(template))
        blind[str(place)] = blind.get(str(place), True) and known == replies[1] and not place.is_word()
    assert not [place for place, never_found in blind.items() if never_found], "one's own is not found there either"


def named_places(rig: Rig) -> list[tuple[Place, str]]:
    """Every place that names something × what may stand there, claims last."""
    asked = [one for one in operations(rig) if one.scope != "admin" and one.path not in ENDLESS]
    places = [place for operation in asked for place in places_of(operation)]
    return [(place, template) for place in sorted(places, key=Place.rank) for template in place.named()]


def asked(place: Place, value: str, own: Belongings) -> tuple[str, str, dict[str, Any]]:
    """A request of the stranger that is good but for what stands in that place."""
    collection = collection_of(place.operation)
    method, path, arguments = request_of(place.operation, own.ids[collection] if collection else "")
    body = dict(arguments.pop("json", {}))
    if "lines" in body:
        body["lines"] = [own.line]
    if "campaign" in body:
        body["campaign"] = own.word
    arguments |= {"json": body} if body or place.within == "json" else {}
    return method, path, place.put(arguments, value)


def belonging(tmp_path: Path, account: str) -> dict[str, list[tuple[Any, ...]]]:
    """The account's rows, by table."""
    found = rows_of(tmp_path / "simgate.db")
    return {table: [row for row in rows if account in row] for table, rows in found.items()}


async def test_a_cursor_of_others_is_none(rig: Rig) -> None:
    """It leads nowhere in the same list of another account, as one that was made up."""
    theirs = await victim(rig)
    key, own = await stranger(rig)
    again = await everything(rig, rig.keys["default"], line="office", word="canary2", peer="+13105550123")
    await rig.call("POST", f"/v1/groups/{theirs.ids['/v1/groups']}/members", json={"contacts": [again["/v1/contacts"]]})
    for _ in range(2):
        await rig.call("POST", "/v1/batches", json=BODIES["SendBatch"])
    await rig.call("POST", f"/v1/threads/{theirs.ids['/v1/threads']}/messages", json={"text": CANARY})
    await rig.store.put_line(LineRecord(0, "", "home"))
    for _ in range(2):
        await rig.http.get(f"/l/{theirs.ids['/v1/links']}", allow_redirects=False)
        rig.clock.turn(11)  # a second visit: a repeat within ten seconds is not written
    await rig.key()
    for operation in operations(rig):
        members = () if operation.query is None else operation.query.model_fields
        if "cursor" not in members or operation.scope == "admin":
            continue
        collection = collection_of(operation)
        _, path, _ = request_of(operation, theirs.ids[collection] if collection else "")
        page = await rig.call("GET", path, params={"limit": 1})
        cursor = page.body["next_cursor"]
        assert cursor, (operation.path, "there is nothing behind the first")
        assert (await rig.call("GET", path, params={"limit": 1, "cursor": cursor})).status == 200, operation.path
        _, path, _ = request_of(operation, own.ids[collection] if collection else "")
        foreign = await rig.call("GET", path, key=key, params={"cursor": cursor})
        made_up = await rig.call("GET", path, key=key, params={"cursor": "AAAA" + cursor[4:]})
        assert (foreign.status, foreign.code) == (400, "invalid_cursor"), operation.path
        assert told(foreign) == told(made_up), operation.path


async def test_a_thing_of_others_below_ones_own_never_was(rig: Rig, tmp_path: Path) -> None:
    """Where a path names two things, the first of which is one's own."""
    theirs = await victim(rig)
    key, own = await stranger(rig)
    before = belonging(tmp_path, "default")
    for operation in operations(rig):
        collection, *inner = re.findall(r"{(\w+)}", operation.path)[:2] or [None]
        if not inner or operation.scope == "admin":
            continue
        assert collection is not None
        head, _, tail = operation.path.partition(f"{{{collection}}}")
        path = f"{head}{own.ids[head.rstrip('/')]}{tail}"
        answers = [
            told(await rig.call(operation.method, path.replace(f"{{{inner[0]}}}", thing), key=key), thing)
            for thing in (owner.value(INNER[inner[0]]) for owner in (theirs, theirs.absent()))
        ]
        assert answers[0] == answers[1], operation.path
        assert answers[0][0] == 404, operation.path
        assert belonging(tmp_path, "default") == before, operation.path


async def test_a_thing_of_others_by_another_name_never_was(rig: Rig, tmp_path: Path) -> None:
    """Every word that its owner may call something by, in every path."""
    theirs = await victim(rig)
    shown = (await rig.call("GET", f"/v1/messages/{theirs.ids['/v1/messages']}")).body
    assert (await rig.call("GET", f"/v1/messages/{shown['tracking_id']}")).status == 200, "it is a name of it"
    theirs = replace(theirs, more={"tracking": shown["tracking_id"]})
    nobodys = replace(theirs.absent(), more={"tracking": shown["tracking_id"][:-3] + "000"})
    key, _ = await stranger(rig)
    before = belonging(tmp_path, "default")
    for operation in operations(rig):
        for template in ALIASES if collection_of(operation) and operation.scope != "admin" else ():
            answers = []
            for owner in (theirs, nobodys):
                method, path, arguments = request_of(operation, quote(owner.value(template), safe=""))
                answers.append(told(await rig.call(method, path, key=key, **arguments), owner.value(template)))
            assert answers[0] == answers[1], (operation.method, operation.path, template)
            assert answers[0][0] == 404, (operation.method, operation.path, template)
    assert belonging(tmp_path, "default") == before


async def test_a_campaign_of_others_is_unknown_where_campaigns_are_checked(rig: Rig) -> None:
    await victim(rig)
    key, own = await stranger(rig)
    strict = AccountSettings(campaign_check=True)
    await rig.store.put_account("other", strict, rig.clock.now(), replace=True)
    codes = {}
    for ref in (CANARY, "nobody", own.word):
        body = {"to": own.peer, "text": "x", "campaign": ref}
        codes[ref] = (await rig.call("POST", "/v1/messages", key=key, json=body)).code
    assert codes == {CANARY: "campaign_unknown", "nobody": "campaign_unknown", own.word: "campaign_not_approved"}
