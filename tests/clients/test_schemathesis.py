"""Native §9, test 12, and the same for every front: schemathesis asks what each document says can be asked.

No 5xx, no status and no media type that the document does not tell, no body off its schema.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.config import ReadySettings
from tests.support.stage import Stage, staged

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES = os.environ.get("SIMGATE_EXAMPLES", "8")
"""For each operation; more of them by hand: SIMGATE_EXAMPLES=500 make test ARGS=tests/clients/test_schemathesis.py."""
RUN_S = 240
USER, PASSWORD = "default", "correct horse battery staple"
SETTINGS = f"""
[parameters]
wait = 0
"query.auth_username" = "{USER}"
"query.auth_password" = "{PASSWORD}"
"""
"""Nobody waits for the next message, and what carries its login in the query carries ours."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    # the line may be down: what is tried out also reboots the modem, and says so truly at /readyz
    async with staged(tmp_path / "gateway", ready=ReadySettings(min_lines=0)) as stage:
        await stage.administer("accounts.login.add", account="default", username=USER, password=PASSWORD)
        yield stage


def login_of(front: str, stage: Stage) -> tuple[str, ...]:
    """How the calls to a front log in."""
    match front:
        case "v1" | "smssend":
            return ("--header", f"Authorization: Bearer {stage.key}")
        case "sendsms":
            return ("--header", f"x-api-key: {stage.key}")
        case "enswitch":
            return ()
        case _:
            return ("--auth", f"{USER}:{PASSWORD}")


@pytest.mark.timeout(RUN_S + 60)
@pytest.mark.parametrize("front", ["v1", "enswitch", "messaging", "rest-sms", "sendsms", "smssend"])
async def test_native_12_no_answer_is_a_5xx_or_off_its_document(stage: Stage, tmp_path: Path, front: str) -> None:
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)),
        *("run", f"{stage.url}/docs/{front}/openapi.json", *login_of(front, stage)),
        *("--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", "1"),
        *("--continue-on-failure", "--no-color"),
        *("--exclude-path-regex", "^/v1/(events/stream|lines/[^/]+/trace)$"),  # they never end
        cwd=tmp_path,  # it leaves its data where it runs
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(RUN_S):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, output.decode()
