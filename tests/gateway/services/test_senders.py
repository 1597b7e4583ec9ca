"""Senders as the fronts ask for them: one value, one number, the lines behind it."""

import pytest

from gateway.domain.errors import Rejected
from gateway.domain.line import LineRecord
from gateway.domain.sender import Strategy


async def test_a_value_resolves_in_any_form_to_one_number_that_stays(gateway, store, alice):
    home = await store.put_line(LineRecord(0, "", "home", number="+13109060902", aliases=("1234567",)))
    forms = ("+13109060902", "3109060902", "(310) 906-0902", "13109060902")
    resolved = [await gateway.senders.resolve(form, by=alice) for form in forms]
    assert {(one.value, one.lines) for one in resolved} == {("+13109060902", (home.id,))}
    assert len({one.num for one in resolved}) == 1
    named = await gateway.senders.resolve("HOME", by=alice)
    assert (named.value, named.lines) == ("home", (home.id,))
    assert named.num != resolved[0].num
    assert (await gateway.senders.resolve("1234567", by=alice)).value == "1234567"


async def test_a_registered_sender_leads_to_its_lines_in_their_order(gateway, store, alice):
    office = (await store.lines())[0]
    home = await store.put_line(LineRecord(0, "", "home"))
    made = await gateway.senders.create("STORE1", ["home", office.id, "home"], by=alice, strategy=Strategy.STICKY)
    found = await gateway.senders.resolve("store1", by=alice)
    assert (found.num, found.value, found.lines) == (made.num, "STORE1", (home.id, office.id))
    await store.retire_lines(["office"])
    assert (await gateway.senders.resolve("store1", by=alice)).lines == (office.id,)


async def test_what_is_no_sender_does_not_resolve(gateway, store, alice):
    await store.put_line(LineRecord(0, "", "theirs", accounts=("other",)))
    for value in ("", "nobody", "+13105550000", "theirs"):
        with pytest.raises(Rejected) as refusal:
            await gateway.senders.resolve(value, by=alice)
        assert refusal.value.code == "invalid_sender"
