"""A modem in memory: octets in, octets out. No clock and no port of its own: both come from its Surroundings."""

from collections import deque
from collections.abc import Callable

from modem.simulator import results
from modem.simulator.commands import carry_out
from modem.simulator.dialogue import Deferred, Entry, Form, Refusal, Reply, Request, parse_command_line
from modem.simulator.equipment import Equipment
from modem.simulator.faults import Action, FaultKind, Traps
from modem.simulator.manners import Flood

CTRL_Z = 0x1A
ESCAPE = 0x1B
LONGEST_LINE = 2048  # octets; what grows beyond is noise and is dropped
MOST_LATE_LINES = 256  # a prompt that nobody answers must not collect a flood for ever
SUBMITTING = frozenset({"+CMGS", "+CMSS"})
_ATTENTION = Request("AT", Form.EXECUTE)  # AT alone


class SimulatedModem:
    """The dialogue of one modem: echo, command lines, prompts, results, and the faults and traps that disturb them.

    One command line is worked on at a time; what comes in meanwhile waits. Unsolicited lines wait while a prompt is
    open (TS 27.005 §3.4.1, <mode> 2) and while a trap holds the modem.
    """

    def __init__(self, equipment: Equipment) -> None:
        self.equipment = equipment
        self.faults = equipment.faults
        self.traps = Traps()
        self._world = equipment.world
        equipment.tell, equipment.restart, equipment.announced = self.unsolicited, self.reboot, self._announced
        self._life = 0  # grows with each restart: what an earlier life began ends in nothing
        self._input, self._output, self._echoed = bytearray(), bytearray(), 0
        self._dribbled = bytearray()  # what waits to be written octet by octet
        self._requests: deque[Request] = deque()
        self._executing = self._working = False
        self._entry: tuple[Request, Entry] | None = None
        self._text, self._text_told = bytearray(), False
        self._held: Callable[[], None] | None = None
        self._late_lines: list[str] = []
        self._start_floods()

    @property
    def held(self) -> bool:
        """Does a trap hold it?"""
        return self._held is not None

    # -- octets in and out ------------------------------------------------------------------------------------------

    def receive(self, octets: bytes) -> None:
        """What the host wrote, cut anywhere."""
        if not self.equipment.powered or self._silent():
            return
        self._input += octets
        self._work()

    def unsolicited(self, line: str) -> None:
        """Write a line nobody asked for."""
        if not self.equipment.powered:
            return
        if self._entry is not None or self._held is not None:
            if len(self._late_lines) < MOST_LATE_LINES:
                self._late_lines.append(line)
            return
        self._output += results.information(self.equipment.settings, (line,))
        if not self._working:
            self._flush()

    def _silent(self) -> bool:
        return bool(self.faults.waiting) and self.faults.take(FaultKind.SILENCE) is not None

    def _flush(self) -> None:
        if self._output:
            octets = bytes(self._output)
            self._output.clear()
            if self._dribbled or (self.faults.waiting and self.faults.take(FaultKind.DRIBBLE)):
                self._dribble(octets)
            elif not self._silent():
                self._world.write(octets)

    def _dribble(self, octets: bytes) -> None:
        running = bool(self._dribbled)
        self._dribbled += octets
        if not running:
            self._write_next(self._life)

    def _write_next(self, life: int) -> None:
        if life != self._life or not self._dribbled:
            return
        fault = self.faults.take(FaultKind.DRIBBLE)
        count = 1 if fault else len(self._dribbled)
        octets = bytes(self._dribbled[:count])
        del self._dribbled[:count]
        self._world.write(octets)
        if self._dribbled:
            self._world.later(fault.seconds if fault else 0.0, lambda: self._write_next(life))

    def _work(self) -> None:
        if self._working:
            return
        self._working = True
        while self._input and not self._executing and self._held is None:
            if not (self._enter() if self._entry is not None else self._read_line()):
                break
        self._working = False
        self._flush()

    # -- command lines ----------------------------------------------------------------------------------------------

    def _read_line(self) -> bool:
        """Take one command line; False when none is complete."""
        buffer, end = self._input, self._input.find(b"\r")
        if end < 0:
            if self.equipment.settings.echo:
                self._output += buffer[self._echoed :]
            self._echoed = len(buffer)
            if len(buffer) > LONGEST_LINE:
                buffer.clear()
                self._echoed = 0
            return False
        requests = parse_command_line(buffer[:end].decode("latin-1"))
        if requests and self.faults.waiting:
            noise = self.faults.take(FaultKind.ADD_NOISE, requests[0].name, "before_echo")
            self._output += noise.octets if noise else b""
        if self.equipment.settings.echo:
            self._output += buffer[self._echoed : end + 1]
        del buffer[: end + 1]
        self._echoed = 0
        if requests is None:
            return True
        self._executing = True
        self._requests.extend(requests)
        if requests:
            self._step()
        else:  # AT alone
            self._answer(_ATTENTION, Reply())
        return True

    def _step(self) -> None:
        request = self._requests.popleft()
        self._reach("received:", request.name, lambda: self._carry_out(request))

    def _carry_out(self, request: Request) -> None:
        if self.faults.waiting:
            if self.faults.take(FaultKind.FLIP_ECHO, request.name):
                self.equipment.settings.echo = not self.equipment.settings.echo
            refusal = results.rejection(self.faults.take(FaultKind.REJECT_COMMAND, request.name))
            if refusal is not None:
                self._answer(request, refusal)
                return
        try:
            outcome = carry_out(self.equipment, request)
        except Refusal as refused:
            self._answer(request, refused)
            return
        if self.faults.waiting and isinstance(outcome, Reply):
            self._answer(request, results.rejection(self.faults.take(FaultKind.REJECT, request.name)) or outcome)
            return
        if isinstance(outcome, Entry):
            self._prompt(request, outcome)
        elif isinstance(outcome, Deferred):
            self._finish(request, outcome.start)
        else:
            self._answer(request, outcome)

    # -- prompt and text --------------------------------------------------------------------------------------------

    def _prompt(self, request: Request, entry: Entry) -> None:
        seconds = self.equipment.latency.prompt.sample(self.equipment.random)
        if self.faults.waiting:
            slow = self.faults.take(FaultKind.SLOW_PROMPT, request.name)
            seconds += slow.seconds if slow else 0.0
        self._after(seconds, lambda: self._show_prompt(request, entry))

    def _show_prompt(self, request: Request, entry: Entry) -> None:
        if not (self.faults.waiting and self.faults.take(FaultKind.NO_PROMPT, request.name)):
            self._output += self.equipment.manner.prompt.encode()
        self._entry, self._text_told = (request, entry), False
        self._text.clear()
        self._flush()
        self._executing = False
        self._reach("prompt", "", self._work)

    def _enter(self) -> bool:
        """Take text up to Ctrl-Z or ESC; False when the buffer is used up."""
        assert self._entry is not None
        request, entry = self._entry
        buffer = self._input
        end = next((index for index, octet in enumerate(buffer) if octet in (CTRL_Z, ESCAPE)), -1)
        text = buffer[:end] if end >= 0 else buffer[:]
        del buffer[: len(text)]
        self._text += text
        if self.equipment.settings.echo and self.equipment.manner.echo_entry:
            self._output += text
        if self.traps.waiting and not self._text_told and self._whole(entry):
            self._text_told = True
            self._reach("text", "", self._work)
            return True
        if end < 0:
            return False
        ending = buffer.pop(0)
        self._entry, self._executing = None, True
        if ending == ESCAPE:
            self._requests.clear()
            self._emit(request, Reply())
        else:
            typed = self._text.decode("latin-1")
            self._reach("ctrl_z", "", lambda: self._take_text(request, entry, typed))
        return True

    def _whole(self, entry: Entry) -> bool:
        if entry.tpdu_octets is None or len(self._text) < 2:
            return False
        try:
            service_centre_octets = int(bytes(self._text[:2]), 16)
        except ValueError:
            return False
        return len(self._text.strip()) >= 2 * (1 + service_centre_octets + entry.tpdu_octets)

    def _take_text(self, request: Request, entry: Entry, typed: str) -> None:
        refusal = results.rejection(self.faults.take(FaultKind.REJECT, request.name)) if self.faults.waiting else None
        if refusal is not None:
            self._answer(request, refusal)
            return
        text = typed if entry.tpdu_octets is None else typed.strip()
        self._finish(request, lambda done: entry.finish(text, done))

    def _finish(self, request: Request, start: Callable[[Callable[[Reply | Refusal], None]], None]) -> None:
        life = self._life

        def done(outcome: Reply | Refusal) -> None:
            if life != self._life:
                return
            if request.name not in SUBMITTING:
                self._answer(request, outcome)
            else:
                self._reach("submitted", "", lambda: self._submitted(request, outcome))

        try:
            start(done)
        except Refusal as refusal:
            self._answer(request, refusal)

    def _submitted(self, request: Request, outcome: Reply | Refusal) -> None:
        if self.faults.waiting:
            outcome = results.rejection(self.faults.take(FaultKind.REJECT_TAKEN, request.name)) or outcome
        self._answer(request, outcome)

    # -- answers ----------------------------------------------------------------------------------------------------

    def _answer(self, request: Request, outcome: Reply | Refusal) -> None:
        seconds = self.equipment.latency.answer.sample(self.equipment.random)
        if self.faults.waiting:
            late = self.faults.take(FaultKind.DELAY_ANSWER, request.name)
            seconds += late.seconds if late else 0.0
        self._after(seconds, lambda: self._emit(request, outcome))

    def _emit(self, request: Request, outcome: Reply | Refusal) -> None:
        settings = self.equipment.settings
        refused = isinstance(outcome, Refusal)
        if refused:
            self._requests.clear()
        last = not self._requests
        lines = () if isinstance(outcome, Refusal) else outcome.lines
        if self.faults.waiting and lines and self.faults.take(FaultKind.ONLY_OK, request.name):
            lines = ()
        answer = results.information(settings, lines)
        if last and (isinstance(outcome, Refusal) or outcome.final):
            answer += results.final(settings, outcome if isinstance(outcome, Refusal) else None)
        self._output += self.faults.disturbed(request.name, answer) if self.faults.waiting else answer
        if last:
            self._end(request, outcome)
        else:
            if isinstance(outcome, Reply) and outcome.afterwards:
                outcome.afterwards()
            self._step()

    def _end(self, request: Request, outcome: Reply | Refusal) -> None:
        self._flush()
        life = self._life

        def over() -> None:
            self._executing = False
            if isinstance(outcome, Reply) and outcome.afterwards:
                outcome.afterwards()
            if life != self._life:
                return
            if self.faults.waiting and self.faults.take(FaultKind.RESET_CNMI, request.name):
                self.equipment.reset_routing()
            self._tell_late_lines()
            self._work()

        self._reach("answered:", request.name, over)

    def _tell_late_lines(self) -> None:
        if self._late_lines and self._entry is None:
            lines, self._late_lines = self._late_lines, []
            for line in lines:
                self.unsolicited(line)

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        if seconds <= 0:
            action()
            return
        life = self._life

        def due() -> None:
            if life == self._life:
                action()
                self._work()

        self._world.later(seconds, due)

    # -- traps ------------------------------------------------------------------------------------------------------

    def _reach(self, moment: str, command: str, then: Callable[[], None]) -> None:
        """Spring what waits for this moment, then go on, unless that holds, restarts or unplugs the modem."""
        if not self.traps.waiting:
            then()
            return
        self._flush()
        trap = self.traps.reached(moment + command)
        if trap is None:
            then()
        elif trap.action is Action.HOLD:
            self._held = then
        elif trap.action is Action.REBOOT:
            self.reboot()
        else:
            self._world.unplug()

    def _announced(self) -> None:
        if self._held is None:
            self._reach("announced", "", lambda: None)

    def release(self) -> None:
        """Go on from where a trap holds it."""
        then, self._held = self._held, None
        if then is not None:
            then()
            self._tell_late_lines()
            self._work()

    # -- power ------------------------------------------------------------------------------------------------------

    def power_off(self) -> None:
        """Forget everything volatile; nothing more is read or written."""
        self._life += 1
        for buffer in (self._input, self._output, self._text, self._dribbled):
            buffer.clear()
        self._requests.clear()
        self._late_lines.clear()
        self._entry = self._held = None
        self._executing, self._echoed = False, 0
        self.equipment.power_off()

    def power_on(self) -> None:
        self.equipment.power_on()
        self._start_floods()
        if not self._working:
            self._flush()

    def reboot(self) -> None:
        """As AT+CFUN=1,1 or a brown-out: silence for the boot time, then boot lines, all settings forgotten."""
        replugs = self.equipment.manner.reboot_replugs
        self._flush()
        self.power_off()
        if replugs:
            self._world.unplug()
        seconds = self.equipment.latency.boot.sample(self.equipment.random)
        life = self._life

        def up() -> None:
            if life == self._life:
                if replugs:
                    self._world.replug()
                else:
                    self.power_on()

        if seconds > 0:
            self._world.later(seconds, up)
        else:
            up()

    def _start_floods(self) -> None:
        for flood in self.equipment.manner.floods:
            self._flood_later(flood, self._life)

    def _flood_later(self, flood: Flood, life: int) -> None:
        def write() -> None:
            if life != self._life:
                return
            if self.equipment.settings.floods:
                for line in flood.lines:
                    self.unsolicited(line)
            self._flood_later(flood, life)

        self._world.later(flood.every, write)
