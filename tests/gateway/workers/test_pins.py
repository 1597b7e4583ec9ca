from gateway.workers.connection import Wanted
from gateway.workers.pins import StoredPins

ICCID, IMEI = "8944500102198304826", "490154203237518"


async def test_a_refused_pin_is_never_tried_again_but_another_is(store, clock):
    pins = StoredPins(store, clock)
    assert await pins.may_try(ICCID, "1234")
    await pins.trying(ICCID, "1234")
    assert not await pins.may_try(ICCID, "1234")  # nobody knows yet how that ended
    await pins.refused(ICCID, "1234")
    assert not await pins.may_try(ICCID, "1234")
    assert await pins.may_try(ICCID, "4321")


async def test_an_accepted_pin_may_be_entered_after_each_start(store, clock):
    pins = StoredPins(store, clock)
    await pins.trying(ICCID, "1234")
    await pins.accepted(ICCID, "1234")
    assert await pins.may_try(ICCID, "1234")


async def test_a_card_that_is_not_meant_loses_no_try(store, clock):
    pins = StoredPins(store, clock, Wanted(imei=IMEI, iccid=ICCID).is_meant)
    assert not await pins.may_try("8900000000000000000", "1234")
    assert await pins.may_try(ICCID, "1234")
    assert await pins.may_try(IMEI, "1234")  # some cards tell their number only after the PIN


async def test_the_pin_itself_is_nowhere_on_disk(store, clock, tmp_path):
    pins = StoredPins(store, clock)
    await pins.trying(ICCID, "73519")
    assert all(b"73519" not in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
