"""A machine of files under tmp_path, healthy until a test says otherwise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.doctor.case import Case, read_case
from gateway.doctor.finding import Finding, Verdict
from gateway.doctor.host import Host


@dataclass
class Machine:
    """``write`` files into its trees, give its programs answers, then take ``host`` or ``case``."""

    root: Path
    programs: dict[str, str | None] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    ran: list[Sequence[str]] = field(default_factory=list)
    fsync: list[float] = field(default_factory=lambda: [0.004] * 5)
    free: int = 10**10
    permitted: bool = True
    open_to_us: bool = True
    now: float = 1_800_000_000.0

    def __post_init__(self) -> None:
        for tree in ("sys", "proc", "dev", "state"):
            (self.root / tree).mkdir(parents=True)

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    def write(self, name: str, text: str = "") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def configure(self, text: str, mode: int = 0o640) -> None:
        self.write("config.toml", text).chmod(mode)

    def process(self, pid: int, name: str, opened: Path | None = None) -> None:
        self.write(f"proc/{pid}/comm", f"{name}\n")
        (self.root / f"proc/{pid}/fd").mkdir()
        if opened is not None:
            (self.root / f"proc/{pid}/fd/3").symlink_to(opened)

    def run_gateway(self, pid: int) -> None:
        """As the kernel shows one that has the state directory; the device number is that of an overlay."""
        lock = self.write("state/simgate.lock", f"{pid}\n")
        self.write("proc/locks", f"1: FLOCK  ADVISORY  WRITE {pid} 08:02:{lock.stat().st_ino} 0 EOF\n")

    @property
    def host(self) -> Host:
        async def run(command: Sequence[str]) -> str | None:
            self.ran.append(command)
            return next((said for start, said in self.programs.items() if " ".join(command).startswith(start)), None)

        async def resolve(name: str) -> list[str]:
            if name not in self.names:
                raise OSError(-2, "Name or service not known")
            return self.names[name]

        return Host(
            sys=self.root / "sys",
            proc=self.root / "proc",
            dev=self.root / "dev",
            run=run,
            resolve=resolve,
            fsync=lambda folder: self.fsync,
            free=lambda folder: self.free,
            may_use=lambda path: self.permitted,
            may_enter=lambda folder: self.open_to_us,
            now=lambda: self.now,
        )

    @property
    def case(self) -> Case:
        return read_case(self.host, self.config if self.config.exists() else None, self.state, {})


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


@pytest.fixture
def told() -> Callable[..., dict[str, Finding]]:
    """The findings of one check by their names; the last of each."""
    return lambda findings: {finding.check: finding for finding in findings}


def pytest_make_parametrize_id(val: object) -> str | None:
    return val.value if isinstance(val, Verdict) else None
