"""Everything that can go wrong with a modem, as one small tree.

    ModemError
    ├─ TransportLost        the port is gone: unplugged, EIO, end of file
    │  └─ PortBusy          another program has it, locked
    ├─ CommandTimeout       no final result code within the command's time
    ├─ CommandRejected      ERROR, +CMS ERROR, +CME ERROR or a vendor's word for no
    ├─ SimUnusable          the SIM is locked, refused its PIN, or is not there
    └─ ProtocolError        octets that no rule of the standards explains
       └─ DecodeError       a PDU that does not decode: which field, at which octet

Whether a failure is worth another attempt is not said here: that is the caller's table.
"""

from typing import Literal

ErrorKind = Literal["cms", "cme", "plain"]


class ModemError(Exception):
    """The root: catch this to catch everything a modem can do to you."""


class TransportLost(ModemError):
    """The port is gone or was closed; nothing more will be read from or written to it."""


class PortBusy(TransportLost):
    """Another program has the port and has locked it; it was not opened."""


class CommandTimeout(ModemError):
    """No final result code came within the time the command is given.

    command: the command line without its CR. seconds: how long was waited.
    """

    def __init__(self, command: str, seconds: float) -> None:
        super().__init__(f"no answer to {command} within {seconds:g} s")
        self.command = command
        self.seconds = seconds


class CommandRejected(ModemError):
    """The modem or the network said no.

    command: the command line without its CR.
    kind: "cms" (TS 27.005 §3.2.5), "cme" (TS 27.007 §9.2) or "plain" for ERROR and the vendors' words.
    code: the number, or None where the modem gave none.
    text: the result line as the modem wrote it.
    """

    def __init__(self, command: str, kind: ErrorKind, code: int | None, text: str) -> None:
        super().__init__(f"{command}: {text}")
        self.command = command
        self.kind: ErrorKind = kind
        self.code = code
        self.text = text


class ProtocolError(ModemError):
    """The other side sent what no rule explains; the message says what and where."""


class DecodeError(ProtocolError):
    """A PDU does not decode.

    field: the standard's name of the field, such as "TP-UDL". octet: its index in the PDU as read, from 0.
    """

    def __init__(self, field: str, octet: int, reason: str) -> None:
        super().__init__(f"{field} at octet {octet}: {reason}")
        self.field = field
        self.octet = octet
        self.reason = reason


class SimUnusable(ModemError):
    """The SIM cannot be used until a person does something.

    state: "pin" (none configured, or not to be tried), "pin-refused", "puk", "pin2", "network-locked", "absent" or
        "failed".
    """

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state = state
