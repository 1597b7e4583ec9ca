"""The smssend contract's SS-23 and SS-24: ServiceStack's own clients, as its generators would have them used."""

# ruff: noqa: UP045 - the client reads typing's own form only

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import pytest
from dataclasses_json import LetterCase, Undefined, dataclass_json
from servicestack import IReturn, JsonServiceClient, UploadFile, WebServiceException

from tests.support.node import needs_node, run_script
from tests.support.smssend import TO
from tests.support.stage import Stage

USER, PASSWORD = "ann", "correct horse battery"


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class CommResponse:
    comm_id: Optional[str] = None
    reference: Optional[str] = None
    status: bool = False
    message: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SMSContact:
    name: Optional[str] = None
    phone_number: Optional[str] = None
    contact_id: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SMSModel:
    from_: Optional[SMSContact] = None
    to: Optional[list[SMSContact]] = None
    message_body: Optional[str] = None
    reply_is_allowed: bool = False
    reply_is_required: bool = False
    notes: Optional[str] = None
    linked_object_id: Optional[str] = None
    suite_id: Optional[str] = None
    licensee_id: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SMSSend(IReturn[CommResponse]):
    sms_model: Optional[SMSModel] = None
    create_communication_references_immediately: bool = False


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AuthenticateResponse:
    user_id: Optional[str] = None
    session_id: Optional[str] = None
    user_name: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Authenticate(IReturn[AuthenticateResponse]):
    provider: Optional[str] = None
    user_name: Optional[str] = None
    password: Optional[str] = None
    remember_me: Optional[bool] = None


def request(text: str = "hi", to: str = TO) -> SMSSend:
    return SMSSend(SMSModel(SMSContact("a", "00000"), [SMSContact(phone_number=to)], text))


@pytest.fixture
async def user(stage: Stage) -> None:
    await stage.administer("accounts.login.add", account="default", username=USER, password=PASSWORD)


async def in_thread(stage: Stage, use: Any, **settings: Any) -> Any:
    """What a client returns; it blocks, so it has a thread of its own."""

    def run() -> Any:
        client = JsonServiceClient(stage.url)
        try:
            for name, value in settings.items():
                setattr(client, name, value)
            return use(client)
        finally:
            client._session.close()

    return await asyncio.to_thread(run)


async def refused(stage: Stage, use: Any, **settings: Any) -> WebServiceException:
    def fails(client: JsonServiceClient) -> WebServiceException:
        with pytest.raises(WebServiceException) as caught:
            use(client)
        return caught.value

    answer: WebServiceException = await in_thread(stage, fails, **settings)
    return answer


@pytest.mark.usefixtures("user")
async def test_ss_23_the_python_client_posts_with_a_key_and_with_a_login(stage: Stage) -> None:
    def post(client: JsonServiceClient) -> CommResponse:
        response: CommResponse = client.post(request("héllo €😀"))
        return response

    for settings in (
        {"bearer_token": stage.key},
        {"username": USER, "password": PASSWORD},
        {"username": stage.key, "password": ""},
    ):
        told = await in_thread(stage, post, **settings)
        assert (told.status, told.message, len(told.comm_id)) == (True, "Queued 1 message.", 32)
        assert told.reference.startswith("bat_")
    assert [(entry["to"], entry["text"]) for entry in await stage.submitted(3)] == [(TO, "héllo €😀")] * 3


@pytest.mark.usefixtures("user")
async def test_ss_23_the_python_client_keeps_a_session(stage: Stage) -> None:
    def use(client: JsonServiceClient) -> list[Any]:
        login = client.post(Authenticate("credentials", USER, PASSWORD, remember_me=True))
        return [login.user_name, client.post(request()).status]

    assert await in_thread(stage, use) == [USER, True]
    await stage.submitted(1)


async def test_ss_23_the_python_client_understands_our_refusals(stage: Stage) -> None:
    wrong = await refused(stage, lambda client: client.post(request(to="x")), bearer_token=stage.key)
    assert (wrong.status_code, wrong.response_status.error_code) == (400, "InvalidPhoneNumber")
    assert wrong.response_status.errors[0].field_name == "SMSModel.To[0].PhoneNumber"
    assert wrong.response_status.message == "'x' is not a phone number"
    nobody = await refused(stage, lambda client: client.post(request()))
    assert (nobody.status_code, nobody.response_status.error_code) == (401, "Unauthorized")
    assert nobody.response_status.message == "Not Authenticated"
    method = await refused(stage, lambda client: client.get(request()), bearer_token=stage.key)
    assert (method.status_code, method.response_status) != (200, None)
    assert await stage.messages() == []


async def test_ss_23_the_python_clients_other_ways(stage: Stage) -> None:
    def use(client: JsonServiceClient) -> dict[str, Any]:
        told: dict[str, Any] = {}
        told["url"] = client.send_url("/api/sendmessage", "POST", CommResponse, request("url")).message
        told["immediate"] = client.post_url("/api/send/immediate", request("now"), CommResponse).message
        told["all"] = [one.message for one in client.send_all([request("all"), request("all 2")])]
        client.send_all_oneway([request("oneway")])
        client.set_base_path("")
        told["base"] = client.post(request("base")).message
        told["base_all"] = [one.status for one in client.send_all([request("base all")])]
        return told

    queued = "Queued 1 message."
    assert await in_thread(stage, use, bearer_token=stage.key) == {
        "url": queued, "immediate": "Sent.", "all": [queued, queued], "base": queued, "base_all": [True],
    }  # fmt: skip
    texts = {entry["text"] for entry in await stage.submitted(7)}
    assert texts == {"url", "now", "all", "all 2", "oneway", "base", "base all"}
    failed = await refused(stage, lambda client: client.send_all([request(), request(to="x")]), bearer_token=stage.key)
    assert failed.response_status.meta["AutoBatchIndex"] == "1"
    await stage.submitted(8)


async def test_ss_23_the_python_client_posts_forms_with_files(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xff\x00")

    def use(client: JsonServiceClient) -> Any:
        file = UploadFile("upload", "file", "application/octet-stream", (tmp_path / "file").open("rb"))
        return client.post_file_with_request(request('with "file", {x}'), file)

    told = await in_thread(stage, use, bearer_token=stage.key)
    assert told.status is True
    assert (await stage.submitted(1))[0]["text"] == 'with "file", {x}'


JAVASCRIPT = """
import { JsonServiceClient } from "@servicestack/client";
const { url, key, user, password, to } = JSON.parse(process.argv[2]);

class CommResponse { constructor(init) { Object.assign(this, init) } }
class SMSSend {
  constructor(init) { Object.assign(this, init) }
  getTypeName() { return "SMSSend" }
  getMethod() { return "POST" }
  createResponse() { return new CommResponse() }
}
class Authenticate {
  constructor(init) { Object.assign(this, init) }
  getTypeName() { return "Authenticate" }
  getMethod() { return "POST" }
  createResponse() { return {} }
}
const request = (text, number = to) => new SMSSend({ SMSModel: {
  From: { PhoneNumber: "00000" }, To: [{ PhoneNumber: number }], MessageBody: text } });
const keyed = () => { const client = new JsonServiceClient(url); client.bearerToken = key; return client };

const told = {};
told.post = await keyed().post(request("post"));
const login = new JsonServiceClient(url);
login.setCredentials(user, password);
told.basic = (await login.post(request("basic"))).Status;
told.api = (await keyed().api(request("api"))).response.Message;
const wrong = await keyed().api(request("wrong", "x"));
told.wrong = [wrong.failed, wrong.error.errorCode, wrong.error.errors[0].fieldName];
const nobody = await new JsonServiceClient(url).api(request("nobody"));
told.nobody = [nobody.error.errorCode, nobody.error.message];
told.all = (await keyed().sendAll([request("all"), request("all 2")])).map((one) => one.Status);
await keyed().sendAllOneWay([request("oneway")]);
await keyed().publish(request("publish"));
told.base = (await keyed().useBasePath("").post(request("base"))).Status;
told.base_all = (await keyed().useBasePath("").sendAll([request("base all")])).map((one) => one.Status);
const session = new JsonServiceClient(url);
const opened = await session.api(new Authenticate({ provider: "credentials", userName: user, password }));
told.session = [opened.response.userName, (await session.post(request("session"))).Status];
try { await keyed().sendAll([request("batch"), request("x", "x")]) } catch (error) {
  told.batch = error.responseStatus.meta?.AutoBatchIndex ?? error.responseStatus.meta?.autoBatchIndex;
}
console.log(JSON.stringify(told));
"""


@needs_node
@pytest.mark.usefixtures("user")
async def test_ss_24_the_javascript_client_in_all_its_ways(stage: Stage, tmp_path: Path) -> None:
    directory = tmp_path / "script"
    directory.mkdir()
    told = await run_script(JAVASCRIPT, directory, url=stage.url, key=stage.key, user=USER, password=PASSWORD, to=TO)
    post = told.pop("post")
    assert (post["Status"], post["Message"], len(post["CommId"])) == (True, "Queued 1 message.", 32)
    assert told == {
        "basic": True,
        "api": "Queued 1 message.",
        "wrong": [True, "InvalidPhoneNumber", "SMSModel.To[0].PhoneNumber"],
        "nobody": ["Unauthorized", "Not Authenticated"],
        "all": [True, True],
        "base": True,
        "base_all": [True],
        "session": [USER, True],
        "batch": "1",
    }
    texts = [entry["text"] for entry in await stage.submitted(11)]
    assert sorted(map(str, texts)) == sorted(
        ["post", "basic", "api", "all", "all 2", "oneway", "publish", "base", "base all", "session", "batch"]
    )
