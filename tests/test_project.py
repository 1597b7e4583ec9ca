"""What people pick the project up by: its metadata, its locks, its licence, and what is in the package they install."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from itertools import takewhile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ("modem", "gateway", "api")
STATIC = ROOT / "api/docs/static"

# Written apart, so that this file may be read by its own test.
FOREIGN = re.compile(
    r"files\.python" r"hosted|pypi\.org/" r"simple|/" r"root/|/" r"work/|--(extra-)?index" r"-url|--find" r"-links"
)


def tracked() -> list[Path]:
    """The files of the repository, relative to its root; without git, those of an unpacked archive."""
    if (ROOT / ".git").exists():
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
        )
        return [
            path for name in listing.stdout.split("\0") if name and (path := Path(name)) and (ROOT / path).is_file()
        ]
    leftovers = re.compile(r"\.venv|__pycache__|.*_cache|\.hypothesis|build|dist|var|htmlcov|.*\.egg-info|\.coverage.*")
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [path for path in found if not any(leftovers.fullmatch(part) for part in path.parts)]


def pins(lock: str) -> dict[str, str]:
    """Distribution to version, of a requirements file whose every entry is pinned."""
    lines = (ROOT / lock).read_text().splitlines()
    entries = [line.removesuffix("\\").split(";")[0].strip() for line in lines if re.match(r"\w", line)]
    assert all(entry.count("==") == 1 for entry in entries)
    return dict(entry.split("==") for entry in entries)


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_distribution_has_its_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\w)", (ROOT / lock).read_text().split("\n\n# ")[0])[1:]
    assert entries
    for entry in entries:
        hashes = list(takewhile(lambda line: "--hash" in line, entry.splitlines()[1:]))
        assert hashes, entry
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in hashes)


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.txt", [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]),
        ("requirements-dev.txt", [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]),
    ],
)
def test_the_lock_holds_what_the_project_asks_for(lock: str, wanted: list[str]) -> None:
    """When this fails after a change of pyproject.toml: `make lock`."""
    locked = pins(lock)
    for requirement in map(Requirement, wanted):
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, requirement
        assert requirement.specifier.contains(version), requirement


def test_tests_run_on_the_versions_that_users_run_on() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


def test_the_version_is_said_in_one_place() -> None:
    said = re.compile(rf"""["']{re.escape(PROJECT["project"]["version"])}["']""")
    assert [path for path in tracked() if path.suffix == ".py" and said.search((ROOT / path).read_text())] == []


def test_the_licence_is_the_one_the_metadata_names() -> None:
    assert PROJECT["project"]["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text()
    assert re.search(r"Apache License\s+Version 2\.0, January 2004", text)
    assert "END OF TERMS AND CONDITIONS" in text


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in tracked():
        text = (ROOT / path).read_text(errors="replace")
        found += [f"{path}: {match[0]}" for match in FOREIGN.finditer(text)]
    assert found == []


def test_vendored_files_are_as_published() -> None:
    sums = dict(line.split("  ")[::-1] for line in (STATIC / "SHA256SUMS").read_text().splitlines())
    vendored = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in STATIC.glob("swagger-ui*")}
    assert vendored == sums
    assert {
        "swagger-ui-bundle.js",
        "swagger-ui.css",
        "swagger-ui.LICENSE.txt",
        "swagger-ui.NOTICE.txt",
    } <= vendored.keys()


def test_an_installed_package_has_every_file_it_has_in_the_repository(tmp_path: Path) -> None:
    """Code in a folder without __init__.py and data that pyproject.toml does not declare work in a checkout only."""
    pytest.importorskip("setuptools", minversion="77", reason="`make test` installs the locked one")
    source = tmp_path / "source"
    for path in tracked():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes((ROOT / path).read_bytes())

    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run(
        [*build, "--wheel-dir", tmp_path, source],
        capture_output=True, text=True, timeout=50, env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )  # fmt: skip
    assert built.returncode == 0, built.stderr

    (wheel,) = tmp_path.glob("*.whl")
    installed = {name for name in zipfile.ZipFile(wheel).namelist() if not name.startswith("simgate-")}
    assert installed == {path.as_posix() for path in tracked() if path.parts[0] in PACKAGES}
