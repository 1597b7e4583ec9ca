"""Slots, and two storages seen as one."""

from modem.simulator.storage import BothStorages, Status, Storage

PDU = bytes.fromhex("0011223344")


def test_a_new_message_takes_the_lowest_free_place() -> None:
    storage = Storage("SM", 3, first=0)
    assert [storage.put(PDU, Status.UNREAD) for _ in range(4)] == [0, 1, 2, None]
    assert storage.full
    storage.delete(1)
    assert storage.put(PDU, Status.UNREAD) == 1
    assert storage.delete(9) is None


def test_a_status_is_listed_in_the_order_of_the_indices() -> None:
    storage = Storage("SM", 5)
    for status in (Status.READ, Status.UNREAD, Status.READ):
        storage.put(PDU, status)
    assert [index for index, _ in storage.listed(Status.READ)] == [1, 3]
    assert [index for index, _ in storage.listed()] == [1, 2, 3]


def test_a_blocked_storage_is_full() -> None:
    storage = Storage("SM", 5, blocked=lambda: True)
    assert (storage.used, storage.put(PDU, Status.UNREAD)) == (5, None)


def test_the_tpdu_is_counted_without_the_service_centre() -> None:
    storage = Storage("SM", 1)
    storage.put(bytes.fromhex("02 91 44 11 22 33"), Status.UNREAD)
    stored = storage.get(1)
    assert stored is not None
    assert stored.tpdu_octets == 3


def test_two_storages_as_one() -> None:
    low, high = Storage("ME", 2, first=0), Storage("SM", 2, first=0)
    both = BothStorages("MT", low, high)
    assert [both.put(PDU, Status.UNREAD) for _ in range(5)] == [0, 1, 2, 3, None]
    assert (both.size, both.used, both.full) == (4, 4, True)
    assert [index for index, _ in both.listed()] == [0, 1, 2, 3]
    assert both.delete(2) is not None
    assert sorted(high.slots) == [1]
    assert both.get(2) is None
    assert both.get(3) is not None
    assert (both.holds(3), both.holds(4)) == (True, False)
