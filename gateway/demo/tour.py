"""The demo's tour: one message of each kind through its whole life, each step shown and each one checked."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from gateway.demo.foreign import FOREIGN
from gateway.demo.guide import LOOK_S, PHONE, SHORT_CODE, STEP_S, Credentials, Guide, Missed, check, shortened

SHORT = "Hello from SIMgate! Your parcel is at the door."
LONG = (
    "This one is longer than a single SMS can be. The gateway cuts it into parts of 153 characters, numbers them, "
    "sends each over the same SIM card, and waits for a delivery report of every part. The phone joins them again, so "
    "that its owner reads one message, and you see one state: delivered, once all parts are."
)
EMOJI = "Grüße aus Köln 🎉 Das Päckchen ist da, 東京 auch ✅"
REPLY = "Great, thank you! Please leave it with the neighbours."


@dataclass(frozen=True, slots=True)
class Tour:
    """Walks through everything with its guide."""

    guide: Guide

    async def walk(self) -> None:
        """Every step. Raises Missed at the first that was not seen."""
        try:
            await self._lines_up()
            await self._forget_webhooks()
            await self.guide.webhook("/events", "native")
            await self._outbound("1. A short message", SHORT, "gsm7", 1)
            await self._outbound("2. A long message, in parts", LONG, "gsm7", 3)
            await self._outbound("3. Emoji and other scripts", EMOJI, "ucs2", 1)
            await self._inbound()
            for step in FOREIGN:
                await step(self.guide)
            self._ledger()
        except TimeoutError as error:
            raise Missed("a step did not come in time") from error
        except (aiohttp.ClientError, KeyError) as error:
            raise Missed(f"the gateway's answer was not the promised one: {error!r}") from error

    async def _lines_up(self) -> None:
        guide = self.guide
        guide.say("\nTwo modems are coming up: real AT commands over pseudo-terminals, only the network is simulated.")
        deadline = time.monotonic() + STEP_S
        while True:
            lines = (await guide.get("/v1/lines"))["data"]
            if all(line["state"] == "up" for line in lines):
                break
            check(time.monotonic() < deadline, f"the lines did not come up: {lines}")
            await asyncio.sleep(LOOK_S)
        for line in lines:
            guide.say(
                f"   line {line['name']:8} {line.get('number')}  {line['state']}, operator {line.get('operator')}"
            )

    async def _forget_webhooks(self) -> None:
        """Those of an earlier demo on the same state directory: nobody is there any more."""
        for hook in (await self.guide.get("/v1/webhooks"))["data"]:
            async with self.guide.api.delete(f"{self.guide.url}/v1/webhooks/{hook['id']}") as response:
                check(response.status == 204, f"a webhook could not be removed: {response.status}")

    async def _outbound(self, title: str, text: str, encoding: str, parts: int) -> None:
        guide = self.guide
        guide.headline(title, f'POST /v1/messages {{"to": "{PHONE}", "text": "{shortened(text)}"}}')
        message = await guide.post("/v1/messages", {"to": PHONE, "text": text}, 202)
        check(message["state"] == "queued", f"it was accepted as {message['state']}, not queued")
        guide.say(f"   202 Accepted: {message['id']}")
        message = await guide.follow(message["id"])
        check(message["encoding"] == encoding, f"the alphabet was {message['encoding']}, not {encoding}")
        check(len(message["parts"]) == parts, f"it went out in {len(message['parts'])} parts, not {parts}")
        if parts > 1:
            for part in message["parts"]:
                guide.say(f"     part {part['n']} of {part['total']}: {part['state']}, “{shortened(part['text'], 50)}”")
        guide.phone_shows(text)
        await guide.call(
            "/events", lambda body: body["type"] == "message.delivered" and body["data"]["id"] == message["id"]
        )

    async def _inbound(self) -> None:
        guide = self.guide
        guide.headline("4. A reply comes in", f"the phone {PHONE} answers: “{REPLY}”")
        line = (await guide.get("/v1/lines"))["data"][0]
        modem = next(n for n, bay in enumerate(guide.bank.modems) if bay.number == line["number"])
        guide.bank.deliver(modem, sender=PHONE, text=REPLY)
        body = await guide.call("/events", lambda told: told["type"] == "message.received")
        data = body["data"]
        check((data["from"], data["text"]) == (PHONE, REPLY), f"the webhook told {data}")
        guide.say(f"   webhook {body['type']} at {guide.receiver.url}/events: signature checked, it is genuine")
        guide.say(f"     {data['id']} from {data['from']} over line {line['name']}: “{data['text']}”")
        inbox = (await guide.get("/v1/inbound?limit=200"))["data"]
        check([one["id"] for one in inbox].count(data["id"]) == 1, f"the inbox holds {inbox}")
        freed = ("deleted", "acknowledged")
        await guide.bank.ledger.wait_for(lambda entries: any(entry["kind"] in freed for entry in entries), STEP_S)
        guide.say("   It is on disk and in GET /v1/inbound; only then was it taken off the SIM card.")

    def _ledger(self) -> None:
        """What the network says it took, against what we say we sent."""
        bank, parts = self.guide.bank, self.guide.parts
        taken = len(bank.ledger.submitted)
        check(taken == parts, f"the network took {taken} parts, {parts} were sent")
        texts = [message.text for message in bank.phones[PHONE].received]
        check(len(texts) == len(set(texts)), f"the phone got something twice: {texts}")
        self.guide.say(
            f"\nThe simulated network's own ledger agrees: {taken} parts taken, {len(texts)} whole messages on the "
            "phone, none lost, none sent twice."
        )


def try_it(url: str, credentials: Credentials, number: str, devices: Sequence[str]) -> str:
    """What to do next, for somebody who sees this for the first time. number: of a line."""
    key, user, password = credentials.key, credentials.user, credentials.password
    return f"""
The gateway stays up. Try it:

  URL   {url}        docs {url}/docs
  key   {key}        login {user}, password {password}

  curl -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\
       -d '{{"to": "{PHONE}", "text": "Hello"}}' {url}/v1/messages
  curl -H "Authorization: Bearer {key}" "{url}/v1/messages?limit=5"
  curl -H "x-api-key: {key}" \\
       -d '{{"action": "sendsms", "to": "{PHONE}", "from": "{SHORT_CODE}", "message-text": "Hello"}}' {url}/action
  curl -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\
       -d '{{"SMSModel": {{"To": [{{"PhoneNumber": "{PHONE}"}}], "MessageBody": "Hello"}}}}' {url}/api/sendmessage
  curl -u {user}:{password} -X POST {url}/rest/sms/sendMessageToPhone/Hello/{PHONE[1:]}/{SHORT_CODE}
  curl "{url}/api/json/messages/text/send/?auth_username={user};auth_password={password};\\
stype=phone;snumber={SHORT_CODE};cnumber={PHONE[1:]};message=Hello"
  curl -u {user}:{password} -H "Content-Type: application/json" \\
       -d '{{"From": "{number[1:]}", "To": ["{PHONE[1:]}"], "Message": "Hello"}}' {url}/messageSend

  SIMGATE_URL={url} SIMGATE_KEY={key} simgate send {PHONE} "Hello" --wait --until delivered

The phone {PHONE} answers what it gets: simgate inbox shows it. Modems: {", ".join(devices)}
Ctrl-C ends it all."""
