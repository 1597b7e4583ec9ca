"""How fast the codec is: microseconds for one PDU or one text, the best median of several rounds."""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta

from modem.pdu.address import Address
from modem.pdu.dcs import DataCoding
from modem.pdu.segmentation import segment
from modem.pdu.tpdu import Submit, decode_deliver, decode_status_report
from modem.pdu.validity import RelativeValidity

DELIVER = bytes.fromhex("07914477000000F0040C9144770009103200005201305121430007C83408000AD400")
REPORT = bytes.fromhex("07914477000000F0067B0C91447700091032520130512143005201305131530000")
SHORT = "Alarm 17: pump 3 stopped, level 82 %"
LONG = "The quick brown fox jumps over the lazy dog. " * 12
EMOJI = "Level 82 % \N{WARNING SIGN}\N{VARIATION SELECTOR-16} call back \N{WAVING HAND SIGN}"


def codec_rates() -> dict[str, float]:
    """Operation → microseconds."""
    address, short = Address.of("+447700900123"), segment(SHORT)
    submit = Submit(
        address,
        short.parts[0].user_data,
        DataCoding.for_text(short.alphabet),
        validity=RelativeValidity.at_least(timedelta(hours=72)),
        status_report_request=True,
    )
    operations: dict[str, Callable[[], object]] = {
        "segment a short GSM text": lambda: segment(SHORT),
        "segment 540 characters": lambda: segment(LONG),
        "segment an emoji text": lambda: segment(EMOJI),
        "encode SMS-SUBMIT": submit.encode,
        "decode SMS-DELIVER": lambda: decode_deliver(DELIVER).text,
        "decode SMS-STATUS-REPORT": lambda: decode_status_report(REPORT),
    }
    return {name: _microseconds(operation) for name, operation in operations.items()}


def _microseconds(operation: Callable[[], object], rounds: int = 7, calls: int = 2000) -> float:
    figures = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(calls):
            operation()
        figures.append((time.perf_counter() - began) / calls * 1e6)
    return statistics.median(figures)
