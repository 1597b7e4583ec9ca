"""The PIN of the SIM, under the one rule that matters: a PIN that may have been refused is never sent again.

Three refusals lock a SIM, ten wrong PUKs destroy it. Source: TS 27.007 §8.3; the counters are the vendors'.
"""

import asyncio
import contextlib

from modem.at import commands
from modem.at.answers import PinState, parse_pin_retries, parse_pin_state
from modem.at.results import FinalResult
from modem.at.session import Session
from modem.driver.values import PinGuard
from modem.errors import CommandTimeout, SimUnusable
from modem.profiles import Profile

_ATTEMPTS_LEFT = 2  # below that the last one is left to a person
_WRONG_PIN = 16  # +CME ERROR: incorrect password
_NEEDS_A_PERSON = {
    PinState.PUK: "the SIM wants its PUK",
    PinState.PIN2: "the SIM wants its PIN2",
    PinState.LOCKED: "the modem is locked to another operator or SIM",
    PinState.ABSENT: "no SIM is inserted",
    PinState.FAILED: "the SIM has failed",
}


async def pin_state(session: Session) -> PinState:
    """What AT+CPIN? says now. Raises CommandTimeout, TransportLost."""
    response = await session.execute(commands.PIN_STATE)
    if response.ok:
        return parse_pin_state(response.lines[0]) if response.lines else PinState.UNKNOWN
    return parse_pin_state(response.final.text)


async def settled_pin_state(session: Session) -> PinState:
    """As `pin_state`, once the SIM has started; after `settle` seconds whatever it is then."""
    deadline = asyncio.get_running_loop().time() + session.timing.settle
    while True:
        try:
            state = await pin_state(session)
        except CommandTimeout:  # some modems say nothing while the SIM starts
            state = PinState.WAIT
        late = asyncio.get_running_loop().time() + session.timing.poll > deadline
        if state is not PinState.WAIT or late:
            return state
        await asyncio.sleep(session.timing.poll)


async def unlock(session: Session, profile: Profile, sim: str, pin: str | None, guard: PinGuard | None) -> None:
    """Bring the SIM to READY, entering the PIN at most once in the SIM's life unless it was right.

    sim: the ICCID or IMEI the guard knows it by.
    Raises SimUnusable where a person is needed, CommandTimeout, TransportLost.
    """
    state = await settled_pin_state(session)
    if state is PinState.WAIT:
        raise CommandTimeout(commands.PIN_STATE.name, session.timing.settle)
    if state in _NEEDS_A_PERSON:
        raise SimUnusable(state.value, _NEEDS_A_PERSON[state])
    if state is not PinState.PIN:  # READY, or a modem that does not know AT+CPIN
        return
    if pin is None:
        raise SimUnusable("pin", "the SIM wants a PIN and none is configured")
    left = await retries_left(session, profile)
    if left is not None and left < _ATTEMPTS_LEFT:
        raise SimUnusable("pin", f"only {left} attempt at the PIN is left; it is not used up here")
    if guard is None and left is None:
        raise SimUnusable("pin", "the attempts left cannot be read, and nothing remembers earlier ones")
    if guard is not None:
        if not await guard.may_try(sim, pin):
            raise SimUnusable("pin-refused", "this PIN was refused before, or its outcome is not known")
        await guard.trying(sim, pin)
    await _enter(session, profile, sim, pin, guard, left)


async def _enter(
    session: Session, profile: Profile, sim: str, pin: str, guard: PinGuard | None, left: int | None
) -> None:
    refusal: FinalResult | None = None
    with contextlib.suppress(CommandTimeout):  # the PIN may have arrived all the same: only ask from here on
        response = await session.execute(commands.enter_pin(pin))
        refusal = None if response.ok else response.final
    if refusal is not None and refusal.says("cme", _WRONG_PIN):
        await _refused(sim, pin, guard)
    state = await _after_entry(session)
    if state is PinState.READY:
        if guard is not None:
            await guard.accepted(sim, pin)
        return
    if state is PinState.PUK:
        await _refused(sim, pin, guard)
    remaining = await retries_left(session, profile)
    if left is not None and remaining is not None and remaining < left:
        await _refused(sim, pin, guard)
    raise SimUnusable("pin", f"the outcome of entering the PIN is not known; the SIM says {state.value}")


async def _refused(sim: str, pin: str, guard: PinGuard | None) -> None:
    if guard is not None:
        await guard.refused(sim, pin)
    raise SimUnusable("pin-refused", "the SIM has refused the PIN; it is not tried again")


async def _after_entry(session: Session) -> PinState:
    """The state that the SIM comes to after the PIN; the codes that ask for patience are waited out."""
    deadline = asyncio.get_running_loop().time() + session.timing.ready_after_pin
    pause = min(1.0, session.timing.poll)
    while True:
        state = PinState.UNKNOWN
        with contextlib.suppress(CommandTimeout):
            state = await pin_state(session)
        if state in (PinState.READY, PinState.PUK) or asyncio.get_running_loop().time() + pause > deadline:
            return state
        await asyncio.sleep(pause)


async def retries_left(session: Session, profile: Profile) -> int | None:
    """How many attempts at the PIN are left, or None where no command tells. Raises TransportLost."""
    for text in profile.pin_retries:
        with contextlib.suppress(CommandTimeout):
            response = await session.execute(commands.pin_retries(text))
            for line in response.lines if response.ok else ():
                if (left := parse_pin_retries(line).get("pin")) is not None:
                    return left
    return None
