"""``simgate doctor`` as a process: what it prints, its exit codes, the archive for support."""

import asyncio
import json
import os
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from modem.simulator.bank import Bank
from modem.transport import open_port
from tests.support.daemon import PATIENCE_S, Daemon, LineOf, free_port

SECRETS = ("canary", "4711", "+13109060901", "13109060901")


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


async def doctor(*arguments: str) -> Ended:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "doctor", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ},
    )
    async with asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def bank(tmp_path):
    async with Bank(modems=1, directory=tmp_path / "modems") as bank:
        yield bank


@pytest.fixture
def files(tmp_path, bank):
    """The options of a healthy gateway with one line."""
    (tmp_path / "state").mkdir()
    return written(tmp_path, f'device = "{bank.modems[0].device}"')


def written(tmp_path: Path, line: str) -> tuple[str, ...]:
    config = tmp_path / "config.toml"
    config.write_text(f'[http]\nport = {free_port()}\n[[lines]]\nname = "office"\n{line}\n')
    config.chmod(0o600)
    return ("--config", str(config), "--data-dir", str(tmp_path / "state"))


def by_check(ended: Ended) -> dict[str, dict[str, str]]:
    return {one["check"]: one for one in json.loads(ended.out)["findings"]}


async def test_a_healthy_gateway_is_exit_0(files):
    ended = await doctor(*files, "-o", "json")
    assert ended.code == 0, ended.out
    found = by_check(ended)
    assert {one["verdict"] for one in found.values()} <= {"ok", "skipped", "warn"}
    assert found["modem.answers"]["verdict"] == "ok"
    assert all(set(one) == {"check", "verdict", "looked_at", "cause", "cure"} for one in found.values())
    assert json.loads(ended.out)["verdict"] == "warn"  # there is no key yet
    assert ended.err == ""


async def test_for_people_each_finding_is_a_line_and_each_cure_one_below(files):
    ended = await doctor(*files)
    assert ended.code == 0
    assert "ok       modem.answers" in ended.out
    assert "cure: simgate keys add --config" in ended.out
    assert ended.out.splitlines()[-1].split(" ", 1)[1].startswith("ok, ")


async def test_a_missing_device_is_exit_2(tmp_path, bank):
    ended = await doctor(*written(tmp_path, 'device = "/dev/ttyNone0"'), "-o", "json")
    assert ended.code == 2
    assert by_check(ended)["ports.present"]["verdict"] == "fail"
    assert json.loads(ended.out)["verdict"] == "fail"


async def test_a_broken_configuration_is_exit_2(tmp_path):
    (tmp_path / "config.toml").write_text("[http]\nport = 99999\n")
    ended = await doctor("--config", str(tmp_path / "config.toml"), "--data-dir", str(tmp_path), "-o", "json")
    assert (ended.code, by_check(ended)["config.valid"]["looked_at"].endswith("http.port")) == (2, True)


async def test_wrong_usage_is_exit_1():
    assert (await doctor("--bandle", "x")).code == 1


async def test_a_busy_port_is_named_with_its_holder_and_not_touched(files, bank):
    port = await open_port(bank.modems[0].device)
    try:
        ended = await doctor(*files, "-o", "json")
    finally:
        await port.close()
    found = by_check(ended)
    assert ended.code == 2
    assert found["ports.free"]["verdict"] == "fail"
    assert f"({os.getpid()})" in found["ports.free"]["cause"]
    assert found["modem.answers"]["verdict"] == "skipped"


async def test_beside_a_running_gateway_no_port_is_touched(tmp_path, bank):
    async with Daemon(tmp_path, [LineOf(bank.modems[0].device, bank.modems[0].number)]) as daemon:
        await daemon.lines_up()
        ended = await doctor("--config", str(daemon.config), "--data-dir", str(daemon.data_dir), "-o", "json")
        found = by_check(ended)
        assert found["modem.answers"]["verdict"] == "skipped"
        assert found["ports.free"]["verdict"] == "ok"
        assert found["store.sound"]["verdict"] == "ok"
        assert found["http.keys"]["verdict"] == "ok"


async def test_the_archive_holds_no_secret(tmp_path, bank):
    line = f'device = "{bank.modems[0].device}"\nnumber = "+13109060901"\npin = "4711"  # canary'
    bank.modems[0].lock("4711")
    files = written(tmp_path, line)
    bundle = tmp_path / "doctor.zip"
    ended = await doctor(*files, "--bundle", str(bundle))
    assert ended.code == 0, ended.out
    with zipfile.ZipFile(bundle) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(texts) == {"findings.txt", "findings.json", "config.json", "versions.json", "journal.txt"}
    everything = "".join(texts.values())
    numbers = (bank.modems[0].imei, bank.modems[0].iccid, *SECRETS)
    assert [secret for secret in numbers if secret in everything] == []
    assert json.loads(texts["config.json"])["lines"][0]["pin"] == "(not shown)"
    assert json.loads(texts["findings.json"])
    assert json.loads(texts["versions.json"])["pyserial"]
    assert bundle.stat().st_mode & 0o077 == 0


async def test_an_archive_is_never_written_over_a_file(tmp_path):
    (tmp_path / "mine").write_text("precious")
    ended = await doctor("--data-dir", str(tmp_path), "--bundle", str(tmp_path / "mine"))
    assert ended.code == 2
    assert (tmp_path / "mine").read_text() == "precious"
