"""The commands a driver sends: the text, what its answer looks like, and how long it may take.

How to read the answers is in `modem.at.answers`. Sources: V.250, TS 27.005 (SMS), TS 27.007 (the rest).
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Wait(StrEnum):
    """Which of the waits of `Timing` a command is given; the values are the names of its fields."""

    PROBE = "probe"
    SHORT = "short"
    IDENTITY = "identity"
    SIM = "sim"
    PIN = "pin"
    RADIO = "radio"
    STORAGE = "storage"
    READ = "read"
    LISTING = "listing"
    DELETE = "delete"
    PROMPT = "prompt"
    SUBMIT = "submit"
    NETWORK = "network"
    SCAN = "scan"
    USSD = "ussd"


@dataclass(frozen=True, slots=True)
class Command:
    """One command line and the shape of its answer.

    text: without the CR. prefixes: what its information lines start with, colon included.
    bare: the answer has no prefix, any line that is not news belongs to it. needs_answer: an OK alone does not satisfy.
    records: an information line is followed by a PDU. may_lack_ok: old modems forget the OK after the information.
    numeric: the modem may be in ATV0. dialing: NO CARRIER and its like are answers.
    shown: what logs and errors call it, when the text holds a secret.
    """

    text: str
    prefixes: tuple[str, ...] = ()
    wait: Wait = Wait.SHORT
    bare: bool = False
    needs_answer: bool = False
    records: bool = False
    may_lack_ok: bool = False
    numeric: bool = False
    dialing: bool = False
    shown: str = field(default="")

    @property
    def name(self) -> str:
        return self.shown or self.text


def query(text: str, prefix: str, wait: Wait = Wait.SHORT) -> Command:
    """A command that is not answered before a line with this prefix has come."""
    return Command(text, (prefix,), wait, needs_answer=True)


def bare(text: str, *prefixes: str, wait: Wait = Wait.IDENTITY) -> Command:
    """A command whose answer stands there without a prefix, on most modems."""
    return Command(text, prefixes, wait, bare=True, needs_answer=True)


def order(text: str, wait: Wait = Wait.SHORT, *, numeric: bool = False) -> Command:
    """A command that is answered by its result code alone."""
    return Command(text, wait=wait, numeric=numeric)


# --- V.250 and identity

AT = order("AT", Wait.PROBE, numeric=True)
PLAIN_ANSWERS = order("ATE0V1Q0", numeric=True)
NO_ECHO = order("ATE0", numeric=True)
VERBOSE_RESULTS = order("ATV1", numeric=True)
ERRORS_BY_NUMBER = order("AT+CMEE=1")
ERRORS_BY_WORD = order("AT+CMEE=2")
ERROR_FORM = query("AT+CMEE?", "+CMEE:")
MANUFACTURER = bare("AT+CGMI", "+CGMI:", "+GMI:")
MODEL = bare("AT+CGMM", "+CGMM:", "+GMM:")
REVISION = bare("AT+CGMR", "+CGMR:", "+GMR:")
SERIAL_NUMBER = bare("AT+CGSN", "+CGSN:", "+GSN:")
FULL_IDENTITY = bare("ATI", "+GCAP:")
SUBSCRIBER_IDENTITY = bare("AT+CIMI", "+CIMI:", wait=Wait.SIM)
OWN_NUMBER = Command("AT+CNUM", ("+CNUM:",), Wait.SIM)


def card_identity(text: str) -> Command:
    """The ICCID, by whatever name a vendor asks for it."""
    name = text.removeprefix("AT").rstrip("?")
    return bare(text, f"{name}:", "+CCID:", "+ICCID:", "^ICCID:", "+QCCID:", wait=Wait.SIM)


# --- radio, SIM, network

FUNCTION = query("AT+CFUN?", "+CFUN:", Wait.RADIO)


def set_function(level: int, *, reset: bool = False) -> Command:
    return order(f"AT+CFUN={level},1" if reset else f"AT+CFUN={level}", Wait.RADIO)


PIN_STATE = Command("AT+CPIN?", ("+CPIN:",), Wait.SIM, needs_answer=True, may_lack_ok=True)


def enter_pin(pin: str) -> Command:
    return Command(f'AT+CPIN="{pin}"', wait=Wait.PIN, shown='AT+CPIN="****"')


def pin_retries(text: str) -> Command:
    """The counter of attempts left, by whatever name a vendor asks for it."""
    return query(text, text.removeprefix("AT").rstrip("=?") + ":", Wait.SIM)


CHARACTER_SET_GSM = order('AT+CSCS="GSM"')
CHARACTER_SET_IRA = order('AT+CSCS="IRA"')


def registration(prefix: str) -> Command:
    """AT+CREG? and its sisters; news with the same prefix that comes meanwhile is as good an answer."""
    return query(f"AT{prefix}?", f"{prefix}:")


def report_registration(prefix: str, detail: int) -> Command:
    return order(f"AT{prefix}={detail}")


SIGNAL = query("AT+CSQ", "+CSQ:")
EXTENDED_SIGNAL = query("AT+CESQ", "+CESQ:")


def vendor_signal(text: str) -> Command:
    """What a vendor tells of the signal beside +CSQ, by whatever name it asks for it."""
    return query(text, text.removeprefix("AT").rstrip("?") + ":")


OPERATOR_AS_NUMBER = order("AT+COPS=3,2")
OPERATOR = query("AT+COPS?", "+COPS:", Wait.NETWORK)
NETWORKS_OFFERED = query("AT+COPS=?", "+COPS:", Wait.SCAN)
CALLER_NUMBERS = order("AT+CLIP=1", Wait.RADIO)
NEVER_ANSWER = order("ATS0=0")
HANG_UP = order("AT+CHUP")

# --- SMS

PDU_MODE = order("AT+CMGF=0")
MESSAGE_FORMAT = query("AT+CMGF?", "+CMGF:")
MESSAGE_SERVICE = query("AT+CSMS?", "+CSMS:")
SERVICE_CENTRE = Command("AT+CSCA?", ("+CSCA:",), Wait.SIM)
STORAGES_OFFERED = query("AT+CPMS=?", "+CPMS:", Wait.STORAGE)
STORAGES = query("AT+CPMS?", "+CPMS:", Wait.STORAGE)
ROUTING_OFFERED = query("AT+CNMI=?", "+CNMI:")
ROUTING = query("AT+CNMI?", "+CNMI:")
MORE_MESSAGES_OFFERED = query("AT+CMMS=?", "+CMMS:")
LIST_MESSAGES = Command("AT+CMGL=4", ("+CMGL:",), Wait.LISTING, records=True)


def set_message_service(service: int) -> Command:
    return Command(f"AT+CSMS={service}", ("+CSMS:",))


def set_service_centre(number: str, *, ucs2: bool = False) -> Command:
    """ucs2: for a modem whose strings are UCS-2 in hex (AT+CSCS, TS 27.007 §5.5)."""
    written = number.encode("utf-16-be").hex().upper() if ucs2 else number
    return order(f'AT+CSCA="{written}",{145 if number.startswith("+") else 129}', Wait.SIM)


def select_storages(*names: str) -> Command:
    """names: one to three, for reading, writing and receiving."""
    return Command("AT+CPMS=" + ",".join(f'"{name}"' for name in names), ("+CPMS:",), Wait.STORAGE)


def set_routing(values: tuple[int, ...]) -> Command:
    return order("AT+CNMI=" + ",".join(map(str, values)))


def more_messages(mode: int) -> Command:
    return order(f"AT+CMMS={mode}")


def read_message(index: int) -> Command:
    return Command(f"AT+CMGR={index}", ("+CMGR:",), Wait.READ, records=True)


def delete_message(index: int) -> Command:
    return order(f"AT+CMGD={index}", Wait.DELETE)


def send_message(tpdu_length: int) -> Command:
    """tpdu_length: octets of the TPDU, without the service centre field."""
    return Command(f"AT+CMGS={tpdu_length}", ("+CMGS:",), Wait.SUBMIT, needs_answer=True, may_lack_ok=True)


def acknowledge(text: str) -> Command:
    """text: a form of AT+CNMA, TS 27.005 §3.4.4."""
    return order(text, Wait.READ)
