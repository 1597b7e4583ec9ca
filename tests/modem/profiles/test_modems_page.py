"""docs/modems.md tells what the transcripts and the profiles say, and leaves none of them out."""

import re

import pytest

from modem.profiles import PROFILES
from tests.modem.profiles.test_profiles import RECOGNISED, ROOT, TRANSCRIPTS
from tests.modem.replay.expectations import EXPECTATIONS

PAGE = (ROOT / "docs/modems.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
MODEMS = {row[0].strip("`"): row[1:] for row in ROWS if row[0].strip("`") in TRANSCRIPTS}
NAMES = [profile.name for profile in PROFILES]
FOLDERS = ("docs/", "modem/", "tests/")


def test_every_transcript_has_its_row() -> None:
    assert set(MODEMS) == set(TRANSCRIPTS)
    assert all(len(cells) == 4 for cells in MODEMS.values())


def test_every_profile_has_its_row_in_the_order_of_recognition() -> None:
    table = PAGE[PAGE.index("## Profiles") : PAGE.index("## Settings that are yours")]
    assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == NAMES


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_row_says_what_the_transcript_says(name: str) -> None:
    model, firmware, profile, seen = MODEMS[name]
    assert TRANSCRIPTS[name]["model"].startswith(model)
    assert firmware == (TRANSCRIPTS[name].get("firmware") or "")
    expected = RECOGNISED.get(name)
    assert profile.strip("()`") in NAMES
    assert expected is None or profile == f"`{expected}`"
    for brackets in re.findall(r"\((`[^()]*)\)", seen):
        for dialogue in re.findall(r"`([^`]+)`", brackets):
            assert f"{name}: {dialogue}" in EXPECTATIONS


def test_what_the_page_points_to_is_there() -> None:
    paths = [path for path in re.findall(r"`([\w./]+)`", PAGE) if path.startswith(FOLDERS)]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_whoever_looks_for_the_page_is_led_to_it() -> None:
    for name in ("README.md", "config.example.toml", "ARCHITECTURE.md"):
        assert "docs/modems.md" in (ROOT / name).read_text("utf-8")
