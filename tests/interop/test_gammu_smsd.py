"""Debian's gammu-smsd at a simulated modem, with its folders of files."""

import re
from dataclasses import replace
from pathlib import Path

from modem.simulator.bank import Bank
from tests.interop.gammu import ASKED_OF_OTHER_MAKES
from tests.interop.programs import OUTSIDE, Program, needs

pytestmark = needs("gammu-smsd")

LONG = " ".join(f"word{number}" for number in range(60)) + " {€}"
FOLDERS = ("inbox", "outbox", "sent", "error")


def configured(bank: Bank, directory: Path) -> Path:
    for folder in FOLDERS:
        (directory / folder).mkdir()
    (directory / "log").touch()
    config = directory / "smsdrc"
    config.write_text(
        f"[gammu]\ndevice = {bank.modems[0].device}\nconnection = at115200\nmodel = at\n"
        f"[smsd]\nservice = files\nlogfile = {directory / 'log'}\ndebuglevel = 1\nchecksecurity = 0\n"
        "receivefrequency = 1\nstatusfrequency = 0\nloopsleep = 1\ncommtimeout = 5\ndeliveryreport = log\n"
        "inboxformat = detail\ntransmitformat = auto\n"
        f"inboxpath = {directory}/inbox/\noutboxpath = {directory}/outbox/\n"
        f"sentsmspath = {directory}/sent/\nerrorsmspath = {directory}/error/\n"
    )
    return config


def put(directory: Path, name: str, text: str) -> None:
    """A message to be sent; smsd takes UTF-16 behind a byte order mark, and "d" in the suffix asks for a report."""
    beside = directory / "message"
    beside.write_bytes(text.encode("utf-16"))
    beside.rename(directory / "outbox" / name)


def received(directory: Path, sender: str) -> str:
    """The text of the one message that came in from somebody.

    smsd writes as many characters as TP-UDL counts septets and so, behind characters that take two, a NUL and rubbish.
    """
    (path,) = (directory / "inbox").glob(f"IN*_{sender}_*.txt")
    parts = path.read_text().split("[SMSBackup")[1:]
    lines = (re.findall(r"^Text\d\d = ([0-9A-F]*)$", part, re.MULTILINE) for part in parts)
    return "".join(bytes.fromhex("".join(part)).decode("utf-16-be").partition("\0")[0] for part in lines)


async def test_it_receives_deletes_and_sends_with_reports(bank: Bank, refused: set[str], tmp_path: Path) -> None:
    # It knows of reports only where the modem keeps them with the messages, as many do.
    equipment = bank.modems[0].equipment
    equipment.manner = replace(equipment.manner, report_store="SM", cnmi_default=(2, 1, 0, 2, 0))
    equipment.settings.cnmi = equipment.manner.cnmi_default
    bank.deliver(0, sender=OUTSIDE, text="Grüße 😀 €[]")
    bank.deliver(0, sender="MyBank", text=LONG)
    texts = ["with {a report}", LONG, "Грузия 😀 " * 12]
    config = configured(bank, tmp_path)
    for order, text in zip("ABC", texts, strict=True):
        put(tmp_path, f"OUT{order}20250101_000000_00_{OUTSIDE}_{order}.txtd", text)
    async with Program("gammu-smsd", "--config", config, directory=tmp_path) as smsd:
        log = tmp_path / "log"
        told = f"Delivery report: Delivered to {OUTSIDE}, message reference 0x%02X"
        await smsd.until(lambda: told % 5 in log.read_text(), "six parts sent and their reports read")
        await smsd.until(lambda: len(bank.ledger.of("deleted")) == 10, "four parts and six reports deleted")
    assert received(tmp_path, OUTSIDE) == "Grüße 😀 €[]"
    assert received(tmp_path, "MyBank") == LONG
    assert [message.text for message in bank.phones[OUTSIDE].received] == texts
    assert [entry["report"] for entry in bank.ledger.submitted] == [True] * 6
    assert all(told % entry["mr"] in log.read_text() for entry in bank.ledger.submitted)
    assert len(list((tmp_path / "sent").iterdir())) == len(texts)
    assert list((tmp_path / "error").iterdir()) == []
    assert sorted(refused - ASKED_OF_OTHER_MAKES) == []
