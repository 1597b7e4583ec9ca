"""Everything the gateway counts, in a registry of its own; the names are those of Prometheus without ``simgate_``.

Labels never carry a phone number, a text or a message's id: a scrape is read by people who may not see those.
"""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_COMMIT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)  # seconds: an SSD … a dying SD card
_RADIO = (0.1, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 120)  # seconds from Ctrl-Z to +CMGS
_DELAY = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400)  # seconds until a phone has it
_EXCHANGE = (0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120)  # seconds of one AT command

_HARDWARE = ("simgate_modem_", "simgate_sim_", "simgate_at_")


def program_version() -> str:
    """The installed version, or "0" in a tree that was never installed."""
    try:
        return version("simgate")
    except PackageNotFoundError:
        return "0"


@dataclass(frozen=True, slots=True, eq=False)
class _OfLines:
    """What the hardware of some lines does. How many messages they carry is no part of it: others may use them, too."""

    registry: CollectorRegistry
    lines: Collection[str]

    def collect(self) -> Iterator[Metric]:
        for family in self.registry.collect():
            if family.name.startswith(_HARDWARE):
                told = Metric(family.name, family.documentation, family.type)
                told.samples = [sample for sample in family.samples if sample.labels.get("line") in self.lines]
                yield told


class Metrics:
    """One instance per daemon, handed to whoever counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._process()
        self._messages()
        self._modems()
        self._outside()

    def render(self, lines: Collection[str] | None = None) -> bytes:
        """The text exposition format, for ``/metrics`` with the type ``CONTENT_TYPE``.

        lines: names of those whose modems and SIMs are told of, and nothing else; None: everything.
        """
        if lines is None:
            return generate_latest(self.registry)
        told = CollectorRegistry()
        told.register(_OfLines(self.registry, lines))
        return generate_latest(told)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"simgate_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"simgate_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"simgate_{name}", text, labels, buckets=buckets, registry=self.registry)

    def _process(self) -> None:
        self.build_info = self._gauge("build_info", "1, with the version that runs", "version")
        self.build_info.labels(version=program_version()).set(1)
        self.start_time_seconds = self._gauge("start_time_seconds", "Unix time of this process's start")
        self.start_time_seconds.set(time.time())
        self.event_loop_lag_seconds = self._gauge(
            "event_loop_lag_seconds", "How late the event loop ran its last probe"
        )
        self.accept_duration_seconds = self._histogram(
            "accept_duration_seconds", "From a checked draft to its commit", _COMMIT
        )
        self.db_wal_bytes = self._gauge("db_wal_bytes", "Size of the write-ahead log")
        self.disk_free_bytes = self._gauge("disk_free_bytes", "Free space where the database lies")

    def _messages(self) -> None:
        self.messages_accepted = self._counter("messages_accepted", "Messages on disk", "key", "source")
        self.messages_rejected = self._counter("messages_rejected", "Messages refused, by error code", "reason")
        self.messages_sent = self._counter("messages_sent", "Messages all parts of which were taken", "line", "code")
        self.messages_failed = self._counter("messages_failed", "Messages given up", "line", "code")
        self.messages_delivered = self._counter("messages_delivered", "Messages a phone has", "line", "code")
        self.messages_undelivered = self._counter(
            "messages_undelivered", "Messages the network could not deliver", "line", "code"
        )
        self.messages_expired = self._counter("messages_expired", "Messages whose validity ran out", "line", "code")
        self.messages_unknown = self._counter("messages_unknown", "Messages without a known outcome", "line", "code")
        self.message_parts_sent = self._counter("message_parts_sent", "Parts the network took", "line", "encoding")
        self.messages_received = self._counter("messages_received", "Inbound messages and reports", "line", "kind")
        self.inbound_pdu_errors = self._counter("inbound_pdu_errors", "PDUs that did not decode", "line", "kind")
        self.inbound_parts_pending = self._gauge("inbound_parts_pending", "Parts that wait for their others")
        self.queue_messages = self._gauge("queue_messages", "Messages that are not done", "state")
        self.queue_oldest_age_seconds = self._gauge("queue_oldest_age_seconds", "Age of the oldest one that waits")
        self.submit_duration_seconds = self._histogram("submit_duration_seconds", "Ctrl-Z to +CMGS", _RADIO, "line")
        self.delivery_delay_seconds = self._histogram(
            "delivery_delay_seconds", "From sent to the phone's report", _DELAY, "line"
        )
        self.time_to_send_seconds = self._histogram("time_to_send_seconds", "From accepted to sent", _DELAY, "line")

    def _modems(self) -> None:
        self.modem_up = self._gauge("modem_up", "1 while the line takes messages", "line")
        self.modem_state = self._gauge("modem_state", "1 for the state the line is in", "line", "state")
        self.modem_info = self._gauge(
            "modem_info",
            "1, with what the modem says of itself",
            "line",
            "imei_tail",
            "model",
            "firmware",
            "operator",
            "rat",
        )
        self.line_balance = self._gauge("line_balance", "What the network says is left on the SIM", "line")
        self.modem_signal_dbm = self._gauge("modem_signal_dbm", "Received signal strength", "line")
        self.modem_signal_quality_ratio = self._gauge("modem_signal_quality_ratio", "Signal from 0 to 1", "line")
        self.modem_rsrp_dbm = self._gauge("modem_rsrp_dbm", "Strength of the LTE or NR reference signal", "line")
        self.modem_rsrq_db = self._gauge("modem_rsrq_db", "Quality of the LTE or NR reference signal", "line")
        self.modem_sinr_db = self._gauge("modem_sinr_db", "Signal to interference and noise", "line")
        self.modem_registered = self._gauge("modem_registered", "1 while registered, at home or roaming", "line")
        self.modem_roaming = self._gauge("modem_roaming", "1 while registered abroad", "line")
        self.modem_recoveries = self._counter("modem_recoveries", "Steps taken to bring a modem back", "line", "step")
        self.modem_quarantined = self._gauge("modem_quarantined", "1 while all steps were taken in vain", "line")
        self.modem_disconnects = self._counter("modem_disconnects", "Times a port went away", "line")
        self.at_timeouts = self._counter("at_timeouts", "AT commands without an answer", "line", "cmd")
        self.sim_blocked = self._gauge("sim_blocked", "1 while a SIM sends nothing after refusals in a row", "line")
        self.sim_blocks = self._counter("sim_blocks", "How often refusals in a row stopped a SIM", "line")
        self.sim_storage_used = self._gauge("sim_storage_used", "Messages in a storage", "line", "store")
        self.sim_storage_low = self._gauge(
            "sim_storage_low", "1 while a storage is nearly full and is not emptied by sweeping", "line", "store"
        )
        self.sim_storage_size = self._gauge("sim_storage_size", "Places of a storage", "line", "store")

    def _outside(self) -> None:
        self.worker_failures = self._counter("worker_failures", "Faults of the program that were survived", "worker")
        self.webhook_attempts = self._counter("webhook_attempts", "Tries of deliveries", "endpoint", "outcome")
        self.webhook_pending = self._gauge("webhook_pending", "Deliveries that wait for their next try")
        self.webhook_endpoint_paused = self._gauge("webhook_endpoint_paused", "1 when switched off", "endpoint")
        self.http_requests = self._counter("http_requests", "Answered requests", "route", "code")
        self.http_request_duration_seconds = self._histogram(
            "http_request_duration_seconds", "From a request's head to its answer", _EXCHANGE, "route"
        )
        self.auth_failures = self._counter("auth_failures", "Requests with a wrong or no credential", "reason")
        self.rate_limited = self._counter("rate_limited", "Requests over their key's rate", "route")
