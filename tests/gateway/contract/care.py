"""A store's promises about the SIM and the modem of a line: what is kept of them and when somebody is told."""

from dataclasses import replace

import pytest

from gateway.domain.errors import NotFound
from gateway.domain.line import LineState, LineStatus, StorageFill
from gateway.domain.signal import SignalPoint
from gateway.domain.sim import ServiceCentre
from gateway.store.contract import Store
from tests.gateway.contract.build import HOUR, MINUTE, NOW, SECOND, line_up

DAY = 24 * HOUR


def sm(used: int) -> StorageFill:
    return StorageFill("SM", used, 10)


class Storages:
    async def test_a_storage_that_is_low_is_told_once_until_it_has_room_again(self, store: Store):
        line = await line_up(store, accounts=("default", "other"))
        for low in ((sm(9),), (sm(10),), (), (sm(8), StorageFill("SR", 20, 20))):
            await store.line_book.storages(line.num, low, (), NOW)
        for account in ("default", "other"):
            events = [event for event in await store.events_after(account, 0, 100) if event.type == "line.storage_low"]
            assert [(event.data["storage"], event.data["used"], event.data["size"]) for event in events] == [
                ("SM", 9, 10),
                ("SM", 8, 10),
                ("SR", 20, 20),
            ]
            assert (events[0].data["id"], events[0].data["name"]) == (line.id, line.name)

    async def test_what_is_not_decided_yet_is_as_it_was(self, store: Store):
        """After a start the first look does not tell; whoever was told of it is not told again."""
        line = await line_up(store)
        await store.line_book.storages(line.num, (sm(9),), (), NOW)
        await store.line_book.storages(line.num, (), ("SM", "ME"), NOW)
        [known] = await store.lines()
        assert known.status.storages_low == (sm(9),)
        await store.line_book.storages(line.num, (sm(9),), (), NOW)
        assert len([one for one in await store.events_after("default", 0, 100) if one.type == "line.storage_low"]) == 1

    async def test_it_outlasts_what_the_line_says_of_itself(self, store: Store):
        line = await line_up(store)
        await store.line_book.storages(line.num, (sm(9),), (), NOW)
        await store.set_line_status(line.num, LineStatus(LineState.DOWN, "gone"), NOW + HOUR)
        [known] = await store.lines()
        assert known.status.storages_low == (sm(9),)

    async def test_a_line_that_there_is_not_has_no_storages(self, store: Store):
        with pytest.raises(NotFound):
            await store.line_book.storages(77, (sm(9),), (), NOW)


class Sims:
    async def test_a_service_centre_is_kept_for_its_sim_with_since_when(self, store: Store):
        assert await store.sims.service_centre("8944") is None
        await store.sims.keep_service_centre("8944", "+15550001", NOW)
        await store.sims.keep_service_centre("8944", "+15550001", NOW + HOUR)
        assert await store.sims.service_centre("8944") == ServiceCentre("+15550001", NOW)
        await store.sims.keep_service_centre("8944", "+15550002", NOW + HOUR)
        assert await store.sims.service_centre("8944") == ServiceCentre("+15550002", NOW + HOUR)
        assert await store.sims.service_centre("8955") is None


class Signals:
    async def test_five_minutes_have_one_point_and_a_line_only_its_own(self, store: Store):
        line, other = await line_up(store), await line_up(store, "other")
        heard = SignalPoint(NOW + SECOND, -71, -96, -10.5, 9.8, "00101", "4G", "roaming")
        await store.signals.note(line.num, heard)
        await store.signals.note(line.num, replace(heard, at=NOW + MINUTE, dbm=-90))
        await store.signals.note(line.num, SignalPoint(NOW + 5 * MINUTE))
        await store.signals.note(other.num, SignalPoint(NOW, -50))
        points = await store.signals.between(line.num, NOW, NOW + HOUR)
        assert points == [replace(heard, at=NOW), SignalPoint(NOW + 5 * MINUTE)]
        assert [point.roaming for point in points] == [True, False]
        assert await store.signals.between(line.num, NOW, NOW + 5 * MINUTE) == points[:1]

    async def test_after_two_days_an_hour_has_one_and_after_ninety_there_is_none(self, store: Store):
        line = await line_up(store)
        for n in range(36):
            await store.signals.note(line.num, SignalPoint(NOW + (n + 2) * 5 * MINUTE, -n))
        await store.prune(NOW + 47 * HOUR)
        assert len(await store.signals.between(line.num, NOW, NOW + DAY)) == 36
        await store.prune(NOW + 49 * HOUR)
        fine = await store.signals.between(line.num, NOW + HOUR, NOW + DAY)
        assert len(fine) == 26, "what is younger is whole"
        await store.prune(NOW + 3 * DAY)
        thinned = await store.signals.between(line.num, NOW, NOW + DAY)
        assert [(point.at - NOW) // MINUTE for point in thinned] == [10, 60, 120, 180]
        await store.prune(NOW + 90 * DAY + 90 * MINUTE)
        assert [(one.at - NOW) // MINUTE for one in await store.signals.between(line.num, NOW, NOW + DAY)] == [120, 180]
