"""What every member of a body or a query of /v1 may name. One that is missing here fails tests/api/test_references.py
by its name, until somebody says what it names."""

import json
import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from api.v1.operation import Operation
from gateway.domain.line import LineRecord, LineState, LineStatus
from tests.api.conftest import NUMBER, Reply, Rig
from tests.api.matrix import CANARY, PEER, everything

NAMES: Mapping[str, tuple[str, ...]] = {
    "after": ("{inbound}",),
    "aliases": ("{word}", "{alias}"),
    "batch": ("{batches}",),
    "campaign": ("{word}",),
    "client_ref": ("{word}",),
    "contact": ("{contacts}",),
    "contacts": ("{contacts}",),
    "external_id": ("{word}",),
    "from": ("{line}", "{lines}", "{number}", "{alias}", "{word}"),
    "group": ("{groups}", "{word}"),
    "line": ("{line}", "{lines}"),
    "lines": ("{line}", "{lines}"),
    "message": ("{messages}",),
    "name": ("{word}",),
    "number": ("{number}",),
    "phone": ("{peer}",),
    "q": ("{word}",),
    "ref": ("{word}",),
    "scope": ("line:{line}", "line:{lines}", "sender:{word}", "sender:{alias}", "campaign:{word}"),
    "sender": ("{line}", "{lines}", "{number}", "{alias}", "{word}"),
    "template": ("{templates}", "{word}"),
    "thread": ("{threads}",),
    "to": ("{peer}",),
    "upload": ("{media}",),
    "value": ("{word}", "{number}", "{alias}", "{line}"),
    "webhook": ("{webhooks}", "{word}"),
}
"""Member → what it names: an id by its collection, or a word that its account has given or claimed."""

OF_OPERATORS = frozenset({"CreateAccount", "PatchAccount", "Settings", "CreateLogin"})
"""Models that only the scope admin may fill: names of the whole gateway, and settings of an account."""
CLAIMS = ("name", "phone", "external_id", "ref", "value", "aliases", "number")
"""Members by which an account takes a name for itself, wherever they are written."""

_NOTHING = """
Ussd.code EventQuery.after StreamQuery.after AnswerWire.message BatchItem.to SendMessage.to Window.from Window.to
CreateKey.name MediaQuery.name MediaItem.name SendBatch.name PutCentre.number EnterPin.pin
acked age_gated archived as atomic auto_renewal block_after block_for_s brand burst hours parts_for_alerts
parts_per_day parts_per_month rate_per_minute timezone limits clicks created_after created_before cursor delivery_report
description direct_lending direction dlr dlr_unknown email embedded_link embedded_phone enabled encode_message
encoding events expire_at expires_at fields file flash format fronts headers help ignore_opt_out ip_allow keywords
kind labels limit max_segments message_flow messages metadata notes number_pool on_unknown only opt_in
opt_out options order paused priority read reason reply routed_only samples schedule_at scopes send_dlr sender_mask
since source state strategy sub_use_cases tags text track_clicks transliterate ttl type until url use_case
verify_tls wait
campaign_subscribers days group_by media reply_due send_window test tz vars
"""
NAMES_NOTHING = frozenset(_NOTHING.split())
"""Members that no thing of an account stands in; ``cursor`` has a test of its own."""
_WORDS = """
AnswerThread.campaign AnswerThread.from ContactBody.name EnterOptOut.phone SendMessage.campaign
Subscribe.phone client_ref
"""
WORDS = frozenset(_WORDS.split())
"""Members to which even a thing of one's own makes no difference: kept as written, or never taken."""

_NUMBERED = (
    "smsSubscriberId|smsSenderId|messageId|tracking-id|RefId|CommId|Reference|tracking_id|num|seq|url|segments|id"
)
_MADE = (
    (re.compile(r"\b(?:[a-z]{3}_|gsk_|whsec_)[0-9A-Za-z+/=_-]{8,}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z|[A-Z][a-z]{2} \d\d?, \d{4} [0-9:]+ [AP]M"), "<time>"),
    (re.compile(rf'("(?:{_NUMBERED})": )("[^"]*"|\d+)'), r"\1<made>"),
    (re.compile(r"13105559\d{3}"), "<fresh>"),
)
FRESH = 13105559000
"""Numbers from here on are used once each."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """What an account has, and what it calls it."""

    ids: Mapping[str, str]
    line: str
    number: str
    alias: str
    word: str
    peer: str
    more: Mapping[str, str] = field(default_factory=dict)

    def value(self, template: str) -> str:
        """What a template of ``NAMES`` stands for."""
        by_name = {collection.removeprefix("/v1/").replace("-", "_"): one for collection, one in self.ids.items()}
        named = {"line": self.line, "number": self.number, "alias": self.alias, "word": self.word, "peer": self.peer}
        return template.format(**by_name, **named, **self.more)

    def absent(self) -> "Belongings":
        """Likewise, of an account that never was: of the same shape, digit by digit."""
        return Belongings(
            ids={collection: one[:-3] + "000" for collection, one in self.ids.items()},
            line="x" * len(self.line),
            number=self.number[:-4] + "0000",
            alias=self.alias[:-1] + "9",
            word="n" * len(self.word),
            peer=self.peer[:-2] + "77",
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A member of a body or a query. steps: the names that lead to it, each with whether a list stands there."""

    operation: Operation
    model: str
    within: str
    steps: tuple[tuple[str, bool], ...]

    @property
    def name(self) -> str:
        return self.steps[-1][0]

    def named(self) -> tuple[str, ...]:
        """What stands there, of ``NAMES``; KeyError for a member that nobody has thought of."""
        if self.model in OF_OPERATORS or not {self.name, f"{self.model}.{self.name}"}.isdisjoint(NAMES_NOTHING):
            return ()
        return NAMES[self.name]

    def rank(self) -> int:
        """What is asked first: reading, then what only refers to something; of what is claimed, which stays so, that
        which can be changed back, and last what a line is called, which hides senders."""
        if self.operation.method == "GET" or self.name not in CLAIMS:
            return 0 if self.operation.method != "GET" else -1
        called = self.name in ("aliases", "number") or (self.model, self.name) == ("PatchLine", "name")
        return 3 if called else 1 if self.operation.method == "PATCH" else 2

    def is_word(self) -> bool:
        """Whether even a thing of one's own there makes no difference to the answer."""
        if self.operation.method == "GET":
            return False
        renamed = self.operation.method == "PATCH" and self.name in CLAIMS  # it has that name already
        return renamed or {self.name, f"{self.model}.{self.name}"} & WORDS != set()

    def put(self, arguments: Mapping[str, Any], value: str) -> dict[str, Any]:
        """The arguments of a request with the value in this place."""
        given: Any = value
        for name, many in reversed(self.steps):
            given = {name: [given] if many else given}
        members = {name: kept for name, kept in arguments.get(self.within, {}).items() if name not in self._instead()}
        if self.model == "SendBatch" and self.name == "campaign":
            given["campaign_subscribers"] = True
        return {**arguments, self.within: {**members, **given}}

    def _instead(self) -> tuple[str, ...]:
        """What cannot be said together with it."""
        if self.model == "SendBatch" and self.name in ("group", "campaign"):
            return ("messages",)
        return {"sender": ("campaign",), "template": ("text",)}.get(self.name, ())

    def __str__(self) -> str:
        return f"{self.operation.method} {self.operation.path}: {self.model}.{self.name}"


def places_of(operation: Operation) -> Iterator[Place]:
    """Every member of what it takes, those of inner models as well."""
    for within, model in (("json", operation.body), ("params", operation.query)):
        if model is not None:
            yield from _members(Place(operation, "", within, ()), model)


def _members(outside: Place, model: type[BaseModel]) -> Iterator[Place]:
    for name, member in model.model_fields.items():
        step = (member.alias or name, "list[" in str(member.annotation))
        place = replace(outside, model=model.__name__, steps=(*outside.steps, step))
        yield place
        for inner in _models(member.annotation):
            yield from _members(place, inner)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)


def told(reply: Reply, *names: str) -> tuple[int, str]:
    """What a caller learns of an answer, but for the names he wrote himself and what is new with every call."""
    text = json.dumps(reply.body | {"instance": ""} if isinstance(reply.body, dict) else reply.body)
    for made, instead in _MADE:
        text = made.sub(instead, text)
    for name in names:
        text = text.replace(json.dumps(name)[1:-1], "<name>")
    return reply.status, text


async def victim(rig: Rig) -> Belongings:
    """The default account, with one thing of every kind."""
    rig.keys["default"] = await rig.key()
    ids = await everything(rig, rig.keys["default"])
    return Belongings(ids, line="office", number=NUMBER, alias="00000", word=CANARY, peer=PEER)


async def stranger(rig: Rig) -> tuple[str, Belongings]:
    """Another account with a line and things of its own; its key."""
    up = LineStatus(LineState.UP, "")
    line = LineRecord(0, "", "branch", number="+13109060955", aliases=("11111",), accounts=("other",), status=up)
    key = await rig.key("other")
    await rig.store.put_line(line)
    ids = await everything(rig, key, line="branch", word="stranger", peer="+13105550144")
    own = Belongings(ids, line="branch", number="+13109060955", alias="11111", word="stranger", peer="+13105550144")
    return key, own
