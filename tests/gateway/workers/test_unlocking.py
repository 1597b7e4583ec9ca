"""Entered PINs, on a modem that says what the test wants; over the simulated ones: tests/faults/test_sim_care.py."""

import pytest

from gateway.domain.command import CommandKind, CommandState
from gateway.domain.errors import Unavailable
from gateway.line import Who
from gateway.workers.pins import StoredPins
from gateway.workers.resting import Rest, Wake
from gateway.workers.unlocking import Keyring, Unlocking
from modem.driver import Identity
from modem.errors import CommandTimeout, SimUnusable, TransportLost

SIM, OTHER, PIN = "8944500102198304826", "8944500102198304834", "4711"
ABSENT = SimUnusable("absent", "no SIM is inserted")
REFUSED = SimUnusable("pin-refused", "the SIM has refused the PIN")


class Modem:
    """Asks the guard as the driver does. right: the PIN of its SIM; None: it asks for none."""

    def __init__(self, sim=SIM, right=PIN, fails=None, fails_after=None):
        self.sim, self.right, self.fails, self.fails_after = sim, right, fails, fails_after
        self.entered = []

    async def bring_up(self, *, pin, pin_guard, admit):
        admit(Identity(iccid=self.sim))
        if self.fails is not None:
            raise self.fails
        if self.right is not None:
            if pin is None:
                raise SimUnusable("pin", "none is configured")
            if not await pin_guard.may_try(self.sim, pin):
                raise SimUnusable("pin-refused", "refused before")
            await pin_guard.trying(self.sim, pin)
            self.entered.append(pin)
            if self.fails_after is not None:
                raise self.fails_after
            if pin != self.right:
                await pin_guard.refused(self.sim, pin)
                raise REFUSED
            await pin_guard.accepted(self.sim, pin)
        return Identity(iccid=self.sim)


def anybody(_: Identity) -> None:
    """Nothing is said against this modem."""


@pytest.fixture
async def line(add_line):
    return await add_line()


@pytest.fixture
def unlocking(store, clock, line):
    ring = Keyring()

    def over(modem, pin=None):
        who = Who(line.num, line.id, line.name)
        return Unlocking(who, modem, store, clock, pin=pin, guard=StoredPins(store, clock), ring=ring)

    return over


@pytest.fixture
def enter(store, clock, line):
    async def order(pin=PIN):
        return await store.commands.order(
            "default", line.id, CommandKind.PIN, None, clock.now(), admin=True, secret=pin
        )

    return order


async def outcome(store, command):
    found = await store.commands.find("default", command.id)
    return found.state, found.answer.error and found.answer.error.code


@pytest.mark.parametrize(
    ("modem", "code"),
    [
        (Modem(), None),
        (Modem(right=None), "pin_not_wanted"),
        (Modem(right="1111"), "pin_refused"),
        (Modem(fails=SimUnusable("puk", "the SIM wants its PUK")), "sim_puk"),
        (Modem(fails=ABSENT), "sim_unusable"),
        (Modem(fails=CommandTimeout("AT", 1.0)), "line_down"),
        (Modem(fails_after=CommandTimeout("AT+CPIN", 1.0)), "pin_outcome_unknown"),
        (Modem(fails_after=TransportLost("EIO")), "pin_outcome_unknown"),
        (Modem(fails=KeyError("a fault of ours")), "interrupted"),
        (Modem(fails_after=KeyError("a fault of ours")), "pin_outcome_unknown"),
    ],
)
async def test_what_came_of_a_pin_is_told_whatever_came(store, unlocking, enter, modem, code):
    command = await enter()
    try:
        await unlocking(modem).bring_up(anybody)
    except (SimUnusable, CommandTimeout, TransportLost, KeyError):
        assert code is not None
    assert await outcome(store, command) == (CommandState.DONE if code is None else CommandState.FAILED, code)


async def test_an_entered_pin_goes_before_the_configured_one_and_is_used_again(store, unlocking, enter):
    modem = Modem()
    with pytest.raises(SimUnusable):
        await unlocking(modem, pin="9999").bring_up(anybody)
    await enter()
    await unlocking(modem, pin="9999").bring_up(anybody)
    await unlocking(modem, pin="9999").bring_up(anybody)
    assert modem.entered == ["9999", PIN, PIN]


async def test_a_card_that_was_away_for_a_moment_gets_its_pin_again(unlocking, enter):
    await enter()
    await unlocking(Modem()).bring_up(anybody)
    with pytest.raises(SimUnusable):
        await unlocking(Modem(fails=ABSENT)).bring_up(anybody)
    await unlocking(again := Modem()).bring_up(anybody)
    assert again.entered == [PIN]


async def test_another_card_gets_the_configured_pin_and_never_the_one_of_the_card_before(unlocking, enter):
    await enter()
    await unlocking(Modem()).bring_up(anybody)
    other = Modem(sim=OTHER, right="1111")
    with pytest.raises(SimUnusable):
        await unlocking(other, pin="1111").bring_up(anybody)
    await unlocking(other, pin="1111").bring_up(anybody)
    assert other.entered == ["1111"]


async def test_a_disk_that_takes_no_outcome_does_not_hold_up_the_line(store, unlocking, enter, monkeypatch):
    async def full(*_):
        raise Unavailable("storage_full")

    command = await enter()
    monkeypatch.setattr(store.commands, "settle", full)
    assert (await unlocking(Modem()).bring_up(anybody)).iccid == SIM
    assert (await outcome(store, command))[0] is CommandState.RUNNING


async def test_a_pin_cuts_a_rest_short_once_even_where_no_modem_takes_it(store, clock, line, enter):
    """A modem that is not there is not looked for without a pause for as long as the PIN waits."""
    rest = Rest(line.num, line.name, lambda: None, store, clock)
    await enter()
    began = clock.monotonic()
    assert await rest.after_failure(60.0, 0.01, patient=True) is Wake.ENTERED
    assert clock.monotonic() - began < 30
    assert await rest.after_failure(0.2, 0.01, patient=False) is Wake.OVER
    began = clock.monotonic()
    await rest.for_modem(0.2, 0.01)
    assert clock.monotonic() - began >= 0.2
