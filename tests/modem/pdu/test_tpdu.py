"""What holds for every TPDU; the single fields are compared in test_golden.py."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modem.errors import DecodeError
from modem.pdu.address import Address, TypeOfNumber
from modem.pdu.dcs import Alphabet, DataCoding
from modem.pdu.segmentation import segment
from modem.pdu.status import classify
from modem.pdu.tpdu import (
    Deliver,
    StatusReport,
    Submit,
    UserData,
    decode_deliver,
    decode_incoming,
    decode_status_report,
    decode_submit,
)
from modem.pdu.udh import InformationElement, UserDataHeader
from modem.pdu.validity import AbsoluteValidity, EnhancedValidity, RelativeValidity

VECTORS = Path(__file__).parents[2] / "vectors"
DECODERS = (decode_submit, decode_deliver, decode_status_report, decode_incoming)
PDUS = [
    bytes.fromhex(vector["pdu"])
    for group in ("submit", "deliver", "status-report", "concat", "binary-ports-mwi-wap", "national-shift")
    for vector in json.loads((VECTORS / f"{group}.json").read_text())["vectors"]
]

OCTET = st.integers(0, 255)
BOOLEAN = st.booleans()
ADDRESSES = st.builds(
    Address, st.text(st.sampled_from("0123456789"), min_size=1, max_size=15).map("+{}".format), st.just(TypeOfNumber(1))
)
MOMENTS = st.builds(
    lambda seconds, quarters: datetime.fromtimestamp(seconds, timezone(timedelta(minutes=15 * quarters))),
    st.integers(700_000_000, 3_700_000_000),
    st.integers(-48, 56),
)
HEADERS = st.none() | st.builds(
    lambda iei, data: UserDataHeader((InformationElement(iei, data),)), OCTET, st.binary(max_size=5)
)
CONTENTS = st.tuples(st.just(DataCoding(0)), st.binary(max_size=40).map(lambda data: bytes(o & 0x7F for o in data))) | (
    st.tuples(st.sampled_from([DataCoding(4), DataCoding(8)]), st.binary(max_size=20).map(lambda data: data + data))
)


@st.composite
def coded(draw):
    coding, content = draw(CONTENTS)
    return {"data_coding": coding, "user_data": UserData(coding.alphabet, content, draw(HEADERS))}


@st.composite
def submits(draw):
    validity = st.one_of(
        st.none(),
        st.builds(RelativeValidity, OCTET),
        st.builds(AbsoluteValidity, st.binary(min_size=7, max_size=7)),
        st.builds(EnhancedValidity, st.binary(min_size=7, max_size=7)),
    )
    return Submit(
        destination=draw(ADDRESSES),
        **draw(coded()),
        protocol_identifier=draw(OCTET),
        validity=draw(validity),
        status_report_request=draw(BOOLEAN),
        reject_duplicates=draw(BOOLEAN),
        reply_path=draw(BOOLEAN),
        message_reference=draw(OCTET),
        service_centre=draw(st.none() | ADDRESSES),
    )


@st.composite
def delivers(draw):
    return Deliver(
        originating_address=draw(ADDRESSES),
        **draw(coded()),
        protocol_identifier=draw(OCTET),
        service_centre_timestamp=draw(MOMENTS),
        more_messages=draw(BOOLEAN),
        status_report_indication=draw(BOOLEAN),
        reply_path=draw(BOOLEAN),
        service_centre=draw(st.none() | ADDRESSES),
        loop_prevention=draw(BOOLEAN),
        trailing=draw(st.binary(max_size=3)),
    )


@st.composite
def status_reports(draw):
    optional = draw(coded()) | {"protocol_identifier": draw(OCTET), "parameter_indicator": 7} if draw(BOOLEAN) else {}
    return StatusReport(
        message_reference=draw(OCTET),
        recipient_address=draw(ADDRESSES),
        service_centre_timestamp=draw(MOMENTS),
        discharge_time=draw(MOMENTS),
        status=classify(draw(OCTET)),
        service_centre=draw(st.none() | ADDRESSES),
        more_messages=draw(BOOLEAN),
        loop_prevention=draw(BOOLEAN),
        status_report_qualifier=draw(BOOLEAN),
        **optional,
    )


@given(submits())
def test_a_submit_survives_the_wire(sent):
    assert undamaged(decode_submit(sent.encode())) == sent


@given(delivers())
def test_a_deliver_survives_the_wire(sent):
    assert undamaged(decode_deliver(sent.encode())) == sent
    assert decode_incoming(sent.encode()) == decode_deliver(sent.encode())


@given(status_reports())
def test_a_status_report_survives_the_wire(sent):
    assert undamaged(decode_status_report(sent.encode())) == sent
    assert decode_incoming(sent.encode()) == decode_status_report(sent.encode())


def undamaged(value):
    assert not value.damaged
    return value


@given(st.binary(max_size=200))
def test_any_octets_are_a_value_or_a_decode_error(octets):
    for decode in DECODERS:
        holds_together(decode, octets)


@settings(max_examples=300)
@given(st.sampled_from(PDUS), st.data())
def test_any_damage_is_a_value_or_a_decode_error(pdu, data):
    octets = bytearray(pdu)
    for place in data.draw(st.lists(st.integers(0, len(pdu) - 1), max_size=4)):
        octets[place] = data.draw(OCTET)
    cut = data.draw(st.integers(0, len(pdu)))
    for decode in DECODERS:
        holds_together(decode, bytes(octets))
        holds_together(decode, bytes(octets[:cut]))


def decoded_or_refused(decode, octets):
    try:
        return decode(octets)
    except DecodeError as error:
        return error


def holds_together(decode, octets):
    value = decoded_or_refused(decode, octets)
    if isinstance(value, DecodeError):
        assert value.field
        assert 0 <= value.octet <= len(octets)
        return
    if value.text is not None:
        json.dumps(value.text, ensure_ascii=False).encode()
    assert decode(value.encode()).text == value.text
    assert 0 <= value.first_octet <= 255


@pytest.mark.parametrize("pdu", PDUS[::20], ids=lambda pdu: pdu.hex()[:24])
def test_every_truncation_is_a_value_or_a_decode_error(pdu):
    for length in range(len(pdu)):
        for decode in DECODERS:
            holds_together(decode, pdu[:length])


def test_a_submit_is_what_a_modem_wants():
    """TS 23.040 §9.2.2.2: the length for AT+CMGS does not count the SMSC field."""
    submit = Submit(
        Address.of("+447700900123"),
        segment("hello").parts[0].user_data,
        DataCoding.for_text(Alphabet.GSM7),
        validity=RelativeValidity(167),
        status_report_request=True,
    )
    assert submit.encode().hex().upper() == "0031000C914477000910320000A705E8329BFD06"
    assert submit.tpdu_length == 19
    assert decode_submit(submit.encode()) == submit


def test_a_named_service_centre_does_not_count_for_the_length():
    plain = Submit(Address.of("12345"), UserData(Alphabet.OCTETS, b"x"), DataCoding(4))
    routed = Submit(
        Address.of("12345"), UserData(Alphabet.OCTETS, b"x"), DataCoding(4), service_centre=Address.of("+44770000000")
    )
    assert routed.encode() == bytes.fromhex("07914477000000F0") + plain.encode()[1:]
    assert routed.tpdu_length == plain.tpdu_length


def test_the_reserved_message_type_is_a_deliver_when_it_comes_in():
    """TS 23.040 §9.2.3.1; and it is written back as it was."""
    pdu = bytes.fromhex(
        "07" + "914477000000F0" + "07" + "0C914477000910320000520130512143000E737A9ACD06C9CB617258CC2E03"
    )
    deliver = decode_incoming(pdu)
    assert isinstance(deliver, Deliver)
    assert deliver.text == "still readable"
    assert deliver.encode() == pdu
    with pytest.raises(DecodeError):
        decode_deliver(pdu)


def test_a_submit_report_is_no_message():
    with pytest.raises(DecodeError) as caught:
        decode_incoming(bytes.fromhex("000100"))
    assert (caught.value.field, caught.value.octet) == ("TP-MTI", 1)


def test_a_message_without_a_date_has_none_and_keeps_its_octets():
    value = Deliver(Address.of("12345"), UserData(Alphabet.GSM7, b"a"), DataCoding(0))
    decoded = decode_deliver(value.encode())
    assert (decoded.service_centre_timestamp, decoded.timestamp_octets) == (None, bytes(7))
    assert decoded.encode() == value.encode()


@pytest.mark.parametrize("tail", ["", "FF" * 5, "00" * 5, "07", "0700", "070000", "0400", "8A12"])
def test_whatever_hangs_on_a_status_report_costs_no_report(tail):
    pdu = bytes.fromhex("00067B0C91447700091032520130512143005201305131530000" + tail)
    report = decode_status_report(pdu)
    assert report.status == classify(0)
    assert report.discharge_time == datetime(2025, 10, 3, 15, 13, 35, tzinfo=UTC)
    assert report.encode() == pdu


def test_what_does_not_fit_its_octet_is_refused_when_it_is_encoded():
    with pytest.raises(ValueError):
        Submit(Address.of("12345"), UserData(Alphabet.OCTETS, bytes(300)), DataCoding(4)).encode()
    with pytest.raises(ValueError):
        Submit(Address.of("12345"), UserData(Alphabet.OCTETS, b""), DataCoding(4), message_reference=256).encode()
