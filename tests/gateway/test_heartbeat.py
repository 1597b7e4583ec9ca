import asyncio
import socket

import pytest

from gateway.aio import SystemClock
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.heartbeat import DEAD_AFTER_S, LAG_S, Heartbeat, WriterDead
from gateway.metrics import Metrics
from gateway.sdnotify import ServiceManager


class Watch:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


class FewWords:
    """As much of a store as a heartbeat asks for."""

    def __init__(self) -> None:
        self.commits: bool | None = True  # None: no answer at all

    async def healthy(self) -> bool:
        if self.commits is None:
            raise TimeoutError
        return self.commits

    async def counts(self) -> dict[str, int]:
        ages = {"oldest_waiting_ms": 1500}
        return ages | {
            "waiting": 4,
            "later": 3,
            "sending": 1,
            "unknown": 0,
            "deliveries_pending": 2,
            "inbound_parts": 1,
        }

    async def lines(self) -> list[LineRecord]:
        up = LineStatus(
            LineState.UP, imei="490154203237518", model="EC25", operator="Testnet", signal_dbm=-82, technology="4G"
        )
        return [LineRecord(1, "lin_1", "a", status=up), LineRecord(2, "lin_2", "b", status=up), LineRecord(3, "c", "c")]


@pytest.fixture
def beating(tmp_path):
    """A heartbeat, its store, its clock, what systemd heard, and the metrics."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "60000000"}

        def heard() -> set[str]:
            return set(manager.recv(4096).decode().split("\n"))

        store, clock, metrics = FewWords(), Watch(), Metrics()
        heartbeat = Heartbeat(
            store, ServiceManager(environ), metrics=metrics, clock=clock, lines=3, database=tmp_path / "simgate.db"
        )
        yield heartbeat, store, clock, heard, metrics


async def test_systemd_hears_how_many_lines_are_up_and_what_waits(beating):
    heartbeat, _, _, heard, metrics = beating
    await heartbeat.beat()
    assert heard() == {"STATUS=2/3 lines up, 4 waiting", "WATCHDOG=1"}
    text = metrics.render().decode()
    assert 'simgate_queue_messages{state="waiting"} 4.0' in text
    assert "simgate_queue_oldest_age_seconds 1.5" in text
    assert "simgate_webhook_pending 2.0" in text
    assert 'simgate_modem_signal_quality_ratio{line="a"} 0.5' in text
    assert 'imei_tail="7518",line="a",model="EC25",operator="Testnet",rat="4G"} 1.0' in text
    assert "490154203237518" not in text


async def test_a_late_loop_does_not_feed_the_watchdog(beating):
    heartbeat, _, _, heard, _ = beating
    await heartbeat.beat(LAG_S + 0.1)
    assert "WATCHDOG=1" not in heard()


async def test_a_full_disk_is_told_but_cured_by_no_restart(beating):
    heartbeat, store, clock, heard, _ = beating
    store.commits = False
    clock.seconds += 10 * DEAD_AFTER_S
    await heartbeat.beat()
    assert heard() == {"STATUS=the database takes nothing", "WATCHDOG=1"}


async def test_a_writer_that_does_not_answer_starves_the_watchdog_and_ends_the_process(beating):
    heartbeat, store, clock, heard, _ = beating
    store.commits = None
    await heartbeat.beat()
    assert "WATCHDOG=1" not in heard()
    clock.seconds += DEAD_AFTER_S + 1
    with pytest.raises(WriterDead):
        await heartbeat.beat()


async def test_a_writer_that_was_slow_for_a_while_is_forgiven(beating):
    heartbeat, store, clock, heard, _ = beating
    store.commits = None
    clock.seconds += DEAD_AFTER_S - 1
    await heartbeat.beat()
    store.commits = True
    await heartbeat.beat()
    clock.seconds += DEAD_AFTER_S - 1
    store.commits = None
    await heartbeat.beat()
    heard()


async def test_it_beats_twice_in_each_watchdog_interval(tmp_path):
    environ = {"NOTIFY_SOCKET": "@nobody", "WATCHDOG_USEC": "100000"}
    told = 0

    class Listening(ServiceManager):
        def tell(self, *lines: str) -> None:
            nonlocal told
            told += "WATCHDOG=1" in lines

    heartbeat = Heartbeat(
        FewWords(),
        Listening(environ),
        metrics=Metrics(),
        clock=SystemClock(),
        lines=3,
        database=tmp_path / "simgate.db",
    )
    task = asyncio.ensure_future(heartbeat.run())
    await asyncio.sleep(0.5)
    task.cancel()
    assert told >= 5
