"""What the numbers of +CMS ERROR and +CME ERROR mean when they answer a send: a class, how often to try again, a name.

Numbers and names: TS 24.011 annex E-2, TS 23.040 §9.2.3.22, TS 27.005 §3.2.5, TS 27.007 §9.2; above 511 every chip
family has its own. The classes and the number of further tries are judgements, held equal to
``tests/vectors/error-codes.json`` by a test.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Class(StrEnum):
    """What a refusal says about who is to blame, and so what may be done next."""

    PERMANENT = "permanent"  # the network refuses this message
    TRANSIENT = "transient"  # not now
    SIM_BLOCKED = "sim-blocked"  # not with this SIM
    MODEM_BLOCKED = "modem-blocked"  # not with this modem as it is
    DRIVER_FAULT = "driver-fault"  # our command was wrong, or the modem lost its mode
    AMBIGUOUS = "ambiguous"  # the network may have taken it all the same
    RECEIVE_SIDE = "receive-side"  # a storage is full
    IGNORE = "ignore"  # not an answer to a send


class Cause(NamedTuple):
    """One number's meaning. retries: further tries of the message this number is worth."""

    kind: Class
    retries: int
    name: str


def cause_of(kind: str, code: int | None, family: str | None = None) -> Cause:
    """The meaning of one refusal.

    kind: "cms", "cme" or "plain". code: its number; None where the modem gave none. family: the chip's, for the
    numbers that only its maker knows (``Profile.cms_family``), a key of ``VENDOR_CMS``.
    """
    if code is None or kind == "plain":
        return PLAIN
    if kind == "cme":
        return CME.get(code, UNLISTED)
    own = VENDOR_CMS.get(family or "", {}).get(code)
    return own or CMS.get(code) or _unlisted_cms(code)


def _unlisted_cms(code: int) -> Cause:
    return UNLISTED_PERMANENT if 128 <= code <= 255 else UNLISTED


PLAIN = Cause(Class.TRANSIENT, 2, "ERROR without a number")
UNLISTED = Cause(Class.TRANSIENT, 2, "a number that no table explains")
UNLISTED_PERMANENT = Cause(Class.PERMANENT, 0, "refused for a reason that no table explains")

STRIKES = frozenset({300, 500})
"""CMS numbers that hint at a sick modem or a missing SMS path; so do all above 511 that no table explains."""

CMS: Mapping[int, Cause] = {
    1: Cause(Class.PERMANENT, 0, "Unassigned (unallocated) number"),
    8: Cause(Class.SIM_BLOCKED, 0, "Operator determined barring"),
    10: Cause(Class.SIM_BLOCKED, 0, "Call barred"),
    17: Cause(Class.TRANSIENT, 3, "Network failure"),
    21: Cause(Class.SIM_BLOCKED, 1, "Short message transfer rejected"),
    22: Cause(Class.RECEIVE_SIDE, 0, "Memory capacity exceeded"),
    27: Cause(Class.TRANSIENT, 3, "Destination out of service"),
    28: Cause(Class.SIM_BLOCKED, 0, "Unidentified subscriber"),
    29: Cause(Class.SIM_BLOCKED, 0, "Facility rejected"),
    30: Cause(Class.PERMANENT, 0, "Unknown subscriber"),
    38: Cause(Class.TRANSIENT, 5, "Network out of order"),
    41: Cause(Class.TRANSIENT, 5, "Temporary failure"),
    42: Cause(Class.TRANSIENT, 5, "Congestion"),
    47: Cause(Class.TRANSIENT, 5, "Resources unavailable, unspecified"),
    50: Cause(Class.SIM_BLOCKED, 0, "Requested facility not subscribed"),
    69: Cause(Class.SIM_BLOCKED, 1, "Requested facility not implemented"),
    81: Cause(Class.TRANSIENT, 1, "Invalid short message transfer reference value"),
    95: Cause(Class.DRIVER_FAULT, 0, "Invalid message, unspecified (semantically incorrect)"),
    96: Cause(Class.DRIVER_FAULT, 0, "Invalid mandatory information"),
    97: Cause(Class.DRIVER_FAULT, 0, "Message type non-existent or not implemented"),
    98: Cause(Class.TRANSIENT, 1, "Message not compatible with short message protocol state"),
    99: Cause(Class.DRIVER_FAULT, 0, "Information element non-existent or not implemented"),
    111: Cause(Class.TRANSIENT, 2, "Protocol error, unspecified"),
    127: Cause(Class.TRANSIENT, 2, "Interworking, unspecified"),
    128: Cause(Class.PERMANENT, 0, "Telematic interworking not supported"),
    129: Cause(Class.PERMANENT, 0, "Short message Type 0 not supported"),
    130: Cause(Class.PERMANENT, 0, "Cannot replace short message"),
    143: Cause(Class.PERMANENT, 0, "Unspecified TP-PID error"),
    144: Cause(Class.PERMANENT, 0, "Data coding scheme (alphabet) not supported"),
    145: Cause(Class.PERMANENT, 0, "Message class not supported"),
    159: Cause(Class.PERMANENT, 0, "Unspecified TP-DCS error"),
    160: Cause(Class.PERMANENT, 0, "Command cannot be actioned"),
    161: Cause(Class.PERMANENT, 0, "Command unsupported"),
    175: Cause(Class.PERMANENT, 0, "Unspecified TP-Command error"),
    176: Cause(Class.PERMANENT, 0, "TPDU not supported"),
    192: Cause(Class.TRANSIENT, 5, "SC busy"),
    193: Cause(Class.SIM_BLOCKED, 0, "No SC subscription"),
    194: Cause(Class.TRANSIENT, 5, "SC system failure"),
    195: Cause(Class.PERMANENT, 0, "Invalid SME address"),
    196: Cause(Class.PERMANENT, 0, "Destination SME barred"),
    197: Cause(Class.AMBIGUOUS, 0, "SM Rejected-Duplicate SM"),
    198: Cause(Class.TRANSIENT, 1, "TP-VPF not supported"),
    199: Cause(Class.TRANSIENT, 1, "TP-VP not supported"),
    208: Cause(Class.RECEIVE_SIDE, 0, "(U)SIM SMS storage full"),
    209: Cause(Class.RECEIVE_SIDE, 0, "No SMS storage capability in (U)SIM"),
    210: Cause(Class.RECEIVE_SIDE, 0, "Error in MS"),
    211: Cause(Class.RECEIVE_SIDE, 0, "Memory capacity exceeded"),
    212: Cause(Class.TRANSIENT, 3, "(U)SIM application toolkit busy"),
    213: Cause(Class.RECEIVE_SIDE, 0, "(U)SIM data download error"),
    255: Cause(Class.TRANSIENT, 2, "Unspecified error cause"),
    300: Cause(Class.TRANSIENT, 2, "ME failure"),
    301: Cause(Class.TRANSIENT, 3, "SMS service of ME reserved"),
    302: Cause(Class.TRANSIENT, 3, "Operation not allowed"),
    303: Cause(Class.DRIVER_FAULT, 0, "Operation not supported"),
    304: Cause(Class.DRIVER_FAULT, 1, "Invalid PDU mode parameter"),
    305: Cause(Class.DRIVER_FAULT, 1, "Invalid text mode parameter"),
    310: Cause(Class.MODEM_BLOCKED, 0, "(U)SIM not inserted"),
    311: Cause(Class.MODEM_BLOCKED, 0, "(U)SIM PIN required"),
    312: Cause(Class.MODEM_BLOCKED, 0, "PH-(U)SIM PIN required"),
    313: Cause(Class.MODEM_BLOCKED, 0, "(U)SIM failure"),
    314: Cause(Class.TRANSIENT, 30, "(U)SIM busy"),
    315: Cause(Class.MODEM_BLOCKED, 0, "(U)SIM wrong"),
    316: Cause(Class.MODEM_BLOCKED, 0, "(U)SIM PUK required"),
    317: Cause(Class.MODEM_BLOCKED, 0, "(U)SIM PIN2 required"),
    318: Cause(Class.MODEM_BLOCKED, 0, "(U)SIM PUK2 required"),
    320: Cause(Class.TRANSIENT, 2, "Memory failure"),
    321: Cause(Class.IGNORE, 0, "Invalid memory index"),
    322: Cause(Class.RECEIVE_SIDE, 0, "Memory full"),
    330: Cause(Class.MODEM_BLOCKED, 0, "SMSC address unknown"),
    331: Cause(Class.MODEM_BLOCKED, 0, "No network service"),
    332: Cause(Class.AMBIGUOUS, 2, "Network timeout"),
    340: Cause(Class.IGNORE, 0, "No +CNMA acknowledgement expected"),
    500: Cause(Class.TRANSIENT, 2, "Unknown error"),
}

CME: Mapping[int, Cause] = {
    0: Cause(Class.TRANSIENT, 2, "phone failure"),
    1: Cause(Class.TRANSIENT, 2, "no connection to phone"),
    3: Cause(Class.TRANSIENT, 2, "operation not allowed"),
    4: Cause(Class.DRIVER_FAULT, 1, "operation not supported"),
    5: Cause(Class.MODEM_BLOCKED, 0, "PH-SIM PIN required"),
    10: Cause(Class.MODEM_BLOCKED, 0, "SIM not inserted"),
    11: Cause(Class.MODEM_BLOCKED, 0, "SIM PIN required"),
    12: Cause(Class.MODEM_BLOCKED, 0, "SIM PUK required"),
    13: Cause(Class.MODEM_BLOCKED, 0, "SIM failure"),
    14: Cause(Class.TRANSIENT, 2, "SIM busy"),
    15: Cause(Class.MODEM_BLOCKED, 0, "SIM wrong"),
    16: Cause(Class.MODEM_BLOCKED, 0, "incorrect password"),
    17: Cause(Class.MODEM_BLOCKED, 0, "SIM PIN2 required"),
    18: Cause(Class.MODEM_BLOCKED, 0, "SIM PUK2 required"),
    20: Cause(Class.RECEIVE_SIDE, 0, "memory full"),
    21: Cause(Class.IGNORE, 0, "invalid index"),
    22: Cause(Class.IGNORE, 0, "not found"),
    23: Cause(Class.TRANSIENT, 2, "memory failure"),
    24: Cause(Class.DRIVER_FAULT, 1, "text string too long"),
    25: Cause(Class.DRIVER_FAULT, 1, "invalid characters in text string"),
    26: Cause(Class.DRIVER_FAULT, 1, "dial string too long"),
    27: Cause(Class.DRIVER_FAULT, 1, "invalid characters in dial string"),
    30: Cause(Class.MODEM_BLOCKED, 0, "no network service"),
    31: Cause(Class.AMBIGUOUS, 0, "network timeout"),
    32: Cause(Class.MODEM_BLOCKED, 0, "network not allowed - emergency calls only"),
    40: Cause(Class.MODEM_BLOCKED, 0, "network personalization PIN required"),
    50: Cause(Class.DRIVER_FAULT, 1, "incorrect parameters"),
    100: Cause(Class.TRANSIENT, 2, "unknown"),
    103: Cause(Class.SIM_BLOCKED, 0, "illegal MS"),
    106: Cause(Class.MODEM_BLOCKED, 0, "illegal ME"),
    107: Cause(Class.MODEM_BLOCKED, 0, "GPRS services not allowed"),
    111: Cause(Class.MODEM_BLOCKED, 0, "PLMN not allowed"),
    112: Cause(Class.MODEM_BLOCKED, 0, "location area not allowed"),
    113: Cause(Class.MODEM_BLOCKED, 0, "roaming not allowed in this location area"),
    126: Cause(Class.TRANSIENT, 2, "operation temporarily not allowed (vendor)"),
    256: Cause(Class.TRANSIENT, 2, "operation temporarily not allowed (Siemens)"),
    258: Cause(Class.TRANSIENT, 2, "phone busy (Siemens)"),
    262: Cause(Class.MODEM_BLOCKED, 0, "SIM blocked (Siemens)"),
    515: Cause(Class.TRANSIENT, 2, "please wait, init or command in progress (Wavecom, others)"),
    772: Cause(Class.MODEM_BLOCKED, 0, "SIM powered down (Siemens)"),
}

VENDOR_CMS: Mapping[str, Mapping[int, Cause]] = {
    "cinterion": {
        512: Cause(Class.TRANSIENT, 2, "User abort"),
        513: Cause(Class.TRANSIENT, 2, "unable to store"),
        514: Cause(Class.DRIVER_FAULT, 1, "invalid status"),
        515: Cause(Class.DRIVER_FAULT, 1, "invalid character in address string"),
        516: Cause(Class.DRIVER_FAULT, 1, "invalid length"),
        517: Cause(Class.DRIVER_FAULT, 1, "invalid character in pdu"),
        519: Cause(Class.DRIVER_FAULT, 1, "invalid length or character"),
        520: Cause(Class.DRIVER_FAULT, 1, "invalid character in text"),
        521: Cause(Class.AMBIGUOUS, 0, "timer expired"),
        522: Cause(Class.TRANSIENT, 2, "Operation temporary not allowed"),
        532: Cause(Class.MODEM_BLOCKED, 0, "SIM not ready"),
        535: Cause(Class.TRANSIENT, 2, "PS busy"),
        538: Cause(Class.DRIVER_FAULT, 1, "invalid parameter"),
        549: Cause(Class.DRIVER_FAULT, 1, "incorrect PDU length"),
        550: Cause(Class.DRIVER_FAULT, 1, "invalid MTI"),
        551: Cause(Class.DRIVER_FAULT, 1, "invalid chars in address"),
        553: Cause(Class.DRIVER_FAULT, 1, "incorrect PDU length (UDL)"),
        554: Cause(Class.DRIVER_FAULT, 1, "incorrect SCA length"),
        615: Cause(Class.TRANSIENT, 2, "network failure"),
        616: Cause(Class.MODEM_BLOCKED, 0, "network is down"),
        640: Cause(Class.TRANSIENT, 2, "operation of service temporary not allowed"),
        770: Cause(Class.SIM_BLOCKED, 0, "SIM invalid - network reject"),
        771: Cause(Class.TRANSIENT, 2, "call setup in progress"),
        772: Cause(Class.MODEM_BLOCKED, 0, "SIM powered down"),
    },
    "wavecom": {
        512: Cause(Class.TRANSIENT, 2, "MM establishment failure"),
        513: Cause(Class.AMBIGUOUS, 0, "lower layer failure"),
        514: Cause(Class.TRANSIENT, 2, "network congestion / CP error"),
        515: Cause(Class.TRANSIENT, 2, "please wait, init or command in progress"),
        517: Cause(Class.DRIVER_FAULT, 1, "SIM toolkit facility not supported"),
        518: Cause(Class.DRIVER_FAULT, 1, "SIM toolkit indication not received"),
    },
    "calypso": {
        512: Cause(Class.MODEM_BLOCKED, 0, "SIM not ready"),
        513: Cause(Class.TRANSIENT, 2, "unread records on SIM"),
        514: Cause(Class.IGNORE, 0, "CB error unknown"),
        515: Cause(Class.TRANSIENT, 2, "PS busy"),
        516: Cause(Class.MODEM_BLOCKED, 0, "couldn't read SMS parameters from SIM"),
        517: Cause(Class.TRANSIENT, 2, "SM BL not ready"),
        518: Cause(Class.DRIVER_FAULT, 1, "invalid parameter"),
        519: Cause(Class.TRANSIENT, 2, "ME temporarily not available"),
        528: Cause(Class.DRIVER_FAULT, 1, "invalid (non-hex) chars in PDU"),
        529: Cause(Class.DRIVER_FAULT, 1, "incorrect PDU length"),
        530: Cause(Class.DRIVER_FAULT, 1, "invalid MTI"),
        531: Cause(Class.DRIVER_FAULT, 1, "invalid chars in address"),
        532: Cause(Class.DRIVER_FAULT, 1, "invalid address (no digits)"),
        533: Cause(Class.DRIVER_FAULT, 1, "incorrect PDU length (UDL)"),
        534: Cause(Class.DRIVER_FAULT, 1, "incorrect SCA length"),
        536: Cause(Class.DRIVER_FAULT, 1, "invalid first octet (must be 2 or 34 ...)"),
        537: Cause(Class.DRIVER_FAULT, 1, "invalid command type"),
        538: Cause(Class.DRIVER_FAULT, 1, "SRR bit not set"),
        539: Cause(Class.DRIVER_FAULT, 1, "SRR bit set"),
        540: Cause(Class.DRIVER_FAULT, 1, "invalid user data header IE"),
    },
    "mediatek": {
        224: Cause(Class.AMBIGUOUS, 0, "CP retry exceeded"),
        225: Cause(Class.AMBIGUOUS, 0, "RP timer TR1M expired"),
        226: Cause(Class.AMBIGUOUS, 0, "connection broken"),
        323: Cause(Class.DRIVER_FAULT, 1, "invalid parameter"),
        324: Cause(Class.DRIVER_FAULT, 1, "invalid input format"),
        325: Cause(Class.DRIVER_FAULT, 1, "invalid input value"),
        512: Cause(Class.AMBIGUOUS, 0, "no error (SMSAL)"),
        513: Cause(Class.DRIVER_FAULT, 1, "message length exceeds maximum"),
        514: Cause(Class.DRIVER_FAULT, 1, "invalid request parameter"),
        515: Cause(Class.TRANSIENT, 2, "ME storage failure"),
        516: Cause(Class.MODEM_BLOCKED, 0, "invalid bearer service"),
        517: Cause(Class.MODEM_BLOCKED, 0, "invalid service mode"),
        518: Cause(Class.DRIVER_FAULT, 1, "invalid storage type"),
        519: Cause(Class.DRIVER_FAULT, 1, "invalid message format"),
        520: Cause(Class.TRANSIENT, 2, "too many MO concatenated messages"),
        521: Cause(Class.TRANSIENT, 2, "SMSAL not ready"),
        522: Cause(Class.MODEM_BLOCKED, 0, "no MO service"),
        524: Cause(Class.DRIVER_FAULT, 1, "reserved MTI"),
        525: Cause(Class.TRANSIENT, 2, "no free entity in RL layer"),
        528: Cause(Class.TRANSIENT, 2, "More-Messages-to-Send state error"),
        529: Cause(Class.SIM_BLOCKED, 0, "MO SMS not allowed"),
        530: Cause(Class.TRANSIENT, 2, "GPRS suspended"),
        531: Cause(Class.RECEIVE_SIDE, 0, "ME storage full"),
        532: Cause(Class.TRANSIENT, 2, "SIM refresh in progress"),
    },
    "nordic": {
        524: Cause(Class.MODEM_BLOCKED, 0, "no SMS client registered on this link"),
    },
}
