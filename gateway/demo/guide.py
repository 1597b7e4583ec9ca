"""What every step of the tour works with: the gateway's API, the simulated network, the receiver, and a voice."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from gateway.demo.receiver import Receiver
from modem.simulator.bank import Bank

PHONE = "+13105551212"
SHORT_CODE = "00000"
STEP_S = 15.0  # what the simulated network may take for one step
LOOK_S = 0.05  # between two looks at a message on its way

_MEANING = {
    "queued": "on disk; from here on it is not lost, whatever happens",
    "sending": "a modem has it",
    "sent": "the network took it",
    "delivered": "the phone reported that it has it",
}


class Missed(Exception):
    """A step that was promised was not seen; the text says which."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key, and a login of the same account for the APIs that carry user and password."""

    key: str
    user: str
    password: str


@dataclass(slots=True)
class Guide:
    """api: a session with the key; say: prints one line."""

    url: str
    credentials: Credentials
    api: aiohttp.ClientSession
    bank: Bank
    receiver: Receiver
    say: Callable[[str], None]
    parts: int = 0  # how many the network must have taken in the end

    def headline(self, title: str, call: str) -> None:
        self.say(f"\n{title}\n   {call}")

    async def get(self, path: str) -> Any:
        async with self.api.get(self.url + path) as response:
            answer = await response.json(content_type=None)
            check(response.status == 200, f"GET {path} answered {response.status}: {answer}")
            return answer

    async def post(self, path: str, body: Mapping[str, Any], status: int) -> Any:
        async with self.api.post(self.url + path, json=body) as response:
            answer = await response.json(content_type=None)
            check(response.status == status, f"POST {path} answered {response.status}: {answer}")
            return answer

    async def webhook(self, path: str, format_: str) -> None:
        """An endpoint of the receiver, whose secret it then knows."""
        body = {"url": self.receiver.url + path, "format": format_}
        hook = await self.post("/v1/webhooks", body, 201)
        self.receiver.secrets[path] = hook["secret"]

    async def call(self, path: str, wanted: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        """The body of the first such call that the receiver gets; its signature must be right."""
        call = await self.receiver.wait_for(path, wanted, STEP_S)
        check(call.genuine, f"the signature of a call to {path} is wrong")
        return call.body

    async def newest(self, front: str) -> Any:
        """The message that came in last, which must be that front's."""
        message = (await self.get("/v1/messages?direction=out&limit=1"))["data"][0]
        check(message["front"] == front, f"the newest message is of {message['front']}, not {front}")
        return message

    async def follow(self, message_id: str) -> Any:
        """Show each state when it is seen, until the phone has it; then the phone must show it once and whole."""
        shown: list[str] = []
        deadline = time.monotonic() + STEP_S
        while True:
            message = await self.get(f"/v1/messages/{message_id}")
            passed = sorted(message["state_at"].items(), key=lambda item: item[1])
            for state, at in passed:
                if state not in shown:
                    shown.append(state)
                    self.say(f"     {at[11:23]}  {state:10} {_MEANING.get(state, '')}")
            if message["state"] == "delivered":
                break
            check(time.monotonic() < deadline, f"{message_id} stayed {message['state']}: {message.get('error')}")
            await asyncio.sleep(LOOK_S)
        check(tuple(shown) == tuple(_MEANING), f"its states were {', '.join(shown)}")
        self.parts += len(message["parts"])
        return message

    def phone_shows(self, text: str) -> None:
        received = [message.text for message in self.bank.phones[PHONE].received]
        check(received.count(text) == 1, f"the phone shows {received}, not once {text!r}")
        self.say(f"   The phone {PHONE} shows it, once and whole.")


def check(seen: bool, missed: str) -> None:
    """Raises Missed."""
    if not seen:
        raise Missed(missed)


def shortened(text: str, width: int = 60) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
