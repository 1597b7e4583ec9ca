"""What the fronts can ask for: one bundle of services, and the values that go in and come out of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.aio import Clock, Watchers
from gateway.domain.errors import Refused
from gateway.metrics import Metrics
from gateway.policy.reach import Reach
from gateway.policy.waiting import LineReason, Reason, Waiting
from gateway.services.access import Access
from gateway.services.accounts import Accounts
from gateway.services.batches import Batches
from gateway.services.campaigns import CampaignChange, Campaigns
from gateway.services.commands import Commands
from gateway.services.contacts import Contacts
from gateway.services.events import Events
from gateway.services.health import Health
from gateway.services.inbox import Inbox
from gateway.services.lines import Lines
from gateway.services.links import Links, Visit
from gateway.services.media import MediaFiles
from gateway.services.messages import Messages
from gateway.services.modems import Modems
from gateway.services.previewing import Preview
from gateway.services.rates import RateState
from gateway.services.senders import Senders
from gateway.services.stats import Stats
from gateway.services.subscriptions import Subscriptions
from gateway.services.templates import Templates
from gateway.services.threads import Threads
from gateway.services.trace import Trace
from gateway.services.webhook_change import WebhookChange
from gateway.services.webhooks import Webhooks
from gateway.store.contract import (
    BatchRecord,
    Enqueued,
    Idempotency,
    MessageFilter,
    Once,
    Store,
    StoredAnswer,
)
from gateway.store.contracts.inbox import Sort
from gateway.tracing import Traced, Traces

__all__ = [
    "Access",
    "Accounts",
    "BatchRecord",
    "Batches",
    "CampaignChange",
    "Campaigns",
    "Commands",
    "Contacts",
    "Enqueued",
    "Events",
    "Gateway",
    "GatewaySettings",
    "Health",
    "Idempotency",
    "Inbox",
    "LineReason",
    "Lines",
    "Links",
    "MediaFiles",
    "MessageFilter",
    "Messages",
    "Modems",
    "Once",
    "Preview",
    "RateState",
    "Reason",
    "Refused",
    "Senders",
    "Sort",
    "Stats",
    "StoredAnswer",
    "Subscriptions",
    "Templates",
    "Threads",
    "Trace",
    "Traced",
    "Visit",
    "Waiting",
    "WebhookChange",
    "Webhooks",
    "build_gateway",
]


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """What the services take from the configuration.

    public_url: where short links point to; without it there are none. rate_per_key: requests per second and key,
    0 for no limit. max_pending: messages that may wait in all. allow_networks, allow_private: where webhooks may go,
    as in ``policy.reach``.
    """

    public_url: str = ""
    rate_per_key: float = 10.0
    max_pending: int = 1_000_000
    link_prefix: str = "/l/"
    media_prefix: str = "/m/"
    media_days: int = 30
    ready_min_lines: int = 1
    allow_networks: Sequence[str] = ()
    allow_private: bool = True


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything a front may call. waiters: who waits for a message; to be ended before the answers are cut off."""

    messages: Messages
    batches: Batches
    inbox: Inbox
    webhooks: Webhooks
    lines: Lines
    access: Access
    accounts: Accounts
    senders: Senders
    contacts: Contacts
    subscriptions: Subscriptions
    templates: Templates
    campaigns: Campaigns
    links: Links
    media: MediaFiles
    threads: Threads
    stats: Stats
    modems: Modems
    commands: Commands
    events: Events
    health: Health
    trace: Trace
    waiters: Watchers


def build_gateway(
    store: Store, *, settings: GatewaySettings, clock: Clock, metrics: Metrics, traces: Traces | None = None
) -> Gateway:
    """The services over one store. traces: what the lines' connections tell into."""
    links = Links(store, clock, public_url=settings.public_url, prefix=settings.link_prefix)
    subscriptions = Subscriptions(store, clock)
    media = MediaFiles(
        store, clock, public_url=settings.public_url, prefix=settings.media_prefix, days=settings.media_days
    )
    modems = Modems(store)
    access = Access(store, clock, metrics=metrics, rate=settings.rate_per_key)
    return Gateway(
        messages=Messages(
            store,
            clock,
            metrics=metrics,
            links=links,
            media=media,
            memory=access.memory,
            max_pending=settings.max_pending,
        ),
        batches=Batches(store, clock, subscriptions),
        inbox=Inbox(store, clock),
        webhooks=Webhooks(store, clock, Reach(settings.allow_networks, allow_private=settings.allow_private)),
        lines=Lines(store, clock),
        access=access,
        accounts=Accounts(store, clock),
        senders=Senders(store, clock, access.memory),
        contacts=Contacts(store, clock),
        subscriptions=subscriptions,
        templates=Templates(store, clock),
        campaigns=Campaigns(store, clock),
        links=links,
        media=media,
        threads=Threads(store),
        stats=Stats(store, clock),
        modems=modems,
        commands=Commands(store, clock, modems),
        events=Events(store),
        health=Health(store, clock, min_lines=settings.ready_min_lines),
        trace=Trace(store, clock, traces or Traces(clock)),
        waiters=store.bells.watchers,
    )
