"""What is examined: the machine, the configuration as far as it can be read, and whether a gateway runs there."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from gateway.config import SERVICE_CONFIG, SERVICE_DATA, ConfigError, Settings, load, state_directory
from gateway.control import LOCK
from gateway.doctor.host import Host
from gateway.ports.holders import lock_holder
from gateway.store import database_path


@dataclass(frozen=True, slots=True)
class Case:
    """faults: why the configuration cannot be read; settings are then the defaults, and no line is known.

    running: the process of the gateway that has the state directory; None also where that is ``closed`` to us.
    """

    host: Host
    settings: Settings
    faults: ConfigError | None = None
    running: int | None = None

    @property
    def database(self) -> Path:
        return database_path(self.settings.store.url, self.settings.data_dir)

    @property
    def closed(self) -> bool:
        """The state directory is another user's, and nothing in it can be looked at."""
        return self.settings.data_dir.exists() and not self.host.may_enter(self.settings.data_dir)

    @property
    def options(self) -> str:
        """The options that name this configuration and state to another command."""
        config = f" --config {quote(str(self.settings.source))}" if self.settings.source else ""
        return f"{config} --data-dir {quote(str(self.settings.data_dir))}"

    @property
    def edit(self) -> str:
        """The command that changes the configuration."""
        return f"sudoedit {quote(str(self.settings.source or '/etc/simgate/config.toml'))}"

    @property
    def config_name(self) -> str:
        return str(self.settings.source or "the configuration")


def read_case(host: Host, config: Path | None, data_dir: Path | None, environ: Mapping[str, str] = os.environ) -> Case:
    """config, data_dir: as of ``config.load``."""
    data_dir = data_dir or _service_data(config, environ)
    faults = None
    try:
        settings = load(config, data_dir, environ)
    except ConfigError as error:
        faults = error
        source = Path(error.source)
        settings = Settings(data_dir=state_directory(data_dir, source, environ), source=source)
    return Case(host, settings, faults, running_gateway(host, settings.data_dir))


def _service_data(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The service's own state: who may not write it means it all the same when he asks what is wrong."""
    is_service = config in (None, SERVICE_CONFIG) and SERVICE_CONFIG.exists() and not environ.get("STATE_DIRECTORY")
    return SERVICE_DATA if is_service and SERVICE_DATA.exists() else None


def running_gateway(host: Host, data_dir: Path) -> int | None:
    """Who holds the lock of a state directory."""
    lock = data_dir / LOCK
    return lock_holder(host.proc, lock, written=host.text(lock) or "")


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, to be read only. Raises sqlite3.Error."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        connection.close()
