"""The smssend contract's SS-06 to SS-08: who may send, as whom, and from which page."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.config.settings import SmsSendSettings
from tests.support.smssend import ZEROS, Reply, post, sms
from tests.support.stage import Stage

USER, PASSWORD = "ann", "correct horse battery"
LOGIN = {"provider": "credentials", "userName": USER, "password": PASSWORD}
LOG_IN = (
    "/auth",
    "/api/auth",
    "/auth/credentials",
    "/api/auth/credentials",
    "/API/authenticate",
    "/json/reply/Authenticate",
)
LOG_OUT = (("GET", "/auth/logout", None), ("POST", "/api/auth/logout", None), ("POST", "/auth", {"provider": "logout"}))
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CHALLENGES = ['Basic realm="sms"', "Bearer"]


@pytest.fixture
def stage_options(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    return getattr(request, "param", {})


@pytest.fixture
async def user(stage: Stage) -> str:
    await stage.administer("accounts.login.add", account="default", username=USER, password=PASSWORD)
    return USER


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def send(stage: Stage, headers: Mapping[str, str], body: object = None, path: str = "/api/send") -> Reply:
    return await post(stage.http, sms() if body is None else body, path, headers)


async def session(stage: Stage, **members: object) -> tuple[str, Reply]:
    """A token, and the answer it came with; its cookies do not stay in the jar."""
    reply = await post(stage.http, LOGIN | members, "/api/auth/credentials")
    stage.http.cookie_jar.clear()
    return str(reply.json["sessionId"]), reply


@pytest.mark.usefixtures("user")
async def test_ss_06_every_form_of_a_credential_opens(stage: Stage) -> None:
    token, _ = await session(stage)
    forms: list[dict[str, str]] = [
        stage.bearer,
        basic(USER, PASSWORD),
        basic(stage.key, ""),
        {"Cookie": f"ss-id={token}"},
        {"Cookie": f"ss-pid={token}"},
        {"Cookie": f"ss-id=over; ss-pid={token}"},
        {"X-ss-id": token},
        {"x-SS-id": token, "Authorization": "Digest x"},
    ]
    for headers in forms:
        assert (await send(stage, headers)).json["Status"] is True
    await stage.submitted(len(forms))


@pytest.mark.usefixtures("user")
async def test_ss_06_every_wrong_one_is_told_what_it_was(stage: Stage) -> None:
    nobody = "Not Authenticated"
    wrong = {
        nobody: [
            {}, {"Cookie": "ss-id=x"}, {"X-ss-id": "x"}, {"Authorization": "Digest x"}, {"Authorization": "Bearer"},
            {"Authorization": "Basic %%%"}, {"X-ss-id": "\u00e9"},
        ],
        "Invalid API Key": [
            {"Authorization": f"Bearer {stage.key[:-1]}"}, {"Authorization": f"bearer {stage.key.swapcase()}"},
            basic("nobody", ""),
        ],
        "Invalid UserName or Password": [basic(USER, "wrong"), basic("nobody", PASSWORD), basic(USER, stage.key)],
    }  # fmt: skip
    for message, forms in wrong.items():
        for headers in forms:
            reply = await send(stage, headers)
            assert reply.failure == (401, "Unauthorized", message), headers
            assert reply.headers.getall("WWW-Authenticate") == CHALLENGES
    assert (await send(stage, {}, path=f"/api/send?apikey={stage.key}")).failure[0] == 401
    assert await stage.messages() == []


@pytest.mark.usefixtures("user")
async def test_ss_06_logging_in_in_any_way_and_out(stage: Stage) -> None:
    for path in LOG_IN:
        reply = await post(stage.http, LOGIN, path)
        assert reply.status == 200, path
        told = reply.json
        assert list(told) == ["userId", "sessionId", "userName", "displayName", "responseStatus"]
        assert (told["userId"], told["userName"], told["displayName"]) == ("1", USER, USER)
        (cookie,) = reply.headers.getall("Set-Cookie")
        assert cookie == f"ss-id={told['sessionId']}; HttpOnly; Path=/; SameSite=Lax"
    pascal = await post(
        stage.http,
        f"UserName={USER}&Password={PASSWORD}",
        "/auth",
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert pascal.json["UserName"] == USER
    in_xml = f"<Authenticate><Password>{PASSWORD}</Password><UserName>{USER}</UserName></Authenticate>"
    assert (await post(stage.http, in_xml, "/auth.json", {"Content-Type": "application/xml"})).json["UserName"] == USER
    stage.http.cookie_jar.clear()
    token, permanent = await session(stage, rememberMe=True)
    assert len(permanent.headers.getall("Set-Cookie")) == 2
    assert "Max-Age=1209600" in permanent.headers.getall("Set-Cookie")[1]
    for leave in (
        ("GET", "/auth/logout", None),
        ("POST", "/api/auth/logout", None),
        ("POST", "/auth", {"provider": "logout"}),
    ):
        token, _ = await session(stage)
        method, path, body = leave
        assert (await send(stage, {"X-ss-id": token})).status == 200
        left = await post(stage.http, body, path, {"Cookie": f"ss-id={token}"}, method)
        assert (left.status, len(left.headers.getall("Set-Cookie"))) == (200, 2)
        assert (await send(stage, {"X-ss-id": token})).failure[2] == "Not Authenticated"
    assert (await post(stage.http, None, "/auth/logout", method="GET")).status == 200


@pytest.mark.usefixtures("user")
async def test_ss_06_a_wrong_login_is_no_session(stage: Stage) -> None:
    for body in (LOGIN | {"password": "wrong"}, LOGIN | {"userName": "nobody"}):
        reply = await post(stage.http, body, "/auth")
        assert reply.status == 401
        assert reply.json["responseStatus"]["message"] == "Invalid UserName or Password"
        assert "Set-Cookie" not in reply.headers
    for body in ({}, None, {"UserName": USER}):
        assert (await post(stage.http, body, "/auth")).failure == (401, "Unauthorized", "Not Authenticated")
    assert (await post(stage.http, '{"UserName":{}}', "/auth")).errors == {"UserName": "SerializationException"}
    assert (await post(stage.http, "{", "/auth")).failure[:2] == (400, "SerializationException")
    assert (await post(stage.http, "[]", "/auth")).failure[:2] == (400, "SerializationException")
    assert (await post(stage.http, "x" * 70_000, "/auth")).failure[:2] == (413, "RequestEntityTooLarge")
    assert (await post(stage.http, "x", "/auth", {"Content-Type": "text/plain"})).failure[0] == 415
    assert (await post(stage.http, None, "/auth", method="GET")).failure[:2] == (405, "MethodNotAllowed")


@pytest.mark.usefixtures("user")
async def test_ss_06_a_page_of_another_site_may_not_use_a_session(stage: Stage) -> None:
    token, _ = await session(stage)
    cookie = {"Cookie": f"ss-id={token}"}
    host = stage.url.removeprefix("http://").rstrip("/")
    for origin in ("https://evil.example", "null", f"http://{host}.evil.example", "http://[", "http://127.0.0.1:1"):
        for path in ("/api/send", "/auth/logout"):
            refused = await send(stage, cookie | {"Origin": origin}, path=path)
            assert refused.failure[:2] == (403, "Forbidden"), origin
    for headers in (
        cookie | {"Origin": f"http://{host}"},
        cookie | {"Origin": "https://sms.example", "Host": "sms.example:443"},
        {"X-ss-id": token, "Origin": "https://evil.example"},
        stage.bearer | {"Origin": "https://evil.example"},
    ):
        assert (await send(stage, headers)).json["Status"] is True
    await stage.submitted(4)


@pytest.mark.usefixtures("user")
async def test_ss_06_a_proxy_before_us_is_our_own_site(stage: Stage) -> None:
    """Whether it hands on what host it was asked for, or asks us by another name; TLS ends there."""
    login = {"UserName": USER, "Password": PASSWORD, "RememberMe": True}
    for host, secure in (("sms.example", True), ("SMS.example:443", True), ("127.0.0.1", False)):
        reply = await post(stage.http, login, "/auth", {"Host": host})
        cookies = reply.headers.getall("Set-Cookie")
        assert [("Secure" in cookie) for cookie in cookies] == [secure, secure], host
    token, _ = await session(stage)
    cookie = {"Cookie": f"ss-id={token}"}
    assert (await send(stage, cookie | {"Origin": "https://sms.example"})).json["Status"] is True
    for origin in ("https://sms.example.evil.example", "https://:443", "https://"):
        assert (await send(stage, cookie | {"Origin": origin})).failure[:2] == (403, "Forbidden"), origin
    await stage.submitted(1)


@pytest.mark.parametrize("stage_options", [{"smssend": SmsSendSettings(allow_query_key=True)}], indirect=True)
async def test_ss_06_a_key_in_the_address_only_where_it_is_allowed(stage: Stage) -> None:
    assert (await send(stage, {}, path=f"/api/send?apikey={stage.key}")).json["Status"] is True
    form = f"SMSModel={{To:[{{PhoneNumber:%2B10000000001}}],MessageBody:hello}}&ApiKey={stage.key}"
    posted = await send(stage, FORM, form)
    assert posted.json["Status"] is True
    assert (await send(stage, {}, path="/api/send?apikey=x")).failure == (401, "Unauthorized", "Invalid API Key")
    assert (await send(stage, {}, path="/api/send?apikey=")).failure == (401, "Unauthorized", "Not Authenticated")
    await stage.submitted(2)


async def test_ss_06_what_a_key_may_not_do_is_forbidden(stage: Stage) -> None:
    async def failure(key: str) -> tuple[int, str, str]:
        return (await send(stage, {"Authorization": f"Bearer {key}"})).failure

    assert (await failure(await stage.new_key(scopes=["messages:read"])))[:2] == (403, "Forbidden")
    elsewhere = await stage.administer("keys.add", account="default", ip_allow=["10.0.0.0/8"])
    assert (await failure(elsewhere["key"]))[:2] == (403, "Forbidden")
    other_front = await stage.administer("keys.add", account="default", fronts=["v1"])
    assert (await failure(other_front["key"]))[:2] == (403, "Forbidden")
    await stage.account("default", services=["v1"])
    assert (await failure(stage.key))[:2] == (403, "Forbidden")
    await stage.account("default", services=[])
    await stage.administer("accounts.suspend", name="default")
    assert (await failure(stage.key))[:2] == (403, "Forbidden")
    assert await stage.messages() == []


async def test_ss_07_guids_in_all_their_forms(stage: Stage) -> None:
    n = "0123456789abcdefABCDEF0123456789"
    d = f"{n[:8]}-{n[8:12]}-{n[12:16]}-{n[16:20]}-{n[20:]}"
    for guid in (n, n.upper(), d, f"{{{d}}}", f"({d})", f" {d} "):
        assert (await send(stage, stage.bearer, sms(LinkedObjectId=guid))).json["Status"] is True
    for nothing in (ZEROS, "00000000-0000-0000-0000-000000000000", "", None):
        assert (await send(stage, stage.bearer, sms(LinkedObjectId=nothing))).json["Status"] is True
    messages = await stage.messages()
    assert [message.client_ref for message in messages] == [None] * 4 + [n.lower()] * 6
    garbage = (
        "x",
        n[:-1],
        n + "0",
        f"{{{d}",
        f"{{{n}}}",
        f"({d}}}",
        d.replace("-", "--"),
        n[:8] + "-" + n[8:],
        5,
        True,
        {},
        [],
    )
    for wrong in garbage:
        reply = await send(
            stage,
            stage.bearer,
            sms(LinkedObjectId=wrong, SuiteId=wrong, To=[{"ContactId": wrong, "PhoneNumber": "+10000000001"}]),
        )
        assert reply.failure[1] == "SerializationException"
        assert set(reply.errors) == {"SMSModel.LinkedObjectId", "SMSModel.SuiteId", "SMSModel.To[0].ContactId"}
    assert len(await stage.messages()) == len(messages)


async def test_ss_08_an_account_by_its_licensee_id(stage: Stage) -> None:
    await stage.account("other")
    own, other = [await stage.store.account(name) for name in ("default", "other")]
    assert own is not None
    assert other is not None
    for licensee in (own.licensee_id, own.licensee_id.upper(), ZEROS, None):
        assert (await send(stage, stage.bearer, sms(LicenseeId=licensee))).json["Status"] is True
    for licensee in (other.licensee_id, "f" * 32):
        reply = await send(stage, stage.bearer, sms(LicenseeId=licensee, MessageBody=""))
        assert reply.failure[:2] == (403, "Forbidden")
    admin = await stage.new_key(scopes=["admin", "messages:send"])
    as_other = await send(stage, {"Authorization": f"Bearer {admin}"}, sms(LicenseeId=other.licensee_id, From=...))
    assert as_other.json["Status"] is True
    assert len(await stage.messages("other")) == 1
    unknown = await send(stage, {"Authorization": f"Bearer {admin}"}, sms(LicenseeId="f" * 32))
    assert unknown.failure[:2] == (403, "Forbidden")
    await stage.submitted(5)
