"""What goes wrong on demand: faults that change answers, and traps that spring at a moment of the exchange."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from random import Random


class FaultKind(StrEnum):
    """Every fault that can be asked for; what its fields mean here stands beside it."""

    LOSE_ANSWER = "lose_answer"  # the command is carried out, nothing is answered
    DELAY_ANSWER = "delay_answer"  # the answer comes `seconds` later
    GARBLE_ANSWER = "garble_answer"  # some octets of the answer are wrong
    ADD_NOISE = "add_noise"  # `octets` before_echo, before, inside or after the answer (`where`)
    ONLY_OK = "only_ok"  # OK without the information lines, +CMGS among them
    REJECT = "reject"  # `code` as +CMS ERROR or (`where` "cme") +CME ERROR, else `text`; a submission after its text
    REJECT_COMMAND = "reject_command"  # the same, a submission before its prompt
    REJECT_TAKEN = "reject_taken"  # the network has taken the message, the modem answers with an error all the same
    FLIP_ECHO = "flip_echo"  # echo turns over when the command comes
    NO_PROMPT = "no_prompt"  # no prompt is shown, though the text is taken
    SLOW_PROMPT = "slow_prompt"  # the prompt comes `seconds` later
    LOSE_URC = "lose_urc"  # an unsolicited line that begins with `command` is not written
    BAD_PLACE = "bad_place"  # +CMTI names no storage and index -1, though the message is stored
    DRIBBLE = "dribble"  # every octet is written by itself, `seconds` after the one before, until cleared
    SILENCE = "silence"  # deaf and dumb until cleared
    STORAGE_FULL = "storage_full"  # every storage behaves as full until cleared
    RESET_CNMI = "reset_cnmi"  # AT+CNMI falls to 0,0,0,0,0 unasked, after the command (or at once without one)
    REPORT_FIRST = "report_first"  # the status report comes before +CMGS
    NO_REPORT = "no_report"  # the service centre forgets the report
    DUPLICATE_REPORT = "duplicate_report"  # the report comes twice
    SWAP_REPORTS = "swap_reports"  # the report is held until the next one came
    REPORT_STATUS = "report_status"  # the report carries TP-ST `code`
    CLOCK_OFFSET = "clock_offset"  # the service centre's clock is `seconds` ahead, until cleared


STANDING = frozenset({FaultKind.DRIBBLE, FaultKind.SILENCE, FaultKind.STORAGE_FULL, FaultKind.CLOCK_OFFSET})


@dataclass(slots=True)
class Fault:
    """One fault of one modem.

    command: for which command, such as "+CMGS"; "" for any. times: how often, None for always. probability: of each
    chance, 0-1. skip: let so many chances pass first. The other fields mean what their FaultKind says.
    """

    kind: FaultKind
    command: str = ""
    times: int | None = 1
    probability: float = 1.0
    skip: int = 0
    seconds: float = 0.0
    code: int = 0
    text: str = "ERROR"
    octets: bytes = b""
    where: str = ""
    id: int = field(default_factory=count(1).__next__)


class Faults:
    """The faults that wait for their chance, in the order they were asked for."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.waiting: list[Fault] = []
        self.struck: dict[FaultKind, int] = {}

    def add(self, fault: Fault) -> int:
        """Returns the fault's id, for `clear`."""
        if fault.kind in STANDING:
            fault.times = None
        if fault.kind is FaultKind.ADD_NOISE and not fault.where:
            fault.where = "before"
        self.waiting.append(fault)
        return fault.id

    def clear(self, kind: FaultKind | None = None, *, fault_id: int | None = None) -> None:
        """Forget all faults, those of one kind, or one."""
        self.waiting = [
            fault
            for fault in self.waiting
            if (kind is not None and fault.kind != kind) or (fault_id is not None and fault.id != fault_id)
        ]

    def take(self, kind: FaultKind, command: str = "", where: str = "") -> Fault | None:
        """The fault that strikes now, if any; a counted one is used up by that."""
        for fault in self.waiting:
            if fault.kind is not kind or (fault.command and not command.startswith(fault.command)):
                continue
            if where and fault.where != where:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.probability < 1.0 and self._random.random() >= fault.probability:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
            self.struck[kind] = self.struck.get(kind, 0) + 1
            return fault
        return None

    def disturbed(self, command: str, answer: bytes) -> bytes:
        """The octets of an answer after what strikes it: lost, garbled or with noise."""
        if self.take(FaultKind.LOSE_ANSWER, command):
            return b""
        if self.take(FaultKind.GARBLE_ANSWER, command):
            return self.garbled(answer)
        if noise := self.take(FaultKind.ADD_NOISE, command, "inside"):
            at = answer.find(b"\r\n", 2) + 2
            answer = answer[:at] + noise.octets + answer[at:]
        if noise := self.take(FaultKind.ADD_NOISE, command, "before"):
            answer = noise.octets + answer
        if noise := self.take(FaultKind.ADD_NOISE, command, "after"):
            answer += noise.octets
        return answer

    def garbled(self, octets: bytes) -> bytes:
        """`octets` with about every fourth one wrong, at least one; the same seed garbles alike."""
        garbled = bytearray(octets)
        wrong = [index for index in range(len(garbled)) if self._random.random() < 0.25] or [0]
        for index in wrong[: len(garbled)]:
            garbled[index] ^= 1 << self._random.randrange(7)
        return bytes(garbled)


class Action(StrEnum):
    """What a trap does when its moment comes."""

    WATCH = "watch"
    HOLD = "hold"
    REBOOT = "reboot"
    UNPLUG = "unplug"


@dataclass(slots=True)
class Trap:
    """Springs once, when its moment comes for the `nth` time.

    moment: "received:+CMGS" (any command; before it is carried out), "prompt" (shown), "text" (the whole PDU is in),
    "ctrl_z" (received, the network has nothing yet), "submitted" (the network has it, +CMGS is not written),
    "answered:+CMGS" (any command; its final result code is written), "announced" (+CMTI, +CMT, +CDSI or +CDS is out).
    """

    moment: str
    action: Action
    nth: int = 1
    id: int = field(default_factory=count(1).__next__)
    sprung: bool = False
    on_sprung: list[Callable[[], None]] = field(default_factory=list)


class Traps:
    """The traps set for one modem."""

    def __init__(self) -> None:
        self.waiting: list[Trap] = []

    def add(self, trap: Trap) -> Trap:
        self.waiting.append(trap)
        return trap

    def remove(self, traps: Iterable[Trap]) -> None:
        gone = {trap.id for trap in traps}
        self.waiting = [trap for trap in self.waiting if trap.id not in gone]

    def reached(self, moment: str) -> Trap | None:
        """The strongest trap that springs at this moment; those that watch spring beside it."""
        strongest: Trap | None = None
        for trap in [trap for trap in self.waiting if trap.moment == moment]:
            trap.nth -= 1
            if trap.nth > 0:
                continue
            self.waiting.remove(trap)
            trap.sprung = True
            for tell in trap.on_sprung:
                tell()
            if trap.action is not Action.WATCH:
                strongest = trap
        return strongest
