"""Debian's smstools (smsd) at a simulated modem, with its folders of files."""

from pathlib import Path

from modem.simulator.bank import Bank
from tests.interop.programs import OUTSIDE, Program, needs

pytestmark = needs("smsd")

LONG = " ".join(f"word{number}" for number in range(60)) + " {€}"
FOLDERS = ("outgoing", "checked", "failed", "sent", "incoming", "report")


def configured(bank: Bank, directory: Path) -> Path:
    """Every file below `directory`; reports routed to the host, messages taken from the SIM."""
    for folder in FOLDERS:
        (directory / folder).mkdir()
    config = directory / "smsd.conf"
    config.write_text(
        "devices = SIM\nloglevel = 7\n"
        + "".join(f"{name} = {directory / name}\n" for name in (*FOLDERS, "logfile", "infofile", "pidfile"))
        + "delaytime = 1\ndelaytime_mainprocess = 1\nerrorsleeptime = 1\nblocktime = 5\nterminal = no\n"
        "incoming_utf8 = yes\ndecode_unicode_text = no\ninternal_combine = yes\nautosplit = 3\n"
        f"[SIM]\ndevice = {bank.modems[0].device}\ninit = AT+CSMS=1;+CNMI=2,0,0,1,0\nincoming = yes\nreport = yes\n"
        "startsleeptime = 0\ncheck_memory_method = 2\n"
    )
    return config


def put(directory: Path, name: str, text: str, alphabet: str, *headers: str) -> None:
    """A message to be sent. alphabet: UTF-8, or UCS2, in which smsd takes octets that it sends as they are."""
    octets = text.encode("utf-16-be" if alphabet == "UCS2" else "utf-8")
    head = "\n".join([f"To: {OUTSIDE.removeprefix('+')}", f"Alphabet: {alphabet}", *headers])
    beside = directory / name
    beside.write_bytes(head.encode() + b"\n\n" + octets)
    beside.rename(directory / "outgoing" / name)


def messages(folder: Path) -> dict[str, tuple[dict[str, str], str]]:
    """Headers and text of each file, by who sent it."""
    found = {}
    for path in folder.iterdir():
        head, _, octets = path.read_bytes().partition(b"\n\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        text = octets.decode("utf-16-be" if headers.get("Alphabet") == "UCS2" else "utf-8")
        found[headers["From"]] = headers, text
    return found


async def test_it_receives_and_deletes(bank: Bank, refused: set[str], tmp_path: Path) -> None:
    bank.deliver(0, sender=OUTSIDE, text="Grüße 😀 €[]")
    bank.deliver(0, sender="MyBank", text=LONG)
    async with Program("smsd", "-t", "-c", configured(bank, tmp_path), directory=tmp_path) as smsd:
        await smsd.until(lambda: len(bank.ledger.of("deleted")) == 4, "all parts deleted")
        await smsd.until(lambda: len(list((tmp_path / "incoming").iterdir())) == 2, "two messages written")
    received = messages(tmp_path / "incoming")
    headers, text = received[OUTSIDE.removeprefix("+")]
    assert text == "Grüße 😀 €[]"
    assert headers["From_TOA"].startswith("91 international")
    modem = bank.modems[0]
    assert (headers["IMEI"], headers["IMSI"]) == (modem.imei, modem.equipment.card.imsi)
    headers, text = received["MyBank"]
    assert text == LONG
    assert headers["From_TOA"].startswith("D0 alphanumeric")
    assert sorted(refused) == []


async def test_it_sends_and_acknowledges_reports(bank: Bank, refused: set[str], tmp_path: Path) -> None:
    texts = ["with {a report}", LONG, "Грузия 😀 " * 12]
    config = configured(bank, tmp_path)
    put(tmp_path, "1-short", texts[0], "UTF-8", "Report: yes")
    put(tmp_path, "2-long", texts[1], "UTF-8", "Report: no")
    put(tmp_path, "3-emoji", texts[2], "UCS2", "Report: no")
    async with Program("smsd", "-t", "-c", config, directory=tmp_path) as smsd:
        await smsd.until(lambda: len(list((tmp_path / "sent").iterdir())) == 3, "three messages sent")
        await smsd.until(lambda: list((tmp_path / "report").iterdir()), "a report written")
    assert [message.text for message in bank.phones[OUTSIDE].received] == texts
    assert [entry["report"] for entry in bank.ledger.submitted] == [True, *[False] * 5]
    assert [entry["by"] for entry in bank.ledger.of("acknowledged")] == ["host"]
    _, report = messages(tmp_path / "report")[OUTSIDE.removeprefix("+")]
    assert f"Message_id: {bank.ledger.submitted[0]['mr']}\n" in report
    assert "Status: 0,Ok,short message received by the SME" in report
    assert list((tmp_path / "failed").iterdir()) == []
    assert sorted(refused) == []
