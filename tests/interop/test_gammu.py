"""Debian's gammu at a simulated modem: one connection each, several commands (`gammu batch`)."""

import re
from pathlib import Path

from modem.simulator.bank import Bank
from tests.interop.gammu import ASKED_OF_OTHER_MAKES
from tests.interop.programs import OUTSIDE, needs, run

pytestmark = needs("gammu")

LONG = " ".join(f"word{number}" for number in range(60)) + " [€]"


async def gammu(bank: Bank, directory: Path, *commands: str) -> list[str]:
    """What each command wrote."""
    config, batch = directory / "gammurc", directory / "batch"
    config.write_text(
        f"[gammu]\ndevice = {bank.modems[0].device}\nconnection = at115200\nmodel = at\ngammucoding = utf8\n"
    )
    batch.write_text("".join(f"{command}\n" for command in commands))
    output = await run("gammu", "--config", config, "batch", batch, directory=directory)
    answers = output.split(f'Executing batch "{batch}" - command ')[1:]
    assert len(answers) == len(commands), output
    assert "Batch processed, terminating" in answers[-1]
    return [answer.partition("\n")[2].partition("-" * 76)[0].strip() for answer in answers]


def fields(answer: str) -> dict[str, str]:
    """The lines `name : value` of an answer."""
    pairs = (line.split(":", 1) for line in answer.splitlines() if ":" in line)
    return {name.strip(): value.strip().strip('"') for name, value in pairs}


async def test_it_identifies_the_modem_its_card_and_its_network(bank: Bank, refused: set[str], tmp_path: Path) -> None:
    modem = bank.modems[0]
    identity, centre, folders, network, battery = map(
        fields, await gammu(bank, tmp_path, "identify", "getsmsc", "getsmsfolders", "networkinfo", "battery")
    )
    assert identity["Manufacturer"] == modem.equipment.manner.manufacturer
    assert modem.equipment.manner.model in identity["Model"]
    assert (identity["IMEI"], identity["SIM IMSI"]) == (modem.imei, modem.equipment.card.imsi)
    assert centre["Number"] == modem.equipment.card.service_centre
    assert folders == {}
    assert network["Network state"] == network["Packet network state"] == "home network"
    assert network["Network"].startswith("001 01")
    assert (network["Name in phone"], network["GPRS"]) == ("Simulated", "attached")
    assert battery["Battery level"] == "100 percent"
    assert sorted(refused - ASKED_OF_OTHER_MAKES) == []


async def test_it_sends_short_long_and_with_emoji(bank: Bank, refused: set[str], tmp_path: Path) -> None:
    texts = ["hello {from} gammu", LONG, "Грузия 😀 " * 12, "from the storage"]
    answers = await gammu(
        bank,
        tmp_path,
        f'sendsms TEXT {OUTSIDE} -report -validity DAY -textutf8 "{texts[0]}"',
        f'sendsms TEXT {OUTSIDE} -len 1000 -textutf8 "{texts[1]}"',
        f'sendsms TEXT {OUTSIDE} -len 1000 -unicode -16bit -textutf8 "{texts[2]}"',
        f'sendsms TEXT {OUTSIDE} -save -folder 2 -textutf8 "{texts[3]}"',
    )
    assert [message.text for message in bank.phones[OUTSIDE].received] == texts
    submitted = bank.ledger.submitted
    assert [entry["report"] for entry in submitted] == [True] + [False] * (len(submitted) - 1)
    # It looks for a reference behind +CMGS only: what AT+CMSS sent is told without one.
    told = [int(number) for answer in answers for number in re.findall(r"message reference=(\d+)", answer)]
    assert told == [entry["mr"] for entry in submitted[:-1]], answers
    assert [entry["concat"] and entry["concat"]["total"] for entry in submitted] == [None, *[3] * 3, *[2] * 2, None]
    assert sorted(refused - ASKED_OF_OTHER_MAKES) == []


async def test_it_lists_and_deletes_what_came_in(bank: Bank, refused: set[str], tmp_path: Path) -> None:
    bank.deliver(0, sender=OUTSIDE, text="hello from outside")
    bank.deliver(0, sender=OUTSIDE, text="Grüße 😀 €[]")
    bank.deliver(0, sender="MyBank", text=LONG)
    listed, one, _, rest, _, nothing = await gammu(
        bank, tmp_path, "geteachsms", "getsms 0 1", "deletesms 1 1", "getallsms", "deleteallsms 1", "getallsms"
    )
    for text in ("hello from outside", "Grüße 😀 €[]", LONG):
        assert listed.replace("\n", "").count(text) == 1
    assert fields(one)["Remote number"] == OUTSIDE
    assert rest.count(f'"{OUTSIDE}"') == 1
    assert rest.count('"MyBank"') == 3
    assert "ID (8 bit)" in rest
    assert nothing.startswith("0 SMS parts in 0 SMS sequences")
    stored, deleted = ([entry["pdu"] for entry in bank.ledger.of(kind)] for kind in ("stored", "deleted"))
    assert stored == deleted
    assert sorted(refused - ASKED_OF_OTHER_MAKES) == []
