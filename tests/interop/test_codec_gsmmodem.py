"""Our codec and that of PyPI's python-gsmmodem-new, both ways, on random messages.

What they differ in stands beside the case that leaves it out, with the clause that settles it.
"""

import warnings
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.charset import gsm7
from modem.pdu.address import TypeOfNumber
from modem.pdu.dcs import Alphabet
from modem.pdu.tpdu import Deliver, StatusReport, Submit, decode_submit, join_text
from modem.pdu.validity import AbsoluteValidity, RelativeValidity
from tests.interop import messages

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its regular expressions are no raw strings
    pytest.importorskip("gsmmodem", reason="`make test` installs it")
    from gsmmodem import pdu


# TS 23.038 §6.2.1: 0x5F is "§", where it has a grave accent; 0x1B 0x0A is the form feed, where it has "ÿ".
GSM7 = messages.texts(
    st.sampled_from(sorted(set(messages.DEFAULT) - {"§"})) | st.sampled_from(sorted(set(messages.EXTENSION) - {"\f"}))
)
UCS2 = messages.texts_of_ucs2(without="§\f")
# It writes no surrogates, and the escape as if it were a character of the table.
PLANE_0 = messages.texts_of_ucs2(without="`ÿ\x1b", highest=0xFFFF)
NAMES = messages.NAMES.filter(lambda name: "§" not in name)
NUMBERS = messages.INTERNATIONAL | messages.DIGITS


def text_of(theirs: dict[str, Any]) -> str:
    """It gives surrogates one by one."""
    return theirs["text"].encode("utf-16-be", "surrogatepass").decode("utf-16-be")


def same_user_data(ours: Deliver | Submit, theirs: dict[str, Any]) -> None:
    part = messages.concatenation(ours)
    found = [(element.reference, element.parts, element.number) for element in theirs.get("udh", ())]
    assert found == ([(part.reference, part.total, part.sequence)] if part else [])
    text = ours.text or ""
    if part is not None and part.bits == 16 and ours.user_data.alphabet is Alphabet.GSM7:
        # A header of seven octets ends on a septet boundary and has no fill bits behind it (TS 23.040 §9.2.3.24); it
        # takes the seven bits of the first character for them.
        text = gsm7.decode(ours.user_data.content[1:])
    if ours.user_data.alphabet is Alphabet.GSM7 and not text_of(theirs).endswith("@"):
        # TP-UDL counts septets (TS 23.040 §9.2.3.16), so a last "@", whose septet is 0, is one of them where it ends an
        # octet, too; it takes it for filling there.
        text = text.removesuffix("@")
    assert text_of(theirs) == text


@messages.EXAMPLES
@given(messages.delivers(GSM7 | UCS2, NUMBERS | NAMES))
def test_it_reads_our_delivers(parts: list[Deliver]) -> None:
    for ours in parts:
        octets = ours.encode()
        theirs = pdu.decodeSmsPdu(octets.hex())
        assert (theirs["type"], theirs["tpdu_length"]) == ("SMS-DELIVER", ours.tpdu_length)
        assert (theirs["smsc"], theirs["number"]) == (ours.service_centre.value, ours.originating_address.value)
        assert (theirs["time"], theirs["time"].utcoffset()) == (
            ours.service_centre_timestamp,
            ours.service_centre_timestamp.utcoffset(),
        )
        assert theirs["protocol_id"] == ours.protocol_identifier
        same_user_data(ours, theirs)


@messages.EXAMPLES
@given(messages.submits(GSM7 | UCS2, st.none() | messages.RELATIVE | messages.ABSOLUTE))
def test_it_reads_our_submits(parts: list[Submit]) -> None:
    for ours in parts:
        theirs = pdu.decodeSmsPdu(ours.encode().hex())
        assert (theirs["type"], theirs["reference"]) == ("SMS-SUBMIT", ours.message_reference)
        assert theirs["number"] == ours.destination.value
        if isinstance(ours.validity, RelativeValidity):
            assert theirs["validity"] == ours.validity.period
        elif isinstance(ours.validity, AbsoluteValidity):
            assert theirs["validity"] == ours.validity.moment
        same_user_data(ours, theirs)


@messages.EXAMPLES
@given(messages.REPORTS)
def test_it_reads_our_status_reports(ours: StatusReport) -> None:
    theirs = pdu.decodeSmsPdu(ours.encode().hex())
    assert (theirs["type"], theirs["reference"]) == ("SMS-STATUS-REPORT", ours.message_reference)
    assert (theirs["number"], theirs["status"]) == (ours.recipient_address.value, ours.status.code)
    assert (theirs["time"], theirs["discharge"]) == (ours.service_centre_timestamp, ours.discharge_time)


@messages.EXAMPLES
@given(
    NUMBERS | NAMES,
    GSM7 | PLANE_0,
    st.integers(0, 255),
    st.none() | st.timedeltas(timedelta(minutes=5), timedelta(days=441)) | messages.MOMENTS,
    st.none() | messages.INTERNATIONAL,
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_we_read_its_submits(
    number: str,
    text: str,
    reference: int,
    validity: timedelta | datetime | None,
    centre: str | None,
    flags: tuple[bool, bool, bool],
) -> None:
    report, duplicates, flash = flags
    theirs = pdu.encodeSmsSubmitPdu(number, text, reference, validity, centre, report, duplicates, flash)
    parts = [decode_submit(bytes(part.data)) for part in theirs]
    assert join_text([part.user_data for part in parts]) == text
    for place, (ours, part) in enumerate(zip(parts, theirs, strict=True), start=1):
        if ours.destination.ton is not TypeOfNumber.ALPHANUMERIC:
            # TS 23.040 §9.1.2.5: the length of an address counts useful semi-octets; it rounds names up to octets.
            assert ours.encode() == bytes(part.data)
        # TS 27.005 §3.1: <length> does not count the service centre; it does.
        assert len(part.data) - 1 == part.tpduLength
        assert ours.tpdu_length == part.tpduLength - (0 if ours.service_centre is None else part.data[0])
        assert ours.destination.value == number
        assert (ours.status_report_request, ours.reject_duplicates) == (report, duplicates)
        assert ours.data_coding.message_class == (0 if flash else None)
        assert ours.message_reference == reference
        assert (ours.service_centre.value if ours.service_centre else None) == centre
        if isinstance(validity, datetime):
            assert ours.validity == AbsoluteValidity.at(validity)
        elif validity is None:
            assert ours.validity is None
        concatenation = messages.concatenation(ours)
        if len(parts) > 1:
            assert concatenation is not None
            assert (concatenation.reference, concatenation.total, concatenation.sequence) == (
                reference,
                len(parts),
                place,
            )
        else:
            assert concatenation is None
