"""Rows ◄─► values, shared by all stores: the one place that knows how a value lies in its table."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from gateway.domain.access import Account, AccountSettings, Key
from gateway.domain.campaign import Answer, Campaign, Details
from gateway.domain.event import Event, EventType
from gateway.domain.line import LineRecord, LineState, LineStatus, StorageFill
from gateway.domain.link import Click, Link
from gateway.domain.message import Attempt, Message, MessageError, MultimediaNotice, Part, SendWindow, State, Takeover
from gateway.domain.webhook import Delivery, DeliveryState, Webhook, WebhookOptions
from gateway.store.contract import BatchRecord, NewMessage
from gateway.store.line_settings import limits_from
from gateway.store.transaction import Row, from_ms, from_ms_or_none, to_ms, to_ms_or_none

_STATES = {state.value: state for state in State}  # a look-up instead of the enum's constructor: hot
_STATUS_TIMES = ("since", "balance_at", "balance_asked_at", "blocked_until")
_SETTINGS = frozenset(field.name for field in fields(AccountSettings))


def dump(value: Any) -> str:
    """JSON without blanks, for columns."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def load_error(text: str | None) -> MessageError | None:
    return None if text is None else MessageError(**json.loads(text))


def dump_error(error: MessageError | None) -> str | None:
    if error is None:
        return None
    return dump({"code": error.code, "message": error.message, "cause": dict(error.cause)})


# ----------------------------------------------------------------------------------------------------- messages


def extra_of_new(message: NewMessage) -> dict[str, Any]:
    """What of a new message differs from the common case; mostly nothing."""
    extra: dict[str, Any] = {}
    if not message.delivery_report:
        extra["delivery_report"] = False
    if message.flash:
        extra["flash"] = True
    if message.reply != "allowed":
        extra["reply"] = message.reply
    if message.track_clicks:
        extra["track_clicks"] = True
    if message.on_unknown != "hold":
        extra["on_unknown"] = message.on_unknown
    if message.sender_mask is not None:
        extra["sender_mask"] = message.sender_mask
    if message.schedule_at is not None:
        extra["schedule_at"] = to_ms(message.schedule_at)
    if message.metadata:
        extra["metadata"] = dict(message.metadata)
    if message.notes is not None:
        extra["notes"] = message.notes
    if message.ignore_opt_out:
        extra["ignore_opt_out"] = True
    if message.send_window is not None:
        extra["send_window"] = asdict(message.send_window)
        extra["zones"] = list(message.zones)
    if message.reply_due_s is not None:
        extra["reply_due_s"] = message.reply_due_s
    if message.test:
        extra["test"] = True
    return extra


def window_of(extra: Mapping[str, Any]) -> SendWindow | None:
    """The send window in a message's ``extra``."""
    known = extra.get("send_window")
    return None if known is None else SendWindow(**{**known, "days": tuple(known["days"])})


def extra_of_inbound(message: Message) -> dict[str, Any]:
    """The same for an inbound one."""
    extra: dict[str, Any] = {}
    if message.reply_to is not None:
        extra["reply_to"] = message.reply_to
    if message.incomplete:
        extra["incomplete"] = True
    if message.data is not None:
        extra["data"] = b64encode(message.data).decode("ascii")
    if message.ports is not None:
        extra["ports"] = list(message.ports)
    if (mms := message.mms) is not None:
        extra["mms"] = asdict(mms) | {"expires_at": to_ms_or_none(mms.expires_at)}
    if message.smsc_at is not None:
        extra["smsc_at"] = to_ms(message.smsc_at)
    return extra


def mms_of(extra: Mapping[str, Any]) -> MultimediaNotice | None:
    """The multimedia message that an inbound one tells of, in its ``extra``."""
    known = extra.get("mms")
    return None if known is None else MultimediaNotice(**{**known, "expires_at": from_ms_or_none(known["expires_at"])})


def inbound_row(message: Message) -> dict[str, Any]:
    """A new inbound message."""
    extra = extra_of_inbound(message)
    return {
        "num": message.num,
        "id": message.id,
        "account": message.account,
        "sender": message.sender,
        "recipient": message.to,
        "body": message.text,
        "encoding": message.encoding,
        "segments": message.segments,
        "now": to_ms(message.created_at),
        "front": message.front,
        "tracking_id": message.tracking_id,
        "line": message.line,
        "extra": dump(extra) if extra else None,
    }


def extra_of(row: Row) -> dict[str, Any]:
    """A row's ``extra``; empty where it is NULL."""
    text: str | None = row["extra"]
    return {} if text is None else json.loads(text)


def state_at_of(row: Row) -> dict[str, int]:
    """When each state was entered, in milliseconds; the first one is not written while it is the only one."""
    text: str | None = row["state_at"]
    return {row["state"]: row["created_at"]} if text is None else json.loads(text)


def message_from(row: Row, parts: tuple[Part, ...] = ()) -> Message:
    """A whole message row, with the parts given."""
    extra = extra_of(row)
    ports = extra.get("ports")
    data = extra.get("data")
    return Message(
        num=row["num"],
        id=row["id"],
        account=row["account"],
        direction=row["direction"],
        state=_STATES[row["state"]],
        sender=row["sender"],
        to=row["recipient"],
        text=row["body"],
        encoding=row["encoding"],
        segments=row["segments"],
        created_at=from_ms(row["created_at"]),
        seq=row["seq"],
        batch=row["batch"],
        line=row["line"],
        error=load_error(row["error"]),
        report=row["report"],
        priority=row["priority"],
        flash=extra.get("flash", False),
        front=row["front"],
        client_ref=row["client_ref"],
        tracking_id=row["tracking_id"],
        sender_mask=extra.get("sender_mask"),
        campaign=row["campaign"],
        reply=extra.get("reply", "allowed"),
        reply_to=extra.get("reply_to"),
        delivery_report=extra.get("delivery_report", True),
        track_clicks=extra.get("track_clicks", False),
        on_unknown=extra.get("on_unknown", "hold"),
        possible_duplicate=extra.get("possible_duplicate", False),
        schedule_at=from_ms_or_none(extra.get("schedule_at")),
        due_at=from_ms_or_none(row["due_at"]),
        expire_at=from_ms_or_none(row["expire_at"]),
        incomplete=extra.get("incomplete", False),
        data=None if data is None else b64decode(data),
        ports=None if ports is None else (ports[0], ports[1]),
        mms=mms_of(extra),
        acked=bool(row["acked"]),
        smsc_at=from_ms_or_none(extra.get("smsc_at")),
        metadata=extra.get("metadata", {}),
        notes=extra.get("notes"),
        send_window=window_of(extra),
        test=extra.get("test", False),
        takeovers=tuple(_takeover_from(known) for known in extra.get("takeovers", ())),
        state_at={_STATES[state]: from_ms(at) for state, at in state_at_of(row).items()},
        parts=parts,
    )


def _takeover_from(known: Mapping[str, Any]) -> Takeover:
    return Takeover(
        from_ms(known["at"]), known["from"], known["to"], known["reason"], known["text"], known.get("cause", {})
    )


def part_from(row: Row, message: Row) -> Part:
    """One part of the message whose row is given."""
    return Part(
        n=row["n"],
        total=message["segments"],
        udl=row["udl"],
        user_data=row["user_data"],
        header=bool(row["header"]),
        data_coding=row["data_coding"],
        text=message["body"] if row["text"] is None else row["text"],
        state=_STATES[row["state"]],
        reference=row["reference"],
        status=row["status"],
        error=load_error(row["error"]),
        attempts=row["attempts"],
        sent_at=from_ms_or_none(row["sent_at"]),
        done_at=from_ms_or_none(row["done_at"]),
    )


def batch_from(row: Row, counts: Mapping[str, int]) -> BatchRecord:
    return BatchRecord(
        num=row["first_message"] if row["size"] else 0,
        id=row["id"],
        account=row["account"],
        front=row["front"],
        public_uuid=row["public_uuid"],
        client_ref=row["client_ref"],
        campaign=row["campaign"],
        created_at=from_ms(row["created_at"]),
        size=row["size"],
        counts=counts,
        name=row["name"],
        description=row["description"],
        paused=bool(row["paused"]),
    )


def attempt_from(row: Row) -> Attempt:
    return Attempt(
        part=row["part"],
        line=row["line_id"] or str(row["line"]),
        started_at=from_ms(row["started_at"]),
        on_air_at=from_ms_or_none(row["on_air_at"]),
        ended_at=from_ms_or_none(row["ended_at"]),
        outcome=row["outcome"],
        reference=row["reference"],
        error=load_error(row["error"]),
    )


# --------------------------------------------------------------------------------------- accounts, keys, lines


def account_from(row: Row) -> Account:
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(row["settings"]).items()
        if name in _SETTINGS
    }
    return Account(
        num=row["num"],
        id=row["id"],
        name=row["name"],
        settings=AccountSettings(**settings),
        created_at=from_ms(row["created_at"]),
        suspended_at=from_ms_or_none(row["suspended_at"]),
        licensee_id=row["licensee_id"],
    )


def key_from(row: Row) -> Key:
    return Key(
        id=row["id"],
        account=row["account"],
        kind=row["kind"],
        secret_hash=row["secret_hash"],
        scopes=tuple(json.loads(row["scopes"])),
        created_at=from_ms(row["created_at"]),
        name=row["name"],
        username=row["username"],
        ip_allow=tuple(json.loads(row["ip_allow"])),
        fronts=tuple(json.loads(row["fronts"])),
        expires_at=from_ms_or_none(row["expires_at"]),
        last_used_at=from_ms_or_none(row["last_used_at"]),
        revoked_at=from_ms_or_none(row["revoked_at"]),
        num=row["num"],
    )


def key_row(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "account": key.account,
        "kind": key.kind,
        "secret_hash": key.secret_hash,
        "scopes": dump(key.scopes),
        "name": key.name,
        "username": key.username,
        "ip_allow": dump(key.ip_allow),
        "fronts": dump(key.fronts),
        "created_at": to_ms(key.created_at),
        "expires_at": to_ms_or_none(key.expires_at),
        "last_used_at": to_ms_or_none(key.last_used_at),
        "revoked_at": to_ms_or_none(key.revoked_at),
    }


def dump_status(status: LineStatus) -> str:
    times = {name: to_ms_or_none(getattr(status, name)) for name in _STATUS_TIMES}
    return dump(asdict(status) | times | {"balance": None if status.balance is None else str(status.balance)})


def status_from(text: str) -> LineStatus:
    known = json.loads(text)
    balance = known.get("balance")
    return LineStatus(
        **known
        | {"state": LineState(known["state"]), "balance": None if balance is None else Decimal(balance)}
        | {name: from_ms_or_none(known.get(name)) for name in _STATUS_TIMES}
        | {"storages_low": tuple(StorageFill(**fill) for fill in known.get("storages_low", ()))}
    )


def line_from(row: Row, counters: Mapping[str, int] | None = None) -> LineRecord:
    return LineRecord(
        num=row["num"],
        id=row["id"],
        name=row["called"] or row["name"],
        number=row["number"],
        aliases=tuple(json.loads(row["aliases"])),
        accounts=tuple(json.loads(row["accounts"])),
        paused=bool(row["paused"]),
        webhook=row["webhook"],
        campaign=row["campaign"],
        status=status_from(row["status"]),
        counters=counters or {},
        added_aliases=tuple(json.loads(row["added_aliases"])),
        file_name=row["name"],
        limits=limits_from(row),
        overrides=tuple(json.loads(row["overrides"])),
    )


# ------------------------------------------------------------------------------------------ events and webhooks


def event_from(row: Row) -> Event:
    return Event(
        seq=row["seq"],
        id=row["id"],
        type=EventType(row["type"]),
        account=row["account"],
        at=from_ms(row["at"]),
        data=json.loads(row["data"]),
        message=row["message"],
    )


def webhook_from(row: Row) -> Webhook:
    return Webhook(
        num=row["num"],
        id=row["id"],
        account=row["account"],
        url=row["url"],
        secret=row["secret"],
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
        name=row["name"],
        description=row["description"],
        events=tuple(json.loads(row["events"])),
        format=row["format"],
        lines=tuple(json.loads(row["lines"])),
        enabled=bool(row["enabled"]),
        headers=json.loads(row["headers"]),
        verify_tls=bool(row["verify_tls"]),
        previous_secret=row["previous_secret"],
        previous_secret_until=from_ms_or_none(row["previous_secret_until"]),
        disabled_reason=row["disabled_reason"],
        failing_since=from_ms_or_none(row["failing_since"]),
        dlr=bool(row["dlr"]),
        routed_only=bool(row["routed_only"]),
        options=WebhookOptions(**json.loads(row["options"])),
    )


def webhook_row(webhook: Webhook) -> dict[str, Any]:
    return {
        "num": webhook.num or None,
        "id": webhook.id,
        "account": webhook.account,
        "url": webhook.url,
        "secret": webhook.secret,
        "name": webhook.name,
        "description": webhook.description,
        "events": dump(webhook.events),
        "format": webhook.format,
        "lines": dump(webhook.lines),
        "enabled": webhook.enabled,
        "headers": dump(dict(webhook.headers)),
        "verify_tls": webhook.verify_tls,
        "previous_secret": webhook.previous_secret,
        "previous_secret_until": to_ms_or_none(webhook.previous_secret_until),
        "disabled_reason": webhook.disabled_reason,
        "failing_since": to_ms_or_none(webhook.failing_since),
        "created_at": to_ms(webhook.created_at),
        "updated_at": to_ms(webhook.updated_at),
        "dlr": webhook.dlr,
        "routed_only": webhook.routed_only,
        "options": dump(asdict(webhook.options)),
    }


def delivery_from(row: Row, webhook: str, event: str) -> Delivery:
    """webhook, event: their ids."""
    return Delivery(
        num=row["num"],
        id=row["id"],
        webhook=webhook,
        event=event,
        event_type=row["event_type"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        next_at=from_ms_or_none(row["next_at"]),
        created_at=from_ms(row["created_at"]),
        done_at=from_ms_or_none(row["done_at"]),
        last_status=row["last_status"],
        last_error=row["last_error"],
        last_excerpt=row["last_excerpt"],
    )


# ------------------------------------------------------------------------------ campaigns, links


def campaign_from(row: Row) -> Campaign:
    return Campaign(
        num=row["num"],
        id=row["id"],
        account=row["account"],
        ref=row["ref"],
        created_at=from_ms(row["created_at"]),
        brand=row["brand"],
        use_case=row["use_case"],
        description=row["description"],
        approval=row["approval"],
        activated_at=from_ms_or_none(row["activated_at"]),
        lines=tuple(json.loads(row["lines"])),
        details=_details(json.loads(row["details"])),
        updated_at=from_ms(row["updated_at"]),
        revision=row["revision"],
    )


def campaign_row(campaign: Campaign) -> dict[str, Any]:
    names = ("id", "account", "ref", "brand", "use_case", "description", "approval", "revision")
    return {name: getattr(campaign, name) for name in names} | {
        "created_at": to_ms(campaign.created_at),
        "details": dump(asdict(campaign.details)),
        "lines": dump(campaign.lines),
        "activated_at": to_ms_or_none(campaign.activated_at),
        "updated_at": to_ms(campaign.updated_at or campaign.created_at),
    }


def _details(kept: Mapping[str, Any]) -> Details:
    """Lists become tuples again; what an older version did not know has its default."""
    answers = {
        name: Answer(tuple(kept[name]["keywords"]), kept[name]["message"])
        for name in ("opt_in", "opt_out", "help")
        if name in kept
    }
    lists = {name: tuple(kept[name]) for name in ("sub_use_cases", "samples") if name in kept}
    return Details(**{**kept, **answers, **lists})


def link_from(row: Row) -> Link:
    return Link(
        num=row["num"],
        id=row["id"],
        code=row["code"],
        target=row["target"],
        message=row["message"],
        account=row["account"],
        created_at=from_ms(row["created_at"]),
        expires_at=from_ms(row["expires_at"]),
        campaign=row["campaign"],
        human=row["human"],
        bot=row["bot"],
    )


def click_from(row: Row) -> Click:
    return Click(row["code"], from_ms(row["at"]), row["kind"], row["address_hash"], row["num"])
