"""The rest of a modem: what a dialogue does not tell, as the plainest modem of that kind would answer it."""

import re
from dataclasses import dataclass, field

from tests.modem.replay.transcript import Dialogue

IMEI = "001014000000018"
IMSI = "001010000000001"
ICCID = "8999000000000000013"
CENTRE = "+447700900999"
_FIVE = "(0-2),(0-3),(0,2),(0-2),(0,1)"
_TEST = re.compile(r"\+(CPMS|CNMI): ?(\(.*|\"\w\w\",\"\w\w\",\"\w\w\")")


@dataclass
class Ordinary:
    """Its state. stores: storage -> index -> (<stat>, PDU); sizes: their places. refuses: beginnings of commands.

    registration: <stat>. reference: the TP-MR given last. heard: every command line. entered: every PDU.
    answers: commands that are answered otherwise than below; the final result code included.
    """

    dialogue: Dialogue
    stores: dict[str, dict[int, tuple[int, str]]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    refuses: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    registration: int = 1
    reference: int = 0
    heard: list[str] = field(default_factory=list)
    entered: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        said = "\n".join([turn.heard for turn in self.dialogue.turns()[1]] + list(self.dialogue.capabilities.values()))
        offered = {match[1]: match[2].strip() for match in _TEST.finditer(said)}
        self.routing_offered = offered.get("CNMI", _FIVE)
        self.routing = "0,0,0,0,0"
        self.storages_offer(offered.get("CPMS", '("SM","ME"),("SM","ME"),("SM","ME")'))

    def storages_offer(self, offered: str) -> None:
        """Have these storages: three lists as in the answer to AT+CPMS=?."""
        self.storages_offered = offered
        self._lists = [re.findall(r"\w+", part) for part in _lists(offered)]
        for name in self._lists[0]:
            self.stores.setdefault(name, {})
        self.selected = [names[0] for names in self._lists if names]

    # --- one command

    def answer(self, command: str) -> list[str]:
        """Information lines and the final result code."""
        self.heard.append(command)
        upper = command.upper()
        if command in self.answers:
            return self.answers[command].split("\n")
        if upper.startswith(self.refuses or ("\n",)):
            return [self.dialogue.refusal]
        if (identity := self._identity(upper)) is not None:
            return identity
        if upper in self._plain():
            return [*self._plain()[upper].split("\n"), "OK"]
        if upper.startswith("AT+CPMS"):
            return self._storages(command)
        if upper.startswith("AT+CNMI"):
            return self._routing(command)
        if upper.startswith(("AT+CMGR=", "AT+CMGD=")):
            return self._place(upper)
        if upper == "AT+CMGL=4":
            here = self.stores.get(self.selected[0] if self.selected else "", {})
            lines = [line for i, (stat, pdu) in here.items() for line in (f"+CMGL: {i},{stat},,{length(pdu)}", pdu)]
            return [*lines, "OK"]
        return ["OK" if upper == "AT" or upper.startswith(_TAKEN) else self.dialogue.refusal]

    def enter(self, pdu: str) -> list[str]:
        """The answer to a PDU that was entered to its end."""
        self.entered.append(pdu)
        self.reference = (self.reference + 1) % 256
        return [f"+CMGS: {self.reference}", "OK"]

    def take(self, command: str) -> None:
        """A setting that the dialogue has answered OK: know it."""
        if command.upper().startswith("AT+CPMS="):
            names = [name.strip('"') for name in command.partition("=")[2].split(",")]
            self.selected[: len(names)] = names[: len(self.selected)]
        elif command.upper().startswith("AT+CNMI="):
            self.routing = command.partition("=")[2]

    def _identity(self, command: str) -> list[str] | None:
        if command not in ("ATI", "AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+CGSN"):
            return None
        told = self.dialogue.identify
        for name in (command, *_ALSO.get(command, ())):
            if name in told:
                return [*(line.strip("\r") for line in told[name]), "OK"]
        if command == "AT+CGSN":
            told_so = re.search(r"IMEI: (\d+)", "\n".join(line for lines in told.values() for line in lines))
            return [told_so[1] if told_so else IMEI, "OK"]
        if told:
            return [self.dialogue.refusal]
        names = {"AT+CGMI": self.dialogue.vendor, "AT+CGMM": self.dialogue.model, "AT+CGMR": "1.0"}
        return [names.get(command, self.dialogue.vendor), "OK"]

    def _plain(self) -> dict[str, str]:
        return {
            "AT+CIMI": IMSI,
            "AT+CCID": f"+CCID: {ICCID}",
            "AT+CFUN?": "+CFUN: 1",
            "AT+CPIN?": "+CPIN: READY",
            "AT+CMGF?": "+CMGF: 0",
            "AT+CSMS?": "+CSMS: 0,1,1,1",
            "AT+CSCA?": f'+CSCA: "{CENTRE}",145',
            "AT+CREG?": f'+CREG: 2,{self.registration},"00A1","00B2"',
            "AT+CEREG?": "+CEREG: 0,0",
            "AT+CSQ": "+CSQ: 20,99",
            "AT+COPS?": '+COPS: 0,2,"00101"',
        }

    # --- storages

    def _storages(self, command: str) -> list[str]:
        if command.endswith("=?"):
            return [f"+CPMS: {self.storages_offered}", "OK"]
        if command.endswith("?"):
            return ["+CPMS: " + ",".join(f'"{name}",{self._use(name)}' for name in self.selected), "OK"]
        names = [name.strip('"') for name in command.partition("=")[2].split(",")]
        if len(names) > len(self._lists) or any(n not in offer for n, offer in zip(names, self._lists, strict=False)):
            return ["+CMS ERROR: 302"]
        self.selected[: len(names)] = names
        return ["+CPMS: " + ",".join(self._use(name) for name in self.selected), "OK"]

    def _use(self, name: str) -> str:
        return f"{len(self.stores.get(name, {}))},{self.sizes.get(name, 20)}"

    def _place(self, command: str) -> list[str]:
        store = self.stores.get(self.selected[0] if self.selected else "", {})
        index = int(command.partition("=")[2].partition(",")[0])
        if index not in store:
            return ["+CMS ERROR: 321"]
        if command.startswith("AT+CMGD"):
            del store[index]
            return ["OK"]
        stat, pdu = store[index]
        return [f"+CMGR: {stat},,{length(pdu)}", pdu, "OK"]

    def _routing(self, command: str) -> list[str]:
        if command.endswith("=?"):
            return [f"+CNMI: {self.routing_offered}", "OK"]
        if command.endswith("?"):
            return [f"+CNMI: {self.routing}", "OK"]
        values = command.partition("=")[2].split(",")
        offered = _lists(self.routing_offered)
        if len(values) > len(offered) or any(int(v) not in _numbers(o) for v, o in zip(values, offered, strict=False)):
            return ["+CMS ERROR: 302"]
        self.routing = ",".join(values)
        return ["OK"]


_ALSO = {"ATI": ("ATI0", "AT+SIMCOMATI"), "AT+CGMM": ("AT+GMM",), "AT+CGMR": ("AT+GMR",)}
_TAKEN = ("ATE", "ATV", "ATS0=", "AT+CMEE=", "AT+CSCS=", "AT+CMGF=", "AT+CSMS=", "AT+CSCA=", "AT+CREG=", "AT+CFUN=")
_TAKEN += ("AT+COPS=3", "AT+CLIP=")
_TAKEN += ("AT+CUSD=", "AT+CNUM", "AT+CHUP", "AT+CNMA")


def _lists(offered: str) -> list[str]:
    body = offered[1:-1] if offered.startswith("((") else offered
    return re.findall(r"\([^()]*\)|[^,()]+", body)


def _numbers(offered: str) -> set[int]:
    pairs = re.findall(r"(\d+)(?:-(\d+))?", offered)
    return {number for low, high in pairs for number in range(int(low), int(high or low) + 1)}


def length(pdu: str) -> int:
    """Octets of the TPDU."""
    try:
        return len(pdu) // 2 - 1 - int(pdu[:2], 16)
    except ValueError:
        return len(pdu) // 2
