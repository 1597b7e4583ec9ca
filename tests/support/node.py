"""Running JavaScript clients against a daemon: ``make test`` puts them into build/node_modules where there is npm."""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

MODULES = Path(os.environ.get("SIMGATE_NODE_MODULES") or "build/node_modules").resolve()
NODE = shutil.which("node")
SCRIPT_S = 30.0

needs_node = pytest.mark.skipif(
    NODE is None or not MODULES.is_dir(), reason="needs node and npm, which .ci/run installs (build/node_modules)"
)


async def run_script(script: str, directory: Path, **given: Any) -> Any:
    """What an ES module prints as JSON on its last line; ``given`` is its ``JSON.parse(process.argv[2])``."""
    assert NODE is not None
    (directory / "node_modules").symlink_to(MODULES)  # a module is looked for beside the script
    path = directory / "script.mjs"
    path.write_text(script)
    process = await asyncio.create_subprocess_exec(
        NODE, str(path), json.dumps(given), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(SCRIPT_S):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()
    return json.loads(output.decode().strip().splitlines()[-1])
