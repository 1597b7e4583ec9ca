"""Callers of all six APIs in a trial of the fault campaign: what they ask for, what they were answered, what follows.

Each call with an Idempotency-Key is made again now and then, and until it is answered when its answer was lost.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from aiohttp import ClientError, ClientSession

PASSWORD = "correct horse"
LOGIN = "default"  # the account's name too, which rest-sms wants for a user
STRATEGIES = ("first_up", "round_robin", "least_loaded", "sticky")
MAILINGS = 3  # of a trial; each has its own text
REFUSALS = frozenset({400, 401, 402, 403, 404, 409, 422, 503})

Body = Any


@dataclass(frozen=True, slots=True)
class Call:
    """One request that sends. text goes to each of the numbers in ``to``; resend, test: its messages are so.

    taken: from the body of a good answer, whom it was accepted for, or None: for nobody. whole: for all of those and
    nobody else; otherwise for some of them.
    """

    token: str
    path: str
    to: tuple[str, ...]
    taken: Callable[[Body], Sequence[str] | None]
    json: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    resend: bool = False
    test: bool = False
    whole: bool = True

    @property
    def has_key(self) -> bool:
        return "Idempotency-Key" in self.headers


@dataclass(slots=True)
class Answered:
    """A call with what came of it. to: whom it was accepted for; None: it was refused, or never answered."""

    call: Call
    status: int = 0
    body: Body = None
    to: Sequence[str] | None = None


@dataclass(slots=True)
class Callers:
    """All that was asked for, in order. key: of the account. senders: what they write from."""

    dice: Random
    http: ClientSession
    key: str
    say: Callable[..., None]
    senders: Sequence[str] = ()
    answers: list[Answered] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)  # of /v1, to be paused and the like
    _templates: list[str] = field(default_factory=lambda: [f"o{9000 + n}" for n in range(MAILINGS)])
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def prepare(self, lines: Sequence[str], phones: Sequence[str]) -> None:
        """A sender of each strategy beside the lines' own; texts, and subscribers of the first line, for mailings."""
        self.senders = [*lines, *(f"pair-{strategy}" for strategy in STRATEGIES)]
        bodies: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        for value, strategy in zip(self.senders[len(lines) :], STRATEGIES, strict=True):
            body = {"value": value, "lines": list(lines), "strategy": strategy}
            bodies.append(("/v1/senders", body, self._bearer))
        for token in self._templates:
            body = {"messageName": token, "messageText": self._text(token)}
            bodies.append(("/rest/create_message", body, self._basic))
        for phone in phones[:2]:
            body = {"phone": phone[1:], "senderCode": lines[0]}
            bodies.append(("/rest/sms/addPhoneToSenderCode", body, self._basic))
        for path, json, headers in bodies:
            status, answer = await self._post(path, json, headers)
            assert status < 300, (path, answer)

    async def send(self, token: str, phones: Sequence[str]) -> None:
        """One call of any front. It may still run when this returns."""
        makes = (self._message, self._message, self._batch, self._smssend, self._rest, self._mailing)
        call = self.dice.choice((*makes, self._enswitch, self._messaging, self._sendsms))(token, phones)
        if self.dice.random() < 0.6:
            call = replace(call, headers={**call.headers, "Idempotency-Key": token})
        self.say("call", token, call.path, call.to, call.json, "keyed" if call.has_key else "")
        answered = Answered(call)
        self.answers.append(answered)
        task = asyncio.create_task(self._make(answered))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        if self.dice.random() < 0.5:
            await task

    async def handle_batch(self) -> None:
        """Pause, resume or cancel one of the batches."""
        if self.batches:
            batch, what = self.dice.choice(self.batches), self.dice.choice(("pause", "pause", "resume", "cancel"))
            self.say(what, batch)
            await self._tell(batch, what)

    async def finish(self) -> None:
        """Once nothing fails any more: every call ends, what has a key is answered, nothing is held."""
        await asyncio.gather(*self._running)
        for answered in self.answers:
            if answered.call.has_key and (not answered.status or self.dice.random() < 0.5):
                await self._make(answered)
        for batch in self.batches:
            await self._tell(batch, "resume")

    async def _tell(self, batch: str, what: str) -> None:
        try:
            await self._post(f"/v1/batches/{batch}/{what}", None, self._bearer)
        except ClientError as error:
            self.say("not answered", what, batch, error)

    async def _make(self, answered: Answered) -> None:
        call, before = answered.call, (answered.status, answered.body)
        try:
            status, body = await self._post(call.path, call.json, call.headers)
        except ClientError as error:
            self.say("not answered", call.token, error)
            return
        if answered.to is not None:
            if before != (status, body) and not call.path.endswith("immediate"):  # that tells how far it has come
                self.violations.append(f"{call.token} was answered {before}, then {(status, body)}")
            return
        answered.status, answered.body = status, body
        answered.to = call.taken(body) if status < 300 else None
        self.say("answered", call.token, status, body if answered.to is None else answered.to)
        if status >= 300 and status not in REFUSALS:
            self.violations.append(f"{call.token} was answered {status}: {body}")
        if call.path == "/v1/batches" and status == 202:
            self.batches.append(body["id"])

    async def _post(self, path: str, body: object, headers: Mapping[str, str]) -> tuple[int, Body]:
        async with self.http.post(path, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    # -- what they say

    @property
    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def _basic(self) -> dict[str, str]:
        return {"Authorization": "Basic " + b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()}

    def _text(self, token: str) -> str:
        return f"<{token}> out " * self.dice.choice((1, 1, 1, 25))

    def _sender(self) -> str:
        return self.dice.choice(self.senders)

    def _one(self, phones: Sequence[str]) -> tuple[str, ...]:
        return (self.dice.choice(phones),)

    def _some(self, phones: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.dice.sample(phones, self.dice.randint(2, len(phones))))

    def _options(self) -> dict[str, Any]:
        """What only /v1 lets one say."""
        options: dict[str, Any] = {"delivery_report": self.dice.random() < 0.7, "from": self._sender()}
        options |= {"on_unknown": "resend"} if self.dice.random() < 0.2 else {}
        options |= {"test": True} if self.dice.random() < 0.1 else {}
        options |= {"reply": "required", "reply_due": 60} if self.dice.random() < 0.2 else {}
        return options

    def _native(self, token: str, path: str, to: tuple[str, ...], more: Mapping[str, Any]) -> Call:
        options = self._options()
        said = {"text": self._text(token), **options, **more}
        resend, test = "on_unknown" in options, "test" in options
        rejected = _not_rejected(to) if path == "/v1/batches" else lambda _: to
        return Call(token, path, to, rejected, said, self._bearer, resend=resend, test=test)

    def _message(self, token: str, phones: Sequence[str]) -> Call:
        to = self._one(phones)
        return self._native(token, "/v1/messages", to, {"to": to[0]})

    def _batch(self, token: str, phones: Sequence[str]) -> Call:
        to = self._some(phones)
        return self._native(token, "/v1/batches", to, {"messages": [{"to": phone} for phone in to]})

    def _smssend(self, token: str, phones: Sequence[str]) -> Call:
        to = self._some(phones)
        model = {"To": [{"PhoneNumber": phone} for phone in to], "MessageBody": self._text(token)}
        model |= {"From": {"PhoneNumber": self._sender()}} if self.dice.random() < 0.5 else {}
        model |= {"ReplyIsRequired": True} if self.dice.random() < 0.2 else {}
        path = self.dice.choice(("/api/sendmessage", "/api/sendmessage/immediate"))
        taken = _where(lambda body: body["Status"], to)
        return Call(token, path, to, taken, {"SMSModel": model}, self._bearer, whole=False)

    def _rest(self, token: str, phones: Sequence[str]) -> Call:
        to = self._one(phones)
        said = {"messageText": self._text(token), "phone": to[0][1:], "senderCode": self._sender()}
        return Call(token, "/rest/sms/sendMessageToPhone", to, lambda _: to, said, self._basic)

    def _mailing(self, token: str, phones: Sequence[str]) -> Call:
        if not self._templates:
            return self._rest(token, phones)
        token = self._templates.pop()
        said = {"messageName": token, "senderCode": self.senders[0], "name": token}
        path = "/rest/sms/sendMessageToSenderCode"
        return Call(token, path, tuple(phones), lambda _: phones, said, self._basic, whole=False)

    def _enswitch(self, token: str, phones: Sequence[str]) -> Call:
        to = self._one(phones)
        said = {"auth_username": LOGIN, "auth_password": PASSWORD, "cnumber": to[0], "message": self._text(token)}
        said |= {"snumber": self._sender(), "stype": "phone"} if self.dice.random() < 0.7 else {}
        taken = _where(lambda body: body["responses"][0]["code"] == "204", to)
        return Call(token, "/api/json/messages/text/send/", to, taken, said)

    def _messaging(self, token: str, phones: Sequence[str]) -> Call:
        to = self._some(phones)
        said = {"From": self._sender(), "To": [phone[1:] for phone in to], "Message": self._text(token)}

        def taken(body: Body) -> Sequence[str]:
            return [f"+{one['To'].lstrip('+')}" for one in body["Results"] if one["Status"] == "SUCCESS"]

        return Call(token, "/messageSend", to, taken, said, self._basic)

    def _sendsms(self, token: str, phones: Sequence[str]) -> Call:
        to = self._one(phones)
        said = {"action": "sendsms", "message-text": self._text(token), "to": to[0], "from": self._sender()}
        taken = _where(lambda body: body["status"] == "Success", to)
        return Call(token, "/action", to, taken, said, {"x-api-key": self.key})


def _where(is_good: Callable[[Body], bool], to: Sequence[str]) -> Callable[[Body], Sequence[str] | None]:
    return lambda body: to if is_good(body) else None


def _not_rejected(to: Sequence[str]) -> Callable[[Body], Sequence[str]]:
    def taken(body: Body) -> Sequence[str]:
        rejected = {one["to"] for one in body["rejected"]}
        return [phone for phone in to if phone not in rejected]

    return taken
