from pathlib import Path

import pytest

from gateway.config import LineSettings
from gateway.workers.finder import Finder, mark, real
from modem.driver import Identity

MINE = LineSettings("office", imei="490154203237518")


class Ports:
    """Device files in a directory, and who answers at each."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.answers: dict[str, Identity | None] = {}
        self.asked: list[str] = []

    def plug(self, name: str, imei: str | None, *, by_id: str | None = None) -> str:
        device = self.root / name
        device.touch()
        self.answers[name] = imei and Identity(imei=imei, iccid="89" + imei)
        if by_id:
            (self.root / "serial" / "by-id").mkdir(parents=True, exist_ok=True)
            (self.root / "serial" / "by-id" / by_id).symlink_to(device)
        return str(device)

    def unplug(self, name: str) -> None:
        (self.root / name).unlink()

    async def identify(self, device: str) -> Identity | None:
        name = real(device).rpartition("/")[2]
        self.asked.append(name)
        return self.answers[name]


@pytest.fixture
def ports(tmp_path):
    return Ports(tmp_path)


@pytest.fixture
def finder(ports):
    return Finder(ports.identify, ports.root)


async def test_a_configured_device_is_taken_as_it_is_while_it_is_there(finder, ports):
    device = ports.plug("ttyUSB0", None)
    assert await finder.find(LineSettings("office", device=device)) == device
    ports.unplug("ttyUSB0")
    assert await finder.find(LineSettings("office", device=device)) is None
    assert ports.asked == []


async def test_a_port_on_another_host_is_always_there(finder):
    settings = LineSettings("office", device="socket://pi.local:4000")
    assert await finder.find(settings) == settings.device


async def test_the_modem_is_found_by_imei_under_its_stable_name(finder, ports):
    ports.plug("ttyUSB0", "111")
    ports.plug("ttyUSB1", MINE.imei, by_id="usb-HUAWEI-if00")
    assert await finder.find(MINE) == str(ports.root / "serial" / "by-id" / "usb-HUAWEI-if00")


async def test_a_sim_is_found_by_iccid(finder, ports):
    ports.plug("ttyACM0", "111")
    wanted = ports.plug("ttyACM1", "222")
    assert await finder.find(LineSettings("office", iccid="89222")) == wanted


async def test_each_port_is_asked_once_until_it_was_away(finder, ports):
    ports.plug("ttyUSB0", "111", by_id="usb-one")
    for _ in range(3):
        assert await finder.find(MINE) is None
    assert ports.asked == ["ttyUSB0"]
    ports.unplug("ttyUSB0")
    assert await finder.find(MINE) is None
    (ports.root / "other").touch()  # so that the file made next has another inode
    ports.plug("ttyUSB1", MINE.imei)
    assert await finder.find(MINE) == str(ports.root / "ttyUSB1")


async def test_a_port_where_nobody_answered_is_asked_again_later(finder, ports, monkeypatch):
    device = ports.plug("ttyUSB0", None)
    assert await finder.find(MINE) is None
    ports.plug("ttyUSB0", MINE.imei)
    assert await finder.find(MINE) is None
    monkeypatch.setattr("gateway.workers.finder.ASK_AGAIN_S", 0.0)
    assert await finder.find(MINE) == device


async def test_a_port_that_another_line_uses_is_left_alone(finder, ports):
    device = ports.plug("ttyUSB0", MINE.imei)
    finder.take(device, "other")
    assert await finder.find(MINE) is None
    assert ports.asked == []
    ports.unplug("ttyUSB0")
    ports.plug("ttyUSB0", MINE.imei)
    finder.give_back("other")
    assert await finder.find(MINE) == device


async def test_presence_changes_when_a_device_comes_and_goes(finder, ports):
    settings = LineSettings("office", device=str(ports.root / "ttyUSB0"))
    seen = [finder.presence(settings), finder.presence(MINE)]
    ports.plug("ttyUSB0", None)
    now = [finder.presence(settings), finder.presence(MINE)]
    assert seen[0] is None
    assert seen[0] != now[0]
    assert seen[1] != now[1]
    assert mark(str(ports.root / "nothing")) is None
