"""A store's promises about accounts by their other names, logins and sessions."""

from dataclasses import replace

import pytest

from gateway.domain.access import Account, AccountSettings, Key, Session
from gateway.domain.errors import Conflict, NotFound, Rejected
from gateway.store.contract import Store
from tests.gateway.contract.build import HOUR, NOW, SECOND

LICENSEE = "00112233445566778899aabbccddeeff"


def login(username: str = "alice", *, id_: str = "login001", account: str = "default") -> Key:
    return Key(id_, account, "login", b"kept", ("messages:send",), NOW, username=username, fronts=("enswitch",))


def session(token: bytes, key: str = "login001", **changed: object) -> Session:
    return replace(Session(token, key, False, created_at=NOW, used_at=NOW), **changed)  # type: ignore[arg-type]


def never(_: Session) -> bool:
    return False


class Naming:
    async def test_an_account_is_found_by_each_of_its_names(self, store: Store):
        made = await store.access.create_account("acme", AccountSettings(), NOW, licensee_id=LICENSEE)
        assert made.licensee_id == LICENSEE
        for found in (
            await store.access.find_account("acme"),
            await store.access.find_account(made.id),
            await store.access.account_of(num=made.num),
            await store.access.account_of(licensee_id=LICENSEE),
        ):
            assert found == made
        assert await store.access.find_account("nobody") is None
        assert await store.access.account_of(num=999) is None
        assert await store.access.account_of(licensee_id="0" * 32) is None

    async def test_every_account_has_a_licensee_id_of_its_own(self, store: Store):
        ids = [account.licensee_id for account in await store.accounts()]
        assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in ids)
        assert len(set(ids)) == len(ids)

    async def test_neither_a_name_nor_a_licensee_id_is_given_twice(self, store: Store):
        await store.access.create_account("acme", AccountSettings(), NOW, licensee_id=LICENSEE)
        with pytest.raises(Conflict):
            await store.access.create_account("acme", AccountSettings(), NOW)
        with pytest.raises(Conflict):
            await store.access.create_account("branch", AccountSettings(), NOW, licensee_id=LICENSEE)
        with pytest.raises(Conflict):
            await store.access.change_account("default", lambda one: replace(one, licensee_id=LICENSEE))
        assert await store.account("branch") is None

    async def test_a_change_is_made_of_what_stands_or_not_at_all(self, store: Store, reopen):
        def quota(account: Account) -> Account:
            settings = replace(account.settings, segments_per_day=account.settings.segments_per_day + 1)
            return replace(account, settings=settings, suspended_at=NOW)

        def refuse(_: Account) -> Account:
            raise Rejected("invalid_request", "no")

        store.bells.access.clear()
        for _ in range(3):
            changed = await store.access.change_account("default", quota)
        assert store.bells.access.rung
        with pytest.raises(Rejected):
            await store.access.change_account("default", refuse)
        with pytest.raises(NotFound):
            await store.access.change_account("nobody", quota)
        again = await reopen()
        assert await again.account("default") == changed
        assert (changed.settings.segments_per_day, changed.suspended_at) == (3, NOW)

    async def test_accounts_are_listed_newest_first_in_pages(self, store: Store):
        names = [one.name for one in await store.access.accounts(1)]
        [first] = await store.access.accounts(1)
        names += [one.name for one in await store.access.accounts(10, first.num)]
        assert names == ["other", "default"]


class LoggingIn:
    async def test_a_login_is_found_by_its_user_name_alone(self, store: Store, reopen):
        made = await store.access.add_login(login(account="other"))
        again = await reopen()
        assert await again.access.login("alice") == made == login(account="other")
        assert made.num > 0
        assert await again.access.login("ALICE") is None
        assert await again.access.login("") is None
        with pytest.raises(NotFound):
            await again.access.add_login(login("bob", id_="x", account="nobody"))

    async def test_a_user_name_is_given_once_while_it_stands(self, store: Store):
        await store.access.add_login(login())
        for account in ("default", "other"):
            with pytest.raises(Conflict):
                await store.access.add_login(login(id_="login002", account=account))
        assert not await store.access.remove_login("other", "login001", NOW)
        assert await store.access.remove_login("default", "login001", NOW)
        assert not await store.access.remove_login("default", "login001", NOW)
        assert await store.access.login("alice") is None
        assert (await store.access.add_login(login(id_="login002", account="other"))).account == "other"

    async def test_logins_and_keys_are_listed_apart_by_account(self, store: Store):
        for n in range(3):
            await store.access.add_login(login(f"user{n}", id_=f"login{n}"))
            await store.add_key(Key(f"key{n}", "default", "api_key", b"hash", (), NOW))
        await store.access.add_login(login("stranger", id_="login9", account="other"))
        await store.access.remove_login("default", "login1", NOW)
        assert [one.id for one in await store.access.logins("default", 10)] == ["login2", "login0"]
        page = await store.access.keys("default", 2)
        assert [one.id for one in page] == ["key2", "key1"]
        assert [one.id for one in await store.access.keys("default", 2, page[-1].num)] == ["key0"]
        assert not await store.revoke_key("default", "login0", NOW)
        assert not await store.access.remove_login("default", "key0", NOW)


class Sessions:
    async def test_a_session_is_kept_with_its_last_use_until_it_is_closed(self, store: Store, reopen):
        await store.access.add_login(login())
        await store.access.open_session(session(b"one"), most=10, ended=never)
        await store.access.sessions_used({b"one": NOW + HOUR, b"none": NOW})
        again = await reopen()
        assert await again.access.session(b"one") == session(b"one", used_at=NOW + HOUR)
        again.bells.access.clear()
        await again.access.close_session(b"one")
        assert again.bells.access.rung
        assert await again.access.session(b"one") is None
        await again.access.close_session(b"one")

    async def test_those_that_have_ended_and_the_oldest_make_room(self, store: Store):
        await store.access.add_login(login())
        await store.access.add_login(login("bob", id_="login002"))
        await store.access.open_session(session(b"bobs", "login002"), most=1, ended=never)
        for n in range(4):
            await store.access.open_session(session(b"%d" % n, used_at=NOW + n * SECOND), most=3, ended=never)
        assert [await store.access.session(b"%d" % n) is None for n in range(4)] == [True, False, False, False]
        await store.access.open_session(session(b"new"), most=3, ended=lambda one: one.token_hash == b"3")
        assert await store.access.session(b"3") is None
        assert await store.access.session(b"2") is not None
        assert await store.access.session(b"bobs") is not None

    async def test_sessions_go_with_their_login(self, store: Store):
        await store.access.add_login(login())
        await store.access.open_session(session(b"one"), most=10, ended=never)
        await store.access.remove_login("default", "login001", NOW)
        assert await store.access.session(b"one") is None
        for key in ("login001", "nobody"):
            with pytest.raises(NotFound):
                await store.access.open_session(session(b"two", key), most=10, ended=never)
