"""``simgate demo``, as somebody sees it who tries this for the first time."""

import asyncio
import signal
import sys

import pytest

from tests.support.daemon import free_port

STEPS = (
    "1. A short message",
    "2. A long message, in parts",
    "3. Emoji and other scripts",
    "4. A reply comes in",
    "5. The sendsms API",
    "6. The smssend API",
    "7. The rest-sms API",
    "8. The enswitch API",
    "9. The messaging API",
    "none lost, none sent twice",
)


async def demo(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "demo", "--port", str(free_port()), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.timeout(120)
async def test_the_tour_shows_every_step_and_ends_with_0() -> None:
    process = await demo("--once")
    async with asyncio.timeout(100):
        out, err = await process.communicate()
    text = out.decode()
    assert process.returncode == 0, text + err.decode()
    places = [text.find(step) for step in STEPS]
    assert -1 not in places
    assert places == sorted(places)
    for state in ("queued", "sending", "sent", "delivered"):
        assert text.count(f"  {state}") >= 4
    assert "signature checked" in text
    assert err.decode() == ""


@pytest.mark.timeout(120)
async def test_after_the_tour_it_stays_up_with_lines_to_try_until_it_is_interrupted() -> None:
    process = await demo()
    assert process.stdout is not None
    text = ""
    async with asyncio.timeout(100):
        while "Ctrl-C ends it all." not in text:
            line = (await process.stdout.readline()).decode()
            assert line, text
            text += line
        url = next(word for word in text.split() if word.endswith("/docs")).removesuffix("/docs")
        assert f"{url}/v1/messages" in text
        assert "x-api-key: gsk_" in text
        process.send_signal(signal.SIGINT)
        await process.communicate()
    assert process.returncode == 0
