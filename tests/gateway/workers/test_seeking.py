"""Where one line looks next, after what became of its last port."""

from gateway.config import LineSettings
from gateway.line import LineFault, Remedy
from gateway.workers.claims import Claims
from gateway.workers.finder import mark
from gateway.workers.seeking import Seeker

MINE = LineSettings("office", imei="490154203237518")
DEAF = LineFault("nothing is announced", Remedy.PORT)


class Ports:
    """Stands in for the Finder: the first of all ports that is not passed over, else the first."""

    def __init__(self, *ports) -> None:
        self.ports = [str(port) for port in ports]

    async def find(self, settings, deaf=frozenset()):
        return next((port for port in self.ports if mark(port) not in deaf), self.ports[0])


async def test_ports_that_announce_nothing_are_left_one_after_the_other_and_taken_up_again(tmp_path):
    names = [tmp_path / f"ttyUSB{n}" for n in range(3)]
    for name in names:
        name.touch()
    seeker = Seeker(MINE, Ports(*names), Claims([MINE]))
    used = []
    for _ in range(7):
        used.append(await seeker.find())
        seeker.ended(DEAF, used[-1])
    assert [name[-1] for name in used] == list("0120120")


async def test_another_fault_of_a_line_is_none_of_its_port(tmp_path):
    names = [tmp_path / f"ttyUSB{n}" for n in range(2)]
    for name in names:
        name.touch()
    seeker = Seeker(MINE, Ports(*names), Claims([MINE]))
    for remedy in set(Remedy) - {Remedy.PORT}:
        seeker.ended(LineFault("something", remedy), await seeker.find())
    assert await seeker.find() == str(names[0])


async def test_a_port_that_has_gone_is_forgotten(tmp_path):
    names = [tmp_path / f"ttyUSB{n}" for n in range(2)]
    for name in names:
        name.touch()
    seeker = Seeker(MINE, Ports(*names), Claims([MINE]))
    seeker.ended(DEAF, await seeker.find())
    names[0].unlink()
    (tmp_path / "other").touch()  # so that the file made next has another inode
    names[0].touch()
    seeker.ended(DEAF, str(names[1]))
    assert seeker._deaf == {mark(str(names[1]))}
    assert await seeker.find() == str(names[0])
