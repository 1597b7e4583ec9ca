import zipfile

from gateway.doctor.bundle import write_bundle
from gateway.doctor.finding import fail

JOURNAL = """\
2026-11-26T13:20:01+0000 pi simgate[812]: key gsk_ab12cd34_canarycanary used from 10.0.0.7
2026-11-26T13:20:02+0000 pi simgate[812]: office: +13109060901 AT+CPIN="4711"
2026-11-26T13:20:03+0000 pi simgate[812]: POST https://hooks.example/canary 200
"""


async def test_the_journal_and_the_findings_are_redacted(machine, tmp_path):
    machine.programs["journalctl"] = JOURNAL
    machine.configure('[[lines]]\nname = "office"\ndevice = "/dev/ttyUSB0"\npin = "4711"\n')
    findings = [fail("modem.sim", "office", "PIN 4711 of 8988307000012345678", "simgate keys revoke gsk_a_canary")]
    await write_bundle(tmp_path / "x.zip", machine.host, findings, machine.config, machine.state)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    everything = "".join(texts.values())
    secrets = ("canary", "4711", "13109060901", "8988307000012345678")
    assert [secret for secret in secrets if secret in everything] == []
    assert "office" in texts["journal.txt"]
    assert any("--priority=info" in command for command in machine.ran)


async def test_a_machine_without_a_journal(machine, tmp_path):
    await write_bundle(tmp_path / "x.zip", machine.host, [], None, machine.state)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert "no journal" in archive.read("journal.txt").decode()
