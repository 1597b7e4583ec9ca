import sys

from gateway.doctor import host
from gateway.doctor.host import Host, may_enter, may_use, resolve, run_program, try_writing


async def test_what_a_program_prints():
    assert await run_program((sys.executable, "-c", "print('hi')")) == "hi\n"
    assert await run_program((sys.executable, "-c", "raise SystemExit(1)")) is None
    assert await run_program(("/no/such/program",)) is None


async def test_a_program_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(host, "PROGRAM_S", 0.1)
    assert await run_program((sys.executable, "-c", "import time; time.sleep(60)")) is None


async def test_an_address_is_its_own_name():
    assert await resolve("127.0.0.1") == ["127.0.0.1"]


def test_files(tmp_path):
    try_writing(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert may_enter(tmp_path)
    assert may_use(tmp_path)
    assert Host().text(tmp_path / "missing") is None
    assert Host().free(tmp_path) > 0


def test_processes_are_found_by_name(machine):
    machine.process(700, "ModemManager")
    machine.process(3, "kworker")
    assert machine.host.processes("ModemManager") == [700]
    assert machine.host.processes("minicom") == []
