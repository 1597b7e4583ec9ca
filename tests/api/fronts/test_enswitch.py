"""The enswitch contract's own list, EN-01 to EN-20 without files and lists: over a real socket, with a modem behind it.

Files are EN-12 in test_enswitch_files.py, what came in EN-17 in test_enswitch_inbound.py.
"""

import io
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest

from gateway.aio import SystemClock
from gateway.config import HttpSettings, Settings
from gateway.config.settings import EnswitchSettings
from tests.support.enswitch import LOGIN, NUMBER, OK, PHONE, SEEDS, SEND, Enswitch, to_the_letter
from tests.support.stage import Stage

SEED_NUMBER = (
    "/api/json/messages/text/send/?auth_username=user;auth_password=password;stype=;snumber=2125550000;"
    "cnumber=2125551234;message=This%20is%20an%example%20message"
)
SEED_PHONE = (
    "/api/json/messages/text/send/?auth_username=user;auth_password=password;stype=phone;snumber=1234567;"
    "cnumber=2125551234;message=This%20is%20an%example%20message"
)
QUERY = urlencode(LOGIN | SEEDS)


@pytest.fixture
def stage_options() -> Mapping[str, Any]:
    return {"numbers": (NUMBER,)}


@pytest.fixture
async def enswitch(stage: Stage) -> Enswitch:
    await stage.login("user", "password")
    return Enswitch(stage)


async def test_en_01_the_seeds_own_urls_byte_for_byte(enswitch: Enswitch) -> None:
    for target in (SEED_NUMBER, SEED_PHONE):
        request = f"GET {target} HTTP/1.1\r\nHost: enswitch.example.com\r\nConnection: close\r\n\r\n"
        told = await to_the_letter(enswitch.stage.url, request.encode())
        assert told == (200, {"responses": [{"code": "204", "key": "", "message": "OK"}]})
    entries = await enswitch.stage.submitted(2)
    assert [(entry["number"], entry["to"], entry["text"]) for entry in entries] == [
        (NUMBER, PHONE, "This is an%example message")
    ] * 2
    assert [message.sender for message in await enswitch.stage.messages()] == ["1234567", NUMBER]


async def test_en_02_the_same_in_every_way_to_send_it(enswitch: Enswitch) -> None:
    mixed = "auth_username=user;auth_password=password&snumber=2125550000;;cnumber=2125551234&&message=mixed&stype="
    answers = [
        await enswitch.get(QUERY.replace("hello", "ampersand")),
        await enswitch.get(QUERY.replace("&", ";").replace("hello", "semicolon")),
        await enswitch.get(mixed),
        await enswitch.send(message="form"),
        await enswitch.post(
            data=QUERY.replace("&", ";").replace("hello", "form+semicolon"),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
        await enswitch.post(json=LOGIN | SEEDS | {"message": "json", "cnumber": 2125551234, "customer": None}),
    ]
    assert [answer.responses for answer in answers] == [OK] * 6
    texts = await enswitch.texts(6)
    assert texts == ["ampersand", "semicolon", "mixed", "form", "form semicolon", "json"]


async def test_en_02_multipart(enswitch: Enswitch) -> None:
    parts = {**LOGIN, **SEEDS, "message": "two\r\nlines & more"}
    body = "".join(
        f'--b0undary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    answer = await enswitch.post(
        data=f"{body}--b0undary--\r\n".encode(), headers={"Content-Type": 'multipart/form-data; boundary="b0undary"'}
    )
    assert answer.responses == OK
    assert await enswitch.texts(1) == ["two\nlines & more"]


@pytest.mark.parametrize("value", ["a;b&c+d=e %41", "smile \N{GRINNING FACE} & go", "=", "100%"])
async def test_en_03_every_character_arrives_as_it_was_meant(enswitch: Enswitch, value: str) -> None:
    base = urlencode(LOGIN | {"snumber": "2125550000", "cnumber": "2125551234"}).replace("&", ";")
    for encode in (quote, quote_plus):
        answer = await enswitch.get(f"{base};message={encode(value, safe='=')}")
        assert answer.responses == OK
    assert await enswitch.texts(2) == [value, value]


async def test_en_04_a_raw_semicolon_in_a_form_with_ampersands_stays_in_the_message(enswitch: Enswitch) -> None:
    answer = await enswitch.post(
        data=QUERY.replace("hello", "one; two;three"), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.responses == OK
    assert await enswitch.texts(1) == ["one; two;three"]


async def test_en_05_the_body_beats_the_query_and_the_last_of_a_name_the_others(
    enswitch: Enswitch,
) -> None:
    path = f"{SEND}?{urlencode(LOGIN | SEEDS | {'message': 'query', 'stype': 'phone'})}"
    answer = await enswitch.post(path, data={"message": "body", "stype": "", "snumber": ""})
    assert answer.responses == OK
    assert (await enswitch.get(QUERY + "&message=first&message=last")).responses == OK
    assert await enswitch.texts(2) == ["body", "last"]


async def test_en_06_each_missing_field_is_named_and_several_in_the_order_of_the_table(enswitch: Enswitch) -> None:
    for name in ("cnumber", "message", "snumber"):
        for absent in (..., ""):
            answer = await enswitch.send(**{name: absent})
            assert answer.responses == [{"code": "400", "key": name, "message": "Parameter is required."}]
    answer = await enswitch.send(snumber=..., message=...)
    assert answer.body == {
        "responses": [
            {"code": "400", "key": "message", "message": "Parameter is required."},
            {"code": "400", "key": "snumber", "message": "Parameter is required."},
        ]
    }
    assert await enswitch.told(
        cnumber="x", message="", stype="foo", snumber="x", customer="abc", filename1="a", file2="?"
    ) == [("400", key) for key in ("cnumber", "message", "stype", "snumber", "customer", "filename1", "file2")]
    assert await enswitch.stage.messages() == []


@pytest.mark.parametrize("cnumber", ["12x", "2125551234,2125551235", "2125551234 2125551235", "+", "\u0661" * 10])
async def test_en_06_what_is_no_single_number_is_a_wrong_cnumber(enswitch: Enswitch, cnumber: str) -> None:
    assert await enswitch.told(cnumber=cnumber) == [("400", "cnumber")]


@pytest.mark.parametrize(
    "body",
    [
        {"cnumber": 1.5, "message": True, "stype": [], "snumber": {}},
        {"cnumber": "1\x00", "message": "\x00", "stype": "\x00", "snumber": "\x00"},
    ],
)
async def test_en_06_values_of_a_wrong_type_or_with_nul_are_named(enswitch: Enswitch, body: dict[str, object]) -> None:
    answer = await enswitch.post(json=LOGIN | body)
    assert answer.told == [("400", key) for key in ("cnumber", "message", "stype", "snumber")]


async def test_en_06_octets_that_are_no_text_are_named(enswitch: Enswitch) -> None:
    answer = await enswitch.get(QUERY + "&message=%ff%fe&%ff=x")
    assert answer.responses == [{"code": "400", "key": "message", "message": "Not valid UTF-8 text."}]
    assert (await enswitch.get(QUERY + "&message=%ED%A0%80")).told == [("400", "message")]


@pytest.mark.parametrize(
    ("octets", "media_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'"x"', "application/json"),
        (b"[" * 60_000, "application/json"),
        (b'{"message": "\\ud800"}', "application/json"),
        (b'{"customer": ' + b"1" * 5000 + b"}", "application/json"),
        (b"--x", "multipart/form-data"),
        (b"&" * 5000, "application/x-www-form-urlencoded"),
        (b"\r\n--x\r\n" * 5000, "multipart/form-data; boundary=x"),
    ],
)
async def test_en_06_a_body_that_cannot_be_taken_apart(enswitch: Enswitch, octets: bytes, media_type: str) -> None:
    answer = await enswitch.post(f"{SEND}?{QUERY}", data=octets, headers={"Content-Type": media_type})
    assert (answer.status, answer.told) == (200, [("400", "")])


async def test_en_07_strangers_are_told_nothing_of_their_fields(enswitch: Enswitch) -> None:
    wrong = {"cnumber": "x", "message": ..., "stype": "foo"}
    invalid = "Invalid authentication details."
    for login, key in (
        ({"auth_username": "nobody"}, ""),
        ({"auth_password": "wrong"}, ""),
        ({"auth_password": ...}, ""),
        ({"auth_username": ...}, "auth_username"),
        ({"auth_username": ..., "auth_password": ...}, "auth_username"),
        ({"auth_username": "us\x00er"}, ""),
    ):
        answer = await enswitch.send(**(wrong | login))
        assert answer.responses == [{"code": "401", "key": key, "message": invalid}], login
    assert (await enswitch.get("auth_username=%ff;auth_password=%ff;cnumber=x")).told == [("401", "")]


async def test_en_07_an_address_that_is_not_allowed(enswitch: Enswitch) -> None:
    await enswitch.stage.login("far", "password", ip_allow=["203.0.113.0/24"])
    assert await enswitch.told(auth_username="far") == [("401", "")]


async def test_en_08_scope_and_customer(enswitch: Enswitch) -> None:
    stage = enswitch.stage
    await stage.account("shop")
    await stage.login("reader", "password", scopes=["inbound:read"])
    await stage.login("boss", "password", scopes=["admin", "messages:send"])
    numbers = {account["name"]: account["num"] for account in await stage.administer("accounts.list")}
    assert await enswitch.told(auth_username="reader", cnumber="x") == [("402", "")]
    for foreign in (numbers["shop"], 987654, 0, -1, 10**30, f"{'0' * 5000}9"):
        answer = await enswitch.send(customer=foreign, cnumber="x")
        assert answer.responses == [{"code": "402", "key": "customer", "message": "Your role does not allow this."}]
    for odd in ("abc", "1.5", "1e3", "\u0661", " "):
        assert await enswitch.told(customer=odd) == [("400", "customer")]
    assert await enswitch.told(customer=numbers["default"]) == [("204", "")]
    assert await enswitch.told(customer=numbers["shop"], auth_username="boss") == [("204", "")]
    assert len(await stage.messages("shop")) == 1
    await stage.submitted(2)


async def test_en_09_a_telephone_line_and_a_number_are_two_things(enswitch: Enswitch) -> None:
    assert await enswitch.told(stype="phone", snumber="1234567") == [("204", "")]
    assert await enswitch.told(stype="phone", snumber="2125550000") == [("400", "snumber")]
    assert await enswitch.told(stype="foo") == [("400", "stype")]
    assert await enswitch.told(stype="Phone") == [("400", "stype")]
    assert await enswitch.told(stype=...) == [("204", "")]
    assert await enswitch.told(stype="") == [("204", "")]
    assert await enswitch.told(snumber="auto") == [("400", "snumber")]
    assert await enswitch.told(snumber="auto", stype="phone") == [("400", "snumber")]
    await enswitch.stage.submitted(3)


async def test_en_10_a_number_of_nobody_or_of_another_account(enswitch: Enswitch) -> None:
    stage = enswitch.stage
    await stage.account("shop")
    await stage.ask("POST", "/v1/senders", {"value": "+12125550099", "lines": ["office"]})
    await stage.login("clerk", "password", account="shop")
    assert await enswitch.told(snumber="2125550099") == [("204", "")]
    assert await enswitch.told(snumber="2125550099", auth_username="clerk") == [("400", "snumber")]
    assert await enswitch.told(snumber="2125550098") == [("400", "snumber")]
    await stage.submitted(1)


async def test_en_11_what_the_rate_plan_does_not_allow(enswitch: Enswitch) -> None:
    stage = enswitch.stage
    await stage.store.consent.opt_out("default", PHONE, "api", SystemClock().now())
    answer = await enswitch.send()
    assert answer.responses == [
        {"code": "403", "key": "cnumber", "message": "Your rate plan does not allow this: Recipient opted out."}
    ]
    await stage.account(segments_per_day=1)
    assert await enswitch.told(cnumber="2125551299") == [("204", "")]
    assert await enswitch.told(cnumber="2125551299") == [("403", "")]
    await stage.account(segments_per_day=0, destinations_deny=["+1212555"])
    assert await enswitch.told(cnumber="2125551299") == [("403", "cnumber")]
    await stage.account(services=["sendsms"])
    assert await enswitch.told(cnumber="2125551299") == [("403", "")]
    await stage.submitted(1)


class TestRated:
    @pytest.fixture
    def stage_options(self) -> Mapping[str, Any]:
        return {"numbers": (NUMBER,), "http": HttpSettings(port=0, rate_per_key=1)}

    async def test_en_11_too_much_at_once_says_when_to_come_again(self, enswitch: Enswitch) -> None:
        answers = [await enswitch.send(cnumber="x") for _ in range(8)]
        assert [answer.told for answer in answers[:5]] == [[("400", "cnumber")]] * 5
        assert answers[-1].told == [("403", "")]
        assert int(answers[-1].headers["Retry-After"]) >= 1


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_en_13_no_other_method_ever_sends(enswitch: Enswitch, method: str) -> None:
    for path in (SEND, SEND.rstrip("/"), f"/local{SEND}"):
        async with enswitch.stage.http.request(method, f"{path}?{QUERY}") as answer:
            assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")
            assert answer.headers["Cache-Control"] == "no-store"
            if method != "HEAD":
                assert (await answer.json())["responses"][0]["code"] == "405"
    assert await enswitch.stage.messages() == []


async def test_en_14_the_password_is_in_no_log(enswitch: Enswitch, caplog: pytest.LogCaptureFixture) -> None:
    secret = "Sw0rdf1sh-very"
    await enswitch.stage.login("logged", secret)
    with caplog.at_level(logging.DEBUG):
        query = urlencode(LOGIN | SEEDS | {"auth_username": "logged", "auth_password": secret})
        assert (await enswitch.get(query)).responses == OK
        assert await enswitch.told(auth_username="logged", auth_password=secret, cnumber="x") == [("400", "cnumber")]
        assert await enswitch.told(auth_username="logged", auth_password=secret + "x") == [("401", "")]
        await enswitch.get(query, method="PUT")
        await enswitch.get(query, path="/api/json/messages/nowhere")
        await enswitch.stage.submitted(1)
    assert caplog.records
    assert secret not in "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)


async def test_en_15_codes_are_texts_and_the_http_status_is_200(enswitch: Enswitch) -> None:
    for answer in (await enswitch.send(), await enswitch.send(cnumber="x"), await enswitch.send(auth_password="x")):
        assert answer.status == 200
        assert all(isinstance(response["code"], str) for response in answer.responses)


async def test_en_15_real_statuses_where_nothing_was_decided(enswitch: Enswitch) -> None:
    nowhere = await enswitch.get(QUERY, path="/api/json/messages/text/Send/")
    assert (nowhere.status, nowhere.told) == (404, [("404", "")])
    large = await enswitch.post(
        data=io.BytesIO(b"x" * (8 * 1024 * 1024 + 1)), headers={"Content-Type": "application/json"}
    )
    assert (large.status, large.told) == (413, [("413", "")])
    odd = await enswitch.post(data=b"<x/>", headers={"Content-Type": "application/xml"})
    assert (odd.status, odd.told) == (415, [("415", "")])


class TestConfigured:
    @pytest.fixture
    def stage_options(self) -> Mapping[str, Any]:
        return {
            "numbers": (NUMBER,),
            "enswitch": EnswitchSettings(prefixes=("/pbx",), numeric_codes=True, double_decode=True),
        }

    async def test_en_15_codes_as_numbers_and_messages_encoded_twice(self, enswitch: Enswitch) -> None:
        once = quote_plus("1 + 1 = 2; 100%")
        answer = await enswitch.send(message=once)  # aiohttp encodes it a second time
        assert answer.body == {"responses": [{"code": 204, "key": "", "message": "OK"}]}
        assert await enswitch.told(message="%ff") == [(400, "message")]
        assert await enswitch.texts(1) == ["1 + 1 = 2; 100%"]

    async def test_en_16_the_configured_prefix_is_there_and_no_other(self, enswitch: Enswitch) -> None:
        assert (await enswitch.post(f"/pbx{SEND}", data=LOGIN | SEEDS)).told == [(204, "")]
        async with enswitch.stage.http.post(f"/local{SEND}", data=LOGIN | SEEDS) as answer:
            assert answer.status == 404
        await enswitch.stage.submitted(1)


async def test_en_16_with_and_without_prefix_and_last_slash(enswitch: Enswitch) -> None:
    for path in (SEND, SEND.rstrip("/"), f"/local{SEND}", f"/local{SEND.rstrip('/')}"):
        assert (await enswitch.post(path, data=LOGIN | SEEDS)).responses == OK
    await enswitch.stage.submitted(4)


async def test_en_18_the_same_get_again_is_refused_where_the_guard_is_on(enswitch: Enswitch) -> None:
    await enswitch.stage.account(duplicate_window_s=60)
    assert (await enswitch.get(QUERY)).responses == OK
    assert (await enswitch.get(QUERY)).told == [("403", "")]
    assert await enswitch.told(message="other") == [("204", "")]
    await enswitch.stage.submitted(2)


async def test_en_18_an_idempotency_key_sends_once_whatever_the_request_came_as(enswitch: Enswitch) -> None:
    headers = {"Idempotency-Key": "abc"}
    first = await enswitch.post(data=LOGIN | SEEDS, headers=headers)
    again = await enswitch.post(json=LOGIN | SEEDS, headers=headers)
    assert first.responses == again.responses == OK
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await enswitch.post(json=LOGIN | SEEDS | {"message": "other"}, headers=headers)
    assert other.told == [("400", "")]
    await enswitch.stage.submitted(1)


async def test_en_19_eight_parts_go_and_eleven_do_not(enswitch: Enswitch) -> None:
    text = "0123456789" * 122  # 8 parts of 153
    assert await enswitch.told(message=text) == [("204", "")]
    assert await enswitch.told(message="x" * 1531) == [("400", "message")]
    entries = await enswitch.stage.submitted(8)
    assert "".join(str(entry["text"]) for entry in entries) == text


async def test_en_20_no_answer_is_ever_kept_by_caches(enswitch: Enswitch) -> None:
    """Every answer that ``Enswitch`` reads is held to it; these are all the kinds there are, by both methods."""
    first = await enswitch.get(QUERY)
    for answer in (
        first,
        await enswitch.post(data=LOGIN | SEEDS, headers={"Idempotency-Key": "k"}),
        await enswitch.post(data=LOGIN | SEEDS, headers={"Idempotency-Key": "k"}),
        await enswitch.get(QUERY, path="/api/json/messages/text/list/"),
        await enswitch.get(QUERY, path="/api/json/messages/text/get/"),
        await enswitch.get(f"{QUERY};uniqueid=x", path="/api/json/messages/text/get/"),
        await enswitch.send(auth_password="x"),
        await enswitch.send(cnumber="x"),
        await enswitch.get(QUERY, method="DELETE"),
        await enswitch.get("", path="/api/json/messages/text/nothing"),
        await enswitch.post(data=b"x", headers={"Content-Type": "image/png"}),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
    assert await enswitch.texts(2) == ["hello", "hello"]


def test_the_configuration_names_what_the_front_is_told() -> None:
    assert Settings(data_dir=Path()).enswitch == EnswitchSettings(("/local",), numeric_codes=False, double_decode=False)
