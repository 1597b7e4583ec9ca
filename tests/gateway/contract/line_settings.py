"""A store's promises about what is said of a line: by the configuration, by its users, and by itself."""

import pytest

from gateway.domain.errors import Conflict, Rejected
from gateway.domain.line import Limits, LineChange, LineRecord, LineState, LineStatus, Rest, RestKind
from gateway.domain.message import MessageError, State
from gateway.domain.sender import Strategy
from gateway.store.contract import Outcome, Store
from tests.gateway.contract.build import HOUR, MINUTE, NOW, accept, line_up, put_on_air, sent, take
from tests.gateway.contract.senders import sender, to_store1, two_lines

SLOW = Limits(rate_per_minute=6, parts_per_day=100)


def line_of(name: str = "office", number: str | None = "+447700900006", limits: Limits = SLOW) -> LineRecord:
    return LineRecord(0, "", name, number, limits=limits)


async def change(store: Store, line: LineRecord, **settings: object) -> LineRecord:
    wanted = LineChange(settings=settings)
    return await store.line_book.change("default", line.id, wanted, admin=True, expected=None)


async def in_sim(store: Store, line: LineRecord, iccid: str | None, state: LineState = LineState.UP) -> None:
    await store.set_line_status(line.num, LineStatus(state, "", iccid=iccid), NOW)


class LineSettings:
    async def test_the_configuration_holds_until_a_user_says_otherwise(self, store: Store, reopen):
        line = await store.put_line(line_of())
        assert (line.limits, line.overrides) == (SLOW, ())
        changed = await change(store, line, rate_per_minute=60.0, days=(1, 2), number="+447700900099")
        assert changed.limits == Limits(rate_per_minute=60.0, parts_per_day=100, days=(1, 2))
        assert changed.number == "+447700900099"
        assert set(changed.overrides) == {"rate_per_minute", "days", "number"}
        assert changed.revision != line.revision
        again = await reopen()
        assert again.line_book.limits(line.num) == changed.limits
        assert await again.put_line(line_of()) == changed, "a start changes nothing"

    async def test_whoever_edits_the_configuration_later_wins_in_that_alone(self, store: Store):
        line = await store.put_line(line_of())
        await change(store, line, rate_per_minute=60.0, parts_per_day=7)
        later = await store.put_line(line_of(limits=Limits(rate_per_minute=12, parts_per_day=100)))
        assert (later.limits.rate_per_minute, later.limits.parts_per_day) == (12, 7)
        assert later.overrides == ("parts_per_day",)

    async def test_null_is_what_the_configuration_says(self, store: Store):
        line = await store.put_line(line_of())
        await change(store, line, rate_per_minute=60.0, number="+447700900099", name="desk")
        back = await change(store, line, rate_per_minute=None, number=None, name=None)
        assert (back.limits, back.number, back.name, back.overrides) == (SLOW, line.number, "office", ())

    async def test_what_is_changed_rings_the_line(self, store: Store):
        line = await store.put_line(line_of())
        bells = (store.bells.line(line.num), store.bells.alert(line.num))
        for bell in bells:
            bell.clear()
        await change(store, line, burst=5)
        assert all(bell.rung for bell in bells)
        assert store.line_book.limits(line.num) == Limits(rate_per_minute=6, parts_per_day=100, burst=5)
        assert store.line_book.limits(999) is None

    async def test_limits_that_cannot_be_together_are_refused(self, store: Store):
        line = await store.put_line(line_of())
        with pytest.raises(Rejected) as caught:
            await change(store, line, parts_for_alerts=101)
        assert [fault.field for fault in caught.value.faults] == ["limits.parts_for_alerts"]
        assert (await store.lines())[0].limits == SLOW

    async def test_a_line_goes_by_its_new_name_and_by_the_one_in_the_configuration(self, store: Store, reopen):
        """What waits for the old one is still its."""
        line = await line_up(store)
        waiting = await accept(store, sender="office", route="office")
        renamed = await change(store, line, name="front-desk")
        assert (renamed.name, renamed.configured_name) == ("front-desk", "office")
        words = await store.senders.words("default")
        assert {"office", "front-desk"} <= set(words)
        assert (await take(store, line)).message == waiting.id
        again = await reopen()
        await again.put_line(LineRecord(0, "", "office", line.number))
        await again.retire_lines(["office"])
        assert [one.name for one in await again.lines()] == ["front-desk"]

    @pytest.mark.parametrize(
        ("setting", "value"), [("name", "home"), ("name", "HOME"), ("name", "STORE1"), ("number", "+447700900222")]
    )
    async def test_a_name_or_number_of_another_is_refused(self, store: Store, setting: str, value: str):
        office, _ = await two_lines(store)
        await store.senders.put(sender(office))
        with pytest.raises(Conflict):
            await change(store, office, **{setting: value})

    async def test_a_name_that_only_others_know_is_free(self, store: Store):
        """Whether it is taken would tell who else there is."""
        office = await line_up(store)
        theirs = await line_up(store, "theirs", accounts=("other",))
        assert (await change(store, office, name="theirs")).name == "theirs"
        assert [line.num for line in await store.line_book.lines("other")] == [theirs.num]

    async def test_a_line_of_the_configuration_gets_its_name_back(self, store: Store):
        office = await line_up(store)
        await change(store, office, name="home")
        home = await store.put_line(line_of("home", "+447700900222"))
        assert {line.num: line.name for line in await store.lines()} == {office.num: "office", home.num: "home"}

    async def test_an_old_revision_is_refused(self, store: Store):
        line = await store.put_line(line_of())
        wanted = LineChange(settings={"burst": 9})
        with pytest.raises(Rejected, match="changed meanwhile"):
            await store.line_book.change("default", line.id, wanted, admin=True, expected=["other"])

    async def test_what_a_line_rests_for_is_told_until_it_does_not(self, store: Store):
        line = await line_up(store)
        rest = Rest(RestKind.RATE, "6 parts a minute", NOW + MINUTE)
        store.line_book.rests(line.num, rest)
        assert [one.rest for one in await store.line_book.lines("default")] == [rest]
        store.line_book.rests(line.num, None)
        assert [one.rest for one in await store.lines()] == [None]

    async def test_a_line_whose_hours_are_over_loses_its_turn_but_for_alerts(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(home, office, strategy=Strategy.FIRST_UP))
        store.line_book.rests(home.num, Rest(RestKind.HOURS, "in the morning", NOW + HOUR))
        ordinary = await to_store1(store)
        assert (await take(store, office)).message == ordinary.id
        alert = await to_store1(store, priority=8)
        assert await store.claim(office.num, NOW) is None, "it is the first one's"
        claim = await store.claim(home.num, NOW, alerts_only=True)
        assert claim is not None
        assert (claim.message, claim.is_alert) == (alert.id, True)


class Alerts:
    async def test_a_line_may_ask_for_alerts_alone(self, store: Store):
        line = await line_up(store)
        await accept(store, priority=7)
        assert await store.claim(line.num, NOW, alerts_only=True) is None
        alert = await accept(store, priority=8)
        claim = await store.claim(line.num, NOW, alerts_only=True)
        assert claim is not None
        assert (claim.message, claim.priority, claim.is_alert) == (alert.id, 8, True)

    async def test_an_alert_rings_every_line_that_may_carry_it(self, store: Store):
        office, home = await two_lines(store)
        theirs = await line_up(store, "theirs", accounts=("other",))
        for line in (office, home, theirs):
            store.bells.alert(line.num).clear()
        await accept(store, priority=7)
        assert not store.bells.alert(office.num).rung
        await accept(store, priority=8)
        assert [store.bells.alert(line.num).rung for line in (office, home, theirs)] == [True, True, False]

    async def test_one_that_falls_due_rings_as_well(self, store: Store):
        line = await line_up(store)
        await accept(store, priority=9, state=State.SCHEDULED, due_at=NOW + MINUTE)
        store.bells.alert(line.num).clear()
        await store.promote(NOW + MINUTE)
        assert store.bells.alert(line.num).rung


class Budgets:
    async def test_a_budget_is_that_of_the_sim_in_whichever_line(self, store: Store):
        """Fault 36: budgets per ICCID."""
        office, home = await two_lines(store)
        await in_sim(store, office, "8988")
        await sent(store, office)
        assert await store.sent_over(office.num, NOW) == (1, 1)
        await in_sim(store, office, "8944")
        assert await store.sent_over(office.num, NOW) == (0, 0), "another SIM in it has sent nothing"
        await in_sim(store, home, "8988")
        assert await store.sent_over(home.num, NOW) == (1, 1), "the SIM took it along"
        await sent(store, home)
        assert await store.sent_over(home.num, NOW) == (2, 2)

    async def test_of_a_sim_that_nobody_knows_the_line_counts(self, store: Store):
        office, home = await two_lines(store)
        for line in (office, home):
            await in_sim(store, line, None)
        await sent(store, office)
        assert await store.sent_over(office.num, NOW) == (1, 1)
        assert await store.sent_over(home.num, NOW) == (0, 0)

    async def test_it_counts_what_every_account_sent(self, store: Store):
        line = await line_up(store, accounts=())
        await sent(store, line)
        await sent(store, line, account="other")
        assert await store.sent_over(line.num, NOW) == (2, 2)
        own = [one.counters for one in await store.line_book.lines("other")]
        assert own == [{"queued": 0, "sent_today": 1}], "how much others send is theirs to know"

    @pytest.mark.parametrize("how", ["recorded", "found after a crash"])
    async def test_what_may_have_gone_out_counts_and_is_not_told_as_sent(self, store: Store, how: str):
        line = await line_up(store)
        await accept(store)
        claim = await take(store, line)
        await put_on_air(store, claim)
        if how == "recorded":
            lost = Outcome("unknown", error=MessageError("submit_outcome_unknown", "lost"))
            await store.record(claim, 1, lost, NOW, started_at=NOW)
        else:
            await store.recover(NOW)
        assert await store.sent_over(line.num, NOW) == (1, 1)
        assert (await store.lines())[0].counters == {
            "queued": 0, "sent_today": 0, "spent_today": 1, "spent_this_month": 1
        }  # fmt: skip
