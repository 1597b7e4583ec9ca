"""The ``enswitch`` front: ``messages/text/*`` with user and password in the request (seed 002; contract enswitch-json).

Whatever this API itself decided has HTTP status 200; the result is ``responses[].code``.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web

from api.auth import ADDRESS
from api.codes import code_of, retry_after
from api.description import About
from api.front import Endpoint
from api.fronts.enswitch import schema
from api.fronts.enswitch.files import files_of
from api.fronts.enswitch.parameters import FORM, JSON, MULTIPART, NOT_TEXT, Parameters, of_body, of_query
from api.fronts.enswitch.refusal import (
    NO_FILES,
    REQUIRED,
    Entry,
    NoMessage,
    NoUser,
    WrongParameters,
    entries_of,
    faults_of,
)
from api.fronts.enswitch.values import integer, moment, switch
from api.idempotency import HEADER as IDEMPOTENCY
from api.idempotency import idempotency_of, replayed
from api.wire import read_body
from gateway.domain.access import Principal
from gateway.domain.errors import GatewayError, NotFound, Rejected
from gateway.domain.message import Draft, Message
from gateway.services import Gateway, Sort, StoredAnswer

OWN = "/api/json/messages/"
BASE = f"{OWN}text/"
BODY_MOST = 8 * 1024 * 1024  # octets
READ_ASIDE = 64 * 1024  # octets; a longer body is taken apart on another thread
CONTENT_TYPE = "application/json; charset=utf-8"
MEDIA_TYPES = (FORM, MULTIPART, JSON)
HEADERS: Mapping[str, str] = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}

HTTP_STATUS: Mapping[str, int] = {
    "not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "internal": 500,
}
"""Real HTTP statuses, before this API has decided anything."""

MOST_LISTED = 1000
SORTS: Mapping[str, Sort] = {"": "received", "body": "body", "received": "received", "snumber": "sender"}

_GIVEN = web.RequestKey("enswitch_given", Parameters)
_OK = Entry("204", "", "OK")


@dataclass(frozen=True, slots=True)
class EnswitchFront:
    """prefixes: before the documented paths, beside none. numeric_codes: for clients that compare codes as numbers.
    double_decode: for one that encodes the message twice."""

    gateway: Gateway
    prefixes: Sequence[str] = ("/local",)
    numeric_codes: bool = False
    double_decode: bool = False
    name: str = "enswitch"

    def routes(self) -> Iterable[Endpoint]:
        """Each function by GET and POST, with and without its last slash, also behind the prefixes; never by HEAD."""
        functions = (
            ("send", self.send, "messages:send", schema.SEND_GET, schema.SEND_POST),
            ("list", self.list, "inbound:read", schema.LIST_GET, schema.LIST_POST),
            ("get", self.get, "inbound:read", schema.GET_GET, schema.GET_POST),
        )
        for function, handler, scope, by_get, by_post in functions:
            for path in self._paths(function):
                documented = path == f"{BASE}{function}/"
                asked, posted = (by_get, by_post) if documented else (None, None)
                yield Endpoint("GET", path, handler, scope, told=asked, head=False, service_later=True)
                yield Endpoint("POST", path, handler, scope, BODY_MOST, MEDIA_TYPES, told=posted, service_later=True)

    def _paths(self, function: str) -> Iterable[str]:
        for prefix in ("", *self.prefixes):
            yield f"{prefix}{BASE}{function}/"
            yield f"{prefix}{BASE}{function}"

    def about(self) -> About:
        return schema.ABOUT

    def owns(self, path: str) -> bool:
        """What lies below the category is refused in its own words; the rest of /api/json is not ours alone."""
        return any(path.startswith(f"{prefix}{OWN}") for prefix in ("", *self.prefixes))

    async def authenticate(self, request: web.Request) -> Principal:
        """By ``auth_username`` and ``auth_password``, which stand among the parameters: those are read first."""
        given = request[_GIVEN] = await _read(request)
        user, password = given.text("auth_username"), given.text("auth_password")
        if not user and "auth_username" not in given.faults:
            raise NoUser
        return await self.gateway.access.login(user or None, password or None, address=request[ADDRESS])

    def explain(self, error: GatewayError, request: web.Request) -> web.StreamResponse:
        """A refusal as ``responses`` tells it."""
        status = 200 if isinstance(error, NoMessage) else HTTP_STATUS.get(error.code, 200)
        return self._answer(entries_of(error), status=status, headers=retry_after(error))

    # ------------------------------------------------------------------------------------------ send

    async def send(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        """One message [seed]; no id is given back."""
        given = request[_GIVEN]
        acting, faults = await self._acting(given, principal)
        draft, wrong = self._draft(given)
        if faults | wrong:
            raise WrongParameters(await self._all_faults(draft, acting) | faults | wrong)

        kept = StoredAnswer(200, self._body([_OK]), {"Cache-Control": "no-store"})
        body = _signature(given) if IDEMPOTENCY in request.headers else b""
        idempotency = idempotency_of(request, acting, body, lambda _: kept)
        try:
            enqueued = await self.gateway.messages.enqueue(draft, by=acting, front=self.name, idempotency=idempotency)
        except Rejected as refusal:
            if code_of(refusal.code).enswitch == "400" and (wrong := await self._all_faults(draft, acting)):
                raise WrongParameters(wrong) from refusal
            raise
        if enqueued.replay is not None:
            return replayed(enqueued.replay, CONTENT_TYPE)
        return self._answer([_OK])

    def _draft(self, given: Parameters) -> tuple[Draft, dict[str, str]]:
        """The message, and which parameters are wrong whatever the gateway thinks of the rest."""
        wrong = {name: why for name, why in given.faults.items() if name in {"cnumber", "message", "stype", "snumber"}}
        files, wrong_files = files_of(given)
        wrong |= wrong_files
        stype = given.text("stype")
        if stype not in {"", "phone"}:
            wrong["stype"] = '"phone" or empty.'
        if not given.text("snumber"):
            wrong.setdefault("snumber", REQUIRED)
        message = given.text("message")
        if self.double_decode and message:
            try:
                message = unquote_plus(message, errors="strict")
            except UnicodeDecodeError:
                wrong["message"] = NOT_TEXT
        draft = Draft(
            to=given.text("cnumber"),
            text=message,
            sender=given.text("snumber"),
            sender_kind={"phone": "phone", "": "number"}.get(stype),
            media=files,
        )
        return draft, wrong

    async def _all_faults(self, draft: Draft, acting: Principal) -> dict[str, str]:
        """Every parameter that the gateway refuses, not only the first one."""
        faults = faults_of(await self.gateway.messages.faults(draft, by=acting))
        if faults.get("file1") == NO_FILES and not draft.text.strip():
            faults["message"] = REQUIRED  # only a file that is sent stands for a text
        return faults

    async def _acting(self, given: Parameters, principal: Principal) -> tuple[Principal, dict[str, str]]:
        """Whom the caller acts as: the customer of that number, else himself. Raises NotPermitted for a foreign one."""
        if "customer" in given.faults:
            return principal, {"customer": given.faults["customer"]}
        customer = given.text("customer")
        if not customer:
            return principal, {}
        num = integer(customer)
        if num is None:
            return principal, {"customer": "Must be an integer."}
        return await self.gateway.access.act_for(by=principal, num=num), {}

    # ------------------------------------------------------------------------------------------- list

    async def list(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        """What came in between two moments."""
        given = request[_GIVEN]
        acting, faults = await self._acting(given, principal)
        end, wrong_end = moment(given, "end")
        start, wrong_start = moment(given, "start")
        descending, wrong_order = switch(given, "descending", {"": False, "0": False, "1": True})
        sort, wrong_sort = switch(given, "sort", SORTS)
        wrong = faults | wrong_start | wrong_end | wrong_sort | wrong_order
        if wrong:
            raise WrongParameters(wrong)
        acting.need_front(self.name)
        until = None if end is None else end + timedelta(seconds=1)  # a second is in the window as a whole
        found = await self.gateway.inbox.between(
            start, until, by=acting, sort=sort, descending=descending, limit=MOST_LISTED
        )
        return self._answer([Entry("200", "", "OK")], data=[_row(message) for message in found])

    async def get(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        """One message that came in."""
        given = request[_GIVEN]
        acting, faults = await self._acting(given, principal)
        _, wrong_media = switch(given, "get_media_files", {"": False, "0": False, "1": True})
        _, wrong_encoding = switch(given, "encoding", {"": "base64", "base64": "base64", "raw": "raw"})
        wrong = faults | wrong_media | wrong_encoding
        if not given.text("uniqueid"):
            wrong["uniqueid"] = given.faults.get("uniqueid", REQUIRED)
        if wrong:
            raise WrongParameters(wrong)
        acting.need_front(self.name)
        try:
            found = await self.gateway.inbox.get(given.text("uniqueid"), by=acting)
        except NotFound:
            raise NoMessage from None
        files: dict[str, Any] = {"media_files_list": [], "media_files_data": {}}
        return self._answer([Entry("200", "", "OK")], data=_row(found) | files)

    # ---------------------------------------------------------------------------------------- answers

    def _answer(
        self,
        entries: Sequence[Entry],
        *,
        data: object = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        return web.Response(
            status=status, body=self._body(entries, data).encode(), headers={**HEADERS, **(headers or {})}
        )

    def _body(self, entries: Sequence[Entry], data: object = None) -> str:
        told: dict[str, object] = {
            "responses": [
                {
                    "code": int(entry.code) if self.numeric_codes else entry.code,
                    "key": entry.key,
                    "message": entry.message,
                }
                for entry in entries
            ]
        }
        if data is not None:
            told["data"] = data
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


async def _read(request: web.Request) -> Parameters:
    """Query and body as one; the body goes before. Raises Rejected for what cannot be taken apart."""
    asked = of_query(request.raw_path.partition("?")[2].partition("#")[0])
    if request.method != "POST":
        return asked
    octets = await read_body(request, BODY_MOST)
    content_type = request.headers.get("Content-Type", FORM)
    if len(octets) > READ_ASIDE:
        return (await asyncio.to_thread(of_body, octets, content_type)).over(asked)
    return of_body(octets, content_type).over(asked)


def _signature(given: Parameters) -> bytes:
    """The parameters in one form, whatever they came in: the same ones are the same request."""
    told = {name: value for name, value in given.values.items() if not name.startswith("auth_")}
    return json.dumps(told, sort_keys=True).encode()


def _row(message: Message) -> dict[str, Any]:
    return {
        "uniqueid": message.id,
        "received": int(message.created_at.timestamp()),
        "snumber": message.sender,
        "cnumber": message.to,
        "body": message.text,
    }
