"""What one account may not conclude from what the gateway does for another: two that share a line and write to one
phone, and what each sees of the other's messages, answers, limits and counts."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.access import DEFAULT_SCOPES, AccountSettings
from gateway.domain.errors import Conflict
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.domain.message import Draft, Message
from gateway.services import GatewaySettings, Once
from tests.api.conftest import Rig
from tests.gateway.contract.build import arrival, send, take

PHONE = "+13105550177"
ACCOUNTS = ("default", "other")


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(rate_per_key=0, public_url="https://sms.example")


@dataclass(slots=True)
class Shared:
    """A line of two accounts. keys: of each."""

    rig: Rig
    line: LineRecord
    keys: dict[str, str]

    async def get(self, account: str, path: str) -> Any:
        reply = await self.rig.call("GET", path, key=self.keys[account])
        assert reply.status == 200, (path, reply.body)
        return reply.body

    async def make(self, account: str, path: str, **members: Any) -> dict[str, Any]:
        reply = await self.rig.call("POST", path, key=self.keys[account], json=members)
        assert reply.status in (200, 201, 202), (path, reply.body)
        return dict(reply.body)

    async def send(self, account: str, text: str, **members: Any) -> Message:
        """Over the shared line, onto the air."""
        await self.make(account, "/v1/messages", to=PHONE, text=text, **{"from": "lobby", **members})
        now = self.rig.clock.now()
        return await send(self.rig.store, await take(self.rig.store, self.line, now), now=now)

    async def hear(self, text: str) -> Message:
        """An SMS of the phone over the shared line."""
        said = arrival(text, sender=PHONE, alphabet="ucs2", content=text.encode("utf-16-be"), smsc_at=None)
        filed = await self.rig.store.file_arrival(self.line.num, said, self.rig.clock.now())
        assert filed.message is not None
        return filed.message

    async def told(self, account: str) -> list[str]:
        """What the account's endpoint is told, oldest first."""
        rows = (await self.get(account, "/v1/deliveries?limit=200"))["data"]
        return [row["event_type"] for row in reversed(rows)]


@pytest.fixture
async def shared(rig: Rig) -> Shared:
    keys = {account: await rig.key(account) for account in ACCOUNTS}
    line = LineRecord(0, "", "lobby", number="+13109060777", accounts=ACCOUNTS)
    known = await rig.store.put_line(line)
    both = Shared(rig, known, keys)
    for account in ACCOUNTS:
        await both.make(account, "/v1/webhooks", url=f"https://{account}.example/hook", name="hook")
    await rig.store.set_line_status(known.num, LineStatus(LineState.UP, ""), rig.clock.now())
    return both


async def test_native_13_what_happens_to_a_message_is_told_to_its_own_account(shared: Shared) -> None:
    """Events, deliveries, threads, counts; of the line itself both are told."""
    assert await shared.told("default") == await shared.told("other") == ["line.up"]
    await shared.send("other", "https://example.com/secret", track_clicks=True)
    await shared.hear("fine")
    code = (await shared.get("other", "/v1/links"))["data"][0]["code"]
    shared.rig.clock.turn(300)
    await shared.rig.http.get(f"/l/{code}", allow_redirects=False, headers={"User-Agent": "Mozilla/5.0 (iPhone)"})
    told = await shared.told("other")
    assert set(told) >= {"line.up", "message.sent", "message.received", "link.clicked"}
    assert await shared.told("default") == ["line.up"]
    assert [event["type"] for event in (await shared.get("default", "/v1/events"))["data"]] == ["line.up"]
    for path in ("/v1/messages", "/v1/inbound", "/v1/threads", "/v1/links", "/v1/batches"):
        assert (await shared.get("default", path))["data"] == [], path
    lines = {line["name"]: line for line in (await shared.get("default", "/v1/lines"))["data"]}
    assert (lines["lobby"]["queued"], lines["lobby"]["sent_today"]) == (0, 0)
    for group in (await shared.get("default", "/v1/stats?group_by=line"))["data"]:
        assert group["sent"]["messages"] == group["received"]["messages"] == 0


async def test_two_accounts_have_a_thread_each_with_the_same_phone(shared: Shared) -> None:
    own = {}
    for account in ACCOUNTS:
        await shared.send(account, f"from {account}")
        [thread] = (await shared.get(account, "/v1/threads"))["data"]
        own[account] = thread["id"]
    assert own["default"] != own["other"]
    await shared.hear("hello")  # it answers the newest
    for account, other in (ACCOUNTS, ACCOUNTS[::-1]):
        page = await shared.get(account, f"/v1/threads/{own[account]}/messages")
        assert {message["text"] for message in page["data"]} == {f"from {account}"} | (
            {"hello"} if account == "other" else set()
        )
        assert (await shared.rig.call("GET", f"/v1/threads/{own[other]}", key=shared.keys[account])).status == 404


async def test_a_stop_to_one_account_stops_it_alone(shared: Shared) -> None:
    """The opt-out, its event and the confirmation are those of the account that was written to last."""
    await shared.send("default", "first")
    await shared.send("other", "second")
    await shared.hear("STOP")
    refused = await shared.rig.call(
        "POST", "/v1/messages", key=shared.keys["other"], json={"to": PHONE, "text": "third"}
    )
    assert refused.code == "opted_out"
    assert (await shared.get("default", "/v1/opt-outs"))["data"] == []
    fronts = [message["front"] for message in (await shared.get("default", "/v1/messages"))["data"]]
    assert fronts == ["v1"], "the confirmation is the other's"
    assert "contact.opted_out" not in await shared.told("default")
    assert (await shared.make("default", "/v1/messages", to=PHONE, text="fourth"))["state"] == "queued"


async def test_what_one_account_uses_up_is_its_own(shared: Shared) -> None:
    """Quotas and the duplicates guard, and what may happen once."""
    rig = shared.rig
    for account in ACCOUNTS:
        strict = AccountSettings(segments_per_day=2, duplicate_window_s=600)
        await rig.store.put_account(account, strict, rig.clock.now(), replace=True)
    body = {"to": PHONE, "text": "same"}
    for account in ACCOUNTS:
        await shared.make(account, "/v1/messages", **body)
        again = await rig.call("POST", "/v1/messages", key=shared.keys[account], json=body)
        assert again.code == "duplicate", account
        await shared.make(account, "/v1/messages", to=PHONE, text="another")
        over = await rig.call("POST", "/v1/messages", key=shared.keys[account], json={"to": PHONE, "text": "third"})
        assert over.code == "quota_exceeded", account


async def test_what_may_happen_once_may_happen_once_in_each_account(shared: Shared) -> None:
    rig = shared.rig
    once = Once("mailing", "k", timedelta(minutes=10))
    for account in ACCOUNTS:
        by = await rig.gateway.access.authenticate(shared.keys[account], address="127.0.0.1")
        await rig.gateway.messages.enqueue_batch([Draft(PHONE, "x")], by=by, once=once)
        with pytest.raises(Conflict):
            await rig.gateway.messages.enqueue_batch([Draft(PHONE, "y")], by=by, once=once)


async def test_a_line_says_nothing_of_whom_it_is_shared_with(shared: Shared) -> None:
    """An operator routes it for one account; the other is not told that account's names, and may still change it."""
    rig, line = shared.rig, shared.line.id
    operators = {account: await rig.key(account, scopes=("admin",)) for account in ACCOUNTS}
    await shared.make("default", "/v1/webhooks", url="https://default.example", name="secret-hook")
    await shared.make("default", "/v1/campaigns", ref="secret-ref")
    change = {"webhook": "secret-hook", "campaign": "secret-ref"}
    changed = await rig.call("PATCH", f"/v1/lines/{line}", key=operators["default"], json=change)
    assert (changed.body["webhook"], changed.body["campaign"]) == ("secret-hook", "secret-ref")
    seen = await rig.call("GET", f"/v1/lines/{line}", key=operators["other"])
    assert (seen.body["webhook"], seen.body["campaign"]) == (None, None)
    assert "secret" not in str(await shared.get("other", "/v1/lines"))
    match = {"If-Match": seen.headers["ETag"]}
    named = {"aliases": ["LOBBY"]}
    again = await rig.call("PATCH", f"/v1/lines/{line}", key=operators["other"], json=named, headers=match)
    assert again.status == 200, again.body
    kept = await shared.get("default", f"/v1/lines/{line}")
    assert (kept["webhook"], kept["campaign"], kept["aliases"]) == ("secret-hook", "secret-ref", ["LOBBY"])


async def test_what_one_account_wants_of_the_line_or_sender_stops_no_other(shared: Shared) -> None:
    """Opt-outs of a line and a number, a paused batch, a deleted sender of the same value, a suspended account."""
    rig = shared.rig
    for scope in (f"line:{shared.line.id}", f"sender:{shared.line.number}"):
        await shared.make("default", "/v1/opt-outs", phone=PHONE, scope=scope)
    sender = (await shared.make("default", "/v1/senders", value="STORE1", lines=["lobby"]))["id"]
    await shared.make("other", "/v1/senders", value="STORE1", lines=["lobby"])
    batch = await shared.make(
        "default", "/v1/batches", messages=[{"to": "+13105550188"}], text="x", **{"from": "lobby"}
    )
    await shared.make("default", f"/v1/batches/{batch['id']}/pause")
    own = await shared.make("other", "/v1/messages", to=PHONE, text="mine", **{"from": "STORE1"})
    assert (await rig.call("DELETE", f"/v1/senders/{sender}", key=shared.keys["default"])).status == 204
    await rig.store.access.change_account("default", lambda one: replace(one, suspended_at=rig.clock.now()))
    claim = await take(rig.store, shared.line, rig.clock.now())
    assert claim.message == own["id"]


async def test_a_line_carries_nothing_of_who_may_not_use_it(shared: Shared) -> None:
    """Not even under a sender that is called as that line is."""
    office = next(line for line in await shared.rig.store.lines() if line.name == "office")
    for value in ("office", "00000", str(office.number)):
        await shared.make("other", "/v1/senders", value=value, lines=["lobby"])
        own = await shared.make("other", "/v1/messages", to=PHONE, text=f"as {value}", **{"from": value})
        now = shared.rig.clock.now()
        assert await shared.rig.store.claim(office.num, now) is None, value
        assert (await take(shared.rig.store, shared.line, now)).message == own["id"], value


async def test_how_far_the_log_of_others_goes_cannot_be_found_out(shared: Shared) -> None:
    """A position behind the account's own last event is none, whatever the others do."""
    last = (await shared.get("default", "/v1/events"))["data"][-1]["seq"]
    await shared.send("other", "hello")
    headers = {"Authorization": f"Bearer {shared.keys['default']}"}
    for after, status in ((last, 200), (last + 1, 410), (last + 1000, 410)):
        path = f"/v1/events/stream?after={after}"
        async with shared.rig.http.request("HEAD", path, headers=headers) as reply:
            assert reply.status == status, after


async def test_native_13_metrics_tell_others_of_their_own_lines_only(shared: Shared) -> None:
    """From elsewhere: of all accounts only to an operator; what a shared line carries is told to nobody else."""
    rig, through = shared.rig, {"X-Forwarded-For": "203.0.113.9"}
    await shared.send("default", "hello")
    metrics = rig.metrics
    for line in await rig.store.lines():
        metrics.modem_up.labels(line=line.name).set(1)
        metrics.messages_sent.labels(line=line.name, code="").inc()
    seen = (await rig.call("GET", "/metrics", key=shared.keys["other"], headers=through)).body
    assert 'simgate_modem_up{line="lobby"} 1.0' in seen
    families = {line.split("{")[0].split(" ")[0] for line in seen.splitlines() if not line.startswith("#")}
    assert families == {"simgate_modem_up"}, "nothing that others do"
    assert "office" not in seen
    operator = await rig.key("other", scopes=("admin",))
    whole = (await rig.call("GET", "/metrics", key=operator, headers=through)).body
    assert 'line="office"' in whole
    assert "simgate_messages_accepted_total" in whole


async def test_how_much_others_have_waiting_is_not_told_to_who_waits(shared: Shared) -> None:
    for n in range(3):
        await shared.make("other", "/v1/messages", to=PHONE, text=f"{n}", **{"from": "lobby"})
    message = await shared.make("default", "/v1/messages", to=PHONE, text="mine", **{"from": "lobby"})
    told = await shared.get("default", f"/v1/messages/{message['id']}/waiting")
    assert (told["reason"], told["text"]) == ("in_queue", "it is next: line lobby takes it")


class TestRates:
    @pytest.fixture
    def settings(self) -> GatewaySettings:
        return GatewaySettings(rate_per_key=1)

    async def test_each_key_has_its_own_rate(self, rig: Rig) -> None:
        busy, idle = await rig.key(), await rig.key("other", scopes=DEFAULT_SCOPES)
        statuses = [(await rig.call("GET", "/v1/lines", key=busy)).status for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        fresh = await rig.call("GET", "/v1/lines", key=idle)
        assert (fresh.status, fresh.headers["RateLimit"].partition(";")[2]) == (200, "r=4;t=1")
