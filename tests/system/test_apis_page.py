"""docs/apis.md is true: every command on it is run, with curl, against a gateway on a simulated modem.

``SIMGATE_WRITE_DOCS=1`` writes what really came into the page where that is not what it tells, instead of failing.
"""

import os
import re
import shlex
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from api.front import Front
from api.fronts import build_fronts
from api.openapi import openapi_path
from api.v1.front import V1
from gateway.cli.parser import build_parser
from tests.support.apis_page import Call, Inbound, answer, differences, place, run, steps
from tests.support.stage import Stage, receiving, staged

PAGE = Path(__file__).parents[2] / "docs/apis.md"
WRITING = "SIMGATE_WRITE_DOCS" in os.environ
URL, HOOK = "http://127.0.0.1:8080", "https://example.org/hook"
"""What the page shows for this gateway's address and for a receiver of webhooks."""
NUMBERS = ("+13109060901", "+13109060902")

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, modems=2, numbers=NUMBERS) as stage:
        yield stage


@needs_curl
async def test_every_call_gets_the_answer_that_the_page_tells(stage: Stage) -> None:
    await stage.login("user", "correct horse")
    await stage.login("default", "correct horse")
    page = PAGE.read_text()
    wrong: list[str] = []
    shown: list[tuple[Call, str]] = []
    async with receiving() as receiver:
        admin = await stage.new_key(scopes=["admin"])
        environ = {"URL": stage.url, "KEY": stage.key, "ADMIN": admin, "HOOK": receiver.url}
        for step in steps(page):
            if isinstance(step, Inbound):
                await _comes_in(stage, step)
                continue
            status, body = await run(step.command, environ)
            found = [f"status {status}"] if status != step.status else differences(step.body, body)
            if found:
                wrong.append(f"{step.command}\n  {'; '.join(found)}\n  {body[:500]}")
                told = _without_secrets(body.replace(stage.url, URL).replace(receiver.url, HOOK))
                shown.append((step, answer(status, told)))
            if status < 400:
                environ |= {name: place(body, path) for name, path in step.bound.items()}
    if WRITING:
        PAGE.write_text(_rewritten(page, shown))
    assert WRITING or not wrong, "\n".join(wrong)


async def test_webhooks_tell_what_the_page_shows_of_each_format(stage: Stage) -> None:
    told = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    async with receiving() as receiver:
        for format_ in ("sendsms", "messaging", "3cx"):
            hook = {"url": receiver.url, "format": format_, "dlr": format_ == "messaging"}
            await stage.ask("POST", "/v1/webhooks", hook)
        await stage.ask("POST", "/v1/messages", {"to": "+13105551212", "from": "office", "text": "hi"})
        stage.bank.deliver(0, sender="+13105551212", text="Hello back")
        came = [body.decode() for _, body in await receiver.first(len(told) + 1)]  # and N201
    assert len(told) == 5
    assert [shown for shown in told if all(differences(shown, body) for body in came)] == []


async def _comes_in(stage: Stage, sms: Inbound) -> None:
    known = len(await stage.received(0))
    stage.bank.deliver(0, sender=sms.sender, text=sms.text)
    await stage.received(known + 1)


def _without_secrets(body: str) -> str:
    return re.sub(r"whsec_[\w+/=]+", "whsec_…", re.sub(r"(gsk_\w{8})_\w{32}", r"\1_…", body))


def _rewritten(page: str, shown: Sequence[tuple[Call, str]]) -> str:
    for call, text in reversed(shown):
        page = page[: call.start] + text + page[call.end :]
    return page


async def test_every_route_of_every_api_has_a_call(stage: Stage) -> None:
    calls = {request for step in steps(PAGE.read_text()) if isinstance(step, Call) for request in step.requests()}
    fronts: list[Front] = [V1(stage.gateway, stage.running.metrics), *build_fronts(stage.gateway, stage.settings)]
    routes = [
        (route.method, openapi_path(route.path))
        for front in fronts
        if front.about() is not None
        for route in front.routes()
        if route.told is not None
    ]
    missing = [
        f"{method} {path}"
        for method, path in routes
        if not any(method == asked and _is_at(path, at) for asked, at in calls)
    ]
    assert not missing


def _is_at(template: str, path: str) -> bool:
    """A slash at the end does not count."""
    pieces = re.split(r"({\w+})", template.rstrip("/"))
    pattern = "".join("[^/]+" if piece.startswith("{") else re.escape(piece) for piece in pieces)
    return re.fullmatch(pattern, path.rstrip("/")) is not None


def test_every_command_on_the_page_is_one_of_ours() -> None:
    lines = re.findall(r"^(?:.*\| )?simgate (.+)$", PAGE.read_text(), re.MULTILINE)
    assert lines
    for line in lines:
        build_parser().parse_args(shlex.split(line))
