"""The command ``simgate`` as people and scripts use it: processes, exit codes, what stands on standard output."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from modem.simulator.bank import Bank
from tests.support.daemon import PATIENCE_S, Daemon, LineOf, Sink, free_port

PHONE = "+447700900999"


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


async def simgate(*arguments: str, stdin: str | bytes = "", **environ: str) -> Ended:
    """Run a command to its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environ},
    )
    async with asyncio.timeout(2 * PATIENCE_S):
        out, err = await process.communicate(stdin.encode() if isinstance(stdin, str) else stdin)
    return Ended(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    async with Bank(modems=1, directory=tmp_path / "modems") as bank:
        yield bank


@pytest.fixture
async def daemon(bank: Bank, tmp_path: Path) -> AsyncIterator[Daemon]:
    async with Daemon(tmp_path, [LineOf(bank.modems[0].device, bank.modems[0].number)]) as daemon:
        await daemon.lines_up()
        yield daemon


@pytest.fixture
def there(daemon: Daemon) -> dict[str, str]:
    """The environment of a person who uses that gateway."""
    return {"SIMGATE_URL": f"http://127.0.0.1:{daemon.port}", "SIMGATE_KEY": daemon.key}


async def test_help_lists_the_verbs_and_imports_nothing_heavy() -> None:
    code = "import sys, gateway.cli; gateway.cli.parse(['lines']); print([m for m in sys.modules if m in "
    code += "('aiohttp', 'pydantic', 'asyncio', 'aiosqlite', 'http.client', 'prometheus_client')])"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert out.decode().strip() == "[]"
    ended = await simgate("--help")
    assert ended.code == 0
    assert all(verb in ended.out for verb in ("run", "demo", "send", "keys", "webhooks", "backup"))


@pytest.mark.parametrize(
    "arguments", [(), ("fly",), ("send",), ("send", "+1", "x", "--wait", "-3"), ("list", "--state", "lost")]
)
async def test_wrong_usage_is_exit_1(arguments: tuple[str, ...]) -> None:
    ended = await simgate(*arguments)
    assert ended.code == 1
    assert "--help" in ended.err


async def test_a_gateway_that_is_not_there_is_exit_3() -> None:
    ended = await simgate("lines", "list", SIMGATE_URL=f"http://127.0.0.1:{free_port()}", SIMGATE_KEY="x")
    assert ended.code == 3
    assert "Is it running?" in ended.err


async def test_check_config_tells_every_fault_at_once(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[http]\nport = 99999\nhots = 1\n")
    ended = await simgate("check-config", "--config", str(config))
    assert ended.code == 2
    assert "http.port" in ended.err
    assert "did you mean host?" in ended.err
    config.write_text("[http]\nport = 1234\n")
    assert (await simgate("check-config", "--config", str(config))).code == 0


async def test_the_first_key_is_made_before_the_first_start_and_printed_alone(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[[accounts]]\nname = "shop"\ndefault_country = "DE"\n')
    files = ("--config", str(config), "--data-dir", str(tmp_path / "state"))
    ended = await simgate("keys", "add", "--account", "shop", *files)
    assert ended.code == 0
    prefix, key_id, secret = ended.out.strip().split("_")
    assert (prefix, len(key_id), len(secret), ended.out.count("\n")) == ("gsk", 8, 32, 1)
    listed = json.loads((await simgate("keys", "list", "-o", "json", *files)).out)
    assert [(key["id"], key["account"]) for key in listed] == [(key_id, "shop")]
    accounts = json.loads((await simgate("accounts", "list", "-o", "json", *files)).out)
    assert {one["name"]: one["settings"]["default_country"] for one in accounts} == {"default": "US", "shop": "DE"}
    assert (await simgate("keys", "add", "--account", "nobody", *files)).code == 2
    assert not list((tmp_path / "state").glob("simgate.sock"))


async def test_a_login_is_made_with_a_password_from_standard_input(tmp_path: Path) -> None:
    files = ("--data-dir", str(tmp_path / "state"))
    add = ("accounts", "login", "add", "--account", "shop", "shop/till", "--fronts", "rest-sms, v1", *files)
    assert (await simgate(*add, stdin="correct: horse\n")).code == 2  # no such account
    assert (await simgate("accounts", "add", "shop", "default_country=DE", *files)).code == 0
    ended = await simgate(*add, stdin="correct: horse\n")
    assert (ended.code, ended.out) == (0, "shop/till  shop\n")
    assert "already" in (await simgate(*add, stdin="correct: horse\n")).err
    for stdin, code in (("", 1), ("\n", 1), ("short\n", 2)):
        assert (await simgate("accounts", "login", "add", "bob", *files, stdin=stdin)).code == code
    (login,) = json.loads((await simgate("accounts", "login", "list", "-o", "json", *files)).out)
    assert (login["username"], login["fronts"], login["last_used_at"]) == ("shop/till", ["rest-sms", "v1"], None)
    assert "shop/till" in (await simgate("accounts", "login", "list", "--account", "shop", *files)).out
    shown = (await simgate("accounts", "show", "shop", *files)).out
    assert all(word in shown for word in ("licensee id", "shop/till", "default_country", "max_segments"))
    assert (await simgate("accounts", "login", "remove", "shop/till", *files)).code == 0
    assert (await simgate("accounts", "login", "remove", "shop/till", *files)).code == 2
    assert "shop/till" not in (await simgate("accounts", "login", "list", *files)).out


async def test_the_list_of_accounts_shows_what_differs_as_it_may_be_set_again(tmp_path: Path) -> None:
    files = ("--data-dir", str(tmp_path / "state"))
    settings = ("services=v1,smssend", "track_clicks=true", "stop_words=ARRET,HALT", "rate_per_key=2.5")
    assert (await simgate("accounts", "add", "shop", *settings, *files)).code == 0
    default, shop = (await simgate("accounts", "list", *files)).out.splitlines()[1:]
    assert "=" not in default
    assert shop.split()[-4:] == [
        "track_clicks=true",
        "rate_per_key=2.5",
        "services=v1,smssend",
        "stop_words=ARRET,HALT",
    ]
    unset = await simgate("accounts", "set", "shop", "services=", "track_clicks=false", "stop_words=[]", *files)
    assert unset.out == "shop  rate_per_key=2.5\n"


async def test_send_and_wait_until_the_phone_has_it(daemon: Daemon, bank: Bank, there: dict[str, str]) -> None:
    ended = await simgate("send", PHONE, "-", "--wait", "20", "--until", "delivered", stdin="from a pipe\n", **there)
    assert (ended.code, ended.err) == (0, "")
    message_id, state = ended.out.split()
    assert state == "delivered"
    assert [entry["text"] for entry in bank.ledger.submitted] == ["from a pipe"]
    shown = await simgate("show", message_id, **there)
    assert shown.code == 0
    assert all(word in shown.out for word in ("queued", "sending", "sent", "delivered", "office", "from a pipe", "try"))
    found = json.loads((await simgate("list", "--state", "delivered", "-o", "json", **there)).out)
    assert [one["id"] for one in found] == [message_id]
    assert "from a pipe" in (await simgate("list", **there)).out


async def test_show_says_why_a_message_waits(daemon: Daemon, bank: Bank, there: dict[str, str]) -> None:
    await simgate("lines", "pause", "office", **there)
    message_id, _ = (await simgate("send", PHONE, "x", **there)).out.split()
    shown = (await simgate("show", message_id, **there)).out
    assert re.search(r"^waiting +the only line that may carry it is office: paused by a person$", shown, re.MULTILINE)
    assert re.search(r"^  office +paused by a person$", shown, re.MULTILINE)
    found = json.loads((await simgate("show", message_id, "-o", "json", **there)).out)
    assert found["waiting"]["reason"] == "no_line_ready"
    await simgate("cancel", message_id, **there)
    assert "waiting" not in (await simgate("show", message_id, **there)).out
    assert json.loads((await simgate("show", message_id, "-o", "json", **there)).out)["waiting"] is None


async def test_the_ways_a_send_ends(daemon: Daemon, bank: Bank, there: dict[str, str]) -> None:
    refused = await simgate("send", "12", "x", **there)
    assert refused.code == 2
    assert "simgate: " in refused.err
    assert (await simgate("send", PHONE, "x", **there | {"SIMGATE_KEY": "gsk_wrong"})).code == 4
    assert (await simgate("lines", "pause", "office", **there)).code == 0
    late = await simgate("send", PHONE, "later", "--wait", "1", **there)
    assert late.code == 5
    assert "still queued" in late.err
    message_id = late.out.split()[0]
    assert (await simgate("cancel", message_id, **there)).out.split() == [message_id, "canceled"]
    assert (await simgate("cancel", message_id, **there)).code == 2
    assert "paused" in (await simgate("lines", **there)).out
    assert (await simgate("lines", "resume", "office", **there)).code == 0
    assert bank.ledger.submitted == []


async def test_a_line_is_asked_for_its_balance_and_its_modem_rebooted(bank: Bank, there: dict[str, str]) -> None:
    bank.modems[0].equipment.replies["*101#"] = "Your balance is 7.50"
    answered = await simgate("ussd", "office", "*101#", **there)
    assert (answered.code, answered.out) == (0, "Your balance is 7.50\n")
    unknown = await simgate("ussd", "office", "*999#", **there)
    assert unknown.code == 6
    assert "does not know this code" in unknown.err
    assert (await simgate("ussd", "nowhere", "*101#", **there)).code == 2
    trap = bank.modems[0].trap("received:+CFUN")
    rebooted = await simgate("lines", "restart", "office", **there)
    assert (rebooted.code, rebooted.out) == (0, "the modem of office is rebooting\n")
    await trap.reached()


async def test_the_service_centre_of_a_sim_is_shown_and_set(daemon: Daemon, bank: Bank, there: dict[str, str]) -> None:
    card = bank.modems[0].equipment.card
    assert (await simgate("lines", "smsc", "office", **there)).out.startswith(f"{card.service_centre}  (since ")
    refused = await simgate("lines", "smsc", "office", "+13123149810", **there)
    assert refused.code == 4
    assert "admin" in refused.err
    admin = there | {"SIMGATE_KEY": (await daemon.command("keys", "add", "--scopes", "admin,lines:read")).strip()}
    done = await simgate("lines", "smsc", "office", "+13123149810", **admin)
    assert (done.code, done.out) == (0, "the SIM of office has +13123149810\n")
    assert card.service_centre == "+13123149810"
    assert (await simgate("lines", "smsc", "office", "nonsense", **admin)).code == 2


async def test_a_line_that_was_given_a_name_answers_to_its_old_one_too(daemon: Daemon, there: dict[str, str]) -> None:
    assert (await simgate("lines", "set", "office", "name=desk", **there)).code == 0
    for name in ("desk", "office"):
        paused = await simgate("lines", "pause", name, **there)
        assert (paused.code, paused.out) == (0, "desk  paused\n")
    nobody = await simgate("lines", "pause", "front", **there)
    assert (nobody.code, nobody.err) == (2, 'simgate: there is no line "front" (simgate lines list)\n')


async def test_a_sim_is_unlocked_with_a_pin_from_standard_input(
    daemon: Daemon, bank: Bank, there: dict[str, str]
) -> None:
    admin = there | {"SIMGATE_KEY": (await daemon.command("keys", "add", "--scopes", "admin,lines:read")).strip()}
    odd = await simgate("lines", "pin", "office", stdin=b"\xff\n", **admin)
    assert (odd.code, odd.err) == (2, "simgate: pin: 4 to 8 digits\n")
    needless = await simgate("lines", "pin", "office", stdin="4711\n", **admin)
    assert needless.code == 6
    assert "asks for no PIN" in needless.err
    bank.modems[0].lock("4711")
    bank.modems[0].reboot()

    async def waits() -> bool:
        return "PIN" in (await daemon.ask("GET", "/v1/lines"))["data"][0]["reason"]

    await daemon.until(waits)
    unlocked = await simgate("lines", "pin", "office", stdin="4711\n", **admin)
    assert (unlocked.code, unlocked.out) == (0, "the SIM of office is unlocked\n")


async def test_a_message_that_is_lost_for_good_is_exit_6(daemon: Daemon, bank: Bank, there: dict[str, str]) -> None:
    await simgate("lines", "pause", "office", **there)
    waiting = asyncio.ensure_future(simgate("send", PHONE, "never", "--wait", "20", "-o", "json", **there))
    found: list[dict[str, str]] = []

    async def queued() -> bool:
        found[:] = (await daemon.ask("GET", "/v1/messages"))["data"]
        return bool(found)

    await daemon.until(queued)
    await daemon.ask("POST", f"/v1/messages/{found[0]['id']}/cancel")
    ended = await waiting
    assert ended.code == 6
    assert json.loads(ended.out)["state"] == "canceled"


async def test_dry_run_tells_the_parts_and_sends_nothing(daemon: Daemon, bank: Bank, there: dict[str, str]) -> None:
    ended = await simgate("send", PHONE, "Grüße 🎉", "--dry-run", **there)
    assert ended.code == 0
    assert "ucs2" in ended.out
    assert "🎉" in ended.out
    assert (await daemon.ask("GET", "/v1/messages"))["data"] == []


async def test_the_inbox_shows_what_came_without_what_drives_a_terminal(
    daemon: Daemon, bank: Bank, there: dict[str, str]
) -> None:
    waiting = asyncio.ensure_future(simgate("inbox", "--wait", "20", **there))
    bank.deliver(0, sender=PHONE, text="evil\x1b[2J text")
    ended = await waiting
    assert ended.code == 0
    assert "text" in ended.out
    assert "\x1b" not in ended.out
    assert (await simgate("inbox", "--new", "--ack", **there)).code == 0
    assert json.loads((await simgate("inbox", "--new", "-o", "json", **there)).out) == []
    assert (await simgate("inbox", "--new", "--wait", "1", **there)).code == 5


async def test_webhooks_are_made_tested_listed_and_removed(daemon: Daemon, there: dict[str, str]) -> None:
    async with Sink() as sink:
        made = await simgate("webhooks", "add", sink.url, "--name", "till", "-o", "json", **there)
        hook = json.loads(made.out)
        assert hook["secret"].startswith("whsec_")
        assert hook["id"] in (await simgate("webhooks", "list", **there)).out
        assert (await simgate("webhooks", "test", hook["id"], **there)).code == 0
        await sink.events(1, "webhook.test")
        assert (await simgate("webhooks", "replay", hook["id"], "--all", **there)).code == 0
        await sink.events(2, "webhook.test")
        assert "webhook.test" in (await simgate("webhooks", "deliveries", hook["id"], **there)).out
        assert (await simgate("webhooks", "delete", hook["id"], **there)).code == 0
        assert json.loads((await simgate("webhooks", "list", "-o", "json", **there)).out) == []


async def test_keys_and_accounts_go_through_the_daemon_that_runs(daemon: Daemon, there: dict[str, str]) -> None:
    files = ("--config", str(daemon.config), "--data-dir", str(daemon.data_dir))
    key = (await simgate("keys", "add", "--scopes", "messages:read", *files)).out.strip()
    other = there | {"SIMGATE_KEY": key}
    assert (await simgate("list", **other)).code == 0
    assert (await simgate("send", PHONE, "x", **other)).code == 4
    assert (await simgate("keys", "revoke", key, *files)).code == 0
    assert (await simgate("list", **other)).code == 4
    changed = await simgate("accounts", "set", "default", "default_country=DE", "segments_per_day=5", *files)
    assert changed.out == "default  default_country=DE segments_per_day=5\n"
    assert (await simgate("accounts", "set", "default", "max_segments=many", *files)).code == 2
    assert (await simgate("accounts", "login", "add", "alice", *files, stdin="correct: horse")).code == 0
    assert "alice" in (await simgate("accounts", "login", "list", *files)).out
    bound = (await simgate("keys", "add", "--fronts", "sendsms", *files)).out.strip()
    assert "not enabled" in (await simgate("list", **there | {"SIMGATE_KEY": bound})).err


async def test_12_a_second_daemon_is_refused_with_exit_2(daemon: Daemon) -> None:
    ended = await simgate("run", "--config", str(daemon.config), "--data-dir", str(daemon.data_dir))
    assert ended.code == 2
    assert "stop it first" in ended.err


async def test_15_a_backup_made_while_it_runs_is_put_back_and_sends_nothing_again(
    daemon: Daemon, bank: Bank, there: dict[str, str], tmp_path: Path
) -> None:
    files = ("--config", str(daemon.config), "--data-dir", str(daemon.data_dir))
    copy = str(tmp_path / "copy.db")
    await simgate("lines", "pause", "office", **there)
    before = await daemon.send("waits in the copy")
    assert (await simgate("backup", copy, *files)).code == 0
    assert (await simgate("backup", copy, *files)).code == 2
    assert (await simgate("restore", copy, "--force", *files)).code == 2
    await simgate("lines", "resume", "office", **there)
    await daemon.in_state(before, "sent", "delivered")
    after = await daemon.send("after the copy")
    await daemon.in_state(after, "sent", "delivered")
    await daemon.stop()
    assert (await simgate("restore", copy, *files)).code == 2
    restored = await simgate("restore", copy, "--force", *files)
    assert restored.code == 0
    assert "1 messages waited in it" in restored.out
    assert list(daemon.data_dir.glob("*.before-restore"))
    await daemon.start()
    await simgate("lines", "resume", "office", **there)
    doubtful = await daemon.message(before)
    assert (doubtful["state"], doubtful["error"]["code"]) == ("unknown", "restored")
    ids = [message["id"] for message in (await daemon.ask("GET", "/v1/messages"))["data"]]
    assert after not in ids
    await daemon.in_state(await daemon.send("new"), "sent", "delivered")
    assert [entry["text"] for entry in bank.ledger.submitted] == ["waits in the copy", "after the copy", "new"]
    assert (await simgate("migrate", *files)).code == 0


async def test_sigterm_ends_it_with_exit_0_and_no_secret_in_the_log(daemon: Daemon, bank: Bank) -> None:
    await daemon.in_state(await daemon.send("a text that no log may hold"), "delivered")
    assert await daemon.stop() == 0
    assert daemon.key.rpartition("_")[2] not in daemon.log
    assert "a text that no log may hold" not in daemon.log
    assert PHONE not in daemon.log
    assert "stopped" in daemon.log


def limits_of(process: int) -> str:
    return Path(f"/proc/{process}/limits").read_text()


async def test_82_it_dumps_no_core_and_logs_no_pin_even_at_debug(tmp_path: Path) -> None:
    async with Bank(modems=1, directory=tmp_path / "modems", pin="4812") as bank:
        line = LineOf(bank.modems[0].device, bank.modems[0].number, extra='pin_file = "pin.txt"')
        (tmp_path / "pin.txt").write_text("4812\n")
        async with Daemon(tmp_path, [line], extra='[log]\nlevel = "debug"\n') as daemon:
            await daemon.lines_up()
            await daemon.in_state(await daemon.send("a text that no log may hold"), "delivered")
            assert daemon._process is not None
            limits = limits_of(daemon._process.pid)
            await daemon.stop()
        assert re.search(r"Max core file size +0 +0 ", limits)
        assert "AT+CPIN" in daemon.log
        for secret in ("4812", daemon.key.rpartition("_")[2], "a text that no log may hold"):
            assert secret not in daemon.log


async def test_12_two_state_directories_do_not_share_one_database(tmp_path: Path) -> None:
    database = f'[store]\nurl = "sqlite:///{tmp_path}/shared.db"\n'
    async with Daemon(tmp_path, [], extra=database) as daemon:
        other = ("--config", str(daemon.config), "--data-dir", str(tmp_path / "other"))
        ended = await simgate("run", *other)
        assert ended.code == 2
        assert "shared.db.lock" in ended.err


async def test_26_a_second_sigterm_ends_it_at_once_and_safely(daemon: Daemon, bank: Bank) -> None:
    hold = bank.modems[0].hold("submitted")
    accepted = await daemon.send("on the air", delivery_report=False)
    await hold.reached(PATIENCE_S)
    process = daemon._process
    assert process is not None
    os.kill(process.pid, signal.SIGTERM)

    async def stopping() -> bool:
        return "stopping" in daemon.log

    await daemon.until(stopping)
    assert process.returncode is None
    assert await daemon.stop() == 0
    hold.release()
    await daemon.start()
    await daemon.in_state(accepted, "unknown")


def exist(devices: list[str]) -> bool:
    return all(Path(device).exists() for device in devices)


async def test_simulate_serves_modems_until_it_is_interrupted(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "simulate", "--modems", "2", "--dir", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            devices = [(await process.stdout.readline()).decode().split()[0] for _ in range(2)]
            assert exist(devices)
            process.send_signal(signal.SIGINT)
            await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    assert not exist(devices)


async def test_simulate_shows_the_manners_of_known_modems(tmp_path: Path) -> None:
    listed = await simgate("simulate", "--manner", "list")
    assert listed.code == 0
    assert {"huawei", "simcom-a7670", "telit-uc864", "nokia-n79"} <= {
        line.split()[0] for line in listed.out.splitlines()
    }
    wrong = await simgate("simulate", "--manner", "huawei", "--manner", "sim7600", "--dir", str(tmp_path))
    assert (wrong.code, "simcom-sim7600" in wrong.err) == (1, True)
    nothing_like_it = await simgate("simulate", "--manner", "zzzz", "--dir", str(tmp_path))
    assert (nothing_like_it.code, "--manner list" in nothing_like_it.err) == (1, True)


async def test_simulate_serves_one_modem_of_each_manner_that_is_named(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "simulate", "--dir", str(tmp_path)),
        *("--manner", "huawei", "--manner", "telit-uc864", "--manner", "wavecom"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            shown = [(await process.stdout.readline()).decode().split() for _ in range(3)]
    finally:
        process.terminate()
        await process.communicate()
    assert [words[-1] for words in shown] == ["huawei", "telit-uc864", "wavecom"]
    assert [Path(words[0]).name for words in shown] == ["modem0", "modem1", "modem2"]
