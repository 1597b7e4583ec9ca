"""Named texts for the fronts."""

from dataclasses import replace

import pytest

from gateway.domain.errors import NotFound, NotPermitted, Rejected


async def test_a_text_is_filled_by_who_may_send(gateway, alice):
    made = await gateway.templates.create("welcome", "Hi {{first|there}}, {{ code }}!", by=alice)
    sender = replace(alice, scopes=frozenset({"messages:send"}))
    assert await gateway.templates.render("WELCOME", {"code": "1"}, by=sender) == "Hi there, 1!"
    assert await gateway.templates.render(made.id, {"code": "1", "first": "Ann"}, by=sender) == "Hi Ann, 1!"
    with pytest.raises(Rejected) as refusal:
        await gateway.templates.render("welcome", {}, by=sender)
    assert refusal.value.faults[0].field == "vars.code"
    with pytest.raises(NotFound):
        await gateway.templates.render("none", {}, by=sender)
    with pytest.raises(NotPermitted):
        await gateway.templates.render("welcome", {}, by=replace(alice, scopes=frozenset({"messages:read"})))


async def test_texts_are_left_out_as_far_as_one_has_read(gateway, alice):
    for name in "abc":
        await gateway.templates.create(name, "x", by=alice)
    page = await gateway.templates.list(by=alice, limit=2, ascending=True, skip=1)
    assert [one.name for one in page] == ["b", "c"]
    assert await gateway.templates.list(by=alice, limit=2, ascending=True, skip=10**30) == []
