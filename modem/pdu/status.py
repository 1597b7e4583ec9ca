"""TP-ST, the outcome that a status report tells (TS 23.040 §9.2.3.15)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class StatusClass(StrEnum):
    """The class decides: a reserved or service centre specific value means what its class means."""

    COMPLETED = "completed"
    STILL_TRYING = "temporary, SC still trying"
    PERMANENT_ERROR = "permanent error, SC stopped"
    GAVE_UP = "temporary error, SC stopped trying"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True)
class Status:
    """code: the octet. name: the standard's words for it. final: no further report is to be expected."""

    code: int
    name: str
    status_class: StatusClass
    final: bool


_CLASSES: Final = (
    StatusClass.COMPLETED,
    StatusClass.STILL_TRYING,
    StatusClass.PERMANENT_ERROR,
    StatusClass.GAVE_UP,
    *[StatusClass.RESERVED] * 4,
)

_NAMES: Final = {
    0x00: "delivered to the SME",
    0x01: "forwarded to the SME, SC cannot confirm delivery",
    0x02: "replaced by the SC",
    0x20: "congestion",
    0x21: "SME busy",
    0x22: "no response from SME",
    0x23: "service rejected",
    0x24: "quality of service not available",
    0x25: "error in SME",
    0x40: "remote procedure error",
    0x41: "incompatible destination",
    0x42: "connection rejected by SME",
    0x43: "not obtainable",
    0x44: "quality of service not available",
    0x45: "no interworking available",
    0x46: "SM validity period expired",
    0x47: "SM deleted by originating SME",
    0x48: "SM deleted by SC administration",
    0x49: "SM does not exist",
    0x60: "congestion",
    0x61: "SME busy",
    0x62: "no response from SME",
    0x63: "service rejected",
    0x64: "quality of service not available",
    0x65: "error in SME",
}


def classify(st: int) -> Status:
    """What TP-ST says; every octet 0..255 has an answer."""
    return _STATUSES[st]


def _status(code: int) -> Status:
    status_class = _CLASSES[code >> 5]
    service_centre_specific = status_class is not StatusClass.RESERVED and code & 0x10
    name = _NAMES.get(code, "SC specific" if service_centre_specific else "reserved")
    final = status_class not in (StatusClass.STILL_TRYING, StatusClass.RESERVED)
    return Status(code, name, status_class, final)


_STATUSES: Final = tuple(_status(code) for code in range(256))
