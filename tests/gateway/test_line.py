import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.line import Limits
from gateway.domain.message import MessageError
from gateway.limiter import Limiter
from gateway.line import Line, Who, submit_of
from gateway.store.contract import Claim, ClaimedPart
from modem.driver import Identity
from modem.events import Registration
from modem.pdu.dcs import Alphabet
from modem.pdu.segmentation import segment
from modem.pdu.tpdu import decode_submit
from modem.pdu.validity import RelativeValidity

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LONG = "Grüße – " + "ЖЁЯ " * 60


class TurnedClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


class FakeModem:
    def __init__(self) -> None:
        self.registration = Registration(circuit=1)
        self.registered = asyncio.Event()
        self.registered.set()
        self.submitted: list[tuple[bytes, int, bool]] = []

    async def wait_registered(self) -> None:
        await self.registered.wait()

    async def submit(self, pdu, tpdu_length, *, before_ctrl_z, more_follow=False) -> int:
        await before_ctrl_z()
        self.submitted.append((pdu, tpdu_length, more_follow))
        return 7


def claimed(
    text: str, *, to="+447700900123", report=True, left=timedelta(hours=72), **coding
) -> list[tuple[Claim, ClaimedPart]]:
    parts = segment(text, reference=0xA5).parts
    made = []
    for n, part in enumerate(parts, 1):
        udl, octets = part.user_data.encode()
        dcs = 0x08 if part.user_data.alphabet is Alphabet.UCS2 else 0x00
        made.append(
            ClaimedPart(n, len(parts), udl, octets, part.user_data.header is not None, coding.get("dcs", dcs), 0)
        )
    claim = Claim(1, "msg_1", 1, "default", to, tuple(made), report, False, NOW + left, NOW, 0, False)
    return [(claim, part) for part in made]


@pytest.mark.parametrize("text", ["Hello", "@£$€[~]", "", "x" * 160, "x" * 161, LONG, "😀" * 90])
def test_the_user_data_goes_out_as_it_was_stored(text):
    for claim, part in claimed(text):
        submit = submit_of(claim, part, NOW)
        assert submit.user_data.encode() == (part.udl, part.user_data)
        back = decode_submit(submit.encode())
        assert back.user_data.encode() == (part.udl, part.user_data)
        assert back.data_coding.octet == part.data_coding
        assert back.destination.value == "+447700900123"
        assert submit.tpdu_length == len(submit.encode()) - 1  # the SMSC field is one zero octet


@pytest.mark.parametrize("report", [True, False])
def test_a_status_report_is_asked_for_when_the_caller_wants_one(report):
    ((claim, part),) = claimed("Hello", report=report)
    assert decode_submit(submit_of(claim, part, NOW).encode()).status_report_request is report


@pytest.mark.parametrize(
    ("left", "period"),
    [
        (timedelta(hours=72), timedelta(days=3)),
        (timedelta(minutes=11), timedelta(minutes=15)),
        (timedelta(seconds=1), timedelta(minutes=5)),
        (timedelta(seconds=-9), timedelta(minutes=5)),
    ],
)
def test_the_validity_is_what_is_left_until_the_message_expires(left, period):
    ((claim, part),) = claimed("Hello", left=left)
    validity = decode_submit(submit_of(claim, part, NOW).encode()).validity
    assert isinstance(validity, RelativeValidity)
    assert validity.period == period


def test_a_flash_message_keeps_its_class():
    ((claim, part),) = claimed("Hello", dcs=0x10)
    assert decode_submit(submit_of(claim, part, NOW).encode()).data_coding.message_class == 0


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def modem() -> FakeModem:
    return FakeModem()


def line_of(modem, clock, rate=0.0) -> Line:
    return Line(Who(1, "lin_1", "office"), modem, Identity(), Limiter(clock, Limits(rate_per_minute=rate)), clock)


async def nothing() -> None:
    pass


async def test_submit_hands_over_pdu_length_and_more(modem, clock):
    first, *_ = claimed("x" * 161)
    line = line_of(modem, clock)
    assert await line.submit(*first, before_ctrl_z=nothing, more_follow=True) == 7
    ((pdu, length, more),) = modem.submitted
    assert (length, more) == (len(pdu) - 1, True)


async def test_it_is_not_ready_before_it_is_registered(modem, clock):
    modem.registered.clear()
    modem.registration = Registration(circuit=2)
    line = line_of(modem, clock)
    waiting = asyncio.create_task(line.ready())
    await asyncio.sleep(0)
    assert not waiting.done()
    assert not line.may_go_on
    modem.registered.set()
    await waiting


async def test_its_rate_spreads_the_parts_evenly(modem, clock):
    line = line_of(modem, clock, rate=6.0)
    assert line.is_free_now
    await line.submit(*claimed("a")[0], before_ctrl_z=nothing, more_follow=False)
    assert not line.is_free_now
    clock.seconds = 9.9
    assert not line.is_free_now
    clock.seconds = 10.0
    assert line.is_free_now


async def test_a_line_whose_sim_is_blocked_does_not_go_on(modem, clock):
    line = line_of(modem, clock)
    for _ in range(3):
        line.limiter.breaker.refused(MessageError("sim_refused", "barred", {"cms": 8}))
    assert (line.may_go_on, line.is_free_now) == (False, False)
    clock.seconds = 900.0
    assert (line.may_go_on, line.is_free_now) == (True, True)
