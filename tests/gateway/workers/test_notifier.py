import asyncio
import json
import logging
from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook as Verifier

from gateway.domain.event import EventType
from gateway.domain.ids import new_id
from gateway.domain.message import State
from gateway.domain.webhook import Webhook
from gateway.metrics import Metrics
from gateway.store.contract import Outcome
from gateway.workers.guard import Guard
from gateway.workers.notifier import Notifier

SECRET, OLD_SECRET = ("whsec_" + b64encode(bytes([octet]) * 32).decode() for octet in (3, 4))
WAITS = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]  # seconds
LOOPBACK = Guard(["127.0.0.0/8"])


@pytest.fixture
def notifying(store, clock):
    @asynccontextmanager
    async def run(guard: Guard = LOOPBACK):
        task = asyncio.create_task(Notifier(store, clock, Metrics(), guard=guard, jitter=lambda: 0.0).run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return run


@pytest.fixture
def hook(store, clock, aiohttp_sink):
    async def make(url: str | None = None, **fields) -> Webhook:
        now = clock.now()
        fresh = Webhook(
            0, new_id("whk", int(now.timestamp() * 1000)), "default", url or aiohttp_sink.url, SECRET, now, now,
            events=("line.up", "message.sent", "message.delivered"),
        )  # fmt: skip
        return await store.put_webhook(replace(fresh, **fields))

    return make


@pytest.fixture
def emit(store, clock):
    async def write(n: int = 0, kind: EventType = EventType.LINE_UP):
        return await store.emit("default", kind, {"n": n}, clock.now())

    return write


@pytest.fixture
def delivery(store):
    """The endpoint's newest delivery, once it is as wanted."""

    async def wait(endpoint: Webhook, wanted):
        async with asyncio.timeout(10):
            while True:
                found = await store.deliveries("default", webhook=endpoint.id, state=None, limit=1)
                if found and wanted(found[0]):
                    return found[0]
                await asyncio.sleep(0.01)

    return wait


async def test_an_event_is_posted_at_once_signed_and_done(notifying, hook, emit, delivery, aiohttp_sink):
    endpoint = await hook()
    async with notifying():
        event = await emit(1)
        ((request, body),) = await aiohttp_sink.received(1)
        done = await delivery(endpoint, lambda d: d.state == "delivered")
    Verifier(SECRET).verify(body, dict(request.headers))
    assert request.headers["webhook-id"] == event.id
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Accept-Encoding"] == "identity"  # an answer is kept as it comes, to be read by people
    assert json.loads(body) | {"timestamp": ""} == {"type": "line.up", "timestamp": "", "data": {"n": 1}}
    assert (done.attempts, done.last_status) == (1, 200)


async def test_both_secrets_sign_while_one_replaces_the_other(notifying, hook, emit, aiohttp_sink, clock):
    await hook(previous_secret=OLD_SECRET, previous_secret_until=clock.now() + timedelta(hours=24))
    async with notifying():
        await emit()
        ((request, body),) = await aiohttp_sink.received(1)
    for secret in (SECRET, OLD_SECRET):
        Verifier(secret).verify(body, dict(request.headers))


async def test_native_06_a_failure_is_repeated_on_schedule_with_the_same_id(
    notifying, hook, emit, delivery, aiohttp_sink, clock, store
):
    endpoint = await hook()
    aiohttp_sink.answers = [500] * 9
    async with notifying():
        await emit()
        for tries, seconds in enumerate(WAITS, 1):
            await aiohttp_sink.received(tries)
            pending = await delivery(endpoint, lambda d, n=tries: d.attempts == n)
            assert abs((pending.next_at - clock.now()).total_seconds() - seconds) < 1
            clock.turn(seconds=seconds)
            store.bells.notifier.ring()
        await aiohttp_sink.received(10)
        done = await delivery(endpoint, lambda d: d.state == "delivered")
    assert done.attempts == 10
    assert len({request.headers["webhook-id"] for request, _ in aiohttp_sink.requests}) == 1
    assert len({request.headers["webhook-timestamp"] for request, _ in aiohttp_sink.requests}) == 10


async def test_after_the_last_try_it_is_dead_and_the_endpoint_stays(
    notifying, hook, emit, delivery, aiohttp_sink, clock, store
):
    endpoint = await hook()
    aiohttp_sink.answers = [500] * 10
    async with notifying():
        await emit()
        for tries in range(1, 11):
            await aiohttp_sink.received(tries)
            await delivery(endpoint, lambda d, n=tries: d.attempts == n)
            clock.turn(seconds=WAITS[tries - 1] if tries < 10 else 0)
            store.bells.notifier.ring()
        dead = await delivery(endpoint, lambda d: d.state == "dead")
    assert (dead.last_status, dead.last_error) == (500, "HTTP 500")


@pytest.mark.parametrize(("status", "header", "seconds"), [(429, "60", 60), (503, "999999", 86400), (502, "1", 5)])
async def test_native_06_retry_after_is_heeded_up_to_a_day(
    notifying, hook, emit, delivery, aiohttp_sink, clock, status, header, seconds
):
    endpoint = await hook()

    async def busy(request):
        return web.Response(status=status, headers={"Retry-After": header})

    aiohttp_sink.answers = [busy]
    async with notifying():
        await emit()
        pending = await delivery(endpoint, lambda d: d.attempts == 1)
    assert abs((pending.next_at - clock.now()).total_seconds() - seconds) < 1


async def test_native_06_gone_switches_the_endpoint_off_and_tells(
    notifying, hook, emit, delivery, aiohttp_sink, store, caplog
):
    endpoint = await hook()
    aiohttp_sink.answers = [410]
    async with notifying():
        await emit()
        await delivery(endpoint, lambda d: d.state == "dead")
    (off,) = await store.webhooks("default")
    assert (off.enabled, off.disabled_reason) == (False, "gone")
    (said,) = [record for record in caplog.records if record.getMessage() == "webhook endpoint switched off"]
    assert not hasattr(said, "event")  # the log calls so what happened
    assert "webhook.disabled" in [event.type for event in await store.events_after("default", 0, 100)]


async def test_five_days_without_success_switch_the_endpoint_off(
    notifying, hook, emit, delivery, aiohttp_sink, clock, store
):
    endpoint = await hook()
    aiohttp_sink.answers = [500, 500]
    async with notifying():
        await emit()
        await delivery(endpoint, lambda d: d.attempts == 1)
        clock.turn(days=5, seconds=1)
        store.bells.notifier.ring()
        await aiohttp_sink.received(2)
        await delivery(endpoint, lambda d: d.attempts == 2)
    (off,) = await store.webhooks("default")
    assert (off.enabled, off.disabled_reason) == (False, "failing")


async def test_native_06_a_redirect_is_a_failure_and_never_followed(notifying, hook, emit, delivery, aiohttp_sink):
    endpoint = await hook()

    async def elsewhere(request):
        return web.Response(status=302, headers={"Location": "/other"})

    aiohttp_sink.answers = [elsewhere]
    async with notifying():
        await emit()
        pending = await delivery(endpoint, lambda d: d.attempts == 1)
    assert (pending.state, pending.last_status, len(aiohttp_sink.requests)) == ("pending", 302, 1)


async def test_an_inner_address_is_refused_and_the_setting_is_named(notifying, hook, emit, delivery, aiohttp_sink):
    endpoint = await hook()
    async with notifying(Guard()):
        await emit()
        pending = await delivery(endpoint, lambda d: d.attempts == 1)
    assert "webhooks.allow_networks" in pending.last_error
    assert aiohttp_sink.requests == []


async def test_native_06_a_huge_compressed_answer_is_neither_read_nor_unpacked(
    notifying, hook, emit, delivery, aiohttp_sink
):
    endpoint = await hook()

    async def bomb(request):
        response = web.StreamResponse(status=500, headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b"\x1f\x8b" + bytes(65536))
        except (ConnectionError, asyncio.CancelledError):
            return response

    aiohttp_sink.answers = [bomb]
    async with notifying():
        await emit()
        pending = await delivery(endpoint, lambda d: d.attempts == 1)
    assert len(pending.last_excerpt) <= 500


async def test_native_06_a_hanging_endpoint_takes_four_at_most_and_holds_up_nobody_else(
    notifying, hook, emit, delivery, aiohttp_sink
):
    released = asyncio.Event()

    async def hang(request):
        await released.wait()
        return web.Response()

    aiohttp_sink.answers = [hang] * 8
    slow = await hook()
    async with notifying():
        for n in range(8):
            await emit(n)
        await aiohttp_sink.received(4)
        other = await hook(aiohttp_sink.url + "/other")
        aiohttp_sink.answers.insert(0, 200)
        await emit(9)
        await delivery(other, lambda d: d.state == "delivered")
        assert aiohttp_sink.most_open <= 5
        released.set()
        await aiohttp_sink.received(10)
        await delivery(slow, lambda d: d.state == "delivered")


async def test_credentials_in_the_url_become_basic_authorization(notifying, hook, emit, aiohttp_sink):
    await hook(aiohttp_sink.url.replace("http://", "http://us%C3%A9r:p%40ss@"), headers={"X-Own": "1", "Host": "evil"})
    async with notifying():
        await emit()
        ((request, _),) = await aiohttp_sink.received(1)
    assert request.headers["Authorization"] == "Basic " + b64encode("usér:p@ss".encode()).decode()
    assert request.headers["X-Own"] == "1"
    assert request.headers["Host"].startswith("127.0.0.1")


async def test_connections_are_kept(notifying, hook, emit, aiohttp_sink):
    await hook()
    ports = set()

    async def note(request):
        ports.add(request.transport.get_extra_info("peername")[1])
        return web.Response(text="thanks")

    aiohttp_sink.answers = [note] * 5
    async with notifying():
        for n in range(5):
            await emit(n)
            await aiohttp_sink.received(n + 1)
            await asyncio.sleep(0.02)
    assert len(ports) == 1


async def test_native_06_what_a_stop_cut_off_is_posted_again_with_the_same_id(
    notifying, hook, emit, delivery, aiohttp_sink
):
    endpoint = await hook()

    async def hang(request):
        await asyncio.sleep(10)

    aiohttp_sink.answers = [hang]
    async with notifying():
        event = await emit()
        await aiohttp_sink.received(1)
    async with notifying():
        await delivery(endpoint, lambda d: d.state == "delivered")
    assert [request.headers["webhook-id"] for request, _ in aiohttp_sink.requests] == [event.id] * 2


@pytest.mark.parametrize("url", ["http://nothing.invalid/", "http://127.0.0.1:1/", "ftp://127.0.0.1/", "http://[::1/"])
async def test_native_06_an_address_that_does_not_work_is_a_failure_like_any(
    notifying, hook, emit, delivery, aiohttp_sink, url
):
    bad, good = await hook(url), await hook()
    async with notifying():
        await emit()
        await delivery(good, lambda d: d.state == "delivered")
        assert (await delivery(bad, lambda d: d.attempts == 1)).last_error


async def test_an_event_that_cannot_be_rendered_stops_nothing(notifying, hook, emit, delivery, aiohttp_sink, caplog):
    broken, good = await hook(secret="whsec_!"), await hook()
    with caplog.at_level(logging.ERROR):
        async with notifying() as task:
            await emit()
            await delivery(good, lambda d: d.state == "delivered")
            pending = await delivery(broken, lambda d: d.attempts == 1)
            assert not task.done()
    assert pending.last_error == "internal error"
    assert "webhook attempt broke" in caplog.text


# ------------------------------------------------------------------------------------------- the sendsms format


@pytest.fixture
def sent(store, clock, enqueue, add_line):
    """A message as it is after the network took it."""

    async def send():
        line = await add_line()
        message = await enqueue()
        claim = await store.claim(line.num, clock.now())
        await store.on_air(claim, 1, clock.now())
        await store.record(claim, 1, Outcome("sent", reference=1), clock.now(), started_at=clock.now())
        return line, message

    return send


@pytest.fixture
def deliver(store, clock):
    from gateway.store.contract import ReportArrival

    async def report(line, message):
        now = clock.now()
        return await store.file_report(line.num, ReportArrival(b"\x00", 1, message.to, 0, now, now), now)

    return report


def codes(sink) -> list[str]:
    return [json.loads(body)["code"] for _, body in sink.requests]


async def test_sa_12_sent_is_posted_before_delivered(notifying, hook, sent, deliver, aiohttp_sink, delivery):
    endpoint = await hook(format="sendsms")
    line, message = await sent()
    assert (await deliver(line, message)).state is State.DELIVERED
    async with notifying():
        await aiohttp_sink.received(2)
        await delivery(endpoint, lambda d: d.state == "delivered")
    assert codes(aiohttp_sink) == ["N201", "N202"]
    assert aiohttp_sink.most_open == 1
    assert "webhook-signature" in aiohttp_sink.requests[0][0].headers


async def test_sa_12_a_late_sent_after_delivered_is_dropped(
    notifying, hook, sent, deliver, aiohttp_sink, delivery, clock, store
):
    endpoint = await hook(format="sendsms")
    aiohttp_sink.answers = [202]  # a success for others, not for this format
    async with notifying():
        line, message = await sent()
        await aiohttp_sink.received(1)
        pending = await delivery(endpoint, lambda d: d.attempts == 1)
        assert abs((pending.next_at - clock.now()).total_seconds() - 300) < 1
        await deliver(line, message)
        await aiohttp_sink.received(2)
        clock.turn(minutes=5)
        store.bells.notifier.ring()
        async with asyncio.timeout(5):
            while await store.deliveries("default", webhook=endpoint.id, state="pending", limit=9):
                await asyncio.sleep(0.01)
    assert codes(aiohttp_sink) == ["N201", "N202"]


async def test_sa_12_the_vendor_repeats_five_times(notifying, hook, sent, aiohttp_sink, delivery, clock, store):
    endpoint = await hook(format="sendsms")
    aiohttp_sink.answers = [500] * 9
    async with notifying():
        await sent()
        for tries in range(1, 7):
            await aiohttp_sink.received(tries)
            await delivery(endpoint, lambda d, n=tries: d.attempts == n)
            clock.turn(minutes=5)
            store.bells.notifier.ring()
        assert (await delivery(endpoint, lambda d: d.state == "dead")).attempts == 6
    assert len(aiohttp_sink.requests) == 6


@pytest.mark.parametrize(("events", "posted"), [((), 0), (("link.clicked",), 1)])
async def test_clicks_are_posted_only_where_they_were_asked_for(
    notifying, hook, emit, delivery, aiohttp_sink, events, posted
):
    endpoint = await hook(format="sendsms", events=events)
    async with notifying():
        await emit(kind=EventType.LINK_CLICKED)
        await delivery(endpoint, lambda d: d.state == "delivered")
    assert len(aiohttp_sink.requests) == posted


async def test_events_without_a_word_in_the_format_are_done_unposted(notifying, hook, emit, delivery, aiohttp_sink):
    endpoint = await hook(format="sendsms")
    async with notifying():
        await emit(kind=EventType.LINE_UP)
        await delivery(endpoint, lambda d: d.state == "delivered")
    assert aiohttp_sink.requests == []


async def test_an_event_that_needs_no_post_does_not_make_a_failing_endpoint_good(
    notifying, hook, emit, sent, delivery, aiohttp_sink, store
):
    endpoint = await hook(format="sendsms")
    aiohttp_sink.answers = [500]
    async with notifying():
        await sent()
        await delivery(endpoint, lambda d: d.attempts == 1)
        await emit(kind=EventType.LINE_UP)
        await delivery(endpoint, lambda d: d.state == "delivered")
    (failing,) = await store.webhooks("default")
    assert failing.failing_since is not None
