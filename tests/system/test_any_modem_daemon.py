"""The whole daemon on six makes of modem at once: the bank in tests/support/manners."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, LineOf, Sink
from tests.support.manners import octets
from tests.support.manners.card import READ, UNREAD
from tests.support.manners.families import FAMILIES
from tests.support.manners.port import Port

PHONE = "+447700900123"
TEXTS = (
    "Hello from NAME",
    "NAME: a long alarm that needs three parts, {braces} and € too. " * 7,
    "NAME: Grüße 😀 и привет 👍 " * 7,
    "NAME: İstanbul'da ığdır ağacı, şişli",
)


@pytest.fixture
def ports(tmp_path: Path) -> list[Port]:
    folder = tmp_path / "modems"
    folder.mkdir()
    with ExitStack() as stack:
        yield [stack.enter_context(Port(manner, folder)) for manner in FAMILIES]


@pytest.fixture
async def daemon(ports: list[Port], tmp_path: Path) -> AsyncIterator[Daemon]:
    """Up on all lines; in every modem two messages have been waiting."""
    for port in ports:
        for status in (UNREAD, READ):
            port.preload("SM", status, octets.plain(PHONE, f"{port.manner.name} waiting {status}", now()))
    lines = [
        LineOf(str(port.device), f"+4477009005{place:02}", name=port.manner.name) for place, port in enumerate(ports)
    ]
    async with Daemon(tmp_path, lines) as daemon:
        await daemon.lines_up()
        yield daemon


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def arriving(name: str) -> tuple[list[bytes], list[str]]:
    """PDUs in the order of their coming, and the texts they make."""
    flat, torn = f"{name} long " * 30, "a" + "😀👍" * 20 + name
    parts = octets.long(PHONE, flat, now(), reference=9, size=153, wide=False)
    parts += octets.long(PHONE, torn, now(), reference=10, size=68, wide=True)
    random.Random(name).shuffle(parts)
    singles = {
        f"{name} plain": octets.plain("+447700900124", f"{name} plain", now()),
        f"{name} code 1234": octets.plain("Bank4U", f"{name} code 1234", now()),
        f"{name} flash": octets.plain(PHONE, f"{name} flash", now(), message_class=0),
        f"{name} Şişli ğı": octets.national(PHONE, f"{name} Şişli ğı", now(), locking=1, single=1),
        f"{name} Жду 👍": octets.wide(PHONE, f"{name} Жду 👍", now()),
    }
    return [*singles.values(), *parts], [*singles, flat, torn]


async def test_six_makes_of_modem_send_everything_once_and_report_it(ports: list[Port], daemon: Daemon) -> None:
    wanted = {port.manner.name: [text.replace("NAME", port.manner.name) for text in TEXTS] for port in ports}
    sent = {
        await daemon.send(text, to=PHONE, **{"from": name}): (name, text)
        for name, texts in wanted.items()
        for text in texts
    }
    for message in sent:
        await daemon.in_state(message, "delivered", "failed", "unknown", "undelivered")
    states = {sent[message]: (await daemon.message(message))["state"] for message in sent}
    assert {key: state for key, state in states.items() if state != "delivered"} == {}
    for port in ports:
        assert sorted(port.texts) == sorted((PHONE, text) for text in wanted[port.manner.name])
        assert port.violations == [], port.log


async def test_six_makes_of_modem_bring_every_message_to_the_webhook_once(ports: list[Port], daemon: Daemon) -> None:
    async with Sink() as sink:
        await daemon.ask("POST", "/v1/webhooks", {"url": sink.url, "events": ["message.received"]})
        expected: Counter[str] = Counter()
        for port in ports:
            pdus, texts = arriving(port.manner.name)
            await asyncio.to_thread(port.deliver, *pdus)
            expected.update(texts)
        await daemon.send("in between", to=PHONE)
        await sink.events(expected.total())
        came = Counter(body["data"]["text"] for _, body in await sink.events(0))
        assert came == expected
        assert all(not body["data"]["incomplete"] for _, body in await sink.events(0))
    inbox = await daemon.ask("GET", "/v1/messages?direction=in&limit=200")
    waited = Counter(message["text"] for message in inbox["data"] if "waiting" in message["text"])
    assert waited == Counter(f"{port.manner.name} waiting {status}" for port in ports for status in (UNREAD, READ))

    async def emptied() -> bool:
        return not any(port.records() for port in ports)

    await daemon.until(emptied)  # filed and announced first, deleted then
    for port in ports:
        assert port.violations == [], port.log


async def test_modems_that_restart_and_leave_the_bus_come_back_and_nothing_is_lost_or_doubled(
    ports: list[Port], daemon: Daemon
) -> None:
    """Each modem fails in a submission or vanishes; what was on the air is unknown, all else goes out once.

    A report that comes while a modem has no settings yet is lost: such a message stays sent.
    """
    faults = {"simcom": "reboot_after_prompt", "quectel": "reboot_after_submit", "wavecom": "reboot_after_prompt"}
    sent = {}
    for port in ports:
        name = port.manner.name
        if name in faults:
            port.call(lambda modem, fault=faults[name]: setattr(modem.faults, fault, True))
        for number in range(3):
            sent[await daemon.send(f"{name} {number}", to=PHONE, **{"from": name})] = f"{name} {number}"
    for port in ports:
        if port.manner.name not in faults:
            await asyncio.to_thread(port.replug, 0.2)
        await asyncio.to_thread(port.deliver, octets.plain(PHONE, f"{port.manner.name} meanwhile", now()))
    states = {}
    for message, text in sent.items():
        states[text] = (await daemon.in_state(message, "sent", "delivered", "unknown", "failed"))["state"]
    assert "failed" not in states.values(), states
    went = Counter(text for port in ports for _, text in port.texts)
    assert {text for text, state in states.items() if state != "unknown"} <= set(went)
    assert max(went.values()) == 1, went
    assert len([text for text, state in states.items() if state == "unknown"]) <= len(ports), states
    for port in ports:
        again = await daemon.send(f"{port.manner.name} again", to=PHONE, **{"from": port.manner.name})
        await daemon.in_state(again, "delivered")

    async def all_in() -> bool:
        inbox = await daemon.ask("GET", "/v1/messages?direction=in&limit=200")
        meanwhile = Counter(message["text"] for message in inbox["data"] if "meanwhile" in message["text"])
        return meanwhile == Counter(f"{port.manner.name} meanwhile" for port in ports)

    await daemon.until(all_in)
    assert {port.manner.name: port.violations for port in ports if port.violations} == {}
