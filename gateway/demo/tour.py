"""The demo's tour: one message of each kind through its whole life, each step shown and each one checked."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from gateway.demo.receiver import Receiver
from modem.simulator.bank import Bank

PHONE = "+13105551212"
STEP_S = 15.0  # what the simulated network may take for one step
LOOK_S = 0.05  # between two looks at a message on its way
SHORT_CODE = "00000"

SHORT = "Hello from SIMgate! Your parcel is at the door."
LONG = (
    "This one is longer than a single SMS can be. The gateway cuts it into parts of 153 characters, numbers them, "
    "sends each over the same SIM card, and waits for a delivery report of every part. The phone joins them again, so "
    "that its owner reads one message, and you see one state: delivered, once all parts are."
)
EMOJI = "Grüße aus Köln 🎉 Das Päckchen ist da, 東京 auch ✅"
REPLY = "Great, thank you! Please leave it with the neighbours."
FOREIGN = "The same phone, asked through another documented API. Details: https://example.org/track?parcel=4711"

_MEANING = {
    "queued": "on disk; from here on it is not lost, whatever happens",
    "sending": "a modem has it",
    "sent": "the network took it",
    "delivered": "the phone reported that it has it",
}


class Missed(Exception):
    """A step that was promised was not seen; the text says which."""


@dataclass(slots=True)
class Tour:
    """Walks through everything. api: a session with the key; say: prints one line."""

    url: str
    key: str
    api: aiohttp.ClientSession
    bank: Bank
    receiver: Receiver
    say: Callable[[str], None]
    parts: int = 0  # how many the network must have taken in the end

    async def walk(self) -> None:
        """Every step. Raises Missed at the first that was not seen."""
        try:
            await self._lines_up()
            await self._forget_webhooks()
            await self._webhook("/events", "native")
            await self._outbound("1. A short message", SHORT, "gsm7", 1)
            await self._outbound("2. A long message, in parts", LONG, "gsm7", 3)
            await self._outbound("3. Emoji and other scripts", EMOJI, "ucs2", 1)
            await self._inbound()
            await self._foreign()
            self._ledger()
        except TimeoutError as error:
            raise Missed("a step did not come in time") from error
        except (aiohttp.ClientError, KeyError) as error:
            raise Missed(f"the gateway's answer was not the promised one: {error!r}") from error

    # ---------------------------------------------------------------------------------------------------- steps

    async def _lines_up(self) -> None:
        self.say("\nTwo modems are coming up: real AT commands over pseudo-terminals, only the network is simulated.")
        deadline = time.monotonic() + STEP_S
        while True:
            lines = (await self._get("/v1/lines"))["data"]
            if all(line["state"] == "up" for line in lines):
                break
            _check(time.monotonic() < deadline, f"the lines did not come up: {lines}")
            await asyncio.sleep(LOOK_S)
        for line in lines:
            self.say(f"   line {line['name']:8} {line.get('number')}  {line['state']}, operator {line.get('operator')}")

    async def _forget_webhooks(self) -> None:
        """Those of an earlier demo on the same state directory: nobody is there any more."""
        for hook in (await self._get("/v1/webhooks"))["data"]:
            async with self.api.delete(f"{self.url}/v1/webhooks/{hook['id']}") as response:
                _check(response.status == 204, f"a webhook could not be removed: {response.status}")

    async def _webhook(self, path: str, format_: str) -> None:
        body = {"url": self.receiver.url + path, "format": format_}
        hook = await self._post("/v1/webhooks", body, 201)
        self.receiver.secrets[path] = hook["secret"]

    async def _outbound(self, title: str, text: str, encoding: str, parts: int) -> None:
        self._headline(title, f'POST /v1/messages {{"to": "{PHONE}", "text": "{_shortened(text)}"}}')
        message = await self._post("/v1/messages", {"to": PHONE, "text": text}, 202)
        _check(message["state"] == "queued", f"it was accepted as {message['state']}, not queued")
        self.say(f"   202 Accepted: {message['id']}")
        message = await self._follow(message["id"])
        _check(message["encoding"] == encoding, f"the alphabet was {message['encoding']}, not {encoding}")
        _check(len(message["parts"]) == parts, f"it went out in {len(message['parts'])} parts, not {parts}")
        if parts > 1:
            for part in message["parts"]:
                self.say(f"     part {part['n']} of {part['total']}: {part['state']}, “{_shortened(part['text'], 50)}”")
        self._phone_shows(text)
        await self.receiver.wait_for(
            "/events", lambda body: body["type"] == "message.delivered" and body["data"]["id"] == message["id"], STEP_S
        )
        self.parts += parts

    async def _inbound(self) -> None:
        self._headline("4. A reply comes in", f"the phone {PHONE} answers: “{REPLY}”")
        line = (await self._get("/v1/lines"))["data"][0]
        modem = next(n for n, bay in enumerate(self.bank.modems) if bay.number == line["number"])
        self.bank.deliver(modem, sender=PHONE, text=REPLY)
        call = await self.receiver.wait_for("/events", lambda body: body["type"] == "message.received", STEP_S)
        _check(call.genuine, "the webhook's signature is wrong")
        data = call.body["data"]
        _check((data["from"], data["text"]) == (PHONE, REPLY), f"the webhook told {data}")
        self.say(f"   webhook {call.body['type']} at {self.receiver.url}/events: signature checked, it is genuine")
        self.say(f"     {data['id']} from {data['from']} over line {line['name']}: “{data['text']}”")
        inbox = (await self._get("/v1/inbound?limit=200"))["data"]
        _check([one["id"] for one in inbox].count(data["id"]) == 1, f"the inbox holds {inbox}")
        freed = ("deleted", "acknowledged")
        await self.bank.ledger.wait_for(lambda entries: any(entry["kind"] in freed for entry in entries), STEP_S)
        self.say("   It is on disk and in GET /v1/inbound; only then was it taken off the SIM card.")

    async def _foreign(self) -> None:
        body = {"action": "sendsms", "message-text": FOREIGN, "to": PHONE, "from": SHORT_CODE, "click-tracking": True}
        self._headline(
            "5. The same through the sendsms API", f'POST /action {{"action": "sendsms", "to": "{PHONE}", …}}'
        )
        await self._webhook("/postback", "sendsms")
        async with self.api.post(f"{self.url}/action", json=body, headers={"x-api-key": self.key}) as response:
            answer = await response.json()
        _check(answer.get("status") == "Success", f"the sendsms API answered {answer}")
        self.say(f"   200 {answer['status']}: tracking-id {answer['tracking-id']}, {answer['status-details']}")
        message = await self._follow(answer["tracking-id"])
        await self._postback("N201", answer["tracking-id"])
        await self._postback("N202", answer["tracking-id"])
        self._phone_shows(message["text"])
        self.parts += len(message["parts"])
        link = next(word for word in message["text"].split() if word.startswith(self.url))
        async with self.api.get(link, allow_redirects=False) as response:
            _check(response.status == 302, f"the short link answered {response.status}")
            self.say(f"   its link was made short and counts clicks: {link} → {response.headers['Location']}")

    async def _postback(self, code: str, tracking_id: str) -> None:
        call = await self.receiver.wait_for("/postback", lambda body: body.get("code") == code, STEP_S)
        _check(call.genuine, "the postback's signature is wrong")
        _check(call.body["tracking-id"] == tracking_id, f"the postback told {call.body}")
        self.say(f"   postback {code}: status {call.body['status']}")

    def _ledger(self) -> None:
        """What the network says it took, against what we say we sent."""
        taken = len(self.bank.ledger.submitted)
        _check(taken == self.parts, f"the network took {taken} parts, {self.parts} were sent")
        texts = [message.text for message in self.bank.phones[PHONE].received]
        _check(len(texts) == len(set(texts)), f"the phone got something twice: {texts}")
        self.say(
            f"\nThe simulated network's own ledger agrees: {taken} parts taken, {len(texts)} whole messages on the "
            "phone, none lost, none sent twice."
        )

    # ------------------------------------------------------------------------------------------------- utensils

    async def _follow(self, message_id: str) -> Any:
        """Show each state when it is seen, until the phone has it."""
        shown: list[str] = []
        deadline = time.monotonic() + STEP_S
        while True:
            message = await self._get(f"/v1/messages/{message_id}")
            passed = sorted(message["state_at"].items(), key=lambda item: item[1])
            for state, at in passed:
                if state not in shown:
                    shown.append(state)
                    self.say(f"     {at[11:23]}  {state:10} {_MEANING.get(state, '')}")
            if message["state"] == "delivered":
                break
            _check(time.monotonic() < deadline, f"{message_id} stayed {message['state']}: {message.get('error')}")
            await asyncio.sleep(LOOK_S)
        _check(tuple(shown) == tuple(_MEANING), f"its states were {', '.join(shown)}")
        return message

    def _phone_shows(self, text: str) -> None:
        received = [message.text for message in self.bank.phones[PHONE].received]
        _check(received.count(text) == 1, f"the phone shows {received}, not once {text!r}")
        self.say(f"   The phone {PHONE} shows it, once and whole.")

    def _headline(self, title: str, call: str) -> None:
        self.say(f"\n{title}\n   {call}")

    async def _get(self, path: str) -> Any:
        async with self.api.get(self.url + path) as response:
            answer = await response.json(content_type=None)
            _check(response.status == 200, f"GET {path} answered {response.status}: {answer}")
            return answer

    async def _post(self, path: str, body: Mapping[str, Any], status: int) -> Any:
        async with self.api.post(self.url + path, json=body) as response:
            answer = await response.json(content_type=None)
            _check(response.status == status, f"POST {path} answered {response.status}: {answer}")
            return answer


def _check(seen: bool, missed: str) -> None:
    if not seen:
        raise Missed(missed)


def _shortened(text: str, width: int = 60) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def try_it(url: str, key: str, devices: Sequence[str]) -> str:
    """What to do next, for somebody who sees this for the first time."""
    return f"""
The gateway stays up. Try it:

  URL   {url}        docs {url}/v1/docs
  key   {key}

  curl -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\
       -d '{{"to": "{PHONE}", "text": "Hello"}}' {url}/v1/messages
  curl -H "Authorization: Bearer {key}" "{url}/v1/messages?limit=5"
  curl -H "x-api-key: {key}" \\
       -d '{{"action": "sendsms", "to": "{PHONE}", "from": "{SHORT_CODE}", "message-text": "Hello"}}' {url}/action

  SIMGATE_URL={url} SIMGATE_KEY={key} simgate send {PHONE} "Hello" --wait --until delivered

The phone {PHONE} answers what it gets: simgate inbox shows it. Modems: {", ".join(devices)}
Ctrl-C ends it all."""
