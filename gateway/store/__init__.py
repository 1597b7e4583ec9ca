"""The one queue on disk: ``open_store`` gives it; ``contract.Store`` says what it promises."""

from pathlib import Path

from gateway.aio import Clock
from gateway.store.contract import Store
from gateway.store.sqlite import SqliteStore

FILE = "simgate.db"


def database_path(url: str, data_dir: Path) -> Path:
    """Where the database of a store's url lies: "sqlite" in the state directory, "sqlite:///FILE" where it says.

    Raises ValueError for any other url.
    """
    if url == "sqlite":
        return data_dir / FILE
    prefix = "sqlite:///"
    if url.startswith(prefix) and len(url) > len(prefix):
        return data_dir / url.removeprefix(prefix)
    raise ValueError(f"store.url {url!r}: only 'sqlite' and 'sqlite:///FILE' are known")


async def open_store(url: str, data_dir: Path, *, clock: Clock) -> Store:
    """Open the store, made or migrated to this version's schema where needed.

    The caller holds the lock of the state directory (``store.lock``) and closes the store, or the process hangs.
    Raises ValueError for an unknown url, SchemaTooNew, DatabaseDamaged.
    """
    return await SqliteStore.open(database_path(url, data_dir), clock)
