"""/v1/messages as a caller sees it (native-v1 §5, §7.1)."""

import asyncio
from datetime import timedelta

import pytest

from gateway.domain.access import AccountSettings
from gateway.domain.errors import Unavailable
from gateway.domain.event import instant
from gateway.domain.line import LineRecord
from gateway.domain.message import MessageError
from gateway.store.contract import MessageFilter, Outcome

HELLO = {"to": "+13105551212", "text": "hello"}


async def post(rig, body=HELLO, path="/v1/messages", **more):
    return await rig.call("POST", path, json=body, **more)


async def sent(rig):
    """Take the oldest message for the line and say that the network took it."""
    line = (await rig.store.lines())[0]
    claim = await rig.store.claim(line.num, rig.clock.now())
    await rig.store.on_air(claim, 1, rig.clock.now())
    outcome = Outcome("sent", reference=7)
    return await rig.store.record(claim, 1, outcome, rig.clock.now(), started_at=rig.clock.now())


async def test_an_accepted_message_says_queued_and_where_it_is(rig):
    reply = await post(rig, {**HELLO, "client_ref": "order-1", "metadata": {"a": "b"}})
    assert reply.status == 202
    assert reply.headers["Location"] == f"/v1/messages/{reply.body['id']}"
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    told = {name: reply.body[name] for name in ("state", "to", "from", "text", "encoding", "segments", "client_ref")}
    assert told == {
        "state": "queued", "to": "+13105551212", "from": "auto", "text": "hello", "encoding": "gsm7", "segments": 1,
        "client_ref": "order-1",
    }  # fmt: skip
    found = await rig.call("GET", reply.headers["Location"])
    parts, takeovers = found.body.pop("parts"), found.body.pop("takeovers")
    assert (found.body, takeovers) == (reply.body, [])
    assert [(part["n"], part["text"], part["state"]) for part in parts] == [(1, "hello", "queued")]


async def test_numbers_are_understood_as_the_accounts_country_writes_them(rig):
    assert (await rig.send(to="(310) 555-1212", **{"from": "13109060901"}))["to"] == "+13105551212"


@pytest.mark.parametrize("sender", ["office", "00000", "+13109060901", "auto"])
async def test_every_name_of_a_line_is_a_sender(rig, sender):
    assert (await rig.send(**{"from": sender}))["from"] == sender


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"to": "12x"}, 422, "invalid_recipient", "to"),
        ({"to": ""}, 422, "recipient_missing", "to"),
        ({"to": None}, 422, "recipient_missing", "to"),
        ({"to": ["+13105551212"]}, 422, "invalid_request", "to"),
        ({"from": "nobody"}, 422, "invalid_sender", "from"),
        ({"text": ""}, 422, "body_empty", "text"),
        ({"text": None}, 422, "body_empty", "text"),
        ({"text": "a" * 1531}, 422, "body_too_long", "text"),
        ({"text": "a\0b"}, 422, "invalid_request", "text"),
        ({"text": "ж", "encoding": "gsm7"}, 422, "invalid_request", "text"),
        ({"encoding": "latin1"}, 422, "invalid_request", "encoding"),
        ({"ttl": 59}, 422, "invalid_request", "ttl"),
        ({"ttl": "60"}, 422, "invalid_request", "ttl"),
        ({"ttl": 10**400}, 422, "invalid_request", "ttl"),
        ({"priority": 10}, 422, "invalid_request", "priority"),
        ({"flash": 1}, 422, "invalid_request", "flash"),
        ({"schedule_at": "2026-11-20T10:00:00"}, 422, "invalid_request", "schedule_at"),
        ({"schedule_at": "2999-01-01T00:00:00Z"}, 422, "invalid_request", "schedule_at"),
        ({"schedule_at": "1800000000"}, 422, "invalid_request", "schedule_at"),
        ({"schedule_at": 1800000000}, 422, "invalid_request", "schedule_at"),
        ({"schedule_at": "2026-13-20T10:00:00Z"}, 422, "invalid_request", "schedule_at"),
        ({"expire_at": "2020-01-01T00:00:00Z"}, 422, "invalid_request", "expire_at"),
        ({"client_ref": "x" * 129}, 422, "invalid_request", "client_ref"),
        ({"client_ref": "a\0"}, 422, "invalid_request", "client_ref"),
        ({"metadata": {"a": 1}}, 422, "invalid_request", "metadata.a"),
        ({"metadata": {str(n): "" for n in range(21)}}, 422, "invalid_request", "metadata"),
        ({"sender_mask": "123"}, 422, "mask_invalid", "sender_mask"),
        ({"recipient": "+1"}, 422, "invalid_request", "recipient"),
        ({"to": {"contact": "con_0"}}, 422, "invalid_recipient", "to"),
        ({"to": {"contact": "con_0", "phone": "+1"}}, 422, "invalid_request", "to"),
        ({"to": {}}, 422, "invalid_request", "to"),
        ({"send_window": {}}, 422, "invalid_request", "send_window.from"),
        ({"send_window": {"from": "8", "to": "21:00"}}, 422, "invalid_request", "send_window"),
        ({"send_window": {"from": "08:00", "to": "21:00", "days": [0]}}, 422, "invalid_request", "send_window"),
        ({"send_window": {"from": "08:00", "to": "21:00", "tz": "Mars"}}, 422, "invalid_request", "send_window"),
        ({"media": [{"url": "https://example.com/a.png"}]}, 422, "media_unsupported", "media"),
        ({"media": [{}] * 11}, 422, "invalid_request", "media"),
        ({"media": [{"file": "x"}]}, 422, "invalid_request", "media.0.file"),
        ({"template": "x"}, 422, "invalid_request", "template"),
        ({"text": "Hi {{name}}", "vars": {"first": "Ann"}}, 422, "invalid_request", "vars.name"),
        ({"vars": {"name": 1}}, 422, "invalid_request", "vars.name"),
        ({"reply": "perhaps"}, 422, "invalid_request", "reply"),
        ({"reply_due": 60}, 422, "invalid_request", "reply_due"),
        ({"test": 1}, 422, "invalid_request", "test"),
    ],
)
async def test_a_refusal_names_the_field_and_stores_nothing(rig, change, status, code, field):
    reply = await post(rig, HELLO | change)
    assert (reply.status, reply.code) == (status, code)
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert (reply.body["type"], reply.body["status"]) == (f"/errors/{code}", status)
    assert reply.body["instance"] == reply.headers["X-Request-Id"]
    assert reply.body["errors"][0]["field"] == field
    assert (await rig.call("GET", "/v1/messages")).body["data"] == []


async def test_every_wrong_field_is_named_at_once(rig):
    reply = await post(rig, {"text": "x", "priority": 99, "colour": "red"})
    assert {fault["field"] for fault in reply.body["errors"]} == {"to", "priority", "colour"}


async def test_a_scheduled_message_waits_and_its_validity_counts_from_then(rig):
    at = rig.clock.now() + timedelta(days=10)
    body = await rig.send(schedule_at=instant(at), ttl=3600)
    assert (body["state"], body["schedule_at"]) == ("scheduled", instant(at))
    assert body["expire_at"] == instant(at + timedelta(hours=1))


async def test_what_should_have_gone_earlier_goes_now(rig):
    body = await rig.send(schedule_at=instant(rig.clock.now() - timedelta(days=1)))
    assert (body["state"], body["schedule_at"]) == ("queued", None)
    assert body["expire_at"] == instant(rig.clock.now() + timedelta(hours=72))


async def test_the_accounts_limit_of_parts_stands_above_the_callers(rig):
    await rig.store.put_account("default", AccountSettings(max_segments=2), rig.clock.now())
    assert (await post(rig, HELLO | {"text": "a" * 307, "max_segments": 255})).code == "body_too_long"
    assert (await post(rig, HELLO | {"text": "a" * 161, "max_segments": 1})).code == "body_too_long"
    assert (await post(rig, HELLO | {"text": "a" * 306})).status == 202


# ------------------------------------------------------------------------------------------------- Prefer: wait


async def accepted(rig):
    """The message that a request which still waits for its answer has made."""
    async with asyncio.timeout(5):
        while not (found := await rig.store.messages(MessageFilter("default"), limit=1)):
            pass
    return found[0]


async def test_with_prefer_wait_the_answer_comes_when_it_was_sent(rig):
    waiting = asyncio.create_task(post(rig, headers={"Prefer": "respond-async, wait=20"}))
    await accepted(rig)
    await sent(rig)
    reply = await waiting
    assert (reply.status, reply.body["state"]) == (200, "sent")
    assert reply.headers["Preference-Applied"] == "wait=20"


async def test_with_prefer_wait_an_accepted_message_is_no_refusal_when_it_cannot_be_read(rig, monkeypatch):
    async def unreadable(account, message):
        raise Unavailable("unavailable", "the database does not answer")

    monkeypatch.setattr(rig.store, "message", unreadable)
    reply = await post(rig, headers={"Prefer": "wait=5"})
    assert (reply.status, reply.body["state"]) == (202, "queued")
    assert "Preference-Applied" not in reply.headers


async def test_with_prefer_wait_and_nobody_sending_it_is_told_as_queued(rig):
    waiting = asyncio.create_task(post(rig, headers={"Prefer": "wait=99"}))
    message = await accepted(rig)
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    assert not done
    async with asyncio.timeout(10):
        while not waiting.done():  # its patience begins some time after the commit that we saw
            rig.clock.turn(30.1)
            rig.store.bells.watchers.ring([message.id])
            await asyncio.wait([waiting], timeout=0.05)
    reply = await waiting
    assert (reply.status, reply.body["state"]) == (202, "queued")
    assert reply.headers["Preference-Applied"] == "wait=30"


@pytest.mark.parametrize("prefer", ["wait=0", "wait", "wait=-1", "wait=x", "return=minimal"])
async def test_odd_preferences_are_ignored(rig, prefer):
    reply = await post(rig, headers={"Prefer": prefer})
    assert reply.status == 202
    assert "Preference-Applied" not in reply.headers


# ------------------------------------------------------------------------------------------------- Idempotency-Key


async def test_native_03_the_same_key_gives_the_first_answer_byte_for_byte(rig):
    first = await post(rig, headers={"Idempotency-Key": "abc"})
    again = await post(rig, headers={"Idempotency-Key": '"abc"'})
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status, again.octets) == (first.status, first.octets)
    for name in ("Location", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert len((await rig.call("GET", "/v1/messages")).body["data"]) == 1


async def test_native_03_the_same_key_with_another_body_is_refused(rig):
    await post(rig, headers={"Idempotency-Key": "abc"})
    reply = await post(rig, HELLO | {"text": "other"}, headers={"Idempotency-Key": "abc"})
    assert (reply.status, reply.code) == (422, "idempotency_mismatch")


async def test_the_first_answer_is_given_again_although_the_request_would_be_refused_now(rig):
    body = HELLO | {"from": "office", "expire_at": instant(rig.clock.now() + timedelta(seconds=60))}
    batch = {"messages": [{"to": body["to"]}], "text": "x", "expire_at": body["expire_at"]}
    first = await post(rig, body, headers={"Idempotency-Key": "abc"})
    many = await post(rig, batch, "/v1/batches?atomic=true", headers={"Idempotency-Key": "abc"})
    rig.clock.turn(61)
    again = await post(rig, body, headers={"Idempotency-Key": "abc"})
    assert (again.status, again.octets) == (first.status, first.octets) == (202, first.octets)
    assert again.headers["Idempotency-Replayed"] == "true"
    again = await post(rig, batch, "/v1/batches?atomic=true", headers={"Idempotency-Key": "abc"})
    assert (again.status, again.octets) == (many.status, many.octets) == (202, many.octets)
    other = await post(rig, HELLO | {"to": "x"}, headers={"Idempotency-Key": "abc"})
    assert (other.status, other.code) == (422, "idempotency_mismatch")


async def test_native_03_after_a_refusal_the_key_is_free(rig):
    assert (await post(rig, HELLO | {"to": "x"}, headers={"Idempotency-Key": "abc"})).status == 422
    assert (await post(rig, headers={"Idempotency-Key": "abc"})).status == 202


async def test_native_03_of_fifty_at_once_with_one_key_one_message_is_made(rig):
    replies = await asyncio.gather(*(post(rig, headers={"Idempotency-Key": "abc"}) for _ in range(50)))
    assert {reply.status for reply in replies} <= {202, 409}
    assert {reply.code for reply in replies if reply.status == 409} <= {"idempotency_in_flight"}
    assert len({reply.body["id"] for reply in replies if reply.status == 202}) == 1
    assert len((await rig.call("GET", "/v1/messages")).body["data"]) == 1


async def test_another_key_of_the_account_has_idempotency_keys_of_its_own(rig):
    first = await post(rig, headers={"Idempotency-Key": "abc"})
    other = await post(rig, headers={"Idempotency-Key": "abc"}, key=await rig.key())
    assert first.body["id"] != other.body["id"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, '""'])
async def test_a_key_that_is_none_is_refused(rig, key):
    assert (await post(rig, headers={"Idempotency-Key": key})).status == 422


# ------------------------------------------------------------------------------------------------- lists


async def test_native_04_pages_have_no_doubles_and_no_gaps_while_messages_come_in(rig):
    made = [(await rig.send(text=str(n)))["id"] for n in range(5)]
    first = (await rig.call("GET", "/v1/messages?limit=2")).body
    await rig.send(text="later")
    second = (await rig.call("GET", f"/v1/messages?limit=2&cursor={first['next_cursor']}")).body
    third = (await rig.call("GET", f"/v1/messages?limit=2&cursor={second['next_cursor']}")).body
    ids = [row["id"] for page in (first, second, third) for row in page["data"]]
    assert ids == made[::-1]
    assert (third["has_more"], third["next_cursor"]) == (False, None)


async def test_a_list_can_be_read_from_its_beginning(rig):
    made = [(await rig.send(text=str(n)))["id"] for n in range(3)]
    first = (await rig.call("GET", "/v1/messages?order=asc&limit=2")).body
    rest = (await rig.call("GET", f"/v1/messages?order=asc&cursor={first['next_cursor']}")).body
    assert [row["id"] for row in first["data"] + rest["data"]] == made


async def test_native_04_a_cursor_belongs_to_its_filter_and_cannot_be_changed(rig):
    for n in range(3):
        await rig.send(text=str(n))
    cursor = (await rig.call("GET", "/v1/messages?limit=1&state=queued")).body["next_cursor"]
    assert (await rig.call("GET", f"/v1/messages?limit=2&state=queued&cursor={cursor}")).status == 200
    for query in (f"cursor={cursor}", f"state=queued&cursor=x{cursor[1:]}", "cursor=", "cursor=%00", "cursor=AAAA"):
        reply = await rig.call("GET", f"/v1/messages?{query}")
        assert (reply.status, reply.code) in [(400, "invalid_cursor"), (422, "invalid_request")]
    assert (
        await rig.call("GET", f"/v1/messages?state=queued&cursor={cursor}", key=await rig.key("other"))
    ).status == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=queued", 3), ("state=queued,sent", 3), ("state=sent", 0), ("to=%2B13105551212", 2),
        ("to=+13105551212", 2), ("from=00000", 1), ("client_ref=a", 1), ("campaign=c", 1), ("q=ell", 2),
        ("direction=out", 3), ("direction=in", 0), ("batch=bat_x", 0), ("line=lin_x", 0),
        ("created_after=2000-01-01T00:00:00Z", 3), ("created_before=2000-01-01T00:00:00Z", 0),
    ],
)  # fmt: skip
async def test_each_filter_narrows_the_list(rig, query, found):
    await rig.send(client_ref="a", campaign="c")
    await rig.send(**{"from": "00000"})
    await rig.send(to="+13105550000", text="other")
    assert len((await rig.call("GET", f"/v1/messages?{query}")).body["data"]) == found


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "state=gone", "colour=red", "limit=1&limit=2", "order=up", "q=%00",
     "created_after=yesterday", "created_after=0.5", "created_after=0001-01-01T00:00:00%2B14:00", "threads=thr_1"],
)  # fmt: skip
async def test_an_odd_query_is_refused(rig, query):
    reply = await rig.call("GET", f"/v1/messages?{query}")
    assert (reply.status, reply.code) == (422, "invalid_request")
    assert reply.body["detail"].startswith(f"{query.partition('=')[0]}: ")


async def test_a_list_may_name_a_line_by_its_id_or_its_name(rig):
    await rig.send()
    message = await rig.send(**{"from": "office"})
    (line,) = await rig.store.lines()
    await sent(rig)
    await sent(rig)
    await rig.send()
    for name in (line.id, "office"):
        rows = (await rig.call("GET", f"/v1/messages?line={name}")).body["data"]
        assert [row["id"] for row in rows][:1] == [message["id"]]
        assert len(rows) == 2


# ------------------------------------------------------------------------------------------------- its life


async def test_what_waits_can_be_cancelled_once(rig):
    message = await rig.send()
    reply = await rig.call("POST", f"/v1/messages/{message['id']}/cancel")
    assert (reply.status, reply.body["state"]) == (200, "canceled")
    again = await rig.call("POST", f"/v1/messages/{message['id']}/cancel")
    assert (again.status, again.code) == (409, "not_cancelable")


async def test_only_an_unknown_outcome_can_be_resolved(rig):
    message = await rig.send()
    path = f"/v1/messages/{message['id']}/resolve"
    assert (await rig.call("POST", path, json={"as": "sent"})).code == "not_unknown"
    line = (await rig.store.lines())[0]
    claim = await rig.store.claim(line.num, rig.clock.now())
    await rig.store.on_air(claim, 1, rig.clock.now())
    await rig.store.recover(rig.clock.now())
    assert (await rig.call("GET", f"/v1/messages/{message['id']}")).body["state"] == "unknown"
    assert (await rig.call("POST", path, json={"as": "delivered"})).status == 422
    reply = await rig.call("POST", path, json={"as": "failed"})
    assert (reply.status, reply.body["state"]) == (200, "failed")


async def test_a_message_tells_its_history(rig):
    message = await rig.send()
    await sent(rig)
    reply = await rig.call("GET", f"/v1/messages/{message['id']}/events")
    assert [event["type"] for event in reply.body["data"]] == ["message.sent"]
    assert [(a["part"], a["outcome"], a["tp_mr"]) for a in reply.body["attempts"]] == [(1, "sent", 7)]


async def test_a_preview_tells_what_would_be_sent_and_stores_nothing(rig):
    reply = await post(rig, {"text": "“Hi” " * 20 + "see https://example.com/x."}, "/v1/messages/preview")
    body = reply.body
    assert (reply.status, body["encoding"], body["segments"], body["units_per_segment"]) == (200, "ucs2", 2, 67)
    assert body["characters"] == body["units"] == 126
    assert sum(part["units"] for part in body["parts"]) == 126
    assert set(body["non_gsm_characters"]) == set("“”")
    assert body["links"] == ["https://example.com/x"]
    assert body["suggested_text"].startswith('"Hi"')
    assert (await rig.call("GET", "/v1/messages")).body["data"] == []


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
async def test_a_preview_refuses_the_text_that_would_be_refused(rig, text):
    replies = [await post(rig, {"text": text}, "/v1/messages/preview"), await post(rig, HELLO | {"text": text})]
    assert [(reply.status, reply.code) for reply in replies] == [(422, "body_empty")] * 2


# ------------------------------------------------------------------------------------------------- batches


async def test_a_batch_takes_the_good_ones_and_names_the_bad_ones(rig):
    recipients = ["+13105551212", "12x", "+13105551213", "(310) 555-1212"]
    body = {"messages": [{"to": to, "client_ref": f"r{n}"} for n, to in enumerate(recipients)], "text": "hello"}
    reply = await post(rig, body, "/v1/batches")
    assert reply.status == 202
    assert reply.body["counts"] == {"accepted": 2, "rejected": 1}  # the fourth is the first one again
    assert [(one["index"], one["to"], one["code"]) for one in reply.body["rejected"]] == [
        (1, "12x", "invalid_recipient")
    ]
    listed = (await rig.call("GET", f"/v1/messages?batch={reply.body['id']}&order=asc")).body["data"]
    assert [(row["to"], row["client_ref"], row["priority"]) for row in listed] == [
        ("+13105551212", "r0", 3),
        ("+13105551213", "r2", 3),
    ]
    batch = await rig.call("GET", reply.headers["Location"])
    assert batch.body["counts"]["queued"] == 2


async def test_an_atomic_batch_is_refused_whole(rig):
    body = {"messages": [{"to": "+13105551212"}, {"to": "12x"}], "text": "hello"}
    reply = await post(rig, body, "/v1/batches?atomic=true")
    assert (reply.status, reply.code) == (422, "invalid_recipient")
    assert (await rig.call("GET", "/v1/messages")).body["data"] == []


async def test_a_batchs_answer_is_replayed_with_its_rejections(rig):
    await rig.store.consent.opt_out("default", "+13105551214", "api", rig.clock.now())
    body = {"messages": [{"to": "12x"}, {"to": "+13105551214"}, {"to": "+13105551212"}], "text": "hello"}
    first = await post(rig, body, "/v1/batches", headers={"Idempotency-Key": "abc"})
    assert [one["code"] for one in first.body["rejected"]] == ["invalid_recipient", "opted_out"]
    again = await post(rig, body, "/v1/batches", headers={"Idempotency-Key": "abc"})
    assert (again.octets, again.headers["Idempotency-Replayed"]) == (first.octets, "true")
    other = await post(rig, body | {"flash": True}, "/v1/batches", headers={"Idempotency-Key": "abc"})
    assert other.code == "idempotency_mismatch"


async def test_who_took_a_message_over_is_told_to_who_may_read_lines(rig):
    """From which line, why, and with which number."""
    await rig.store.put_line(LineRecord(0, "", "home", number="+13105550001"))
    lines = {line.name: line for line in await rig.store.lines()}
    message = (await rig.call("POST", "/v1/messages", json={"to": "+13105551212", "text": "x", "from": "auto"})).body
    claim = await rig.store.claim(lines["office"].num, rig.clock.now())
    assert claim is not None
    refusal = MessageError("sim_refused", "refused for this SIM", {"cms": 8})
    refused = Outcome("elsewhere", error=refusal, due_at=rig.clock.now())
    await rig.store.record(claim, 1, refused, rig.clock.now(), started_at=rig.clock.now())
    assert await rig.store.claim(lines["home"].num, rig.clock.now()) is not None
    [told] = (await rig.call("GET", f"/v1/messages/{message['id']}")).body["takeovers"]
    told.pop("at")
    assert told == {
        "from": lines["office"].id, "to": lines["home"].id, "reason": "refused", "text": "refused for this SIM",
        "cause": {"cms": 8},
    }  # fmt: skip
    reader = await rig.key(scopes=("messages:read",))
    assert (await rig.call("GET", f"/v1/messages/{message['id']}", key=reader)).body["takeovers"] == []
