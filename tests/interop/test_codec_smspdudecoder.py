"""Our codec and PyPI's smspdudecoder, which reads DELIVER and SUBMIT, on random messages.

What they differ in stands beside the case that leaves it out, with the clause that settles it.
"""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.charset import gsm7, ucs2
from modem.pdu import timestamp
from modem.pdu.address import Address, TypeOfNumber
from modem.pdu.dcs import Alphabet, DataCoding
from modem.pdu.tpdu import Deliver, Submit, UserData
from modem.pdu.validity import RelativeValidity
from tests.interop import messages

fields = pytest.importorskip("smspdudecoder.fields", reason="`make test` installs it")
codecs = pytest.importorskip("smspdudecoder.codecs")
elements = pytest.importorskip("smspdudecoder.elements")

ESCAPE = 0x1B
NUMBERS = messages.INTERNATIONAL | messages.DIGITS


def same_user_data(ours: Deliver | Submit, theirs: dict[str, Any]) -> None:
    assert theirs["dcs"]["encoding"] == {"gsm7": "gsm", "ucs2": "ucs2"}[ours.user_data.alphabet]
    part, header = messages.concatenation(ours), theirs["user_data"]["header"]
    assert theirs["header"]["udhi"] == (part is not None)
    if part is not None:
        assert [element["data"] for element in header["elements"]] == [
            {"reference": part.reference, "parts_count": part.total, "part_number": part.sequence}
        ]
    if not counted_in_characters(ours):
        assert theirs["user_data"]["data"] == ours.text


def counted_in_characters(ours: Deliver | Submit) -> bool:
    """Does it cut header and fill off in the wrong place?

    It decodes TP-UD from its first octet on and counts characters, of which an escape makes two septets one. TP-UDL and
    the header are counted in septets (TS 23.040 §9.2.3.16, §9.2.3.24).
    """
    udl, octets = ours.user_data.encode()
    septets = gsm7.unpack(octets, 8 * len(octets) // 7)
    header = septets[: udl - len(ours.user_data.content)]
    spare = len(septets) > udl
    return ours.user_data.alphabet is Alphabet.GSM7 and (ESCAPE in header or (spare and ESCAPE in septets))


def same_address(ours: Address, theirs: dict[str, Any]) -> None:
    value = ours.value.removeprefix("+") if ours.ton is TypeOfNumber.INTERNATIONAL else ours.value
    if ours.ton is TypeOfNumber.ALPHANUMERIC and len(value) == 7:
        # Seven septets leave seven bits spare in their octets; the length says that they are none of the useful
        # semi-octets (TS 23.040 §9.1.2.5), and it reads them all the same.
        value += "@"
    assert (theirs["toa"]["ton"], theirs["number"]) == (ours.ton.name.lower(), value)


@messages.EXAMPLES
@given(messages.delivers(messages.GSM7 | messages.UCS2, NUMBERS | messages.NAMES))
def test_it_reads_our_delivers(parts: list[Deliver]) -> None:
    for ours in parts:
        theirs = fields.SMSDeliver.decode(StringIO(ours.encode().hex()))
        same_address(ours.originating_address, theirs["sender"])
        assert theirs["smsc"]["number"] == ours.service_centre.value.removeprefix("+")
        assert theirs["scts"] == ours.service_centre_timestamp
        assert (theirs["pid"], theirs["header"]["rp"]) == (ours.protocol_identifier, ours.reply_path)
        same_user_data(ours, theirs)


@messages.EXAMPLES
@given(messages.submits(messages.GSM7 | messages.UCS2, st.none() | messages.RELATIVE | messages.ABSOLUTE))
def test_it_reads_our_submits(parts: list[Submit]) -> None:
    for ours in parts:
        theirs = fields.SMSSubmit.decode(StringIO(ours.encode().hex()))
        same_address(ours.destination, theirs["recipient"])
        assert (theirs["message-ref"], theirs["pid"]) == (ours.message_reference, ours.protocol_identifier)
        header = theirs["header"]
        assert (header["srr"], header["rd"], header["rp"]) == (
            ours.status_report_request,
            ours.reject_duplicates,
            ours.reply_path,
        )
        same_user_data(ours, theirs)


@messages.EXAMPLES
@given(messages.GSM7)
def test_it_packs_septets_as_we_do(text: str) -> None:
    septets = gsm7.encode(text)
    theirs = codecs.GSM.encode(text)
    assert bytes.fromhex(theirs) == gsm7.pack(septets)
    assert gsm7.decode(gsm7.unpack(bytes.fromhex(theirs), len(septets))) == text


@messages.EXAMPLES
@given(messages.UCS2)
def test_it_writes_ucs2_as_we_do(text: str) -> None:
    assert bytes.fromhex(codecs.UCS2.encode(text)) == ucs2.encode(text)


@messages.EXAMPLES
@given(messages.MOMENTS)
def test_it_writes_time_stamps_as_we_do(moment: datetime) -> None:
    octets = bytes.fromhex(elements.Date.encode(moment))
    assert timestamp.encode(moment) == octets
    assert timestamp.decode(octets) == moment == elements.Date.decode(octets.hex())


@messages.EXAMPLES
@given(messages.INTERNATIONAL | messages.DIGITS)
def test_it_writes_numbers_as_we_do(number: str) -> None:
    ours, digits = Address.of(number), number.removeprefix("+")
    kind = elements.TypeOfAddress.encode({"ton": ours.ton.name.lower(), "npi": "isdn"})
    assert ours.encode() == bytes.fromhex(f"{len(digits):02x}{kind}{elements.Number.encode(digits)}")


@messages.EXAMPLES
@given(messages.RELATIVE)
def test_it_reads_validity_periods_as_we_do(validity: RelativeValidity) -> None:
    submit = Submit(Address.of("+1"), UserData(Alphabet.GSM7, b""), DataCoding(0), validity=validity)
    theirs = fields.SMSSubmit.decode(StringIO(submit.encode().hex()))
    (period,) = (timedelta(**{unit: theirs[key]}) for key, unit in UNITS.items() if key in theirs)
    octet = validity.octet
    if octet < 144:
        # TS 23.040 §9.2.3.12.1: (TP-VP + 1) x 5 minutes; it leaves the 1 out.
        period += timedelta(minutes=5)
    elif octet < 168 and octet % 2 == 0:
        # There in half hours: 12 hours + (TP-VP - 143) x 30 minutes; it leaves the halves out.
        period += timedelta(minutes=30)
    assert period == validity.period


UNITS = {f"validity-{unit}": unit for unit in ("minutes", "hours", "days", "weeks")}
