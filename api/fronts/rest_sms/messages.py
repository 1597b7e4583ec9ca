"""Named messages, and sending: to one phone, and to everybody who subscribed to a sender code (contract §3.1, 3.2,
3.5, 3.6)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from aiohttp import web

from api.fronts.rest_sms.answers import Worded, content_type, dump
from api.fronts.rest_sms.call import Call, digits
from api.fronts.rest_sms.values import wrong
from api.idempotency import HEADER, idempotency_of, replayed
from gateway.domain.contact import Group, Subscriber
from gateway.domain.errors import Conflict, GatewayError, Malformed, NoneAccepted, NotFound, Refused, Rejected
from gateway.domain.message import Draft, Message
from gateway.domain.sender import ResolvedSender
from gateway.domain.template import Template
from gateway.services import Enqueued, Once, StoredAnswer

PAGE = 500
FURTHEST = 2**53  # what may be skipped; there is never so much
SAME_MAILING = timedelta(minutes=10)
LONGEST_NAME = 100  # characters of a mailing's name
LONGEST_DESCRIPTION = 1000


async def create(call: Call) -> web.StreamResponse:
    """3.1: a message under a name. A label that is new is made [decision]."""
    name, text = call.values.get("name", "messageName"), call.values.get("messageText")
    label = call.values.find("label")
    labels = [word for word in (piece.strip() for piece in (label or "").split(",")) if word]
    try:
        made = await call.gateway.templates.create(name, text, by=call.principal, labels=labels)
    except Conflict:
        raise Worded("conflict", f"SMS message with name [{name.strip()}] already exists") from None
    except Rejected as refusal:
        raise _bad_message(refusal, name, text, label or "") from None
    told = _template(call, made)
    return call.answer(told if label is None else _with_label(told, label))


async def show(call: Call) -> web.StreamResponse:
    """3.2: every named message, 500 at a time."""
    skip = _skip(call.values.find("skip"))
    found = await call.gateway.templates.list(by=call.principal, limit=PAGE + 1, ascending=True, skip=skip)
    response = call.answer([_template(call, one) for one in found[:PAGE]])
    links = [("next", skip + PAGE)] if len(found) > PAGE else []
    links += [("prev", max(0, skip - PAGE))] if skip else []
    if links:
        response.headers["Link"] = ", ".join(
            f'<{call.base}/rest/sms?skip={start}>; rel="{relation}"' for relation, start in links
        )
    return response


async def send_to_phone(call: Call) -> web.StreamResponse:
    """3.5: one text to one phone; no subscription is needed, opt-outs are honoured [vendor: 5]."""
    text, phone, sender = call.said_of("messageText"), call.phone(), await call.sender()

    def render(enqueued: Enqueued) -> StoredAnswer:
        return StoredAnswer(200, dump(_parts(call, enqueued.messages[0], sender)))

    idempotency = idempotency_of(call.request, call.principal, call.said, render, route="sendMessageToPhone")
    draft = Draft(to=phone, text=text, sender=sender.value)
    try:
        enqueued = await call.gateway.messages.enqueue(
            draft, by=call.principal, front=call.front, idempotency=idempotency
        )
    except Rejected as refusal:
        raise _bad_text(refusal, text) from None
    if enqueued.replay is not None:
        return _again(call, enqueued.replay)
    return call.answer(_parts(call, enqueued.messages[0], sender))


async def send_to_sender_code(call: Call) -> web.StreamResponse:
    """3.6: a named message to everybody who subscribed to the sender code, or to those of them in a group.

    An unknown group is refused: a typo must not turn a mailing to a group into one to everybody [decision].
    """
    name, description = _mailing(call)
    template, sender = await _named(call), await call.sender()
    group = await call.group()
    if group is None and call.values.get("groupName"):
        raise Worded("not_found", f"Error getting group with groupName [{call.values.get('groupName')[:LONGEST_NAME]}]")
    people = await call.gateway.subscriptions.subscribers(
        by=call.principal, sender=sender.value, group=None if group is None else group.id
    )
    mailing = _Mailing(call, template, sender, group, name, description)
    return await mailing.send(people)


class _Mailing:
    """A named message on its way to many."""

    def __init__(
        self,
        call: Call,
        template: Template,
        sender: ResolvedSender,
        group: Group | None,
        name: str,
        description: str,
    ) -> None:
        self._call = call
        self._template = template
        self._sender = sender
        self._group = group
        self._name = name
        self._description = description

    async def send(self, people: Sequence[Subscriber]) -> web.StreamResponse:
        """Nobody to write to is no error [decision], and nothing is queued then."""
        call = self._call
        drafts = [
            Draft(
                to=person.phone,
                text="",
                sender=self._sender.value,
                template=self._template.id,
                variables=person.variables,
                client_ref=self._name,
            )
            for person in people
        ]
        try:
            enqueued = await call.gateway.messages.enqueue_batch(
                drafts,
                by=call.principal,
                front=call.front,
                strict=True,
                need_one=True,
                client_ref=self._name,
                name=self._name,
                description=self._description,
                once=self._once(),
                idempotency=idempotency_of(
                    call.request, call.principal, call.said, self._render, route="sendMessageToSenderCode"
                ),
            )
        except NoneAccepted as refusal:
            return self._nobody(refusal.refused)
        except Malformed as refusal:
            raise self._unfit(refusal.refused[0], people) from None
        except Rejected as refusal:
            if refusal.code != "recipient_missing":
                raise
            return self._nobody(())
        except Conflict as refusal:
            raise self._repeated(refusal) from None
        if enqueued.replay is not None:
            return _again(call, enqueued.replay)
        return call.answer(self._of(enqueued))

    def _once(self) -> Once:
        """The same mailing within ten minutes is a client that repeats itself, unless it sends an Idempotency-Key."""
        same = json.dumps([self._name, self._template.id, self._sender.value]).encode()
        knowing = HEADER in self._call.request.headers
        return Once("rest-sms mailing", hashlib.sha256(same).hexdigest(), SAME_MAILING, binding=not knowing)

    def _render(self, enqueued: Enqueued) -> StoredAnswer:
        return StoredAnswer(200, dump(self._of(enqueued)))

    def _of(self, enqueued: Enqueued) -> dict[str, object]:
        return self._told(enqueued.num, len(enqueued.messages), enqueued.messages[0].created_at)

    def _told(self, num: int, count: int, at: datetime) -> dict[str, object]:
        call = self._call
        return {
            "id": num,
            "realmId": call.account.num,
            "smsMessageId": self._template.num,
            "smsSenderId": self._sender.num,
            "smsGroupId": 0 if self._group is None else self._group.num,
            "smsSubscriberCount": count,
            "campaignId": 0,
            "lcCampaignId": 0,
            "lcActionId": 0,
            "name": self._name,
            "description": self._description,
            "status": "submitted",
            **call.dates(at, at),
        }

    def _nobody(self, refused: Sequence[Refused]) -> web.StreamResponse:
        """Nobody subscribed, or all of them opted out meanwhile. Raises what else stood against all of them."""
        other = next((one for one in refused if one.code != "opted_out"), None)
        if other is not None:
            raise Conflict(other.code, other.detail)
        return self._call.answer(self._told(0, 0, datetime.now(UTC)))

    def _unfit(self, refused: Refused, people: Sequence[Subscriber]) -> Worded:
        """The first whom no text could be made for: nobody was written to, so that nobody is left out unseen."""
        phone = digits(people[refused.index].phone)
        why = f"{refused.field}: {refused.detail}"
        return Worded(refused.code, f"Invalid messageText [{self._template.name}] for phone [{phone}]: {why}")

    def _repeated(self, refusal: Conflict) -> GatewayError:
        if refusal.code != "duplicate":
            return refusal
        minutes = SAME_MAILING // timedelta(minutes=1)
        return Worded("duplicate", f"SMS sending with name [{self._name}] was submitted within {minutes} minutes")


async def _named(call: Call) -> Template:
    name = call.needed("messageName")
    try:
        return await call.gateway.templates.get(name, by=call.principal)
    except NotFound:
        raise Worded("not_found", f"Error getting SMS message with name [{name[:LONGEST_NAME]}]") from None


def _mailing(call: Call) -> tuple[str, str]:
    """The name and the description of this sending. Raises Worded."""
    name, description = call.said_of("name").strip(), call.values.get("description")
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise wrong("name", name)
    if len(description) > LONGEST_DESCRIPTION:
        raise wrong("description", description)
    return name, description


def _skip(given: str | None) -> int:
    if given is None:
        return 0
    if not given.isascii() or not given.isdecimal():
        raise wrong("skip", given)
    significant = given.lstrip("0")
    return FURTHEST if len(significant) > len(str(FURTHEST)) else int(significant or "0")


def _template(call: Call, template: Template) -> dict[str, object]:
    return {
        "id": template.num,
        "realmId": call.account.num,
        "totalParts": template.segments,
        "name": template.name,
        "messageText": template.text,
        **call.dates(template.created_at, template.updated_at),
    }


def _with_label(told: dict[str, object], label: str) -> dict[str, object]:
    dates = {name: told.pop(name) for name in ("createdDate", "updatedDate")}
    return {**told, "label": label, **dates}


def _parts(call: Call, message: Message, sender: ResolvedSender) -> list[dict[str, object]]:
    """One element a part. The message's number is its own in the whole gateway, and a part's in its message."""
    return [
        {
            "success": True,
            **call.dates(message.created_at, message.created_at, first="createDate"),
            "partSent": part,
            "realmId": call.account.num,
            "smsSenderId": sender.num,
            "totalParts": message.segments,
            "messageId": f"{message.num:014X}{part:02X}",
            "phone": digits(message.to),
            "status": "0",
        }
        for part in range(1, message.segments + 1)
    ]


def _bad_message(refusal: Rejected, name: str, text: str, label: str) -> GatewayError:
    fields = {fault.field for fault in refusal.faults} or {"text"}
    if "name" in fields:
        return wrong("name", name)
    return wrong("label", label) if "labels" in fields else _bad_text(refusal, text)


def _bad_text(refusal: Rejected, text: str) -> GatewayError:
    """A text that cannot be; any other refusal as it is."""
    if refusal.code in ("body_empty", "body_too_long") or any(fault.field == "text" for fault in refusal.faults):
        return wrong("messageText", text, refusal.code)
    return refusal


def _again(call: Call, kept: StoredAnswer) -> web.Response:
    return replayed(kept, content_type(call.request))
