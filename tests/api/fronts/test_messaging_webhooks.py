"""The messaging contract's list: ``/webHooks`` (MS-16, MS-17) and ``/campaigns`` (MS-18)."""

import re
from pathlib import Path

import pytest

from gateway.config.settings import MessagingSettings, WebhookSettings
from gateway.domain.campaign import Campaign
from tests.support.messaging import Bulk
from tests.support.stage import staged

DATED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
URL = "https://10.11.12.13/webHook"


async def refused(bulk: Bulk, method: str, path: str, status: int) -> str:
    answer = await bulk.ask(method, path)
    told = await answer.json()
    assert (answer.status, told["Code"]) == (status, str(status)), told
    return str(told["Description"])


async def test_ms_16_a_webhook_is_made_shown_changed_and_deleted(bulk: Bulk) -> None:
    assert await bulk.hooks() == []
    made = await bulk.put("Webhook1", Description="Customer A inbound messages", Url=URL, Dlr=True, Method="POST")
    assert list(made) == ["Webhook", "Description", "Url", "Last Modification"]
    assert DATED.fullmatch(made["Last Modification"])
    (shown,) = await bulk.hooks(Webhook="Webhook1")
    assert shown == made | {"Dlr": True, "Method": "POST"}
    assert list(shown) == ["Webhook", "Description", "Url", "Dlr", "Method", "Last Modification"]
    await bulk.put("Default", Url="http://pbx.example/in", Method="3cx")
    assert [one["Webhook"] for one in await bulk.hooks()] == ["Webhook1", "Default"]
    assert [one["Webhook"] for one in await bulk.hooks(Webhook="")] == ["Webhook1", "Default"]
    changed = await bulk.put("Webhook1", Dlr="FALSE")
    assert {**changed, "Last Modification": ""} == {**made, "Last Modification": ""}
    assert (await bulk.hooks(Webhook="Webhook1"))[0]["Dlr"] is False
    assert [(one["Dlr"], one["Method"], one["Description"]) for one in await bulk.hooks(Webhook="Default")] == [
        (False, "3CX", "")
    ]
    answer = await bulk.ask("DELETE", "/webHooks?Webhook=Webhook1")
    assert (answer.status, await answer.json()) == (200, {"Status": "Success", "Webhook": "Webhook1"})
    assert await refused(bulk, "DELETE", "/webHooks?Webhook=Webhook1", 404) == "Webhook not found"
    assert await refused(bulk, "GET", "/webHooks?Webhook=Webhook1", 404) == "Webhook not found"
    assert (await bulk.ask("DELETE", "/webHooks?Webhook=Default")).status == 200
    assert await bulk.hooks() == []


async def test_ms_16_a_name_is_needed_to_delete(bulk: Bulk) -> None:
    for query in ("", "?Webhook=", "?Webhook=%20", "?webhook"):
        await refused(bulk, "DELETE", f"/webHooks{query}", 400)


@pytest.mark.parametrize(
    "members",
    [
        {"Webhook": ""},
        {"Webhook": None},
        {"Webhook": "x" * 65},
        {"Webhook": "a/b"},
        {"Webhook": "a\nb"},
        {"Webhook": 7},
        {"Url": None},
        {"Url": ""},
        {"Url": 7},
        {"Url": "ftp://x.example/"},
        {"Url": "x.example"},
        {"Url": "https://"},
        {"Url": "https://x.example/\0"},
        {"Url": "https://x.example/" + "x" * 2048},
        {"Method": "POST|3CX"},
        {"Method": "GET"},
        {"Method": True},
        {"Dlr": "yes"},
        {"Dlr": 1},
        {"Description": "x" * 256},
        {"Description": ["x"]},
        {"Description": "a\0"},
    ],
)
async def test_ms_16_what_could_not_work_is_refused(rig, members: dict[str, object]) -> None:
    reply = await rig.call("PUT", "/webHooks", json={"Webhook": "a", "Url": URL} | members)
    assert (reply.status, reply.body["Code"], reply.body["Error"]) == (400, "400", "invalid_request")
    assert reply.body["Description"].startswith(f"{next(iter(members))}: ")
    assert await rig.store.webhooks("default") == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 400),
        ("localhost", 400),
        ("LOCALHOST.", 400),
        ("x.localhost:8080", 400),
        ("[::1]", 400),
        ("[::ffff:127.0.0.1]", 400),
        ("2130706433", 400),
        ("0x7f.1", 400),
        ("0.0.0.0", 400),
        ("169.254.169.254", 400),
        ("[fe80::1]", 400),
        ("224.0.0.1", 400),
        ("10.11.12.13", 200),
        ("192.168.1.1:8443", 200),
        ("[fd00::1]", 200),
        ("pbx.example", 200),
        ("user:pass@pbx.example", 200),
    ],
)
async def test_ms_16_private_networks_are_reached_and_this_machine_is_not(rig, host: str, status: int) -> None:
    reply = await rig.call("PUT", "/webHooks", json={"Webhook": "a", "Url": f"http://{host}/in"})
    assert reply.status == status, reply.body
    assert status == 200 or "webhooks.allow_networks" in reply.body["Description"]


async def test_ms_16_the_configuration_says_where_else_they_may_go(tmp_path: Path) -> None:
    async with staged(tmp_path, webhooks=WebhookSettings(allow_private=False)) as stage:
        await Bulk(stage, stage.key).put(Url=URL, status=400)


async def test_ms_16_there_are_fifty_at_most(bulk: Bulk) -> None:
    for number in range(50):
        await bulk.put(f"hook {number}", Url=URL)
    assert (await bulk.put("one more", Url=URL, status=403))["Code"] == "403"
    await bulk.put("hook 7", Description="those that are there can be changed")


async def test_ms_16_a_put_neither_shows_nor_changes_the_secret_and_calls_again_what_was_given_up(bulk: Bulk) -> None:
    stage = bulk.stage
    assert "whsec_" not in str(await bulk.put(Url=URL))
    (before,) = await stage.store.webhooks("default")
    await stage.ask("PATCH", f"/v1/webhooks/{before.id}", {"enabled": False})
    await bulk.put(Description="new")
    (after,) = await stage.store.webhooks("default")
    assert (after.secret, after.enabled, after.id) == (before.secret, True, before.id)


async def test_ms_16_those_of_v1_are_seen_here_where_this_dialect_has_a_word_for_them(bulk: Bulk) -> None:
    stage = bulk.stage
    for name, form in (("mine", "messaging"), ("pbx", "3cx"), ("app", "native"), ("", "messaging")):
        await stage.ask("POST", "/v1/webhooks", {"url": URL, "name": name, "format": form})
    assert [(one["Webhook"], one["Method"]) for one in await bulk.hooks()] == [("mine", "POST"), ("pbx", "3CX")]
    assert (await bulk.put("App", Url=URL, status=409))["Error"] == "conflict"
    await refused(bulk, "DELETE", "/webHooks?Webhook=app", 404)
    await refused(bulk, "GET", "/webHooks?Webhook=app", 404)
    await bulk.put("front", Url=URL, Dlr=True, Method="3CX")
    made = next(one for one in (await stage.ask("GET", "/v1/webhooks"))["data"] if one["name"] == "front")
    assert (made["format"], made["dlr"], made["routed_only"], made["events"]) == ("3cx", True, True, [])


async def test_ms_16_the_configuration_says_what_is_told_to_those_made_here(tmp_path: Path) -> None:
    settings = MessagingSettings(dlr_unknown=True, threecx_send_dlr=True)
    async with staged(tmp_path, messaging=settings) as stage:
        await Bulk(stage, stage.key).put(Url=URL)
        (made,) = await stage.store.webhooks("default")
        assert (made.options.dlr_unknown, made.options.send_dlr) == (True, True)


async def test_ms_17_names_have_blanks_and_are_found_in_any_case(bulk: Bulk) -> None:
    await bulk.put(" Büro 1_a.b-c ", Url=URL)
    for name in ("B%C3%BCro%201_a.b-c", "b%C3%BCRO+1_A.B-C"):
        answer = await bulk.ask("GET", f"/webHooks?WEBHOOK={name}")
        assert [one["Webhook"] for one in await answer.json()] == ["Büro 1_a.b-c"]
    assert (await bulk.put("BÜRO 1_A.B-C", Description="the same"))["Webhook"] == "Büro 1_a.b-c"
    answer = await bulk.ask("DELETE", "/webhooks?webhook=b%C3%BCro+1_a.b-c")
    assert (await answer.json())["Webhook"] == "Büro 1_a.b-c"


async def test_ms_18_campaigns_are_listed_or_asked_for(bulk: Bulk) -> None:
    stage = bulk.stage
    for path in ("/campaigns", "/campaigns?Tcr="):
        assert await (await bulk.ask("GET", path)).json() == []
    await stage.ask("POST", "/v1/campaigns", {"ref": "CW1549", "brand": "Brand 1", "lines": ["office"]})
    now = stage.gateway.campaigns._clock.now()
    await stage.store.campaigns.add(
        Campaign(0, "cmp_2", "default", "CW1550", now, brand="Brand 2", approval="Y", activated_at=now)
    )
    one, two = await (await bulk.ask("GET", "/campaigns")).json()
    assert one == {"Tcr": "CW1549", "Brand": "Brand 1", "Count": "1", "Approval": "N", "Activation Date": ""}
    assert list(one) == ["Tcr", "Brand", "Count", "Approval", "Activation Date"]
    assert (two["Tcr"], two["Count"], two["Approval"]) == ("CW1550", "0", "Y")
    assert DATED.fullmatch(two["Activation Date"])
    assert await (await bulk.ask("GET", "/campaigns?tcr=CW1550")).json() == [two]
    assert await refused(bulk, "GET", "/campaigns?Tcr=CW1", 404) == "Campaign not found"


async def test_ms_18_what_is_not_approved_is_refused_where_that_is_checked(bulk: Bulk) -> None:
    stage = bulk.stage
    await stage.ask("POST", "/v1/campaigns", {"ref": "CW1"})
    await stage.ask("PATCH", "/v1/lines/office", {"campaign": "CW1"})
    await bulk.send()
    await stage.account(campaign_check=True)
    told = await bulk.send(To="13105550002", status=409)
    assert told["Error"] in ("campaign_not_approved", "not_subscribed")
    await stage.ask("PATCH", "/v1/lines/office", {"campaign": None})
    assert (await bulk.send(To="13105550002", status=409))["Error"] == "campaign_required"
    assert len(await stage.submitted(1)) == 1
