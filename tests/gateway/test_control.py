import asyncio
import json
import stat
from pathlib import Path

import pytest

from gateway.administration import Administration
from gateway.aio import SystemClock
from gateway.config import AccountEntry, LineSettings
from gateway.control import SOCKET, ask, make_accounts, put_lines, serving
from gateway.domain.access import AccountSettings
from gateway.domain.errors import GatewayError, NotPermitted
from gateway.metrics import Metrics
from gateway.services.access import Access
from gateway.store import open_store


@pytest.fixture
async def store(tmp_path):
    store = await open_store("sqlite", tmp_path, clock=SystemClock())
    await make_accounts(store, (), SystemClock())
    yield store
    await store.close()


@pytest.fixture
def access(store):
    return Access(store, SystemClock(), metrics=Metrics(), rate=0)


@pytest.fixture
async def asked(store, access, tmp_path):
    """Ask the socket of a daemon whose one line is open to all accounts."""
    lines = (LineSettings("office", device="/dev/x"),)
    await put_lines(store, lines, SystemClock())

    async def ask_it(command, **arguments):
        return await asyncio.to_thread(ask, tmp_path, command, arguments)

    async with serving(Administration(store, access, SystemClock()), tmp_path):
        yield ask_it


async def test_a_key_made_through_the_socket_opens_the_gateway(asked, access):
    made = await asked("keys.add", account="default", name="till")
    principal = await access.authenticate(made["key"], address="127.0.0.1")
    assert principal.account.name == "default"
    assert "admin" not in principal.scopes
    assert "messages:send" in principal.scopes


async def test_a_revoked_key_opens_nothing_any_more(asked, access):
    made = await asked("keys.add", account="default")
    await access.authenticate(made["key"], address="127.0.0.1")
    await asked("keys.revoke", key=made["key"])
    with pytest.raises(NotPermitted):
        await access.authenticate(made["key"], address="127.0.0.1")


async def test_the_list_of_keys_has_no_secrets(asked):
    made = await asked("keys.add", account="default")
    listed = await asked("keys.list", account=None)
    assert [key["id"] for key in listed] == [made["id"]]
    assert made["key"].rpartition("_")[2] not in json.dumps(listed)


async def test_a_key_may_have_fewer_scopes_and_one_network(asked, access):
    made = await asked("keys.add", account="default", scopes=["messages:send"], ip_allow=["10.0.0.0/8"])
    principal = await access.authenticate(made["key"], address="10.1.2.3")
    assert principal.scopes == {"messages:send"}
    with pytest.raises(NotPermitted):
        await access.authenticate(made["key"], address="192.168.0.1")


@pytest.mark.parametrize(
    ("command", "arguments", "says"),
    [
        ("keys.add", {"account": "nobody"}, 'no account "nobody"'),
        ("keys.add", {"account": "default", "scopes": ["everything"]}, "everything"),
        ("keys.revoke", {"key": "gsk_00000000"}, "no key"),
        ("keys.list", {"account": "nobody"}, 'no account "nobody"'),
        ("accounts.add", {"name": "default", "settings": {}}, "already"),
        ("accounts.add", {"name": "a b", "settings": {}}, "allowed"),
        ("accounts.set", {"name": "default", "settings": {"default_county": "DE"}}, "did you mean default_country"),
        ("accounts.set", {"name": "nobody", "settings": {}}, "no account"),
        ("accounts.suspend", {"name": "nobody"}, "no account"),
        ("accounts.show", {"name": "nobody"}, "no account"),
        ("accounts.set", {"name": "default", "settings": {"name": "other"}}, "it stays"),
        ("accounts.set", {"name": "default", "settings": {"max_segments": 0, "timezone": 1}}, "timezone.*max_segments"),
        ("accounts.login.add", {"account": "nobody", "username": "a", "password": "12345678"}, 'no account "nobody"'),
        ("accounts.login.add", {"account": "default", "username": "a:b", "password": "12345678"}, "username"),
        ("accounts.login.add", {"account": "default", "username": "a", "password": "short"}, "8 to 128"),
        ("accounts.login.list", {"account": "nobody"}, "no account"),
        ("accounts.login.remove", {"username": "nobody"}, "no user"),
        ("keys.add", {"account": "default", "fronts": ["No Front"]}, "fronts"),
        ("keys.burn", {}, "does not know keys.burn"),
        ("keys.add", {"colour": "red"}, "does not understand"),
    ],
)
async def test_what_cannot_be_done_is_a_sentence(asked, command, arguments, says):
    with pytest.raises(GatewayError, match=says):
        await asked(command, **arguments)


async def test_accounts_are_made_changed_and_suspended(asked, access):
    await asked("accounts.add", name="shop", settings={"default_country": "DE"})
    changed = await asked("accounts.set", name="shop", settings={"segments_per_day": 100})
    assert changed["settings"]["default_country"] == "DE"
    assert changed["settings"]["segments_per_day"] == 100
    key = (await asked("keys.add", account="shop"))["key"]
    await asked("accounts.suspend", name="shop")
    with pytest.raises(NotPermitted, match="suspended"):
        await access.authenticate(key, address="127.0.0.1")
    await asked("accounts.resume", name="shop")
    await access.authenticate(key, address="127.0.0.1")
    assert [account["name"] for account in await asked("accounts.list")] == ["default", "shop"]


async def test_a_login_made_through_the_socket_opens_the_gateway_until_it_is_removed(asked, access):
    await asked("accounts.add", name="shop", settings={})
    made = await asked(
        "accounts.login.add", account="shop", username="shop", password="pass: word", fronts=["rest-sms"]
    )
    assert (made["username"], made["account"], made["fronts"]) == ("shop", "shop", ["rest-sms"])
    assert (await access.login("shop", "pass: word", address="127.0.0.1")).account.name == "shop"
    assert await asked("accounts.login.list", account="shop") == await asked("accounts.login.list")
    shown = await asked("accounts.show", name="shop")
    assert [one["username"] for one in shown["logins"]] == ["shop"]
    assert len(shown["licensee_id"]) == 32
    assert "pass: word" not in json.dumps([made, shown])
    assert await asked("keys.list") == []
    with pytest.raises(GatewayError, match="already"):
        await asked("accounts.login.add", account="default", username="shop", password="pass: word")
    await asked("accounts.login.remove", username="shop")
    assert await asked("accounts.login.list") == []
    with pytest.raises(NotPermitted):
        await access.login("shop", "pass: word", address="127.0.0.1")


async def test_a_key_may_open_some_fronts_only(asked, access):
    made = await asked("keys.add", account="default", fronts=["v1"])
    principal = await access.authenticate(made["key"], address="127.0.0.1")
    principal.need_front("v1")
    with pytest.raises(NotPermitted):
        principal.need_front("sendsms")


async def test_a_line_open_to_all_is_open_to_an_account_made_later(asked, store):
    await asked("accounts.add", name="shop", settings={})
    [line] = await store.lines()
    assert line.serves("shop")
    assert line.id.casefold() in await store.senders.words("shop")


async def test_a_backup_is_a_whole_database(asked, tmp_path):
    await asked("accounts.add", name="shop", settings={})
    (tmp_path / "copy").mkdir()
    await asked("backup", path=str(tmp_path / "copy" / "simgate.db"))
    copy = await open_store("sqlite", tmp_path / "copy", clock=SystemClock())
    try:
        assert await copy.account("shop") is not None
    finally:
        await copy.close()


async def test_a_backup_that_cannot_be_written_is_refused_with_a_sentence(asked, tmp_path):
    with pytest.raises(GatewayError):
        await asked("backup", path=str(tmp_path / "gone" / "simgate.db"))


async def test_only_the_owner_may_use_the_socket(asked, tmp_path):
    assert stat.S_IMODE((tmp_path / SOCKET).stat().st_mode) == 0o600


async def test_a_socket_that_a_dead_daemon_left_is_replaced(store, access, tmp_path):
    (tmp_path / SOCKET).touch()
    async with serving(Administration(store, access, SystemClock()), tmp_path):
        assert await asyncio.to_thread(ask, tmp_path, "accounts.list", {})
    with pytest.raises(FileNotFoundError):
        ask(tmp_path, "accounts.list", {})


async def test_a_state_directory_with_a_very_long_name_has_its_socket_too(store, access, tmp_path):
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    async with serving(Administration(store, access, SystemClock()), deep):
        assert await asyncio.to_thread(ask, deep, "accounts.list", {})


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b"not json\n", b'{"command":1}\n', b"x" * 100_000])
async def test_nonsense_is_answered_or_dropped_and_others_are_served(asked, tmp_path, line):
    reader, writer = await asyncio.open_unix_connection(Path(tmp_path) / SOCKET)
    writer.write(line)
    writer.write_eof()
    assert not (await reader.read()).startswith(b'{"ok"')
    writer.close()
    assert await asked("accounts.list")


async def test_accounts_of_the_configuration_are_made_once_and_then_kept(store):
    entries = (AccountEntry("shop", AccountSettings(default_country="DE")),)
    await make_accounts(store, entries, SystemClock())
    await store.put_account("shop", AccountSettings(default_country="AT"), SystemClock().now())
    await make_accounts(store, entries, SystemClock())
    shop = await store.account("shop")
    assert shop is not None
    assert shop.settings.default_country == "AT"
