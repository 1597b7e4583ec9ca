"""A trial of the fault campaign: a real daemon on simulated modems, while everything that can fails at random.

Traffic comes in through all six APIs (``tests.support.callers``) and from phones, which also opt out and in again.
The simulator's ledger is the truth; what must hold afterwards stands in ``tests.support.invariant`` and ``kept``.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from aiohttp import ClientSession

from modem.simulator.bank import Bank
from modem.simulator.bay import Bay
from modem.simulator.faults import Action, FaultKind
from modem.simulator.latency import Latency
from modem.simulator.manners import MANNERS
from tests.support import callers, invariant, kept
from tests.support.callers import Callers
from tests.support.daemon import Daemon, LineOf, Sink
from tests.support.invariant import token_of

QUIET_S = 25.0
"""How long it may take until everything has its end once nothing fails any more."""

LATENCY = Latency.of(prompt="0..0.02", submit="0..0.3", report="0..0.3", deliver="0..0.05", answer="0..0.005")
COMMANDS = ("", "+CMGS", "+CMGR", "+CMGD", "+CMGL", "+CPMS", "+CNMI")
ANSWERS = ("lose_answer", "delay_answer", "garble_answer", "flip_echo")
SUBMITS = ("only_ok", "no_prompt", "slow_prompt", "reject", "reject_command")
REPORTS = ("report_first", "no_report", "duplicate_report", "swap_reports", "report_status")
CONDITIONS = ("silence", "storage_full", "clock_offset", "dribble", "register", "reset_cnmi")
CATASTROPHES = ("kill", "kill", "stop", "reboot", "unplug", "trap")
MOMENTS = (
    *("received:+CMGS", "prompt", "text", "ctrl_z", "submitted", "answered:+CMGS"),
    *("announced", "answered:+CMGR", "received:+CMGL", "received:+CMGD", "answered:+CMGD"),
)
CMS = (1, 21, 22, 38, 41, 42, 47, 96, 98, 302, 304, 305, 310, 322, 331, 500, 512, 513, 528)
CME = (10, 13, 30, 100, 515)
TIMED_OUT = 332  # the one number that says that the network may have it, whoever made the modem
TP_ST = (0x01, 0x20, 0x45, 0x46, 0x60)
NOISE = (b"\r\n^RSSI:12\r\n", b"\r\nRING\r\n", b"\r\nOVER-VOLTAGE WARNNING\r\n", b"\x00\xff\x80")
PEERS = ("+447700900997", "+447700900998", "+447700900999")
SENDERS = ("+447700900501", "+447700900502", "Bank4U")
WORDS = ("STOP", "Stop.", "START", "start", "HELP")
FORMATS = ("native", "messaging", "3cx", "sendsms")


@dataclass(slots=True)
class Trial:
    """One run. log: what was done, in order, for whoever must find out why; violations: what did not hold."""

    seed: int
    directory: Path
    steps: int = 24
    log: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    _injected: dict[str, str] = field(default_factory=dict)
    _said: Counter[tuple[str, str]] = field(default_factory=Counter)  # keywords, by who said them
    _dice: Random = field(init=False)
    _bank: Bank = field(init=False)
    _daemon: Daemon = field(init=False)
    _callers: Callers = field(init=False)

    async def run(self) -> list[str]:
        """Returns the violations."""
        self._dice = Random(self.seed)
        manners = self._dice.choices(tuple(MANNERS), k=self._dice.choice((2, 3)))
        self._say("manners", manners)
        small = self._dice.random() < 0.3
        async with AsyncExitStack() as stack:
            self._bank = await stack.enter_async_context(
                Bank(
                    len(manners),
                    directory=self.directory / "modems",
                    manner=manners,
                    latency=LATENCY,
                    sizes={"SM": 5} if small else None,
                    seed=self.seed,
                    cnma_seconds=0.5,
                    retry_seconds=0.3,
                )
            )
            lines = [LineOf(bay.device, bay.number, name=f"line{bay.index}") for bay in self._bank.modems]
            daemon = Daemon(self.directory, lines, program="tests.support.hurried")
            self._daemon = await stack.enter_async_context(daemon)
            await daemon.command(
                "accounts", "login", "add", "--account", "default", callers.LOGIN, given=callers.PASSWORD
            )
            http = await stack.enter_async_context(ClientSession(f"http://127.0.0.1:{daemon.port}"))
            self._callers = Callers(self._dice, http, daemon.key, self._say)
            await self._listen(await stack.enter_async_context(Sink()))
            await self._callers.prepare([line.name for line in lines], PEERS)
            await daemon.lines_up()
            for _ in range(self.steps):
                await self._step()
            await self._calm()
            await self._settle()
            await self._check()
        return self.violations

    def _say(self, *words: object) -> None:
        self.log.append(" ".join(map(str, words)))

    async def _step(self) -> None:
        """One thing happens, then a rest or none."""
        happens: dict[Callable[[], Awaitable[None] | None], int] = {
            self._send: 8,
            self._callers.handle_batch: 2,
            self._receive: 5,
            self._say_word: 2,
            self._fault: 8,
            self._condition: 2,
            self._catastrophe: 2,
        }
        waited = self._dice.choices(list(happens), list(happens.values()))[0]()
        if waited is not None:
            await waited
        await asyncio.sleep(self._dice.choice((0, 0, 0.02, 0.1, 0.3)))

    # -- traffic

    async def _listen(self, sink: Sink) -> None:
        for name in FORMATS:
            body = {"url": sink.url, "format": name, "name": name, "dlr": True}
            await self._daemon.ask("POST", "/v1/webhooks", body)

    async def _send(self) -> None:
        await self._callers.send(f"o{len(self.log)}", PEERS)

    def _say_word(self) -> None:
        """A phone opts out, or in again."""
        peer, word, modem = (
            self._dice.choice(PEERS),
            self._dice.choice(WORDS),
            self._dice.randrange(len(self._bank.modems)),
        )
        self._said[peer, word] += 1
        self._say("word", peer, word, "modem", modem)
        self._bank.deliver(modem, sender=peer, text=word)

    def _receive(self) -> None:
        token, modem = f"i{len(self.log)}", self._dice.randrange(len(self._bank.modems))
        text, order = f"<{token}> in", None
        if self._dice.random() < 0.3:
            text = (f"<{token}> long " * 40)[: 3 * 153]
            order = self._dice.sample((1, 2, 3), 3)
            order += [self._dice.choice(order)] if self._dice.random() < 0.4 else []
        self._injected[token] = text
        self._say("receive", token, "modem", modem, "parts", order)
        reference = len(self.log) % 256
        self._bank.deliver(modem, sender=self._dice.choice(SENDERS), text=text, order=order, reference=reference)

    # -- trouble

    def _bay(self) -> Bay:
        return self._dice.choice(self._bank.modems)

    def _fault(self) -> None:
        dice = self._dice
        kinds = dice.choices(
            (ANSWERS, SUBMITS, REPORTS, ("add_noise", "lose_urc", "bad_place", "reject_taken")), (4, 3, 1, 2)
        )
        kind, command = dice.choice(kinds[0]), dice.choice(COMMANDS)
        fields: dict[str, Any] = {"times": dice.choice((1, 1, 2, 3)), "skip": dice.choice((0, 0, 1, 3))}
        if kind in SUBMITS:
            command = "+CMGS"
        match kind:
            case "reject" | "reject_command":
                fields |= (
                    {"code": dice.choice(CME), "where": "cme"} if dice.random() < 0.2 else {"code": dice.choice(CMS)}
                )
            case "reject_taken":
                command, fields = "+CMGS", {"code": TIMED_OUT}
            case "add_noise":
                fields |= {"octets": dice.choice(NOISE), "where": dice.choice(("before", "inside", "after"))}
            case "lose_urc":
                command = dice.choice(("+CMTI", "+CDSI", "+CDS"))
            case "delay_answer" | "slow_prompt":
                fields["seconds"] = dice.choice((0.1, 0.6, 1.2))
            case "report_status":
                fields["code"] = dice.choice(TP_ST)
        if kind in REPORTS or kind == "bad_place":
            command = ""
        bay = self._bay()
        self._say("fault", bay.index, kind, command, fields)
        bay.fault(FaultKind(kind), command, **fields)

    def _condition(self) -> None:
        """Something that lasts a while."""
        bay, kind, later = self._bay(), self._dice.choice(CONDITIONS), asyncio.get_running_loop().call_later
        seconds = self._dice.choice((0.2, 1.0, 2.5))
        self._say("condition", bay.index, kind, seconds)
        if kind == "register":
            bay.register(self._dice.choice((0, 2, 3, 8)))
            later(seconds, bay.register, 1)
            return
        number = bay.fault(FaultKind(kind), seconds={"clock_offset": 7200.0, "dribble": 0.002}.get(kind, 0.0))
        later(seconds, lambda: bay.clear(fault_id=number))

    async def _catastrophe(self) -> None:
        bay, kind = self._bay(), self._dice.choice(CATASTROPHES)
        self._say("catastrophe", bay.index, kind)
        match kind:
            case "kill":
                await self._daemon.kill()
                await asyncio.sleep(self._dice.choice((0, 0.2)))
                await self._daemon.start()
            case "stop":
                if (status := await self._daemon.stop()) != 0:
                    self.violations.append(f"it stopped with status {status}")
                await self._daemon.start()
            case "reboot":
                bay.reboot()
            case "unplug":
                bay.unplug()
                await asyncio.sleep(self._dice.choice((0.05, 0.5, 1.0)))
                bay.plug()
            case "trap":
                moment, action = self._dice.choice(MOMENTS), self._dice.choice((Action.REBOOT, Action.UNPLUG))
                self._say("trap", bay.index, moment, action)
                bay.trap(moment, action, nth=self._dice.choice((1, 2)))

    # -- afterwards

    async def _calm(self) -> None:
        """Nothing fails any more."""
        self._say("calm")
        for bay in self._bank.modems:
            bay.modem.traps.waiting.clear()
            bay.clear()
            bay.plug()
            bay.register(1)
        await self._callers.finish()

    async def _settle(self) -> None:
        """Until nothing is open, all that came in is there and the modems are empty."""
        deadline = asyncio.get_running_loop().time() + QUIET_S
        while not await self._is_quiet():
            if asyncio.get_running_loop().time() > deadline:
                self.violations.append(f"it is not quiet after {QUIET_S} s")
                return
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.3)  # what came twice would come now

    async def _is_quiet(self) -> bool:
        for bay in self._bank.modems:
            bay.plug()  # a trap may have sprung late
        again = {answered.call.token for answered in self._callers.answers if answered.call.resend}
        for message in await self._all("out"):
            state = message["state"]
            if state in invariant.OPEN or (state == "unknown" and token_of(message["text"]) in again):
                return False
        inbox = await self._all("in")
        came = {token_of(message["text"]) for message in inbox}
        stored = Counter((entry["modem"], entry["pdu"]) for entry in self._bank.ledger.of("stored"))
        stored.subtract((entry["modem"], entry["pdu"]) for entry in self._bank.ledger.of("deleted"))
        kept_back = any(subscriber.messages for subscriber in self._bank.network.subscribers)
        heard = self._injected.keys() <= came and len(inbox) >= len(self._injected) + self._said.total()
        return heard and not +stored and not kept_back

    async def _all(self, direction: str) -> list[dict[str, Any]]:
        path = f"/v1/messages?direction={direction}&limit=200"
        found: list[dict[str, Any]] = (await self._daemon.ask("GET", path))["data"]
        return found

    async def _check(self) -> None:
        ledger = self._bank.ledger
        messages = [await self._daemon.message(message["id"]) for message in await self._all("out")]
        inbox = await self._all("in")
        words = Counter((message["from"], message["text"]) for message in inbox if message["text"] in WORDS)
        if words != self._said:
            self.violations.append(f"said was {self._said}, heard {words}")
        if (status := await self._daemon.stop()) != 0:
            self.violations.append(f"it stopped with status {status}")
        database = self._daemon.data_dir / "simgate.db"
        self.violations += self._callers.violations
        self.violations += invariant.outbound(self._callers.answers, messages, ledger.submitted)
        self.violations += invariant.inbound(self._injected, [one for one in inbox if one["text"] not in WORDS])
        self.violations += invariant.database(database, ledger.of("deleted"))
        self.violations += kept.faults(database, hooks=len(FORMATS))
        self.violations += invariant.log(self._daemon.log)
