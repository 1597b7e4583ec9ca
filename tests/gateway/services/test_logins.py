"""Users and passwords, and the sessions they open: who gets in, who does not, what it costs, what is forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.access import AccountSettings, Principal
from gateway.domain.errors import Conflict, NotFound, NotPermitted, Rejected, Unavailable
from gateway.metrics import Metrics
from gateway.services import logins, passwords, sessions
from gateway.services.access import Access
from gateway.services.accounts import Accounts
from gateway.services.logins import Failures
from gateway.store import open_store

HERE, THERE = "192.0.2.1", "192.0.2.2"
PASSWORD = "correct: horse"


class TurnedClock:
    def __init__(self):
        self.past = 0.0

    def now(self):
        return datetime(2026, 11, 26, tzinfo=UTC) + timedelta(seconds=self.past)

    def monotonic(self):
        return 1000.0 + self.past

    def turn(self, seconds):
        self.past += seconds


@pytest.fixture
def clock():
    return TurnedClock()


@pytest.fixture
async def store(tmp_path, clock):
    store = await open_store("sqlite", tmp_path, clock=clock)
    try:
        await store.put_account("default", AccountSettings(), clock.now())
        await store.put_account("shop", AccountSettings(), clock.now())
        yield store
    finally:
        await store.close()


@pytest.fixture
def access(store, clock):
    return Access(store, clock, metrics=Metrics(), rate=0)


@pytest.fixture
def accounts(store, clock):
    return Accounts(store, clock)


@pytest.fixture
async def operator(store):
    return Principal(await store.account("default"), "", frozenset({"admin"}))


@pytest.fixture
async def alice(accounts, operator):
    return await accounts.add_login("shop", "alice", PASSWORD, by=operator)


@pytest.fixture
def computed(monkeypatch):
    """How often a password was really computed, for whom there is such a user and for whom there is none."""
    counts = {"known": 0, "unknown": 0}
    real = logins.matches

    async def counted(password, kept):
        counts["unknown" if kept is None else "known"] += 1
        return await real(password, kept)

    monkeypatch.setattr(logins, "matches", counted)
    return counts


async def refused(access, username, password=PASSWORD, address=HERE):
    with pytest.raises(NotPermitted) as refusal:
        await access.login(username, password, address=address)
    return refusal.value.code, str(refusal.value)


async def test_a_user_acts_in_his_account_with_what_his_login_may(access, accounts, operator):
    await accounts.add_login("shop", "bob", PASSWORD, by=operator, scopes=["messages:send"], fronts=["smssend"])
    principal = await access.login("bob", PASSWORD, address=HERE)
    assert (principal.account.name, principal.username) == ("shop", "bob")
    assert (principal.scopes, principal.fronts) == ({"messages:send"}, {"smssend"})
    with pytest.raises(NotPermitted, match="enswitch"):
        principal.need_front("enswitch")
    principal.need_front("smssend")


async def test_without_scopes_a_login_has_all_but_admin(access, alice):
    principal = await access.login("alice", PASSWORD, address=HERE)
    assert "admin" not in principal.scopes
    assert "messages:send" in principal.scopes


@pytest.mark.parametrize(("username", "password"), [(None, None), ("", "x"), ("alice", None), ("alice", "")])
async def test_half_a_credential_is_none(access, alice, username, password):
    assert (await refused(access, username, password))[0] == "auth_missing"


async def test_an_unknown_user_and_a_wrong_password_get_one_answer_at_one_cost(access, alice, computed):
    await access.login("alice", PASSWORD, address=HERE)
    assert await refused(access, "alice", "wrong password") == await refused(access, "nobody", "wrong password")
    assert computed == {"known": 2, "unknown": 1}


async def test_they_also_cost_the_same_look_ups(access, alice, store, monkeypatch):
    await access.login("alice", PASSWORD, address=HERE)
    looked = []
    real = store.access.login

    async def counted(username):
        looked.append(username)
        return await real(username)

    monkeypatch.setattr(store.access, "login", counted)
    await access.login("alice", PASSWORD, address=HERE)
    assert looked == []
    await refused(access, "alice", "wrong password")
    await refused(access, "nobody", "wrong password")
    assert looked == ["alice", "nobody"]


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("\ud800", PASSWORD),
        ("alice\0", PASSWORD),
        ("a" * 100_000, PASSWORD),
        ("alice", "\ud800" * 8),
        ("alice", "x" * 1_000_000),
        ("alice", PASSWORD + "\0"),
        ("ALICE", PASSWORD),
        (" alice", PASSWORD),
    ],
)
async def test_odd_credentials_are_refused_like_any_other(access, alice, computed, username, password):
    assert (await refused(access, username, password))[0] == "auth_invalid"
    assert sum(computed.values()) == 1


async def test_a_proven_password_is_computed_once_a_minute(access, alice, clock, computed):
    for _ in range(5):
        await access.login("alice", PASSWORD, address=HERE)
        await access.login("alice", PASSWORD, address=THERE)
    assert computed["known"] == 1
    clock.turn(logins.PROVEN_S)
    await asyncio.gather(*(access.login("alice", PASSWORD, address=HERE) for _ in range(20)))
    assert computed["known"] <= 1 + passwords.AT_ONCE


async def test_what_is_remembered_is_no_password(access, alice):
    await access.login("alice", PASSWORD, address=HERE)
    (proof,) = access._logins._proofs.values()
    assert PASSWORD.encode() not in proof.mac + proof.digest
    assert PASSWORD not in repr(proof)


async def test_accents_may_be_composed_either_way(access, accounts, operator):
    await accounts.add_login("shop", "zoé", "déjà vu, vu", by=operator)
    assert await access.login("zoé", "de\u0301ja\u0300 vu, vu", address=HERE)


async def test_a_removed_login_opens_nothing_at_once_and_its_name_is_free(access, accounts, operator, alice):
    await access.login("alice", PASSWORD, address=HERE)
    with pytest.raises(NotFound):
        await accounts.remove_login("default", alice.id, by=operator)
    await accounts.remove_login("shop", alice.id, by=operator)
    assert (await refused(access, "alice"))[0] == "auth_invalid"
    await accounts.add_login("default", "alice", "another one", by=operator)
    assert (await refused(access, "alice"))[0] == "auth_invalid"
    assert (await access.login("alice", "another one", address=HERE)).account.name == "default"


async def test_a_user_name_is_unique_in_the_whole_gateway(accounts, operator, alice):
    for account in ("shop", "default"):
        with pytest.raises(Conflict):
            await accounts.add_login(account, "alice", "another one", by=operator)


async def test_a_suspended_account_and_a_foreign_address_are_told_only_with_the_right_password(
    access, accounts, operator, clock
):
    await accounts.add_login("shop", "bob", PASSWORD, by=operator, ip_allow=["192.0.2.1/32"])
    assert (await refused(access, "bob", address=THERE))[0] == "ip_denied"
    assert (await refused(access, "bob", "wrong password", address=THERE))[0] == "auth_invalid"
    await accounts.update("shop", {}, by=operator, suspended=True)
    assert (await refused(access, "bob"))[0] == "account_blocked"
    assert (await refused(access, "bob", "wrong password"))[0] == "auth_invalid"
    await accounts.update("shop", {}, by=operator, suspended=False)
    assert await access.login("bob", PASSWORD, address=HERE)


async def test_an_api_key_is_no_login_and_a_login_no_api_key(access, alice, store, clock):
    from gateway.services.access import new_key

    key, plain = new_key("shop", now=clock.now())
    await store.add_key(key)
    assert (await refused(access, plain, "x" * 8))[0] == "auth_invalid"
    with pytest.raises(NotPermitted):
        await access.authenticate(f"gsk_{alice.id}_{PASSWORD}", address=HERE)
    assert not await store.revoke_key("shop", alice.id, clock.now())


@pytest.mark.parametrize(
    ("username", "password", "field"),
    [
        ("", PASSWORD, "username"),
        ("a:b", PASSWORD, "username"),
        ("a\nb", PASSWORD, "username"),
        (" a", PASSWORD, "username"),
        ("\ud800", PASSWORD, "username"),
        ("a" * 65, PASSWORD, "username"),
        ("a", "seven77", "password"),
        ("a", "x" * 129, "password"),
        ("a", "1234567\0", "password"),
        ("a", "1234567\ud800", "password"),
    ],
)
async def test_what_is_no_user_name_and_no_password(accounts, operator, username, password, field):
    with pytest.raises(Rejected) as refusal:
        await accounts.add_login("shop", username, password, by=operator)
    assert [fault.field for fault in refusal.value.faults] == [field]


@pytest.mark.parametrize("username", ["shop", "shop/till-2", "a" * 64, "Zoë Müller", "user@example.com", "+49301234"])
async def test_what_is_a_user_name(access, accounts, operator, username):
    await accounts.add_login("shop", username, "é" * 128, by=operator)
    assert (await access.login(username, "é" * 128, address=HERE)).username == username


async def test_when_a_login_was_used_is_written_in_bulk(access, alice, store, clock):
    await access.login("alice", PASSWORD, address=HERE)
    assert (await store.key(alice.id)).last_used_at is None
    clock.turn(61)
    await access.login("alice", PASSWORD, address=HERE)
    assert (await store.key(alice.id)).last_used_at == clock.now()


# ------------------------------------------------------------------------------------------- too many


async def test_ten_failures_refuse_that_name_from_there_for_five_minutes(access, alice, clock, computed):
    wrong = [await refused(access, "alice", f"wrong number {n}") for n in range(10)]
    done = dict(computed)
    assert await refused(access, "alice") == wrong[0]
    assert computed == done  # not even looked at
    assert await access.login("alice", PASSWORD, address=THERE)
    clock.turn(logins.WITHIN_S - 1)
    assert (await refused(access, "alice"))[0] == "auth_invalid"
    clock.turn(1)
    assert await access.login("alice", PASSWORD, address=HERE)


async def test_a_name_that_is_nobodys_is_refused_the_same(access, computed):
    for n in range(12):
        await refused(access, "nobody", f"wrong number {n}")
    assert computed["unknown"] == 10


async def test_ten_failures_in_more_than_five_minutes_refuse_nobody(access, alice, clock):
    for n in range(15):
        await refused(access, "alice", f"wrong number {n}")
        clock.turn(34)
    assert await access.login("alice", PASSWORD, address=HERE)


async def test_guesses_at_once_are_no_more_than_guesses_one_by_one(access, alice, computed):
    await asyncio.gather(*(refused(access, "alice", f"wrong number {n}") for n in range(60)))
    assert computed["known"] <= 10 + passwords.AT_ONCE


async def test_api_keys_are_never_refused_for_failures(access, store, clock):
    from gateway.services.access import new_key

    key, plain = new_key("shop", now=clock.now())
    await store.add_key(key)
    for _ in range(30):
        with pytest.raises(NotPermitted):
            await access.authenticate(plain[:-1] + "!", address=HERE)
    assert await access.authenticate(plain, address=HERE)


def test_failures_are_kept_within_bounds(monkeypatch):
    monkeypatch.setattr(logins, "MOST_KEPT", 100)
    failures = Failures()
    for n in range(1000):
        for _ in range(20):
            failures.add(str(n).encode(), 0.0)
    assert len(failures._at) == 100
    assert all(len(at) == logins.FAILURES for at in failures._at.values())


async def test_proofs_are_kept_within_bounds(access, accounts, operator, monkeypatch):
    monkeypatch.setattr(logins, "MOST_KEPT", 3)
    for n in range(7):
        await accounts.add_login("shop", f"user{n}", PASSWORD, by=operator)
        await access.login(f"user{n}", PASSWORD, address=HERE)
        assert len(access._logins._proofs) <= 3


async def test_when_too_many_wait_the_next_is_told_to_come_again(access, alice, monkeypatch):
    monkeypatch.setattr(passwords, "MOST_WAITING", 3)
    tries = (access.login(f"nobody{n}", PASSWORD, address=HERE) for n in range(20))
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(one) for one in ended} == {NotPermitted, Unavailable}
    assert await access.login("alice", PASSWORD, address=HERE)


# ------------------------------------------------------------------------------------------- sessions


@pytest.fixture
async def user(access, alice):
    return await access.login("alice", PASSWORD, address=HERE)


async def ended(access, token, address=HERE):
    with pytest.raises(NotPermitted) as refusal:
        await access.session(token, address=address)
    return refusal.value.code


async def test_a_session_stands_for_its_login(access, user, computed):
    token = await access.open_session(user)
    assert len(token) >= 32
    assert await access.session(token, address=HERE) == user
    assert computed == {"known": 0, "unknown": 0}


async def test_a_session_ends_after_two_idle_hours(access, user, clock):
    token = await access.open_session(user)
    for _ in range(3):
        clock.turn(sessions.IDLE.total_seconds() - 1)
        assert await access.session(token, address=HERE)
    clock.turn(sessions.IDLE.total_seconds())
    assert await ended(access, token) == "auth_invalid"


async def test_no_session_lasts_longer_than_a_permanent_one_and_that_two_weeks(access, user, clock):
    permanent, usual = await access.open_session(user, permanent=True), await access.open_session(user)
    for _ in range(14 * 24 - 1):
        clock.turn(3600)
        await access.session(usual, address=HERE)
    assert await access.session(permanent, address=HERE)
    clock.turn(3600)
    assert await ended(access, usual) == "auth_invalid"
    assert await ended(access, permanent) == "auth_invalid"


async def test_a_session_survives_a_restart_with_its_last_use(access, user, store, clock):
    token = await access.open_session(user)
    clock.turn(3600)
    await access.session(token, address=HERE)
    await access.flush()
    clock.turn(3600 + 1800)
    again = Access(store, clock, metrics=Metrics(), rate=0)
    assert await again.session(token, address=HERE) == user
    assert await access.session(token, address=HERE) == user


async def test_a_use_that_is_not_written_yet_counts(access, user, store, clock):
    token = await access.open_session(user)
    clock.turn(30)
    await access.session(token, address=HERE)
    await store.put_account("other", AccountSettings(), clock.now())  # everything remembered is forgotten
    clock.turn(sessions.IDLE.total_seconds() - 1)
    assert await access.session(token, address=HERE)


async def test_a_session_dies_with_its_login_and_not_with_another(access, accounts, operator, user, alice):
    other = await accounts.add_login("shop", "bob", PASSWORD, by=operator)
    token = await access.open_session(user)
    await access.session(token, address=HERE)
    await accounts.remove_login("shop", other.id, by=operator)
    assert await access.session(token, address=HERE)
    await accounts.remove_login("shop", alice.id, by=operator)
    assert await ended(access, token) == "auth_invalid"
    with pytest.raises(NotPermitted):
        await access.open_session(user)


async def test_a_closed_session_opens_nothing_and_closing_it_again_harms_nobody(access, user):
    token, other = await access.open_session(user), await access.open_session(user)
    await access.session(token, address=HERE)
    for _ in range(2):
        await access.close_session(token)
    assert await ended(access, token) == "auth_invalid"
    assert await access.session(other, address=HERE)


async def test_a_suspended_account_and_a_foreign_address_end_a_sessions_use(access, accounts, operator):
    await accounts.add_login("shop", "bob", PASSWORD, by=operator, ip_allow=["192.0.2.1"])
    token = await access.open_session(await access.login("bob", PASSWORD, address=HERE))
    assert await ended(access, token, THERE) == "ip_denied"
    await accounts.update("shop", {}, by=operator, suspended=True)
    assert await ended(access, token) == "account_blocked"


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 100_000, "\0"])
async def test_odd_tokens_open_and_close_nothing(access, user, token):
    assert await ended(access, token) == "auth_invalid"
    await access.close_session(token)


async def test_the_token_itself_is_not_on_disk(access, user, tmp_path):
    token = await access.open_session(user)
    assert not any(token.encode() in path.read_bytes() for path in tmp_path.iterdir())


async def test_a_login_has_so_many_sessions_and_the_oldest_ends(access, user, monkeypatch):
    monkeypatch.setattr(sessions, "MOST", 3)
    tokens = [await access.open_session(user) for _ in range(5)]
    assert await ended(access, tokens[1]) == "auth_invalid"
    for token in tokens[2:]:
        assert await access.session(token, address=HERE)


async def test_sessions_that_have_ended_are_dropped_when_the_login_opens_another(access, user, store, clock):
    for _ in range(5):
        await access.open_session(user)
    clock.turn(sessions.LONGEST.total_seconds())
    await access.open_session(user)
    assert await store.read(lambda tx: tx.row("SELECT COUNT(*) FROM sessions")[0]) == 1


# ------------------------------------------------------------------------------------------- for whom


async def test_a_caller_acts_for_his_own_account_by_any_of_its_names(access, user):
    own = user.account
    assert await access.act_for(by=user) is user
    assert await access.act_for(by=user, num=own.num) is user
    assert await access.act_for(by=user, licensee_id=own.licensee_id.upper()) is user
    assert await access.act_for(by=user, num=own.num, licensee_id=own.licensee_id) is user


@pytest.mark.parametrize("num", [1, 999, 0, -1, 2**63, 10**40])
async def test_another_account_is_answered_like_none(access, user, num):
    with pytest.raises(NotPermitted) as refusal:
        await access.act_for(by=user, num=num)
    assert (refusal.value.code, str(refusal.value)) == ("forbidden_account", "there is no such account here")


@pytest.mark.parametrize("licensee_id", ["0" * 32, "x", "", "é", "\ud800", "\0"])
async def test_odd_licensee_ids_are_no_accounts_for_anybody(access, user, operator, licensee_id):
    for who in (user, operator):
        with pytest.raises(NotPermitted, match="no such account"):
            await access.act_for(by=who, licensee_id=licensee_id)


async def test_admin_acts_for_any_account_but_a_suspended_one(access, accounts, operator, store):
    shop = await store.account("shop")
    for name in (
        {"num": shop.num},
        {"licensee_id": shop.licensee_id},
        {"num": shop.num, "licensee_id": shop.licensee_id},
    ):
        acting = await access.act_for(by=operator, **name)
        assert (acting.account, acting.scopes) == (shop, operator.scopes)
    with pytest.raises(NotPermitted, match="no such account"):
        await access.act_for(by=operator, num=shop.num, licensee_id=operator.account.licensee_id)
    for num in (2**63, -(2**70), 10**40):
        with pytest.raises(NotPermitted, match="no such account"):
            await access.act_for(by=operator, num=num)
    await accounts.update("shop", {}, by=operator, suspended=True)
    with pytest.raises(NotPermitted) as refusal:
        await access.act_for(by=operator, num=shop.num)
    assert refusal.value.code == "account_blocked"
