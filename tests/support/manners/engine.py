"""A modem in memory: octets in, octets out, and a record of everything the host did and should not have done."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.manners import commands
from tests.support.manners.answer import Answer, Refused
from tests.support.manners.card import Card
from tests.support.manners.manner import Manner, Spot
from tests.support.manners.routing import Routing
from tests.support.manners.wire import Wire

LONGEST_COMMAND = 400  # characters
_ESC, _CTRL_Z, _CR, _LF = 0x1B, 0x1A, 0x0D, 0x0A


@dataclass(slots=True)
class Faults:
    """What goes wrong next; each happens once."""

    refuse_submit: str | None = None  # the final result code instead of +CMGS
    late_reference_s: float = 0.0
    reboot_after_prompt: bool = False
    reboot_after_submit: bool = False
    swallow: str | None = None  # the name of a command whose answer is lost


@dataclass(slots=True)
class Volatile:
    """What a power cycle puts back."""

    echo: bool = True
    cmee: int = 0
    text_mode: bool = True
    charset: str = "GSM"
    creg: int = 0
    storages: list[str] = field(default_factory=list)


class Modem:
    """One modem of a manner. Not thread-safe: its port calls it."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.clock = time.monotonic
        self.wire = Wire(manner.cut, self.clock)
        self.card = Card(manner.storages)
        self.routing = Routing(self)
        self.faults = Faults()
        self.violations: list[str] = []
        self.log: list[str] = []
        self.pins: list[str] = []
        self.started = -1e9
        self.unlocked_at = -1e9 if manner.pin is None else 1e18
        self.registration = 1
        self.centre = "+447700900587"
        self.patience_s = 2.0  # a host that waited so long may give up and write
        self.settings = Volatile()
        self._answers = 0
        self._noise = 0
        self._noisy = bool(manner.spot_noise)
        self._reset()
        self._keep_noise()

    # --- power -------------------------------------------------------------------------------------------------------

    def _reset(self) -> None:
        manner = self.manner
        self.settings = Volatile(
            text_mode=manner.text_mode_first, charset=manner.charset, storages=list(manner.first_storages)
        )
        self.routing.reset()
        self._line = bytearray()
        self._typed_ahead = bytearray()
        self._pdu: bytearray | None = None
        self._pdu_length = 0
        self._pdu_kind = ""
        self._busy_since: float | None = None
        self._command = ""
        self._pending: deque[bytes] = deque()

    def reboot(self) -> None:
        """All settings are gone; what lies in the storages stays."""
        self.wire.clear()
        self._reset()
        self.started = self.clock()
        self.log.append("--- reboot")
        if self.manner.pin is not None:
            self.unlocked_at = 1e18
        at = 0.0
        for after, line in self.manner.boot:
            at += after
            self.wire.later(at, lambda line=line: self.wire.put(f"\r\n{line}\r\n".encode()))  # type: ignore[misc]
        self._noisy = bool(self.manner.spot_noise)
        self._keep_noise()
        self.routing.after_start(max(at, self.manner.not_ready_s) + 0.05)

    @property
    def ready(self) -> bool:
        return self.clock() >= self.started + self.manner.not_ready_s

    @property
    def deaf(self) -> bool:
        return self.clock() < self.started + self.manner.deaf_s

    def violate(self, what: str) -> None:
        self.violations.append(what)
        self.log.append(f"!!! {what}")

    # --- octets in ---------------------------------------------------------------------------------------------------

    def feed(self, octets: bytes) -> None:
        for octet in octets:
            if not self.deaf:
                self._octet(octet)

    def _octet(self, octet: int) -> None:
        if self._pdu is not None:
            self._pdu_octet(self._pdu, octet)
        elif self._busy_since is not None:
            self._early_octet(octet, self._busy_since)
        elif octet == _CTRL_Z:
            self.violate("Ctrl-Z without a prompt")
        elif octet == _ESC:
            self._line.clear()
        elif octet == _CR:
            line = self._line.decode("latin-1").strip()
            self._line.clear()
            if line:
                self._take(line)
        elif octet == _LF:
            self.violate("LF in a command line")
        else:
            self._line.append(octet)

    def _early_octet(self, octet: int, since: float) -> None:
        if self.clock() - since > self.patience_s:
            self._typed_ahead.append(octet)
            return
        what = {_CR: "CR", _LF: "LF", _ESC: "ESC", _CTRL_Z: "Ctrl-Z"}.get(octet, repr(chr(octet)))
        self.violate(f"{what} while {self._command} is in flight")
        if octet == _LF:  # u-blox: an LF behind the CR aborts the command
            self.wire.drop()
            self.wire.put(b"\r\nERROR\r\n", then=self._finished)

    def _take(self, line: str) -> None:
        self.log.append(f">>> {line}")
        self._command, self._busy_since = line, self.clock()
        self._answers += 1
        if len(line) > LONGEST_COMMAND:
            self.violate(f"a command line of {len(line)} characters")
            self._say(Answer(final="ERROR"))
        elif not line.upper().startswith("AT"):
            self._busy_since = None
        else:
            try:
                answer = commands.run(self, line[2:])
            except Refused as refused:
                answer = Answer(final=self._refusal(refused))
            self._say(answer)

    def _refusal(self, refused: Refused) -> str:
        if refused.line is None or self.manner.mute_errors:
            return "ERROR"
        if refused.line.startswith("+CME ERROR") and not self.settings.cmee:
            return "ERROR"
        return refused.line.replace("ERROR: ", f"ERROR:{self.manner.code_blank}")

    # --- octets out --------------------------------------------------------------------------------------------------

    def _say(self, answer: Answer) -> None:
        name = self._command[2:].split("=")[0].split("?")[0].upper()
        delay = self.manner.latency_s + self.manner.slow.get(name, 0.0) + answer.delay_s
        if self.manner.late_every and not self._answers % self.manner.late_every:
            delay += self.manner.late_s
        if self.faults.swallow is not None and name == self.faults.swallow:
            self.faults.swallow = None
            self.log.append("--- answer lost")
            self._busy_since = None
            return
        if answer.reboot:
            self.wire.later(delay, self.reboot)
            return
        self.wire.later(delay, lambda: self._write(answer))

    def _write(self, answer: Answer) -> None:
        if answer.prompt:
            self._prompt()
            return
        out = bytearray(self.manner.rubbish if not self._answers % 5 else b"")
        if answer.pdu_echo:
            out += answer.pdu_echo + self._at(Spot.BEFORE_REFERENCE)
        else:
            out += self._at(Spot.BEFORE_ECHO) + self._echo() + self._at(Spot.BEFORE_ANSWER)
        out += b"\r\n" if answer.lines else b""
        for line in answer.lines:
            if isinstance(line, str):
                out += f"{line}\r\n".encode()
            else:
                header, pdu = line
                out += f"{header}{self.manner.record_end}".encode() + self._at(Spot.IN_RECORD, noise_only=True)
                out += f"{pdu}\r\n".encode()
        if answer.final is not None:
            out += self._at(Spot.BEFORE_FINAL) + f"\r\n{answer.final}\r\n".encode()
        if self.manner.cut.name == "GLUED":
            out += b"".join(self._pending)
            self._pending.clear()
        self.log.append(f"<<< {bytes(out)!r}")
        self.wire.put(bytes(out), then=self._finished)

    def _echo(self) -> bytes:
        return f"{self._command}\r".encode("latin-1") if self.settings.echo or self.manner.echo_stays else b""

    def _prompt(self) -> None:
        out = self._at(Spot.BEFORE_ECHO) + self._echo() + self._at(Spot.BEFORE_PROMPT)
        noise = self._at(Spot.AFTER_PROMPT, noise_only=True)
        prompt = self.manner.prompt.encode()
        self.log.append(f"<<< {out + prompt + noise!r}")
        self.wire.put(out + prompt + noise, tail=len(prompt.lstrip()) + len(noise), then=self._await_pdu)

    def _await_pdu(self) -> None:
        if self.faults.reboot_after_prompt:
            self.faults.reboot_after_prompt = False
            self.reboot()
            return
        self._pdu, self._busy_since = bytearray(), None

    def _finished(self) -> None:
        self._busy_since = None
        while self._pending:
            self.wire.put(self._pending.popleft())
        typed, self._typed_ahead = bytes(self._typed_ahead), bytearray()
        self.feed(typed)

    # --- lines that nobody asked for ---------------------------------------------------------------------------------

    def unsolicited(self, text: str) -> None:
        """Say it now, or where this manner puts it while a command is being answered."""
        frame = f"\r\n{text}\r\n".encode()
        if self._busy_since is None and self._pdu is None:
            self.log.append(f"<<< {frame!r}")
            self.wire.put(frame)
        else:
            self._pending.append(frame)

    def _at(self, spot: Spot, *, noise_only: bool = False) -> bytes:
        if spot not in self.manner.spots:
            return b""
        out = b"" if noise_only or not self._pending else self._pending.popleft()
        self._noise += 1
        if self._noisy and self._noise % 3:
            lines = self.manner.spot_noise
            out += f"\r\n{lines[self._noise % len(lines)]}\r\n".encode()
        return out

    def _keep_noise(self) -> None:
        if not (self.manner.idle_noise_s and self._noisy):
            return
        if self._busy_since is None and (self._pdu is None or Spot.AFTER_PROMPT in self.manner.spots) and not self.deaf:
            self._noise += 1
            self.wire.put(f"\r\n{self.manner.spot_noise[self._noise % len(self.manner.spot_noise)]}\r\n".encode())
        self.wire.later(self.manner.idle_noise_s, self._keep_noise)

    def hush(self) -> None:
        """The command that ends this manner's flood has come."""
        self._noisy = False

    # --- PDUs --------------------------------------------------------------------------------------------------------

    def expect_pdu(self, kind: str, length: int) -> Answer:
        self._pdu_kind, self._pdu_length = kind, length
        return Answer(prompt=True)

    def _pdu_octet(self, pdu: bytearray, octet: int) -> None:
        if octet == _ESC:
            self._pdu, self._busy_since = None, self.clock()
            self._say(Answer(pdu_echo=b"\r\n", final="OK"))
        elif octet == _CTRL_Z:
            self._pdu, self._busy_since = None, self.clock()
            self._take_pdu(bytes(pdu))
        elif octet in (_CR, _LF):
            self.violate("a line end within a PDU")
        else:
            pdu.append(octet)

    def _take_pdu(self, pdu: bytes) -> None:
        self.log.append(f">>> {pdu.decode('latin-1')} Ctrl-Z")
        self._command = self._command.split("=")[0] + " (PDU)"
        try:
            answer = self.routing.take_pdu(self._pdu_kind, pdu, self._pdu_length)
        except Refused as refused:
            answer = Answer(final=self._refusal(refused))
        answer.pdu_echo = pdu + b"\r\n" if self.manner.echoes_pdu else b"\r\n"
        self._say(answer)

    # --- for the port ------------------------------------------------------------------------------------------------

    def due(self) -> Iterator[bytes]:
        return self.wire.due()
