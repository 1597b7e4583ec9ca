"""How each webhook format is written, and the rules its receiver expects: one entry of ``FORMATS`` each, all data.

A format's words stand in a module of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.domain.event import EventType
from gateway.store.contract import DueDelivery
from gateway.workers.renderers.messaging import messaging
from gateway.workers.renderers.native import native
from gateway.workers.renderers.sendsms import sendsms
from gateway.workers.renderers.threecx import threecx

__all__ = ["FORMATS", "MESSAGING", "NATIVE", "SENDSMS", "THREECX", "Format", "native", "sendsms"]

_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Format:
    """One webhook format.

    render: the request's body, or None when this format has no word for the event. accepts: is a status success?
    schedule: the waits after each failed try; when used up the delivery is dead. parallel: how many in flight per
    endpoint. heeds: whether Retry-After moves the next try. passing: events that are not repeated any more once
    their message is done, because a later word about it has gone out meanwhile. asked: events that only an endpoint
    which names them is told of.
    """

    name: str
    render: Callable[[DueDelivery], bytes | None]
    accepts: Callable[[int], bool]
    schedule: tuple[timedelta, ...]
    jitter: float  # of the wait, either way
    timeout_s: float
    parallel: int
    heeds: bool
    passing: frozenset[EventType] = frozenset()
    asked: frozenset[EventType] = frozenset()


NATIVE = Format(
    name="native",
    render=lambda due: native(due.event),
    accepts=lambda status: 200 <= status < 300,
    schedule=(
        5 * _SECOND,
        5 * _MINUTE,
        30 * _MINUTE,
        *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)),
    ),  # Standard Webhooks
    jitter=0.1,
    timeout_s=15,
    parallel=4,
    heeds=True,
)
SENDSMS = Format(
    name="sendsms",
    render=lambda due: sendsms(due.event),
    accepts=lambda status: status == 200,
    schedule=(5 * _MINUTE,) * 5,
    jitter=0.0,
    timeout_s=10,
    parallel=1,
    heeds=False,
    passing=frozenset({EventType.MESSAGE_SENT}),
    asked=frozenset({EventType.LINK_CLICKED}),
)
MESSAGING = replace(NATIVE, name="messaging", render=messaging)
THREECX = replace(NATIVE, name="3cx", render=threecx)
FORMATS: Mapping[str, Format] = {form.name: form for form in (NATIVE, MESSAGING, THREECX, SENDSMS)}
