"""The traffic of a soak: what callers send through /v1, and what phones send to the lines; each text has its token."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from aiohttp import ClientError, ClientSession

from modem.simulator.bank import Bank
from modem.simulator.bay import Bay
from modem.simulator.ledger import Entry
from tests.support.callers import Answered, Call
from tests.support.soak.trouble import HOUR, MINUTE
from tests.support.virtual_time import VirtualClock, VirtualLoop

SENDERS = (*(f"+44770090{number}" for number in range(2000, 2020)), "Bank4U", "62442")
ENDINGS = ("", " plain", " with a somewhat longer text, as people write", " ünïcödé – Привет 👋")
LONGEST_GAP_S = 12 * HOUR  # between the parts of a message


@dataclass(slots=True)
class Traffic:
    """accepted: answers to all calls; texts: of accepted messages, by their id; injected: inbound texts, by token."""

    bank: Bank
    clock: VirtualClock
    loop: VirtualLoop
    lines: tuple[str, ...]
    answers: list[Answered] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    injected: dict[str, str] = field(default_factory=dict)
    outcomes: Counter[int] = field(default_factory=Counter)  # statuses of calls; 0: no answer
    calls: int = 0
    _count: int = 0

    # -- out

    async def burst(self, http: ClientSession | None, line: int, dice: Random) -> None:
        """Some messages at once; http: None while the gateway is down."""
        for _ in range(dice.choice((1, 1, 2, 4))):
            await self._send(http, line, dice)

    async def _send(self, http: ClientSession | None, line: int, dice: Random) -> None:
        self._count += 1
        token, to = f"o{self._count}", f"+4477{self._count:08}"  # each to a phone of its own, which tells its parts
        text = f"<{token}> out" + dice.choice(ENDINGS)
        if dice.random() < 0.2:
            text = f"{text} " * dice.choice((8, 20)) if len(text) < 30 else f"{text} " * 4
        said: dict[str, Any] = {"to": to, "text": text, "delivery_report": dice.random() < 0.8}
        said["from"] = self.lines[line] if dice.random() < 0.6 else "auto"
        resend = dice.random() < 0.1
        if resend:
            said["on_unknown"] = "resend"
        if dice.random() < 0.15:
            due = self.clock.now() + timedelta(seconds=dice.uniform(MINUTE, 20 * HOUR))
            said["schedule_at"] = due.isoformat()
        if dice.random() < 0.1:
            said["ttl"] = round(dice.uniform(HOUR, 5 * HOUR))
        answered = Answered(Call(token, "/v1/messages", (to,), lambda _: (to,), said, resend=resend))
        self.answers.append(answered)
        if http is not None:
            await self._ask(http, answered)
        self.outcomes[answered.status] += 1

    async def _ask(self, http: ClientSession, answered: Answered) -> None:
        call = answered.call
        try:
            with self.loop.conversing():
                async with http.post(call.path, json=call.json, headers={"Idempotency-Key": call.token}) as answer:
                    answered.status, answered.body = answer.status, await answer.json()
        except ClientError:
            return
        if answered.status < 300:
            assert call.json is not None
            answered.to = call.to
            self.texts[answered.body["id"]] = call.json["text"]

    async def ask_again(self, http: ClientSession) -> None:
        """Whatever was not answered while the gateway was down; the same key keeps it from being sent twice."""
        for answered in self.answers:
            if answered.status in (0, 503) and answered.call.json is not None:
                await self._ask(http, answered)

    def submitted(self) -> Iterator[Entry]:
        """What the network has taken; each part with its message's token, which not every part of a long text has."""
        tokens = {answered.call.to[0]: answered.call.token for answered in self.answers}
        for entry in self.bank.ledger.submitted:
            yield entry | {"text": f"<{tokens.get(str(entry['to']), 'o0')}>"}

    # -- in

    async def letter(self, bay: Bay, dice: Random, *, whole: bool = False) -> None:
        """A message from outside; unless it is whole, now and then in parts, in any order, hours apart or twice."""
        self._count += 1
        token = f"i{self._count}"
        sender, reference = dice.choice(SENDERS), self._count % 256
        if whole or dice.random() < 0.75:
            self.injected[token] = text = f"<{token}> in" + dice.choice(ENDINGS)
            self._deliver(bay, sender=sender, text=text)
            return
        self.injected[token] = text = (f"<{token}> long " * 40)[: 3 * 153]
        order = dice.sample((1, 2, 3), 3)
        order += [dice.choice(order)] if dice.random() < 0.2 else []
        cut = dice.choice((len(order), len(order), dice.randint(1, 2)))
        number, at = bay.number, self.bank.network.now(bay.subscriber)  # the service centre stamps all parts at once
        self._deliver(bay, sender=sender, text=text, reference=reference, order=order[:cut], at=at)
        if cut < len(order):
            await asyncio.sleep(dice.choice((dice.uniform(1, 60), dice.uniform(MINUTE, LONGEST_GAP_S))))
            home = next(other for other in self.bank.modems if other.number == number)  # its SIM may have moved
            self._deliver(home, sender=sender, text=text, reference=reference, order=order[cut:], at=at)

    def _deliver(self, bay: Bay, **letter: Any) -> None:
        self.bank.deliver(bay.index, **letter)

    def call(self, bay: Bay, dice: Random) -> None:
        self.calls += 1
        if bay.port is not None:
            bay.call(dice.choice(SENDERS[:20]), rings=dice.randint(1, 5))
