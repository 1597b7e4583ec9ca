"""Command lines and their answers (TS 27.007, TS 27.005, V.250)."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.support.manners.answer import Answer, Refused, cme, cms
from tests.support.manners.card import READ, UNREAD

if TYPE_CHECKING:
    from tests.support.manners.engine import Modem

Handler = Callable[["Modem", str, list[str]], Answer]

_BASIC = re.compile(r"(?:E[01]?|V[01]?|Q[01]?|Z\d?|&F\d?|&D\d|&C\d|&K\d|&W\d?|S\d+=\d+|X\d?|H\d?|I\d?)+", re.IGNORECASE)
_EXTENDED = re.compile(r"([+^*#$][A-Z0-9]+)(=\?|\?|=|)(.*)", re.IGNORECASE)
_PARAMETER = re.compile(r'"[^"]*"|[^,]+|(?<=,)(?=,|$)|^(?=,)')
_SIM_COMMANDS = {"+CPIN", "+CIMI", "+CCID", "+QCCID", "^ICCID", "+ZGETICCID", "^CPIN"}
_SMS_COMMANDS = {"+CMGF", "+CSMS", "+CPMS", "+CNMI", "+CSCA", "+CMGL", "+CMGR", "+CMGD", "+CMGS", "+CNMA", "+CMMS"}
_MERE_SETTINGS = {"+CLIP", "+CRC", "+CUSD", "+CEREG", "+CGREG", "+CVHU", "+CR", "+CSSN", "+CGSMS", "+CTZR", "+IFC"}


def run(modem: "Modem", line: str) -> Answer:
    """line: behind "AT". Raises Refused."""
    if not line:
        return Answer()
    if _BASIC.fullmatch(line):
        return _basic(modem, line.upper())
    if ";" in re.sub(r'"[^"]*"', "", line):
        modem.violate(f"AT{line}: several commands in one line")
        raise Refused(None)
    known = {command.upper(): answer for command, answer in modem.manner.commands.items()}
    match = _EXTENDED.fullmatch(line)
    name = match[1].upper() if match else line.upper()
    _admit(modem, name, match[2] if match else "")
    if line.upper() in known:
        lines = known[line.upper()]
        if lines is None:
            raise Refused("+CMS ERROR: 500" if name == "+CMMS" else modem.manner.unknown)
        return Answer(lines=list(lines))
    if match is None or name in modem.manner.unsupported:
        raise Refused(modem.manner.unknown)
    if name in _MERE_SETTINGS and match[2] == "=":
        return Answer()
    handler = HANDLERS.get(name)
    if handler is None:
        raise Refused(modem.manner.unknown)
    parameters = [found.strip('"') for found in _PARAMETER.findall(match[3])] if match[2] == "=" else []
    return handler(modem, match[2], parameters)


def _admit(modem: "Modem", name: str, form: str) -> None:
    """Refuse what this modem cannot do yet, and note what nobody should ask of it."""
    if name in {"+CLAC", "+CMGW", "+CMSS", "+CMGC", "+CSMP"} or (name == "+COPS" and form == "=?"):
        modem.violate(f"AT{name}{form} is never asked")
    if not modem.ready and name in _SMS_COMMANDS:
        raise Refused(modem.manner.not_ready)
    if not modem.ready and name in _SIM_COMMANDS:
        raise Refused(modem.manner.not_ready_pin)
    locked = modem.unlocked_at > modem.clock()
    if locked and name in _SMS_COMMANDS - {"+CMGF"}:
        raise cms(311 if modem.unlocked_at > 1e17 else 314)
    if locked and name == "+CIMI":
        raise cme(11)


def _basic(modem: "Modem", line: str) -> Answer:
    lines: list[str | tuple[str, str]] = []
    for part in re.findall(r"&?[A-Z]\d*(?:=\d+)?", line):
        if part in {"E", "E0", "E1"}:
            modem.settings.echo = part == "E1"
        elif part in {"V", "V0", "Q1"} or part.startswith("&W"):
            modem.violate(f"AT{part}")
        elif part.startswith(("Z", "&F")):
            modem.settings.echo = True
        elif part.startswith("I"):
            lines += [modem.manner.commands[c][0] for c in ("+CGMI", "+CGMM", "+CGMR")]  # type: ignore[index]
    return Answer(lines=lines)


# --- equipment -------------------------------------------------------------------------------------------------------


def _cgsn(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    return Answer(lines=[modem.manner.imei] if form != "=?" else [])


def _cimi(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    return Answer(lines=[f"00101{modem.manner.imei[-10:]}"])


def _cmee(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    if form == "?":
        return Answer(lines=[f"+CMEE: {modem.settings.cmee}"])
    if form == "=":
        if parameters not in (["0"], ["1"], ["2"]):
            raise Refused(modem.manner.surplus)
        modem.settings.cmee = int(parameters[0])
    return Answer()


def _cfun(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    if form == "?":
        return Answer(lines=["+CFUN: 1"])
    if parameters == ["1", "1"]:
        return Answer(reboot=True)
    return Answer(lines=["+CFUN: (0,1,4),(0,1)"] if form == "=?" else [])


def _cpin(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    locked = modem.unlocked_at > 1e17
    if form == "?":
        if not locked and modem.unlocked_at > modem.clock():
            raise cme(14)
        state = "SIM PIN" if locked else "READY"
        return Answer(lines=[f"+CPIN: {state}"], final=None if modem.manner.cpin_without_ok else "OK")
    modem.pins.append(parameters[0])
    if len(modem.pins) > 1:
        modem.violate("a PIN entered twice")
    if not locked or parameters[0] != modem.manner.pin:
        raise cme(3 if not locked else 16)
    modem.unlocked_at = modem.clock() + modem.manner.pin_settles_s
    return Answer()


def _cpinr(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    return Answer(lines=[f"+CPINR: SIM PIN,{3 - len(modem.pins)},3", "+CPINR: SIM PUK,10,10"])


# --- network ---------------------------------------------------------------------------------------------------------


def _string(modem: "Modem", text: str) -> str:
    """A string in the character set of the terminal (TS 27.007 §5.5)."""
    return text.encode("utf-16-be").hex().upper() if modem.settings.charset == "UCS2" else text


def _cscs(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    if form == "=?":
        return Answer(lines=["+CSCS: (" + ",".join(f'"{name}"' for name in modem.manner.charsets) + ")"])
    if form == "?":
        return Answer(lines=[f'+CSCS: "{modem.settings.charset}"'])
    if parameters[0] not in modem.manner.charsets:
        raise Refused(None)
    modem.settings.charset = parameters[0]
    return Answer()


def _csca(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    if form == "?" and modem.centre:
        return Answer(lines=[f'+CSCA: "{_string(modem, modem.centre)}",145'])
    if form == "=":
        if modem.centre:
            modem.violate("the service centre of the SIM overwritten")
        try:
            modem.centre = bytes.fromhex(parameters[0]).decode("utf-16-be")
        except ValueError:
            modem.centre = "" if modem.settings.charset == "UCS2" else parameters[0]
    return Answer()


def _creg(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    if form == "?":
        return Answer(lines=[modem.manner.creg_read.format(mode=modem.settings.creg, stat=modem.registration)])
    if form == "=":
        modem.settings.creg = int(parameters[0])
    return Answer()


def _cops(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    if form == "?":
        return Answer(lines=[f'+COPS: 0,2,"{_string(modem, "00101")}"'])
    if form == "=" and parameters[0] != "3":
        modem.violate("the operator is chosen by hand")
    return Answer()


def _csq(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    return Answer(lines=["+CSQ: 17,99"])


# --- messages --------------------------------------------------------------------------------------------------------


def _cmgf(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    if form == "?":
        return Answer(lines=[f"+CMGF: {int(modem.settings.text_mode)}"])
    if form == "=":
        if len(parameters) > 1:
            raise Refused(modem.manner.surplus)
        if parameters != ["0"]:
            modem.violate("text mode")
        modem.settings.text_mode = parameters != ["0"]
    return Answer(lines=["+CMGF: (0,1)"] if form == "=?" else [])


def _cpms(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    manner, selected = modem.manner, modem.settings.storages
    count = len(manner.cpms_lists)
    if form == "=?":
        return Answer(lines=[f"+CPMS: {manner.cpms_test}"])
    if form == "?":
        if manner.noise_until == "+CPMS?":
            modem.hush()
        fields = ['"{}",{},{}'.format(name, *modem.card.counts(name)) for name in selected[:count]]
        return Answer(lines=["+CPMS: " + ",".join(fields)])
    if len(parameters) > count:
        raise Refused(manner.surplus if manner.surplus != "ERROR" else None)
    for place, name in enumerate(parameters):
        if name not in manner.cpms_lists[place]:
            raise cms(302)
    selected[: len(parameters)] = parameters
    pairs = ["{},{}".format(*modem.card.counts(name)) for name in selected[:count]]
    return Answer(lines=["+CPMS: " + ",".join(pairs)])


def _cmgl(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    if form == "=?":
        return Answer(lines=["+CMGL: (0-4)"])
    if modem.settings.text_mode:
        raise cms(305)
    wanted = int((parameters or ["0"])[0])
    answer = Answer()
    for index, record in modem.card.records(modem.settings.storages[0]).items():
        if wanted in (4, record.status):
            length = _counted(modem, record.octets)
            header = modem.manner.list_header.format(index=index, stat=record.status, length=length)
            answer.lines.append((header, record.octets.hex().upper()))
            record.shown = True
            record.status = READ if record.status == UNREAD else record.status
    return answer


def _cmgr(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    record = modem.card.records(modem.settings.storages[0]).get(int(parameters[0]))
    if record is None:
        return _nothing(modem)
    length = _counted(modem, record.octets)
    header = modem.manner.read_header.format(stat=record.status, length=length)
    record.shown = True
    record.status = READ if record.status == UNREAD else record.status
    return Answer(lines=[(header, record.octets.hex().upper())])


def _counted(modem: "Modem", octets: bytes) -> int:
    """<length>: of the TPDU behind the service centre field; a page of a broadcast has no such field (§3.1)."""
    return len(octets) if modem.settings.storages[0] == "BM" else len(octets) - 1 - octets[0]


def _nothing(modem: "Modem") -> Answer:
    if modem.manner.empty_place == "OK":
        return Answer()
    raise Refused(modem.manner.empty_place)


def _cmgd(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    if form == "=?":
        return Answer(lines=["+CMGD: (1-20),(0-4)"])
    if parameters[1:] not in ([], ["0"]):
        modem.violate("everything deleted at once")
        raise Refused(None)
    return modem.routing.delete(modem.settings.storages[0], int(parameters[0])) or _nothing(modem)


def _cmgs(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    if modem.settings.text_mode:
        raise cms(305)
    if modem.registration not in (1, 5, 6, 7):
        raise cms(331)
    return modem.expect_pdu("+CMGS", int(parameters[0]))


def _cmms(modem: "Modem", form: str, parameters: list[str]) -> Answer:
    if not modem.manner.cmms:
        raise Refused(modem.manner.unknown)
    return Answer(lines=["+CMMS: (0-2)"] if form == "=?" else [])


HANDLERS: dict[str, Handler] = {
    "+CGSN": _cgsn,
    "+CIMI": _cimi,
    "+CMEE": _cmee,
    "+CFUN": _cfun,
    "+CPIN": _cpin,
    "+CPINR": _cpinr,
    "+CSCS": _cscs,
    "+CSCA": _csca,
    "+CREG": _creg,
    "+COPS": _cops,
    "+CSQ": _csq,
    "+CMGF": _cmgf,
    "+CPMS": _cpms,
    "+CMGL": _cmgl,
    "+CMGR": _cmgr,
    "+CMGD": _cmgd,
    "+CMGS": _cmgs,
    "+CMMS": _cmms,
    "+CNMI": lambda modem, form, parameters: modem.routing.cnmi(form, parameters),
    "+CSMS": lambda modem, form, parameters: modem.routing.csms(form, parameters),
    "+CNMA": lambda modem, form, parameters: modem.routing.cnma(form, parameters),
}
