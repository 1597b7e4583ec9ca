"""Files that come with an enswitch message: EN-12."""

import base64
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from api.fronts.enswitch.files import Unreadable, decode
from tests.support.enswitch import LOGIN, NUMBER, OK, SEEDS, Answer, Enswitch
from tests.support.stage import Stage

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
PLUSES = b"\xfb\xef\xbe" * 30
"""Base64 of it is full of + in one alphabet and - in the other."""


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@pytest.fixture
def stage_options() -> Mapping[str, Any]:
    return {"numbers": (NUMBER,)}


@pytest.fixture
async def enswitch(stage: Stage) -> Enswitch:
    await stage.login("user", "password")
    return Enswitch(stage)


@pytest.mark.parametrize(
    "text",
    [
        b64(PLUSES),
        b64(PLUSES).replace("+", " "),
        base64.urlsafe_b64encode(PLUSES).decode(),
        b64(PLUSES).rstrip("="),
        base64.encodebytes(PLUSES).decode().replace("\n", "\r\n"),
    ],
)
def test_en_12_base64_as_callers_send_it(text: str) -> None:
    assert "+" in b64(PLUSES)
    assert decode(text) == PLUSES


@pytest.mark.parametrize("text", ["?", "a", "abcde", "ab\x00c", "käse", "ab*c"])
def test_en_12_what_is_no_base64(text: str) -> None:
    with pytest.raises(Unreadable):
        decode(text)


async def test_en_12_files_become_links_behind_the_text(enswitch: Enswitch) -> None:
    files = {"filename1": "dot.png", "file1": b64(PNG), "file3": b64(b"hello"), "message": "look"}
    assert await enswitch.told(**files) == [("204", "")]
    (text,) = await enswitch.texts(1)
    first, *links = text.split("\n")
    assert first == "look"
    assert len(links) == 2
    for link, octets, name in zip(links, (PNG, b"hello"), ("dot.png", "file3.txt"), strict=True):
        async with enswitch.stage.http.get(link.removeprefix("https://sms.example")) as answer:
            assert (answer.status, await answer.read()) == (200, octets)
            assert answer.headers["Content-Disposition"].endswith(f"filename*=UTF-8''{name}")


async def test_en_12_blanks_are_turned_back_to_pluses(enswitch: Enswitch) -> None:
    query = f"{'&'.join(f'{name}={value}' for name, value in (LOGIN | SEEDS).items())}&file1={b64(PLUSES)}"
    assert (await enswitch.get(query)).responses == OK
    (text,) = await enswitch.texts(1)
    async with enswitch.stage.http.get(text.split("\n")[1].removeprefix("https://sms.example")) as answer:
        assert await answer.read() == PLUSES


async def test_en_12_a_file_alone_is_a_message(enswitch: Enswitch) -> None:
    assert await enswitch.told(message=..., file1=b64(PNG)) == [("204", "")]
    (text,) = await enswitch.texts(1)
    assert text.startswith("https://sms.example/m/")


async def test_en_12_an_account_that_sends_no_files(enswitch: Enswitch) -> None:
    await enswitch.stage.account(media_policy="reject")
    answer = await enswitch.send(file2=b64(PNG))
    assert answer.responses == [{"code": "400", "key": "file1", "message": "Files can not be sent from this line."}]
    assert await enswitch.told(message=..., file1=b64(PNG)) == [("400", "message"), ("400", "file1")]
    assert await enswitch.stage.messages() == []


@pytest.mark.parametrize(
    ("parameters", "keys"),
    [
        ({"file1": "YQ==", "file2": "?"}, ["file2"]),
        ({"filename1": "a.txt"}, ["filename1"]),
        ({"filename1": "a.txt", "file1": ""}, ["filename1"]),
        ({"filename1": "../x", "file1": "YQ=="}, ["filename1"]),
        ({"filename1": "c:\\x", "file1": "YQ=="}, ["filename1"]),
        ({"filename1": "..", "file1": "YQ=="}, ["filename1"]),
        ({"filename1": "x" * 129, "file1": "YQ=="}, ["filename1"]),
        ({"filename1": "a\nb", "file1": "YQ=="}, ["filename1"]),
        ({f"file{number}": "YQ==" for number in range(1, 12)}, ["file11"]),
        ({"filename11": "a", "file2": "?"}, ["filename11", "file2"]),
        (
            {"filename2": "../x", "file1": "?", "filename1": "/", "file2": "?"},
            ["filename1", "filename2", "file1", "file2"],
        ),
        ({"file1": "="}, ["file1"]),
    ],
)
async def test_en_12_a_wrong_file_or_name_is_named(
    enswitch: Enswitch, parameters: dict[str, str], keys: list[str]
) -> None:
    assert await enswitch.told(**parameters) == [("400", key) for key in keys]
    assert await enswitch.stage.messages() == []


async def test_en_12_files_that_are_too_large(enswitch: Enswitch) -> None:
    mebibyte = 1024 * 1024

    async def post(files: dict[str, str]) -> Answer:
        body = io.BytesIO(urlencode(LOGIN | SEEDS | files).encode())
        return await enswitch.post(data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert (await post({"file1": b64(bytes(mebibyte + 1))})).told == [("400", "file1")]
    most = {f"file{number}": b64(bytes([number]) * mebibyte) for number in range(1, 6)}
    answer = await post(most | {"file6": "YQ=="})
    assert answer.responses == [{"code": "400", "key": "file6", "message": "Files larger than 5 MiB in all."}]
    assert (await post(most)).responses == OK
    await enswitch.stage.submitted(2)  # five links take two parts
