"""Between the network and the host: what goes out, what comes in, and which way it is told (TS 27.005 §3.4)."""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.support.manners import octets as pdus
from tests.support.manners.answer import Answer, Refused, cms
from tests.support.manners.card import SENT, UNREAD, UNSENT, Record

if TYPE_CHECKING:
    from tests.support.manners.engine import Modem

_REPORT_AFTER_S = 0.03


@dataclass(frozen=True, slots=True)
class Submitted:
    """A SUBMIT that the network has taken. reference: the modem's own."""

    octets: bytes
    submit: pdus.Outbound
    reference: int


class Routing:
    """What lives across power cycles: taken submits, held messages. What does not: CNMI, CSMS, what is owed."""

    def __init__(self, modem: "Modem") -> None:
        self._modem = modem
        self.submits: list[Submitted] = []
        self.deleted: list[tuple[str, int, bytes]] = []
        self.acknowledged: list[bytes] = []
        self.reports = True
        self._reference = modem.manner.first_reference
        self._held: deque[bytes] = deque()
        self._held_reports: deque[bytes] = deque()
        self._under_way: list[bytes] = []
        self._full = False

    def reset(self) -> None:
        self.notify = list(self._modem.manner.cnmi_first)
        self.service = self._modem.manner.csms_first
        self._owed: deque[bytes] = deque()
        self._direct: deque[tuple[str, bytes]] = deque()

    def after_start(self, seconds: float) -> None:
        """The network brings again what it could not bring meanwhile."""
        self._held_reports.extend(self._under_way)
        self._under_way.clear()
        self._modem.wire.later(seconds, self._redeliver)

    # --- settings ----------------------------------------------------------------------------------------------------

    def cnmi(self, form: str, parameters: list[str]) -> Answer:
        manner = self._modem.manner
        if form == "=?":
            return Answer(lines=[f"+CNMI: {manner.cnmi_test}"])
        if form == "?":
            return Answer(lines=["+CNMI: " + ",".join(map(str, self.notify))])
        if len(parameters) > 5:
            raise Refused(manner.surplus)
        values = [int(text) if text else kept for text, kept in zip(parameters, self.notify, strict=False)]
        if any(value not in taken for value, taken in zip(values, manner.cnmi_takes, strict=False)):
            raise cms(303)
        self.notify[: len(values)] = values
        if self.notify[1] in (2, 3) and self.service != 1:
            self._modem.violate("messages routed directly without acknowledgement")
        return Answer()

    def csms(self, form: str, parameters: list[str]) -> Answer:
        manner = self._modem.manner
        if form == "=?":
            return Answer(lines=[f"+CSMS: {manner.csms_test}"])
        if form == "?":
            return Answer(lines=[f"+CSMS: {self.service},1,1,1"])
        if int(parameters[0]) not in manner.csms_takes:
            raise cms(302)
        self.service = int(parameters[0])
        return Answer(lines=["+CSMS: 1,1,1"])

    def cnma(self, form: str, parameters: list[str]) -> Answer:
        if form == "=?":
            return Answer(lines=["+CNMA: (0-2)"])
        if not self._owed:
            self._modem.violate("+CNMA, and none was owed")
            raise cms(340)
        if len(parameters) > 1:
            return self._modem.expect_pdu("+CNMA", int(parameters[1]))
        self._settle()
        return Answer()

    def _settle(self) -> None:
        self.acknowledged.append(self._owed.popleft())
        self._modem.wire.later(0.005, self._say_next)

    def _say_next(self) -> None:
        if self._direct and not self._owed:
            self._say_directly(*self._direct.popleft())

    # --- out ---------------------------------------------------------------------------------------------------------

    def take_pdu(self, kind: str, text: bytes, length: int) -> Answer:
        try:
            octets = bytes.fromhex(text.decode("ascii"))
        except ValueError:
            self._modem.violate(f"{text!r} is no PDU")
            raise cms(304) from None
        if kind == "+CNMA":
            self._settle()
            return Answer()
        if len(octets) - 1 - octets[0] != length:
            self._modem.violate(f"+CMGS={length} and {len(octets) - 1 - octets[0]} octets of TPDU")
            raise cms(304)
        try:
            submit = pdus.read_submit(octets)
        except (ValueError, IndexError) as fault:
            self._modem.violate(f"a PDU that is no SUBMIT: {fault}")
            raise cms(304) from None
        faults = self._modem.faults
        if faults.refuse_submit is not None:
            line, faults.refuse_submit = faults.refuse_submit, None
            raise Refused(line)
        return self._taken(octets, submit)

    def _taken(self, octets: bytes, submit: pdus.Outbound) -> Answer:
        modem, faults = self._modem, self._modem.faults
        reference, self._reference = self._reference, (self._reference + 1) % 256
        self.submits.append(Submitted(octets, submit, reference))
        answer = Answer(lines=[modem.manner.reference_line.format(reference)], delay_s=0.02)
        if faults.reboot_after_submit:
            faults.reboot_after_submit = False
            return Answer(reboot=True)
        answer.delay_s, faults.late_reference_s = answer.delay_s + faults.late_reference_s, 0.0
        if submit.wants_report and self.reports:
            after = 0.0 if modem.manner.report_before_reference else answer.delay_s + _REPORT_AFTER_S
            self.report(reference, submit.destination, after=after)
        return answer

    # --- in ----------------------------------------------------------------------------------------------------------

    def report(self, reference: int, recipient: str, *, after: float) -> None:
        """A status report comes in some seconds from now; its times are by the service centre's own clock."""
        if self._modem.manner.report_national and recipient.startswith("+44"):
            recipient = "0" + recipient[3:]
        now = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=15 * self._modem.manner.clock_ahead_quarters)
        octets = pdus.report(reference, recipient, now - timedelta(seconds=1), now)
        self._under_way.append(octets)
        self._modem.wire.later(after, lambda: self._bring_report(octets))

    def _bring_report(self, octets: bytes) -> None:
        if octets in self._under_way:
            self._under_way.remove(octets)
        ds = self.notify[3]
        if ds == 1:
            self._directly("+CDS: {length}", octets)
        elif ds == 2:
            storage = self._modem.manner.report_storage
            place = self._modem.card.put(storage, Record(UNREAD, octets))
            if place is None:
                self._held_reports.append(octets)
            else:
                announced = self._modem.manner.report_announced
                name, index = place if announced is None else (announced[0], announced[1] + place[1])
                self._modem.unsolicited(f'+CDSI: "{name}",{index}')

    def deliver(self, octets: bytes) -> None:
        """A DELIVER comes in; what there is no room for, the network keeps."""
        modem = self._modem
        if modem.deaf or not modem.ready or modem.unlocked_at > modem.clock():
            self._held.append(octets)
            return
        flash = modem.manner.flash_is_direct and _message_class(octets) == 0
        if flash or (self.notify[1] == 2 and _message_class(octets) != 2):
            self._directly("+CMT: ,{length}", octets)
            return
        storage = modem.manner.receives_into or (modem.settings.storages[2:] or ["SM"])[0]
        place = modem.card.put(storage, Record(UNREAD, octets))
        if place is None:
            self._held.append(octets)
            if not self._full and modem.manner.full_line is not None:
                modem.unsolicited(modem.manner.full_line.format(storage))
            self._full = True
        elif self.notify[1] and self.notify[0]:
            modem.unsolicited('+CMTI: "{}",{}'.format(*place))

    def _directly(self, header: str, octets: bytes) -> None:
        if self.service == 1 and (self._owed or self._direct):
            self._direct.append((header, octets))
        else:
            self._say_directly(header, octets)

    def _say_directly(self, header: str, octets: bytes) -> None:
        line = header.format(length=len(octets) - 1 - octets[0])
        self._modem.unsolicited(f"{line}\r\n{octets.hex().upper()}")
        if self.service == 1:
            self._owed.append(octets)
            self._modem.wire.later(self._modem.manner.acknowledge_within_s, lambda: self._overdue(octets))

    def _overdue(self, octets: bytes) -> None:
        if any(owed is octets for owed in self._owed):
            self._modem.violate("+CNMA was owed and did not come: routing is off now")
            self._owed.clear()
            self.notify[1] = self.notify[3] = 0

    def _redeliver(self) -> None:
        held, self._held = self._held, deque()
        self._full = False
        for octets in held:
            self.deliver(octets)
        reports, self._held_reports = self._held_reports, deque()
        for octets in reports:
            self._bring_report(octets)

    def delete(self, storage: str, index: int) -> Answer | None:
        removed = self._modem.card.remove(storage, index)
        if removed is None:
            return None
        name, place, record = removed
        if not record.shown:
            self._modem.violate(f"{name} {place} deleted, and its message had never been read")
        if record.status in (UNSENT, SENT):
            self._modem.violate(f"{name} {place} deleted, a message stored for sending")
        self.deleted.append((name, place, record.octets))
        if self._held or self._held_reports:
            self._modem.wire.later(0.05, self._redeliver)
        return Answer()


def _message_class(octets: bytes) -> int | None:
    """The class that TP-DCS gives (TS 23.038 §4), None for none."""
    tpdu = octets[1 + octets[0] :]
    coding = tpdu[3 + (tpdu[1] + 1) // 2 + 1]
    return coding & 3 if coding & 0xF0 == 0xF0 or coding & 0xD0 == 0x10 else None
