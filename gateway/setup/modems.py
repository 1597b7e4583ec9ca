"""What setup does with a modem: ask who is there, unlock the SIM, send one SMS. Each opens the port and closes it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from gateway.aio import together
from gateway.policy.parts import plan
from gateway.setup.candidates import Candidate
from gateway.workers.connection import fault_in
from modem.driver import Identity, Inspection, Modem, ModemSettings, PinGuard, Timing
from modem.errors import CommandTimeout, ModemError
from modem.events import ReportReceived
from modem.pdu.address import Address
from modem.pdu.dcs import DataCoding
from modem.pdu.status import Status
from modem.pdu.submit import Submit
from modem.pdu.user_data import UserData
from modem.pdu.validity import RelativeValidity

ASK = Timing(probe=0.4, settle=20.0)  # a port is silent after some three seconds; a SIM may still be starting
LONGEST_S = 120.0  # all that is asked of one modem at once
REGISTER_S = 45.0  # a modem that has just got its PIN looks for its network
REPORT_S = 60.0  # then the phone is off, or the network gives no reports
VALIDITY = timedelta(hours=1)  # a test that comes tomorrow tells nobody anything

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """A modem that answers at a port, at that speed."""

    candidate: Candidate
    baudrate: int
    inspection: Inspection


@dataclass(frozen=True, slots=True)
class Sent:
    """reference: TP-MR, the network has taken the message. report: what became of it, None when none came in time."""

    reference: int
    report: Status | None


async def using(device: str, settings: ModemSettings, ask: Callable[[Modem], Awaitable[T]]) -> T:
    """Open, ask, close. Raises ModemError, TimeoutError."""
    modem = await Modem.open(device, settings)
    answers: list[T] = []

    async def work() -> None:
        answers.append(await ask(modem))

    try:
        await together(work(), base=modem.run())
    except ExceptionGroup as group:
        raise fault_in(group) from group
    finally:
        await modem.close()
    return answers[0]


async def probe(candidate: Candidate, timing: Timing = ASK) -> Found | None:
    """Who answers there, or None; no PIN is entered and nothing that lasts is changed."""
    for baudrate in candidate.speeds:
        try:
            async with asyncio.timeout(LONGEST_S):
                settings = ModemSettings(baudrate=baudrate, timing=timing)
                return Found(candidate, baudrate, await using(candidate.device, settings, Modem.inspect))
        except CommandTimeout:
            continue
        except (ModemError, TimeoutError):
            return None
    return None


async def probe_all(candidates: Iterable[Candidate], tell: Callable[[str], None]) -> list[Found]:
    """One port after another; of a modem with several ports the first that answers."""
    found: list[Found] = []
    for candidate in candidates:
        answered = await probe(candidate)
        if answered is None:
            tell(f"  {candidate.device}: nobody answers AT commands")
            continue
        imei = answered.inspection.identity.imei
        if imei and imei in {one.inspection.identity.imei for one in found}:
            tell(f"  {candidate.device}: another port of the same modem")
            continue
        found.append(answered)
    return found


async def prepare(found: Found, pin: str | None, guard: PinGuard | None) -> tuple[Identity, Inspection]:
    """Bring it up as the gateway does, the PIN at most once, and see how it is then.

    Raises ModemError, TimeoutError.
    """

    async def ask(modem: Modem) -> tuple[Identity, Inspection]:
        async with asyncio.timeout(LONGEST_S):
            identity = await modem.bring_up(pin=pin, pin_guard=guard)
            await _registered(modem)
            return identity, await modem.inspect()

    return await using(found.candidate.device, ModemSettings(baudrate=found.baudrate), ask)


async def send_test(found: Found, to: str, text: str, report_s: float = REPORT_S) -> Sent:
    """One SMS, and its status report where one comes. Raises ModemError, TimeoutError.

    What others send meanwhile stays in the SIM for the gateway.
    """

    async def ask(modem: Modem) -> Sent:
        await modem.bring_up()
        await _registered(modem)
        submit = submit_of(to, text)
        reference = await modem.submit(submit.encode(), submit.tpdu_length, before_ctrl_z=_nothing_to_keep)
        try:
            async with asyncio.timeout(report_s):
                return Sent(reference, await _report(modem, reference))
        except TimeoutError:
            return Sent(reference, None)

    return await using(found.candidate.device, ModemSettings(baudrate=found.baudrate), ask)


def submit_of(to: str, text: str) -> Submit:
    """The TPDU of a short text, with a report asked for. Raises ValueError, Rejected."""
    part = plan(text, max_segments=1).parts[0]
    coding = DataCoding(part.data_coding)
    return Submit(
        destination=Address.of(to),
        user_data=UserData.decode(part.udl, part.user_data, udhi=part.header, alphabet=coding.alphabet),
        data_coding=coding,
        validity=RelativeValidity.at_least(VALIDITY),
        status_report_request=True,
    )


async def _report(modem: Modem, reference: int) -> Status | None:
    async for event in modem.events():
        if isinstance(event, ReportReceived) and event.report.message_reference == reference:
            await modem.acknowledge(event)
            if event.report.status.final:
                return event.report.status
    return None


async def _registered(modem: Modem) -> None:
    try:
        async with asyncio.timeout(REGISTER_S):
            await modem.wait_registered()
    except TimeoutError:
        return  # the inspection, or the network's refusal, tells


async def _nothing_to_keep() -> None:
    """No queue holds this message: the person who waits for it sees what became of it."""
