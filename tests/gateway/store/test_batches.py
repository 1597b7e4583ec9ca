"""What a crash leaves of a batch that is worked through in pieces."""

from gateway.domain.message import State
from gateway.store import batches
from gateway.store.sqlite import SqliteStore
from tests.gateway.contract.build import NOW, batch_of, line_up, new_message, take


async def test_what_a_crash_left_out_of_the_queue_of_a_resumed_batch_comes_back(store: SqliteStore, reopen):
    line = await line_up(store)
    done = await store.enqueue(batch_of(*(new_message(to=f"+4477009{n:05d}") for n in range(3))), NOW)
    await store.batches.pause("default", done.batch)
    await store.write(lambda tx: batches.set_paused(tx, "default", done.batch, paused=False))  # and not a step further
    again = await reopen()
    assert await again.claim(line.num, NOW) is None
    await again.recover(NOW)
    assert (await again.counts())["waiting"] == 3
    assert (await take(again, line)).message == done.messages[0].id


async def test_what_a_crash_left_in_the_queue_of_a_paused_batch_is_taken_out_by_the_claim(store: SqliteStore, reopen):
    line = await line_up(store)
    done = await store.enqueue(batch_of(*(new_message(to=f"+4477009{n:05d}") for n in range(3))), NOW)
    await store.write(lambda tx: batches.set_paused(tx, "default", done.batch, paused=True))
    again = await reopen()
    assert (await again.counts())["waiting"] == 3
    assert await again.claim(line.num, NOW) is None
    assert (await again.counts())["waiting"] == 0
    await again.batches.resume("default", done.batch)
    claim = await take(again, line)
    assert (await again.message(None, claim.message)).state is State.SENDING
