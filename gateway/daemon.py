"""The composition root: builds everything, runs it in one TaskGroup, and stops it in order.

    TaskGroup
    ├─ supervisor (a task per line, below it)    ├─ notifier    ├─ janitor    ├─ retention    ├─ heartbeat

A line that fails is the supervisor's business; anything else that fails ends the process, which systemd starts anew.
"""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import NoReturn

from api.app import build_app
from api.fronts import build_fronts
from api.public import PublicFront
from gateway.administration import Administration
from gateway.aio import Clock, SystemClock
from gateway.config import HttpSettings, Settings
from gateway.control import locked, make_accounts, put_lines, serving
from gateway.domain.line import LineState, LineStatus
from gateway.heartbeat import Heartbeat
from gateway.metrics import Metrics, program_version
from gateway.sdnotify import ServiceManager
from gateway.services import Gateway, GatewaySettings, build_gateway
from gateway.serving import Door, listening
from gateway.store import database_path, open_store
from gateway.store.contract import Store
from gateway.tracing import Traces
from gateway.workers.guard import Guard
from gateway.workers.janitor import Janitor
from gateway.workers.notifier import Notifier
from gateway.workers.retention import Retention
from gateway.workers.supervisor import Supervisor

DRAIN_S = 50.0  # a dispatcher gives the air 45 s; within TimeoutStopSec=60
MIGRATION_S = 600  # how long systemd is asked to wait for an old database

_log = logging.getLogger(__name__)


class StartRefused(RuntimeError):
    """The daemon will not run like this; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Running:
    """A daemon that is up, for those who started it in their own process."""

    url: str
    gateway: Gateway
    store: Store
    metrics: Metrics
    stop: Callable[[], None]  # in order
    stopping: asyncio.Event  # set once it is asked to stop, by this or by a signal


@dataclass(slots=True)
class _Stop:
    """What signals ask for."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: asyncio.Event = field(default_factory=asyncio.Event)

    def by_signal(self) -> None:
        (self.at_once if self.asked.is_set() else self.asked).set()


async def run_daemon(
    settings: Settings,
    *,
    ready: Callable[[Running], None] | None = None,
    handle_signals: bool = False,
    clock: Clock | None = None,
    manager: ServiceManager | None = None,
    abandon: Callable[[int], NoReturn] = os._exit,
) -> None:
    """Run the gateway until it is asked to stop.

    ready: called once everything answers. handle_signals: SIGTERM, SIGINT and SIGHUP stop it, the second at once.
    abandon: ends the process when what is on the air is not waited for; the next start finds it as after a crash.
    Raises StartRefused, AlreadyLocked, SchemaTooNew, DatabaseDamaged, OSError (address in use) at the start, and
    an ExceptionGroup when something that must run has failed.
    """
    clock = clock or SystemClock()
    manager = manager or ServiceManager()
    stop = _Stop()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        if handle_signals:
            stack.enter_context(_signals(stop))
        stack.enter_context(locked(settings))
        manager.tell("STATUS=opening the database", f"EXTEND_TIMEOUT_USEC={MIGRATION_S * 1_000_000}")
        store = await open_store(settings.store.url, settings.data_dir, clock=clock)
        stack.push_async_callback(store.close)
        metrics = Metrics()
        await _prepare(store, settings, clock)
        await _refuse_open_door(store, settings.http)
        traces = Traces(clock)
        gateway = build_gateway(
            store, settings=_gateway_settings(settings), clock=clock, metrics=metrics, traces=traces
        )
        await stack.enter_async_context(serving(Administration(store, gateway.access, clock), settings.data_dir))
        app = build_app(
            gateway,
            metrics=metrics,
            fronts=(
                *build_fronts(gateway, settings),
                PublicFront(gateway, settings.links.prefix, settings.media.prefix),
            ),
            trusted_proxies=[ip_network(network) for network in settings.http.trusted_proxies],
        )
        door = Door()
        door.guard(app)
        url = await stack.enter_async_context(listening(app, settings.http))
        workers = _workers(settings, store, clock, metrics, manager, traces)
        async with workers.at_work(stop, door, abandon):
            _log.info("ready", extra={"url": url, "lines": len(settings.lines), "version": program_version()})
            manager.tell("READY=1")
            await workers.heartbeat.beat()
            if ready is not None:
                ready(Running(url, gateway, store, metrics, stop.asked.set, stop.asked))
            await stop.asked.wait()
            manager.tell("STOPPING=1", "STATUS=waiting for what is on the air")
            _log.info("stopping")
    _log.info("stopped")


@dataclass(frozen=True, slots=True)
class _Workers:
    """What acts by itself while the daemon runs."""

    supervisor: Supervisor
    notifier: Notifier
    janitor: Janitor
    retention: Retention
    heartbeat: Heartbeat

    @asynccontextmanager
    async def at_work(self, stop: _Stop, door: Door, abandon: Callable[[int], NoReturn]) -> AsyncIterator[None]:
        """They run for as long as the block; then, in order: no new requests, no new claims, the air is cleared."""
        async with asyncio.TaskGroup() as group:
            supervisor = group.create_task(self.supervisor.run(), name="supervisor")
            others = [
                group.create_task(self.notifier.run(), name="notifier"),
                group.create_task(self.janitor.run(), name="janitor"),
                group.create_task(self.retention.run(), name="retention"),
                group.create_task(self.heartbeat.run(), name="heartbeat"),
            ]
            yield
            door.close()
            await _drain(supervisor, stop, abandon)
            for task in others:
                task.cancel()


def _workers(
    settings: Settings, store: Store, clock: Clock, metrics: Metrics, manager: ServiceManager, traces: Traces
) -> _Workers:
    guard = Guard(settings.webhooks.allow_networks, allow_private=settings.webhooks.allow_private)
    database = database_path(settings.store.url, settings.data_dir)
    return _Workers(
        Supervisor(settings.lines, store, clock, metrics, traces=traces),
        Notifier(store, clock, metrics, guard=guard),
        Janitor(store, clock, metrics, part_timeout=timedelta(seconds=settings.inbound.part_timeout_s)),
        Retention(store, clock, metrics),
        Heartbeat(store, manager, metrics=metrics, clock=clock, lines=len(settings.lines), database=database),
    )


async def _drain(supervisor: asyncio.Task[None], stop: _Stop, abandon: Callable[[int], NoReturn]) -> None:
    """Lines claim nothing more; wait for what is on the air, but not for ever and not for the impatient."""
    supervisor.cancel()
    impatient = asyncio.ensure_future(stop.at_once.wait())
    try:
        await asyncio.wait({supervisor, impatient}, timeout=DRAIN_S, return_when=asyncio.FIRST_COMPLETED)
        if supervisor.done():
            return
        if impatient.done():
            _log.warning("stopped at once, as asked: what was on the air is found at the next start")
            abandon(0)
        _log.error("a part stayed on the air for too long: it is found at the next start")
        abandon(1)
    finally:
        impatient.cancel()


async def _prepare(store: Store, settings: Settings, clock: Clock) -> None:
    """What the configuration names is in the store, and what a crash left behind has a state."""
    await make_accounts(store, settings.accounts, clock)
    now = clock.now()
    await put_lines(store, settings.lines, clock)
    named = {line.name for line in settings.lines}
    for record in await store.lines():
        if record.configured_name not in named:
            gone = LineStatus(LineState.DOWN, "it is no longer in the configuration", since=now)
            await store.set_line_status(record.num, gone, now)
    await store.retire_lines(named)
    await store.routing.put(settings.routes)
    await store.line_book.unseen(now)
    if not named:
        _log.warning("no line is configured: messages are accepted and wait (config.example.toml, [[lines]])")
    undecided = await store.recover(now)
    if undecided:
        _log.warning("messages were being sent when the gateway ended", extra={"count": undecided})


async def _refuse_open_door(store: Store, http: HttpSettings) -> None:
    """Raises StartRefused for an address that others reach while there is no key: nothing is open by default."""
    if any(key.revoked_at is None for key in await store.keys(None)):
        return
    if not http.loopback:
        raise StartRefused(
            f'http.host = "{http.host}" is reachable from other machines, and there is no key yet. '
            "Make one first: simgate keys add --account default"
        )
    _log.warning("there is no key yet: every call is answered 401. Make one: simgate keys add --account default")


def _gateway_settings(settings: Settings) -> GatewaySettings:
    return GatewaySettings(
        public_url=settings.http.public_url,
        rate_per_key=settings.http.rate_per_key,
        max_pending=settings.queue.max_pending,
        link_prefix=settings.links.prefix,
        media_prefix=settings.media.prefix,
        media_days=settings.media.days,
        ready_min_lines=settings.ready.min_lines,
        allow_networks=settings.webhooks.allow_networks,
        allow_private=settings.webhooks.allow_private,
    )


@contextmanager
def _signals(stop: _Stop) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup(1) has it ignored on purpose
        numbers.append(signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stop.by_signal)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
