"""Short links: what is one, who followed it, and when it is over (native-v1 §7.9, test list 10)."""

import pytest

from gateway.domain.webhook import Webhook, WebhookOptions
from gateway.services import GatewaySettings
from gateway.store.contract import Outcome

BASE = "https://sms.example"
APPLE = "Mozilla/5.0 AppleWebKit/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
DAY_S = 86_400


@pytest.fixture
def settings():
    return GatewaySettings(rate_per_key=0, public_url=BASE)


async def tracked(rig, text="see https://example.com/a", since_s=60, **more):
    """A message with tracked links that was sent so long ago, and these."""
    sent = await rig.send(text=text, track_clicks=True, **more)
    line, now = (await rig.store.lines())[0], rig.clock.now()
    claim = await rig.store.claim(line.num, now)
    for part in claim.parts:
        await rig.store.on_air(claim, part.n, now)
        await rig.store.record(claim, part.n, Outcome("sent", reference=part.n), now, started_at=now)
    rig.clock.turn(since_s)
    links = (await rig.call("GET", f"/v1/links?message={sent['id']}")).body["data"]
    return sent, links[::-1]


async def follow(rig, link, method="GET", **headers):
    path = link["url"].removeprefix(BASE)
    async with rig.http.request(
        method, path, headers={"User-Agent": "Mozilla/5.0"} | headers, allow_redirects=False
    ) as r:
        await r.read()
        return r


async def clicks(rig, link):
    listed = (await rig.call("GET", f"/v1/links/{link['code']}/clicks")).body["data"]
    [counted] = [one for one in (await rig.call("GET", "/v1/links")).body["data"] if one["code"] == link["code"]]
    return [one["kind"] for one in listed][::-1], counted["clicks"]


async def told(rig):
    return [event for event in await rig.store.events_after("default", 0, 50) if event.type == "link.clicked"]


async def test_native_10_a_person_is_led_on_and_counted(rig):
    _, [link] = await tracked(rig)
    answer = await follow(rig, link)
    assert (answer.status, answer.headers["Location"]) == (302, "https://example.com/a")
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert await clicks(rig, link) == (["human"], {"human": 1, "bot": 0})
    [event] = await told(rig)
    assert event.data["kind"] == "human"
    await follow(rig, link)
    assert await clicks(rig, link) == (["human"], {"human": 1, "bot": 0})  # again at once: nothing is written
    rig.clock.turn(11)
    await follow(rig, link)
    assert (await clicks(rig, link))[1] == {"human": 2, "bot": 0}


@pytest.mark.parametrize(
    ("method", "headers"),
    [("HEAD", {}), ("GET", {"Purpose": "prefetch"}), ("GET", {"Sec-Purpose": "prefetch;prerender"})],
)
async def test_native_10_looking_ahead_never_counts(rig, method, headers):
    _, [link] = await tracked(rig)
    assert (await follow(rig, link, method, **headers)).status == 302
    assert await clicks(rig, link) == ([], {"human": 0, "bot": 0})


@pytest.mark.parametrize(
    "agent", [APPLE, "WhatsApp/2.23", "TelegramBot (like TwitterBot)", "Slackbot-LinkExpanding 1.0"]
)
async def test_native_10_a_previewer_is_a_bot_and_is_not_told(rig, agent):
    _, [link] = await tracked(rig)
    assert (await follow(rig, link, **{"User-Agent": agent})).status == 302
    assert await clicks(rig, link) == (["bot"], {"human": 0, "bot": 1})
    assert await told(rig) == []


async def test_native_10_who_asks_for_all_is_told_of_bots_too(rig):
    made = {"num": 0, "account": "default", "url": "https://example.com", "secret": "whsec_eA=="}
    times = {"created_at": rig.clock.now(), "updated_at": rig.clock.now()}
    for name, kind in (("a", "all"), ("b", "human")):
        await rig.store.put_webhook(Webhook(id=name, name=name, options=WebhookOptions(clicks=kind), **made, **times))
    _, [link] = await tracked(rig)
    await follow(rig, link, **{"User-Agent": APPLE})
    [event] = await told(rig)
    assert event.data["kind"] == "bot"
    due = await rig.store.due_deliveries(rig.clock.now(), 10, ())
    assert [one.webhook.name for one in due if one.event.id == event.id] == ["a"]


async def test_native_10_a_click_too_soon_after_sending_is_a_machines(rig):
    _, [link] = await tracked(rig, since_s=0)
    rig.clock.turn(1.5)
    await follow(rig, link)
    rig.clock.turn(11)
    await follow(rig, link)
    assert await clicks(rig, link) == (["bot", "human"], {"human": 1, "bot": 1})


async def test_native_10_who_sweeps_through_codes_is_a_machine(rig):
    links = [(await tracked(rig, to=f"+1310555{n:04}"))[1][0] for n in range(1200, 1206)]
    for link in links:
        await follow(rig, link)
    assert (await clicks(rig, links[-1]))[0] == ["bot"]


async def test_native_10_a_link_is_over_after_ninety_days(rig):
    _, [link] = await tracked(rig)
    rig.clock.turn(90 * DAY_S + 1)
    assert (await follow(rig, link)).status == 410
    assert (await clicks(rig, link))[0] == []


@pytest.mark.parametrize("path", ["/l/unknown", "/l/", "/l/a/b", "/l/0OIl", "/l/" + "a" * 40])
async def test_native_10_an_unknown_code_leads_nowhere(rig, path):
    async with rig.http.get(path, allow_redirects=False) as answer:
        assert answer.status == 404


async def test_native_10_two_links_in_one_text_each_have_their_code(rig):
    sent, links = await tracked(rig, "https://example.com/a or http://example.com/b, and https://example.com/a")
    assert [link["target"] for link in links] == ["https://example.com/a", "http://example.com/b"]
    first, second = (link["url"] for link in links)
    assert sent["text"] == f"{first} or {second}, and {first}"


@pytest.mark.parametrize("end", [".", ",", "!", "?", ")", "'", '"', ".)"])
async def test_native_10_the_end_of_a_sentence_is_not_the_links(rig, end):
    sent, [link] = await tracked(rig, f"see https://example.com/a{end}")
    assert link["target"] == "https://example.com/a"
    assert sent["text"] == f"see {link['url']}{end}"


async def test_a_code_tells_who_of_many_followed_it(rig):
    _, [alice] = await tracked(rig)
    _, [bob] = await tracked(rig, to="+13105551313")
    assert alice["code"] != bob["code"]
    await follow(rig, bob)
    assert (await clicks(rig, alice))[1]["human"] == 0


async def test_links_are_listed_by_message_and_by_campaign_a_page_at_a_time(rig):
    sent = [(await tracked(rig, campaign="spring", to=f"+1310555{n:04}"))[1][0] for n in range(1200, 1203)]
    _, [other] = await tracked(rig)
    page = (await rig.call("GET", "/v1/links?campaign=spring&limit=2")).body
    assert [link["code"] for link in page["data"]] == [sent[2]["code"], sent[1]["code"]]
    rest = (await rig.call("GET", f"/v1/links?campaign=spring&limit=2&cursor={page['next_cursor']}")).body
    assert [link["code"] for link in rest["data"]] == [sent[0]["code"]]
    assert (await rig.call("GET", "/v1/links")).body["data"][0]["code"] == other["code"]
    for query in ("campaign=winter", "message=msg_none"):
        assert (await rig.call("GET", f"/v1/links?{query}")).body["data"] == []


async def test_clicks_come_a_page_at_a_time(rig):
    _, [link] = await tracked(rig)
    for _ in range(3):
        await follow(rig, link)
        rig.clock.turn(11)
    page = (await rig.call("GET", f"/v1/links/{link['code']}/clicks?limit=2")).body
    assert (len(page["data"]), page["has_more"]) == (2, True)
    rest = (await rig.call("GET", f"/v1/links/{link['code']}/clicks?limit=2&cursor={page['next_cursor']}")).body
    assert [one["kind"] for one in rest["data"]] == ["human"]
    assert len({one["visitor"] for one in (*page["data"], *rest["data"])}) == 1


async def test_another_accounts_link_is_an_unknown_one(rig):
    sent, [link] = await tracked(rig)
    other = await rig.key("other")
    assert (await rig.call("GET", "/v1/links", key=other)).body["data"] == []
    assert (await rig.call("GET", f"/v1/links?message={sent['id']}", key=other)).body["data"] == []
    foreign = await rig.call("GET", f"/v1/links/{link['code']}/clicks", key=other)
    unknown = await rig.call("GET", "/v1/links/nothing/clicks", key=other)
    assert (foreign.status, foreign.body["detail"]) == (unknown.status, unknown.body["detail"])
