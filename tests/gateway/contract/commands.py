"""A store's promises about what is asked of modems."""

from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.domain.command import PATIENCE_S, CommandAnswer, CommandKind, CommandState
from gateway.domain.errors import Conflict, NotFound, NotPermitted
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.domain.message import MessageError
from gateway.store.contract import Outcome, Store
from tests.gateway.contract.build import ALICE, BOB, NOW, SECOND, accept, line_up, take

LATE = NOW + timedelta(seconds=PATIENCE_S + 1)


async def order(store: Store, line: LineRecord, code: str = "*100#", *, account: str = "default", admin: bool = False):
    return await store.commands.order(account, line.id, CommandKind.USSD, code, NOW, admin=admin)


async def told(store: Store, account: str = "default"):
    return [event for event in await store.events_after(account, 0, 100) if event.type == "ussd.answered"]


class Commands:
    async def test_a_command_is_taken_once_in_its_turn_and_its_answer_is_an_event_and_a_row(self, store: Store):
        line = await line_up(store, accounts=("default",))
        store.bells.command(line.num).clear()
        first, second = await order(store, line), await order(store, line, "1")
        assert store.bells.command(line.num).rung
        assert first.state is CommandState.WAITING
        taken = await store.commands.next(line.num, NOW)
        assert taken is not None
        assert (taken.id, taken.state, taken.code) == (first.id, CommandState.RUNNING, "*100#")
        await store.commands.settle(taken.num, CommandAnswer("5.00", wants_reply=True), NOW + SECOND)
        found = await store.commands.find("default", first.id)
        assert found is not None
        assert (found.state, found.answer.text, found.answer.wants_reply) == (CommandState.DONE, "5.00", True)
        [event] = await told(store)
        assert (event.data["id"], event.data["text"], event.data["code"]) == (first.id, "5.00", "*100#")
        await store.commands.settle(taken.num, CommandAnswer("again"), NOW)
        assert len(await told(store)) == 1
        following = await store.commands.next(line.num, NOW)
        assert following is not None
        assert following.id == second.id
        assert await store.commands.next(line.num, NOW) is None

    async def test_a_restart_may_be_taken_before_its_turn_and_nothing_else(self, store: Store):
        line, other = await line_up(store, "one"), await line_up(store, "two")
        await order(store, line, admin=True)
        assert await store.commands.next_restart(line.num, NOW) is None
        await store.commands.order("default", other.id, CommandKind.RESTART, None, NOW, admin=True)
        assert await store.commands.next_restart(line.num, NOW) is None
        wanted = await store.commands.order("default", line.id, CommandKind.RESTART, None, NOW, admin=True)
        taken = await store.commands.next_restart(line.num, NOW)
        assert taken is not None
        assert (taken.id, taken.state) == (wanted.id, CommandState.RUNNING)
        assert await store.commands.next_restart(line.num, NOW) is None
        following = await store.commands.next(line.num, NOW)
        assert following is not None
        assert following.kind is CommandKind.USSD

    async def test_a_command_that_failed_says_why(self, store: Store):
        line = await line_up(store, accounts=("default",))
        command = await order(store, line)
        await store.commands.next(line.num, NOW)
        why = MessageError("ussd_refused", "no network", {"cme": 30})
        await store.commands.settle(command.num, CommandAnswer(error=why), NOW)
        found = await store.commands.find("default", command.id)
        assert found is not None
        assert (found.state, found.answer.error) == (CommandState.FAILED, why)
        assert (await told(store))[0].data["error"]["cause"] == {"cme": 30}

    async def test_what_was_running_when_its_worker_ended_has_failed_and_what_waited_too_long_too(self, store: Store):
        line = await line_up(store, accounts=("default",))
        running, waiting = await order(store, line), await order(store, line)
        await store.commands.next(line.num, NOW)
        assert await store.commands.abandon(line.num, NOW) == 1
        assert await store.commands.abandon(line.num, NOW) == 0
        assert await store.commands.next(line.num, LATE) is None
        codes = [(await store.commands.find("default", one.id)).answer.error.code for one in (running, waiting)]
        assert codes == ["interrupted", "line_down"]

    async def test_a_restart_is_no_ussd_event(self, store: Store):
        line = await line_up(store, accounts=("default",))
        command = await store.commands.order("default", line.id, CommandKind.RESTART, None, NOW, admin=False)
        await store.commands.settle(command.num, CommandAnswer(), NOW)
        assert await told(store) == []

    async def test_a_line_that_others_use_needs_an_admin_and_one_of_others_does_not_exist(self, store: Store):
        shared = await line_up(store, accounts=("default", "other"))
        with pytest.raises(NotPermitted):
            await order(store, shared)
        command = await order(store, shared, admin=True)
        assert await store.commands.find("other", command.id) is None
        own = await line_up(store, "theirs", accounts=("other",))
        with pytest.raises(NotFound):
            await order(store, own, admin=True)

    async def test_no_more_wait_for_a_modem_than_it_can_do(self, store: Store):
        line = await line_up(store, accounts=("default",))
        for _ in range(20):
            await order(store, line)
        with pytest.raises(Conflict):
            await order(store, line)

    async def test_a_secret_is_handed_out_once_and_is_in_no_row(self, store: Store):
        line = await line_up(store, accounts=("default",))
        await order(store, line)
        assert not store.commands.has_secret(line.num, NOW)
        command = await store.commands.order("default", line.id, CommandKind.PIN, None, NOW, admin=True, secret="4711")
        assert store.commands.has_secret(line.num, NOW)
        assert not store.commands.has_secret(line.num, LATE)
        assert not store.commands.has_secret(line.num + 1, NOW)
        taken = await store.commands.next(line.num, NOW, CommandKind.PIN)
        assert taken is not None
        assert (taken.id, taken.secret) == (command.id, "4711")
        assert "4711" not in repr(taken)
        assert not store.commands.has_secret(line.num, NOW)
        assert await store.commands.next(line.num, NOW, CommandKind.PIN) is None
        found = await store.commands.find("default", command.id)
        assert found is not None
        assert found.secret is None

    async def test_what_waits_for_a_line_that_does_not_come_ends_and_its_secret_is_forgotten(self, store: Store):
        line = await line_up(store, accounts=("default",))
        command = await store.commands.order("default", line.id, CommandKind.PIN, None, NOW, admin=True, secret="4711")
        await store.prune(LATE)
        assert not store.commands.has_secret(line.num, NOW)
        found = await store.commands.find("default", command.id)
        assert found is not None
        assert found.answer.error is not None
        assert found.answer.error.code == "line_down"

    async def test_what_ended_long_ago_is_dropped(self, store: Store):
        line = await line_up(store, accounts=("default",))
        command, open_ = await order(store, line), await order(store, line)
        await store.commands.settle(command.num, CommandAnswer("5.00"), NOW)
        await store.prune(NOW + timedelta(days=31))
        assert await store.commands.find("default", command.id) is None
        assert await store.commands.find("default", open_.id) is not None


class Balances:
    async def test_what_is_left_is_kept_and_told_once_when_it_falls_below_the_mark(self, store: Store):
        line = await line_up(store, accounts=("default", "other"))
        for balance in ("5.00", "0.90", "0.50", "3.00", "0.10"):
            await store.line_balance(line.num, Decimal(balance), NOW, below=Decimal(1))
        for account in ("default", "other"):
            low = [event for event in await store.events_after(account, 0, 100) if event.type == "line.balance_low"]
            assert [event.data["balance"] for event in low] == ["0.90", "0.10"]
        await store.set_line_status(line.num, LineStatus(LineState.DOWN, "gone"), NOW)
        [known] = await store.lines()
        assert (known.status.balance, known.status.balance_at) == (Decimal("0.10"), NOW)

    async def test_questions_that_come_to_nothing_are_counted_for_each_code_until_one_is_answered(self, store: Store):
        line = await line_up(store)
        for code, misses in (("*100#", 1), ("*100#", 2), ("*101#", 1)):
            await store.line_book.balance_asked(line.num, code, NOW)
            await store.set_line_status(line.num, LineStatus(LineState.DOWN, "gone"), NOW)
            status = (await store.lines())[0].status
            assert (status.balance_asked_at, status.balance_code, status.balance_misses) == (NOW, code, misses)
        await store.line_balance(line.num, Decimal(5), NOW, below=None)
        assert (await store.lines())[0].status.balance_misses == 0

    async def test_without_a_mark_nobody_is_told(self, store: Store):
        line = await line_up(store)
        await store.line_balance(line.num, Decimal(0), NOW, below=None)
        assert [event for event in await store.events_after("default", 0, 100) if "balance" in event.type] == []


class MissedCalls:
    async def test_a_missed_call_is_told_to_whom_the_caller_has_to_do_with(self, store: Store):
        line = await line_up(store, accounts=("default", "other"))
        await accept(store, account="other", to=ALICE)
        claim = await take(store, line)
        await store.on_air(claim, 1, NOW)
        await store.record(claim, 1, Outcome("sent", reference=1), NOW, started_at=NOW)
        for caller, account in ((ALICE, "other"), (BOB, "default"), (None, "default")):
            event = await store.call_missed(line.num, caller, NOW)
            assert (event.account, event.data["from"], event.data["line"]) == (account, caller, line.id)
