import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modem.at import commands
from modem.at.dialogue import Unsolicited
from modem.at.session import Session
from modem.at.timing import Timing
from modem.errors import CommandRejected, CommandTimeout, TransportLost

QUICK = Timing(
    probe=0.1,
    short=0.2,
    identity=0.2,
    sim=0.2,
    prompt=0.15,
    submit=0.3,
    quiet=0.02,
    drain=0.2,
    missing_ok=0.03,
    answer_after_ok=0.05,
    pdu_after_header=0.05,
)
PDU = bytes.fromhex("0001000B918167747074F8000005C8329BFD06")


class Peer:
    """The other end: what it is written becomes lines; `answer` says what comes back, "" for nothing."""

    def __init__(self, answer: Callable[[str], str | bytes] = lambda _: "\r\nOK\r\n") -> None:
        self.answer = answer
        self.written: list[str] = []
        self.octets = b""
        self.sent = asyncio.Event()  # Ctrl-Z has come
        self._line = b""
        self._incoming: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def read(self) -> bytes:
        octets = await self._incoming.get()
        if octets is None:
            raise TransportLost("unplugged")
        return octets

    def write(self, octets: bytes) -> None:
        self.octets += octets
        if octets.endswith(b"\x1a"):
            self.sent.set()
        for octet in octets:
            self._line += bytes([octet])
            if octet in b"\r\x1a\x1b":
                line, self._line = self._line.decode("latin-1"), b""
                self.written.append(line)
                self.say(self.answer(line))

    def say(self, octets: str | bytes) -> None:
        if octets:
            self._incoming.put_nowait(octets.encode("latin-1") if isinstance(octets, str) else octets)

    def unplug(self) -> None:
        self._incoming.put_nowait(None)


class Bench:
    """A session with its peer and what it has heard."""

    def __init__(self, answer: Callable[[str], str | bytes], timing: Timing = QUICK) -> None:
        self.peer = Peer(answer)
        self.news: list[Unsolicited] = []
        self.late: list[int] = []
        self.session = Session(
            self.peer, on_news=self.news.append, on_late_reference=self.late.append, timing=timing, name="bench"
        )


@contextlib.asynccontextmanager
async def bench(answer: Callable[[str], str | bytes], timing: Timing = QUICK) -> AsyncIterator[Bench]:
    made = Bench(answer, timing)
    pump = asyncio.create_task(made.session.run())
    try:
        yield made
    finally:
        pump.cancel()
        with contextlib.suppress(asyncio.CancelledError, TransportLost):
            await pump


def modem(**answers: str) -> Callable[[str], str]:
    """A modem that answers OK, and by the start of a command something else."""

    def answer(line: str) -> str:
        for start, said in answers.items():
            if line.startswith(start.replace("_", "+")):
                return said
        if line.startswith("AT+CSQ"):
            return "\r\n+CSQ: 20,0\r\n\r\nOK\r\n"
        return "\r\nOK\r\n" if line.startswith("AT") else ""

    return answer


def sender(result: str = "\r\n+CMGS: 7\r\n\r\nOK\r\n", prompt: str = "\r\n> ") -> Callable[[str], str]:
    def answer(line: str) -> str:
        if line.startswith("AT+CMGS"):
            return prompt
        if line.endswith("\x1a"):
            return result
        if line == "\x1b":
            return "\r\nOK\r\n"
        return modem()(line)

    return answer


async def nothing() -> None:
    return


async def test_an_answer_comes_with_its_lines() -> None:
    async with bench(modem()) as b:
        response = await b.session.execute(commands.SIGNAL)
        assert response.ok
        assert response.lines == ("+CSQ: 20,0",)
        assert b.peer.written == ["AT+CSQ\r"]


async def test_a_refusal_is_an_error_only_where_success_is_required() -> None:
    async with bench(modem(AT_CSQ="\r\n+CME ERROR: 30\r\n")) as b:
        assert not (await b.session.execute(commands.SIGNAL)).ok
        with pytest.raises(CommandRejected) as caught:
            await b.session.require(commands.SIGNAL)
        assert (caught.value.kind, caught.value.code, caught.value.command) == ("cme", 30, "AT+CSQ")


async def test_news_around_and_inside_an_answer_reaches_its_reader() -> None:
    flood = (
        '\r\n^RSSI:9\r\n\r\n+CSQ: 20,0\r\n\r\n+CMT: ,4\r\n\r\n^BOOT:1\r\n0001020304\r\n\r\nOK\r\n\r\n+CMTI: "SM",1\r\n'
    )
    async with bench(modem(AT_CSQ=flood)) as b:
        assert (await b.session.execute(commands.SIGNAL)).lines == ("+CSQ: 20,0",)
        await b.session.drain()
        assert b.news == [
            Unsolicited("^RSSI:9"),
            Unsolicited("^BOOT:1"),
            Unsolicited("+CMT: ,4", "0001020304"),
            Unsolicited('+CMTI: "SM",1'),
        ]


async def test_the_command_is_on_the_wire_before_the_loop_turns() -> None:
    async with bench(sender()) as b:
        await b.session.execute(commands.AT)
        b.peer.written.clear()
        submission = b.session.submit(18, PDU, nothing)
        coroutine = submission.__await__()
        next(coroutine)
        assert b.peer.written == ["AT+CMGS=18\r"]
        coroutine.close()


async def test_submit_returns_the_reference_and_writes_ctrl_z_alone_and_last() -> None:
    async with bench(sender()) as b:
        at_no_return: list[bytes] = []

        async def no_return() -> None:
            at_no_return.append(b.peer.octets)

        assert await b.session.submit(18, PDU, no_return) == 7
        assert at_no_return == [b"AT+CMGS=18\r" + PDU.hex().upper().encode()]
        assert b.peer.octets == at_no_return[0] + b"\x1a"


@pytest.mark.parametrize("prompt", ["\r\n> ", ">", "\r\n>\r\n", "AT+CMGS=18\r\r\n> ", '\r\n+CMTI: "SM",4\r\n\r\n> '])
async def test_any_prompt_will_do(prompt: str) -> None:
    async with bench(sender(prompt=prompt)) as b:
        assert await b.session.submit(18, PDU, nothing) == 7


async def test_a_refusal_instead_of_the_prompt_sends_nothing() -> None:
    async with bench(sender(prompt="\r\n+CMS ERROR: 304\r\n")) as b:
        with pytest.raises(CommandRejected) as caught:
            await b.session.submit(18, PDU, nothing)
        assert (caught.value.kind, caught.value.code) == ("cms", 304)
        assert b.peer.octets == b"AT+CMGS=18\r"


async def test_an_ok_instead_of_the_prompt_sends_nothing() -> None:
    async with bench(sender(prompt="\r\nOK\r\n")) as b:
        with pytest.raises(CommandRejected):
            await b.session.submit(18, PDU, nothing)
        assert b"\x1a" not in b.peer.octets


async def test_a_late_ok_before_the_prompt_does_no_harm() -> None:
    async with bench(sender(prompt="\r\nOK\r\n\r\n> ")) as b:
        assert await b.session.submit(18, PDU, nothing) == 7


async def test_no_prompt_leaves_the_entry_by_escape() -> None:
    async with bench(sender(prompt="")) as b:
        with pytest.raises(CommandTimeout):
            await b.session.submit(18, PDU, nothing)
        assert b.peer.octets.endswith(b"\x1b")
        b.peer.answer = sender()
        assert await b.session.submit(18, PDU, nothing) == 7


async def test_what_the_caller_raises_before_ctrl_z_takes_the_message_back() -> None:
    async def refuse() -> None:
        raise RuntimeError("disk full")

    async with bench(sender()) as b:
        with pytest.raises(RuntimeError, match="disk full"):
            await b.session.submit(18, PDU, refuse)
        assert b"\x1a" not in b.peer.octets
        assert b.peer.octets.endswith(b"\x1b")
        assert await b.session.submit(18, PDU, nothing) == 7


async def test_an_ok_without_reference_proves_nothing() -> None:
    async with bench(sender("\r\nOK\r\n")) as b:
        with pytest.raises(CommandTimeout):
            await b.session.submit(18, PDU, nothing)


async def test_a_reference_without_ok_is_proof_enough() -> None:
    async with bench(sender("\r\n+CMGS: 9\r\n"), Timing(short=0.05, quiet=0.02)) as b:
        assert await b.session.submit(18, PDU, nothing) == 9


async def test_a_late_reference_never_answers_the_next_command() -> None:
    async with bench(sender("")) as b:
        with pytest.raises(CommandTimeout):
            await b.session.submit(18, PDU, nothing)
        b.peer.say("\r\n+CMGS: 99\r\n\r\nOK\r\n")
        b.peer.answer = sender("\r\n+CMS ERROR: 500\r\n")
        with pytest.raises(CommandRejected):
            await b.session.submit(18, PDU, nothing)
        assert b.late == [99]


async def test_a_reference_that_comes_before_ctrl_z_is_a_former_messages() -> None:
    async with bench(sender(prompt="\r\n+CMGS: 98\r\n\r\nOK\r\n\r\n> ")) as b:
        assert await b.session.submit(18, PDU, nothing) == 7
        assert b.late == [98]


async def test_of_two_references_the_last_is_the_messages_own() -> None:
    async with bench(sender("\r\n+CMGS: 98\r\n\r\n+CMGS: 7\r\n\r\nOK\r\n")) as b:
        assert await b.session.submit(18, PDU, nothing) == 7
        assert b.late == [98]


async def test_a_late_answer_never_answers_the_next_command() -> None:
    async with bench(modem(AT_CGMI="")) as b:
        with pytest.raises(CommandTimeout):
            await b.session.execute(commands.MANUFACTURER)
        b.peer.say("\r\nHUAWEI\r\n\r\nOK\r\n")
        b.peer.answer = modem(AT_CGMM="\r\nE1752\r\n\r\nOK\r\n")
        assert (await b.session.execute(commands.MODEL)).lines == ("E1752",)


async def test_a_stray_ok_does_not_satisfy_a_query() -> None:
    async with bench(modem(AT_CGMI="\r\nOK\r\n\r\nu-blox\r\n\r\nOK\r\n")) as b:
        assert (await b.session.execute(commands.MANUFACTURER)).lines == ("u-blox",)


async def test_an_answer_without_data_is_told_as_such_after_a_while() -> None:
    async with bench(modem(AT_CPMS="\r\nOK\r\n")) as b:
        response = await b.session.execute(commands.STORAGES)
        assert response.ok
        assert response.lines == ()


async def test_a_forgotten_ok_does_not_cost_the_whole_time() -> None:
    async with bench(modem(**{"AT_CPIN?": "\r\n+CPIN: READY\r\n"}), Timing(missing_ok=0.02)) as b:
        async with asyncio.timeout(2):
            assert (await b.session.execute(commands.PIN_STATE)).lines == ("+CPIN: READY",)


async def test_a_cancelled_caller_leaves_the_next_one_in_step() -> None:
    async with bench(modem(AT_CGMI="")) as b:
        task = asyncio.create_task(b.session.execute(commands.MANUFACTURER))
        await asyncio.sleep(0)
        task.cancel()
        following = asyncio.create_task(b.session.execute(commands.SIGNAL))
        await asyncio.sleep(0.01)
        assert b.peer.written == ["AT+CGMI\r"]
        b.peer.say("\r\nOK\r\n\r\nHUAWEI\r\n\r\nOK\r\n")
        assert (await following).lines == ("+CSQ: 20,0",)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_submit_cancelled_after_ctrl_z_still_tells_its_reference() -> None:
    async with bench(sender("")) as b:
        task = asyncio.create_task(b.session.submit(18, PDU, nothing))
        await b.peer.sent.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        b.peer.say("\r\n+CMGS: 41\r\n\r\nOK\r\n")
        await b.session.execute(commands.AT)
        assert b.late == [41]


async def test_a_submit_cancelled_at_the_prompt_is_taken_back() -> None:
    async with bench(sender()) as b:
        forever = asyncio.Event()
        reached = asyncio.Event()

        async def hang() -> None:
            reached.set()
            await forever.wait()

        task = asyncio.create_task(b.session.submit(18, PDU, hang))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await b.session.submit(18, PDU, nothing) == 7
        assert b.peer.octets.count(b"\x1a") == 1


async def test_a_lost_port_ends_the_wait_at_once_and_for_good() -> None:
    made = Bench(sender(""), Timing())
    pump = asyncio.create_task(made.session.run())
    task = asyncio.create_task(made.session.submit(18, PDU, nothing))
    await made.peer.sent.wait()
    made.peer.unplug()
    async with asyncio.timeout(1):
        with pytest.raises(TransportLost):
            await task
        with pytest.raises(TransportLost):
            await pump
        with pytest.raises(TransportLost):
            await made.session.execute(commands.AT)


async def test_a_restart_ends_the_wait_for_a_result() -> None:
    async with bench(sender(""), Timing()) as b:
        task = asyncio.create_task(b.session.submit(18, PDU, nothing))
        await b.peer.sent.wait()
        b.session.interrupt()
        with pytest.raises(CommandTimeout):
            await task


async def test_a_restart_at_the_prompt_keeps_ctrl_z_back() -> None:
    async with bench(sender()) as b:

        async def restart() -> None:
            b.session.interrupt()

        with pytest.raises(CommandTimeout):
            await b.session.submit(18, PDU, restart)
        assert b"\x1a" not in b.peer.octets


async def test_the_start_leaves_a_former_lifes_prompt_without_sending() -> None:
    async with bench(modem()) as b:
        await b.session.start()
        assert b.peer.octets == b"\x1b\rAT\r"


async def test_the_start_survives_a_modem_that_needs_some_calls_to_wake() -> None:
    calls: list[str] = []

    def sleepy(line: str) -> str:
        calls.append(line)
        return "\r\nOK\r\n" if calls.count("AT\r") > 2 else ""

    async with bench(sleepy) as b:
        await b.session.start()
        assert calls.count("AT\r") == 4  # the last one shows that no answer is still on its way


async def test_numeric_result_codes_do_at_the_start() -> None:
    async with bench(lambda line: "0\r" if line == "AT\r" else "") as b:
        await b.session.start()


async def test_a_silent_modem_is_given_up() -> None:
    async with bench(lambda _: "") as b:
        with pytest.raises(CommandTimeout):
            await b.session.start()


async def test_somebody_elses_answer_is_not_taken() -> None:
    said = iter(["ATE0+CPMS?\r\r\n+CPMS: 0,50\r\n\r\nOK\r\n", "AT\r\r\nERROR\r\n"])
    async with bench(lambda _: "".join(said)) as b:
        assert not (await b.session.execute(commands.AT)).ok


async def test_a_pin_is_in_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "modem.wire")
    async with bench(lambda line: f"{line}\r\nOK\r\n") as b:
        await b.session.execute(commands.enter_pin("4711"))
        assert "4711" in b.peer.octets.decode()
    assert "4711" not in caplog.text
    assert "CPIN" in caplog.text


@pytest.mark.parametrize("echo", ['AT+CPN="4711"', '+CPN="4711"', 'A\xb7T+CP\xb1N="4711"', '"4711"'])
async def test_a_pin_is_in_no_trace_however_its_echo_is_garbled(echo: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "modem.wire")
    async with bench(lambda _: f"{echo}\r\nOK\r\n") as b:
        await b.session.execute(commands.enter_pin("4711"))
    assert "4711" not in caplog.text
    assert not [record for record in caplog.records if "4711" in str(vars(record))]


async def test_a_header_whose_pdu_never_comes_is_given_up() -> None:
    async with bench(modem()) as b:
        b.peer.say("\r\n+CDS: 25\r\n")
        await asyncio.sleep(3 * QUICK.pdu_after_header)
        assert b.news == [Unsolicited("+CDS: 25", None)]


LINES = (
    *("^RSSI:9", '+CMTI: "SM",3', "RING", "NO CARRIER", "+CREG: 5", "^BOOT:1,0", "> ", "OKAY", "+CMGSX: 5"),
    *("\x00\xff", '+CDSI: "SR",0'),
)
NOISE = st.lists(st.sampled_from(LINES), max_size=6).map(lambda lines: "".join(f"\r\n{line}\r\n" for line in lines))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=NOISE, garbage=st.binary(max_size=30).filter(lambda octets: b"OK" not in octets and b"CMGS" not in octets))
async def test_fault_30_noise_after_ctrl_z_is_never_a_success(noise: str, garbage: bytes) -> None:
    said = noise + garbage.decode("latin-1") + "\r\n" + noise
    async with bench(sender(said), Timing(submit=0.02, quiet=0.01)) as b:
        with pytest.raises((CommandTimeout, CommandRejected)):
            await b.session.submit(18, PDU, nothing)


@settings(max_examples=40, deadline=None)
@given(before=NOISE, inside=NOISE, cuts=st.lists(st.integers(0, 200), max_size=8))
async def test_fault_30_noise_around_the_result_hides_nothing(before: str, inside: str, cuts: list[int]) -> None:
    async with bench(sender(f"{before}\r\n+CMGS: 7\r\n{inside}\r\nOK\r\n{before}")) as b:
        assert await b.session.submit(18, PDU, nothing) == 7
