"""The ledger by itself."""

import json
from pathlib import Path

import pytest

from modem.simulator.ledger import Ledger


async def test_entries_are_numbered_counted_and_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.record("stored", modem=0)
    ledger.record("deleted", modem=0)
    ledger.record("stored", modem=1)
    await ledger.wait_for_count("stored", 2)
    with pytest.raises(TimeoutError):
        await ledger.wait_for_count("deleted", 2, timeout=0.01)
    assert [entry["seq"] for entry in ledger.of("stored")] == [1, 3]
    ledger.close()
    written = [json.loads(line) for line in read(tmp_path / "ledger.jsonl")]
    assert written == ledger.entries


def read(path: Path) -> list[str]:
    return path.read_text().splitlines()
