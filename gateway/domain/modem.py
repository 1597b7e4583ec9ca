"""A modem: the device that a line's SIM is in, known by its IMEI (native-v1 §1)."""

import hashlib
from dataclasses import dataclass

from gateway.domain.ids import crockford
from gateway.domain.line import LineRecord


@dataclass(frozen=True, slots=True)
class Modem:
    """line: whose SIM was last seen in it; what is known of the device stands in that line's status."""

    id: str
    line: LineRecord


def modem_id(imei: str) -> str:
    """The same for the same device, whatever its port is called and whichever SIM is in it."""
    return "mdm_" + crockford(int.from_bytes(hashlib.blake2s(imei.encode(), digest_size=17).digest()) >> 6)
