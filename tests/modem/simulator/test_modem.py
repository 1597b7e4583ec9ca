"""The dialogue, over a real pseudo-terminal."""

import pytest

from modem.simulator.bank import Bank
from tests.modem.simulator.host import Host, finished, lines, submit

OUTSIDE = "+447700900123"


async def test_it_echoes_until_told_not_to(bank: Bank) -> None:
    host = Host(bank.modems[0].device)
    host.write("AT\r")
    assert await host.until(finished) == b"AT\r\r\nOK\r\n"
    host.write("ATE0\r")
    assert await host.until(finished) == b"ATE0\r\r\nOK\r\n"
    host.write("AT\r")
    assert await host.until(finished) == b"\r\nOK\r\n"
    host.close()


async def test_a_command_line_may_come_octet_by_octet(host: Host) -> None:
    for octet in b"AT+CGMM\r":
        host.write(bytes((octet,)))
    assert lines(await host.until(finished)) == ["Simulated modem", "OK"]


async def test_several_commands_in_one_line_give_one_final_result(host: Host) -> None:
    assert await host.ask("ATV1Q0;+CMGF?;+CSQ;S0?") == ["+CMGF: 0", "+CSQ: 20,99", "000", "OK"]


async def test_the_first_error_ends_the_line(host: Host) -> None:
    assert await host.ask("AT+CMGF?;+NONSENSE;+CSQ") == ["+CMGF: 0", "ERROR"]


async def test_what_does_not_begin_with_at_is_ignored(host: Host) -> None:
    host.write("\x1b\rnoise\r")
    assert await host.ask("AT") == ["OK"]


async def test_numeric_results_after_atv0(host: Host) -> None:
    host.write("ATV0\r")
    assert await host.until(b"\r") == b"0\r"
    host.write("AT+CMGF?\r")
    assert await host.until(b"0\r") == b"+CMGF: 0\r\n0\r"
    host.write("AT+NONSENSE\r")
    assert await host.until(b"4\r") == b"4\r"


@pytest.mark.parametrize(
    ("mode", "answer"), [(0, "ERROR"), (1, "+CME ERROR: 50"), (2, "+CME ERROR: incorrect parameters")]
)
async def test_errors_are_shown_as_cmee_says(host: Host, mode: int, answer: str) -> None:
    await host.ask(f"AT+CMEE={mode}")
    assert await host.ask("AT+CREG=9") == [answer]


async def test_a_submission_shows_the_prompt_and_answers_the_reference(bank: Bank, host: Host) -> None:
    message = submit(OUTSIDE, "good morning")
    assert await host.prompt(message.tpdu_length) == b"\r\n> "
    host.write(message.encode().hex() + "\x1a")
    assert await host.until(finished) == b"\r\n+CMGS: 0\r\n\r\nOK\r\n"
    (entry,) = bank.ledger.submitted
    assert (entry["to"], entry["text"], entry["mr"], entry["modem"]) == (OUTSIDE, "good morning", 0, 0)


async def test_escape_abandons_the_text(bank: Bank, host: Host) -> None:
    message = submit(OUTSIDE)
    await host.prompt(message.tpdu_length)
    host.write(message.encode().hex() + "\x1b")
    assert await host.until(finished) == b"\r\nOK\r\n"
    assert await host.ask("AT") == ["OK"]
    assert bank.ledger.submitted == []


async def test_the_text_is_echoed_while_echo_is_on(host: Host) -> None:
    await host.ask("ATE1")
    message = submit(OUTSIDE)
    await host.prompt(message.tpdu_length)
    typed = message.encode().hex().upper()
    host.write(typed + "\x1a")
    assert await host.until(finished) == typed.encode() + b"\r\n+CMGS: 0\r\n\r\nOK\r\n"


async def test_an_unsolicited_line_waits_until_the_prompt_is_answered(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,0,0")
    message = submit(OUTSIDE)
    await host.prompt(message.tpdu_length)
    bank.deliver(0, sender=OUTSIDE, text="now?")
    assert host.quiet_now()
    host.write(message.encode().hex() + "\x1a")
    assert lines(await host.until(b"+CMTI")) == ["+CMGS: 0", "OK", '+CMTI: "SM",1']


async def test_a_restart_forgets_the_settings_and_says_it_is_back(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,0,0")
    bank.deliver(0, sender=OUTSIDE, text="kept")
    await host.until(b"+CMTI")
    host.write("AT+CFUN=1,1\r")
    assert lines(await host.until(b"READY\r\n")) == ["OK", "+CPIN: READY"]
    host.write("AT+CNMI?\r")
    assert (await host.until(finished)).startswith(b"AT+CNMI?\r")  # the echo is back too
    assert (await host.ask("AT+CMGL=4"))[1].startswith("+CMGL: 1,0,,")
