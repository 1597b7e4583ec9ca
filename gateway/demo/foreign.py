"""The tour's second half: the same phone, asked through each of the five documented APIs, in their own words."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from aiohttp import BasicAuth
from yarl import URL

from gateway.demo.guide import PHONE, SHORT_CODE, Guide, check

TRACKED = "Your parcel is on its way. Details: https://example.org/track?parcel=4711"
IMMEDIATE = "Table for two at 19:30? Please answer yes or no."
ONE_TIME = "Your one-time code is 481 516. It is valid for 5 minutes."
FROM_A_LINE = "PBX: a missed call from extension 42; they left a message."
TO_MANY = "The office is closed on Friday. Have a good weekend!"


async def sendsms(guide: Guide) -> None:
    """Seed 004: one endpoint, postbacks, click tracking."""
    body = {"action": "sendsms", "message-text": TRACKED, "to": PHONE, "from": SHORT_CODE, "click-tracking": True}
    guide.headline(
        "5. The sendsms API", f'POST /action {{"action": "sendsms", "to": "{PHONE}", "from": "{SHORT_CODE}", …}}'
    )
    await guide.webhook("/postback", "sendsms")
    headers = {"x-api-key": guide.credentials.key}
    answer = await _json(guide, "POST", "/action", json=body, headers=headers)
    check(answer.get("status") == "Success", f"it answered {answer}")
    guide.say(f"   200 {answer['status']}: tracking-id {answer['tracking-id']}, {answer['status-details']}")
    message = await guide.follow(answer["tracking-id"])
    for code in ("N201", "N202"):
        postback = await guide.call("/postback", _coded(code))
        check(postback["tracking-id"] == answer["tracking-id"], f"the postback told {postback}")
        guide.say(f"   postback {code}: status {postback['status']}")
    guide.phone_shows(message["text"])
    link = next(word for word in message["text"].split() if word.startswith(guide.url))
    async with guide.api.get(link, allow_redirects=False) as response:
        check(response.status == 302, f"the short link answered {response.status}")
        guide.say(f"   its link was made short and counts clicks: {link} → {response.headers['Location']}")


async def smssend(guide: Guide) -> None:
    """Seed 000: ServiceStack's SMSSend; this route answers once the network has it."""
    model = {"To": [{"Name": "Ann", "PhoneNumber": PHONE}], "MessageBody": IMMEDIATE, "ReplyIsRequired": True}
    body = {"SMSModel": model, "CreateCommunicationReferencesImmediately": True}
    call = f'POST /api/sendmessage/immediate {{"SMSModel": {{"To": [{{"PhoneNumber": "{PHONE}"}}], …}}}}'
    guide.headline("6. The smssend API (ServiceStack)", call)
    answer = await _json(guide, "POST", "/api/sendmessage/immediate", json=body)
    check(answer.get("Status") is True, f"it answered {answer}")
    guide.say(f"   200 Status true, “{answer['Message']}” CommId {answer['CommId']}, Reference {answer['Reference']}")
    await guide.follow(answer["Reference"])
    guide.phone_shows(IMMEDIATE)


async def rest_sms(guide: Guide) -> None:
    """Seed 001: realms, named messages, values in the path."""
    path = f"/rest/sms/sendMessageToPhone/{quote_plus(ONE_TIME)}/{quote(PHONE, safe='')}/{SHORT_CODE}"
    guide.headline("7. The rest-sms API", f"POST {path[:70]}…")
    answer = await _json(guide, "POST", path, auth=_login(guide))
    check(isinstance(answer, list) and answer[0].get("success") is True, f"it answered {answer}")
    (part,) = answer
    guide.say(f"   200 success: messageId {part['messageId']}, part {part['partSent']} of {part['totalParts']}")
    await guide.follow((await guide.newest("rest-sms"))["id"])
    guide.phone_shows(ONE_TIME)


async def enswitch(guide: Guide) -> None:
    """Seed 002: a GET with semicolons, as a PBX sends it."""
    asked = {
        "auth_username": guide.credentials.user,
        "auth_password": guide.credentials.password,
        "stype": "phone",
        "snumber": SHORT_CODE,
        "cnumber": PHONE,
        "message": FROM_A_LINE,
    }
    query = ";".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
    call = "GET /api/json/messages/text/send/?auth_username=…;auth_password=…;stype=phone;…"
    guide.headline("8. The enswitch API", call)
    answer = await _json(guide, "GET", f"/api/json/messages/text/send/?{query}")
    check(answer["responses"][0]["code"] == "204", f"it answered {answer}")
    guide.say(f"   200 {answer}")
    await guide.follow((await guide.newest("enswitch"))["id"])
    guide.phone_shows(FROM_A_LINE)


async def messaging(guide: Guide) -> None:
    """Seed 003: several receivers, webhooks by name, delivery reports in SMPP's words."""
    hook = {"Webhook": "Default", "Url": guide.receiver.url + "/pbx", "Dlr": True, "Method": "POST"}
    call = f'PUT /webHooks {{"Webhook": "Default", …}}, then POST /messageSend {{"To": ["{PHONE[1:]}"], …}}'
    guide.headline("9. The messaging API", call)
    await _json(guide, "PUT", "/webHooks", json=hook, auth=_login(guide))
    made = next(one for one in (await guide.get("/v1/webhooks"))["data"] if one["name"] == "Default")
    guide.receiver.secrets["/pbx"] = (await guide.post(f"/v1/webhooks/{made['id']}/rotate-secret", {}, 200))["secret"]
    line = (await guide.get("/v1/lines"))["data"][0]["number"].removeprefix("+")
    body = {"From": line, "To": [PHONE.removeprefix("+")], "Message": TO_MANY}
    answer = await _json(guide, "POST", "/messageSend", json=body, auth=_login(guide))
    check([one["Status"] for one in answer["Results"]] == ["SUCCESS"], f"it answered {answer}")
    guide.say(f"   200 RefId {answer['RefId']}: {answer['Results']}")
    await guide.follow((await guide.newest("messaging"))["id"])
    guide.phone_shows(TO_MANY)
    report = await guide.call("/pbx", lambda told: told.get("RefId") == answer["RefId"])
    check("stat:DELIVRD" in unquote_plus(report["Message"]), f"the report told {report}")
    guide.say(f"   delivery report: {unquote_plus(report['Message'])}")


FOREIGN: tuple[Callable[[Guide], Awaitable[None]], ...] = (sendsms, smssend, rest_sms, enswitch, messaging)


def _coded(code: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda told: told.get("code") == code


def _login(guide: Guide) -> BasicAuth:
    return BasicAuth(guide.credentials.user, guide.credentials.password)


async def _json(guide: Guide, method: str, path: str, *, auth: BasicAuth | None = None, **given: Any) -> Any:
    """The decoded answer to a request as that API has it, which must be 200. auth: instead of the key."""
    headers: Mapping[str, str] = given.pop("headers", {})
    if auth is not None:
        headers = {**headers, "Authorization": auth.encode()}
    url = URL(guide.url + path, encoded=True)
    async with guide.api.request(method, url, headers=headers, **given) as response:
        text = await response.text()
        check(response.status == 200, f"{method} {path} answered {response.status}: {text}")
        return await response.json(content_type=None)
