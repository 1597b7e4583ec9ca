"""``simgate setup`` as a person and as a script use it, on simulated modems: up to the first start of the gateway."""

import asyncio
import json
import re
import signal
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from gateway.config import load
from gateway.daemon import Running, run_daemon
from gateway.domain.line import LineState
from modem.simulator.bank import Bank
from tests.support.daemon import free_port
from tests.support.stage import lines_are
from tests.support.terminal import PATIENCE_S, Terminal

PHONE = "+447700900999"
KEY = re.compile(r"gsk_\w+")
ANSWERS = {"PIN of the SIM": "4711", "Name of the line": "", "Its own number": "", "kept [1]": ""}


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    async with Bank(modems=2, directory=tmp_path / "modems", manner=("generic", "huawei")) as bank:
        yield bank


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "config.toml"


def write(path: Path, content: str, permissions: int = 0o640) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    path.chmod(permissions)


def text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def guided(bank: Bank, config: Path, *more: str, modem: int = 0) -> Terminal:
    return Terminal(("setup", *options(bank, config, modem), *more))


def options(bank: Bank, config: Path, modem: int = 0) -> tuple[str, ...]:
    state = config.parent.parent / "state"
    return "--device", bank.modems[modem].device, "--config", str(config), "--data-dir", str(state)


async def script(*arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error, without a terminal."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "setup", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE_S):
        out, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), errors.decode()


async def runs(config: Path, key: str, words: str) -> None:
    """The gateway comes up on what was written, and takes a message with the key that was shown."""
    settings = load(config, config.parent.parent / "state")
    settings = replace(settings, http=replace(settings.http, port=free_port()))
    up: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    daemon = asyncio.create_task(run_daemon(settings, ready=up.set_result))
    try:
        async with asyncio.timeout(PATIENCE_S):
            running = await up
            await lines_are(running.store, LineState.UP)
            body = json.dumps({"to": PHONE, "text": words}).encode()
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            request = Request(f"{running.url}/v1/messages", body, headers)
            accepted = await asyncio.to_thread(lambda: json.load(urlopen(request, timeout=PATIENCE_S)))
            with running.store.bells.watchers.watching(accepted["id"]) as bell:
                while (found := await running.store.message(None, accepted["id"])) and found.state.value != "delivered":
                    await bell.wait()
                    bell.clear()
    finally:
        if up.done():
            up.result().stop()
        await daemon


async def test_a_person_gets_from_a_locked_sim_to_a_gateway_that_sends(bank: Bank, config: Path) -> None:
    bank.modems[0].lock("4711")
    phone = bank.phone(PHONE)
    async with guided(bank, config) as terminal:
        await terminal.shows("it wants its PIN; 3 attempts are left")
        await terminal.answer("PIN of the SIM", "12")
        await terminal.shows("a PIN has 4 to 8 digits")
        await terminal.answer("PIN of the SIM", "1111")
        await terminal.shows("has refused the PIN")
        await terminal.shows("2 attempts are left")
        await terminal.answer("PIN of the SIM", "4711")
        shown = await terminal.shows("Name of the line [line1]: ")
        assert bank.modems[0].iccid in shown
        assert bank.modems[0].equipment.card.service_centre in shown
        assert "registered with" in shown
        assert "RSSI" in shown
        terminal.type("bad name\n")
        await terminal.answer("Name of the line [line1]: ", "office")
        await terminal.answer(f"[{bank.modems[0].number}]: ", "")
        await terminal.answer("kept [1]: ", "")
        shown = await terminal.shows("Write it to")
        assert "+[[lines]]" in shown
        assert text(config) is None
        terminal.type("y\n")
        await terminal.shows("shown this once")
        await terminal.answer("one test SMS to", PHONE)
        await terminal.shows("and reports: delivered to the SME")
        shown = await terminal.shows("/v1/messages\n")
        assert "simgate run --config" in shown
        assert await terminal.ended() == 0
        assert "4711" not in terminal.screen
        assert "1111" not in terminal.screen
        keys = set(KEY.findall(terminal.screen))
    assert [message.text for message in phone.received] == ["SIMgate: the line office can send."]
    assert mode(config) == 0o640
    pin = config.with_name("office.pin")
    assert (text(pin), mode(pin)) == ("4711\n", 0o600)
    assert sorted(path.name for path in config.parent.iterdir()) == ["config.toml", "office.pin"]
    (line,) = load(config).lines
    assert (line.name, line.number, line.iccid, line.pin) == (
        "office",
        bank.modems[0].number,
        bank.modems[0].iccid,
        "4711",
    )
    assert load(config).http.host == "127.0.0.1"
    bank.modems[0].lock("4711")  # as after a power cut
    (key,) = keys
    await runs(config, key, "through the gateway")
    assert [message.text for message in phone.received][1:] == ["through the gateway"]


async def test_a_second_modem_becomes_one_more_line_and_the_file_stays_as_it_was(bank: Bank, config: Path) -> None:
    before = f'# ours\n[[lines]]\nname = "line1"\ndevice = "{bank.modems[0].device}"  # the old one'
    write(config, before, 0o600)
    async with guided(bank, config, modem=1) as terminal:
        await terminal.answer("Name of the line [line2]: ", "line1")
        await terminal.shows("there is a line line1 already")
        await terminal.answer("Name of the line [line2]: ", "")
        await terminal.answer("Its own number", "+447700900111")
        shown = await terminal.shows("Write it to")
        assert "# ours" not in shown
        assert 'name = "line2"' in shown
        terminal.type("\n")
        await terminal.answer("one test SMS to", "")
        assert await terminal.ended() == 0
    assert str(text(config)).startswith(f"{before}\n\n[[lines]]\n")
    assert mode(config) == 0o600
    assert [line.number for line in load(config).lines] == [None, "+447700900111"]
    async with guided(bank, config, modem=1) as terminal:
        await terminal.shows("has this modem already: line line2. It stays as it is.")
        await terminal.answer("Make another? [y/N]: ", "")
        await terminal.answer("one test SMS to", "")
        assert await terminal.ended() == 0
        assert not KEY.search(terminal.screen)
    assert len(load(config).lines) == 2


@pytest.mark.parametrize(
    "question", ["PIN of the SIM", "Name of the line", "Its own number", "kept [1]", "Write it to"]
)
@pytest.mark.parametrize("how", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
async def test_whoever_stops_at_a_question_has_changed_nothing(
    question: str, how: str, bank: Bank, config: Path
) -> None:
    bank.modems[0].lock("4711")
    async with guided(bank, config) as terminal:
        for earlier, answer in ANSWERS.items():
            if earlier == question:
                break
            await terminal.answer(earlier, answer)
        await terminal.shows(question)
        terminal.type(how)
        assert await terminal.ended() == (130 if how == "\x03" else 2)
        await terminal.shows("Nothing was written.")
    assert not config.parent.exists() or not list(config.parent.iterdir())


@pytest.mark.parametrize("moment", ["What is plugged in", "Bringing it up"])
async def test_whoever_stops_it_at_work_lets_go_of_the_modem(moment: str, bank: Bank, config: Path) -> None:
    async with guided(bank, config) as terminal:
        await terminal.shows(moment)
        terminal.type("\x03")
        assert await terminal.ended() == 130
        await terminal.shows("Nothing was written.")
        assert "Traceback" not in terminal.screen
    assert text(config) is None
    code, _, errors = await script(*options(bank, config), "--yes")
    assert code == 0, errors


async def test_whoever_stops_at_the_end_keeps_what_is_whole(bank: Bank, config: Path) -> None:
    async with guided(bank, config) as terminal:
        await terminal.answer("Name of the line", "office")
        await terminal.answer("Its own number", "")
        await terminal.answer("Write it to", "")
        await terminal.shows("one test SMS to")
        terminal.type("\x03")
        assert await terminal.ended() == 130
        await terminal.shows(f"{config} has the line office. A key was made and shown.")
        (key,) = set(KEY.findall(terminal.screen))
    assert [line.name for line in load(config).lines] == ["office"]
    await runs(config, key, "all the same")


async def test_the_last_attempt_at_a_pin_is_left_to_a_person(bank: Bank, config: Path, tmp_path: Path) -> None:
    bank.modems[0].lock("4711")
    bank.modems[0].equipment.card.pin_tries = 1
    pin = tmp_path / "pin"
    write(pin, "4711\n", 0o600)
    code, _, errors = await script(*options(bank, config), "--yes", "--pin-file", str(pin))
    assert (code, "only 1 attempt at the PIN is left" in errors) == (2, True)
    assert bank.modems[0].equipment.card.pin_tries == 1
    assert text(config) is None


async def test_a_pin_that_was_refused_is_remembered_and_not_tried_again(
    bank: Bank, config: Path, tmp_path: Path
) -> None:
    bank.modems[0].lock("4711")
    pin = tmp_path / "pin"
    write(pin, "1111\n", 0o600)
    for _ in range(2):
        code, _, errors = await script(*options(bank, config), "--yes", "--pin-file", str(pin))
        assert (code, "refused" in errors) == (2, True), errors
        assert bank.modems[0].equipment.card.pin_tries == 2
        assert text(config) is None


async def test_without_a_terminal_it_says_what_it_needs(bank: Bank, config: Path) -> None:
    code, out, errors = await script(*options(bank, config))
    assert (code, out) == (1, "")
    assert "--yes" in errors
    assert "--pin-file" in errors
    assert text(config) is None


async def test_a_script_sets_up_a_line_with_one_command(bank: Bank, config: Path, tmp_path: Path) -> None:
    bank.modems[1].lock("4711")
    pin = tmp_path / "pin"
    write(pin, "4711\n", 0o600)
    given = ("--yes", "--name", "shop", "--pin-file", str(pin), "--test-to", PHONE, "-o", "json")
    code, out, errors = await script(*options(bank, config, 1), *given)
    made = json.loads(out)
    assert code == 0
    assert made["modem"]["manufacturer"] == "huawei"
    assert made["modem"]["iccid"] == bank.modems[1].iccid
    assert made["line"] == {"name": "shop", "number": bank.modems[1].number}
    assert made["test"]["state"] == "sent"
    assert made["test"]["report"] == "delivered to the SME"
    assert made["key"] not in errors
    assert "4711" not in f"{out}{errors}{text(config)}"
    await runs(config, made["key"], "by a script")


async def test_a_test_that_the_network_refuses_is_told_and_the_line_stays(bank: Bank, config: Path) -> None:
    bank.modems[0].fault("reject", "+CMGS", code=38)
    code, out, errors = await script(*options(bank, config), "--yes", "--test-to", PHONE, "-o", "json")
    assert code == 6
    assert json.loads(out)["test"]["state"] == "failed"
    assert "simgate doctor" in errors
    assert len(load(config).lines) == 1


async def test_while_a_gateway_runs_there_its_modems_are_left_alone(bank: Bank, config: Path) -> None:
    write(config, "[http]\nport = 0\n")
    state = config.parent.parent / "state"
    gateway = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "run", "--config", str(config), "--data-dir", str(state)),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert gateway.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            while b"ready" not in await gateway.stderr.readline():
                pass
        code, _, errors = await script(*options(bank, config), "--yes")
        assert (code, f"process {gateway.pid}" in errors) == (2, True), errors
        assert "Nothing was written" not in errors
        assert text(config) == "[http]\nport = 0\n"
    finally:
        gateway.send_signal(signal.SIGTERM)
        await gateway.communicate()


async def test_a_configuration_with_faults_is_not_touched(bank: Bank, config: Path) -> None:
    write(config, "[http]\nprot = 8080\n")
    code, _, errors = await script(*options(bank, config), "--yes")
    assert (code, "http.prot" in errors) == (2, True)
    assert text(config) == "[http]\nprot = 8080\n"
