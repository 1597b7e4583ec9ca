"""Every PDU of the golden vectors: each field that a vector expects is compared, and sound ones encode to themselves.

The vectors come from the test suites and issue logs of other projects and from the clauses of the standard; each
carries its source. ``format`` in every file explains the fields.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from modem.errors import DecodeError
from modem.pdu import timestamp
from modem.pdu.address import Address, TypeOfNumber
from modem.pdu.dcs import Alphabet
from modem.pdu.octets import from_hex
from modem.pdu.status import StatusClass
from modem.pdu.tpdu import Deliver, StatusReport, Submit, decode_deliver, decode_status_report, decode_submit
from modem.pdu.udh import Concatenation, UserDataHeader
from modem.pdu.user_data import UserData, join_octets, join_text
from modem.pdu.validity import AbsoluteValidity, EnhancedValidity, RelativeValidity, Validity

VECTORS = Path(__file__).parents[2] / "vectors"
GROUPS = (
    "submit",
    "deliver",
    "status-report",
    "concat",
    "ucs2",
    "binary-ports-mwi-wap",
    "alphanumeric",
    "national-shift",
    "timezones",
    "dcs",
    "malformed",
)
DECODERS = {"submit": decode_submit, "deliver": decode_deliver, "status-report": decode_status_report}
STATUS_CLASSES = {
    StatusClass.COMPLETED: "delivered",
    StatusClass.STILL_TRYING: "temporary-still-trying",
    StatusClass.PERMANENT_ERROR: "permanent",
    StatusClass.GAVE_UP: "temporary-gave-up",
    StatusClass.RESERVED: "reserved",
}
FILLER = "the spare semi-octet of an odd number of digits is not 1111"
SPARE_BITS = "the bits behind the last septet are not zero"
FILL_BITS = "the bits between header and text are not zero"
EXTENSION = "bit 7 of the type of address is not one"
NOT_CANONICAL = {
    "xlab-submit-enhanced-vp-rel": SPARE_BITS,
    "gammu-at-sms-02": SPARE_BITS,
    "gen-7bit-7chars-cr-pad": SPARE_BITS,
    "mm-concat-a1": FILL_BITS,
    "mm-concat-a2": FILL_BITS,
    "pygsm-concat-1of1": FILL_BITS,
    "chandongle-cmgr-4": FILL_BITS,
    "gen-7bit-fill-garbage": FILL_BITS,
    "aosp-cingular-vm-set": FILLER,
    "aosp-cingular-vm-clear": FILLER,
    "gen-alnum-len-octets2": "the length of an alphanumeric address is rounded up to whole octets",
    "ofono-charset-default": FILLER,
    "ofono-charset-default_ext": FILLER,
    "ofono-charset-turkey": FILLER,
    "ofono-charset-turkey_ext": FILLER,
    "ofono-charset-portugal": FILLER,
    "ofono-charset-portugal_ext": FILLER,
    "ofono-charset-spain": FILLER,
    "mm-bad-udl": EXTENSION,
    "mm-bad-udh": EXTENSION,
}
# The vector gives the literal reading; its own note says that the "@" is the padding, to be trimmed.
TRIMMED = {"gen-alnum-len-octets2": {"number": "VODAFON"}}

Value = Submit | Deliver | StatusReport


def load(group: str) -> list[dict[str, Any]]:
    return json.loads((VECTORS / f"{group}.json").read_text())["vectors"]


def cases(*outcomes: str) -> list[Any]:
    return [
        pytest.param(vector, id=f"{group}/{vector['id']}")
        for group in GROUPS
        for vector in load(group)
        if vector["outcome"] in outcomes
    ]


def decode(vector: dict[str, Any]) -> Value:
    return DECODERS[vector["direction"]](from_hex(vector["pdu"]))


def fields_of(value: Value) -> dict[str, Any]:
    """A decoded value in the words of the vectors; a field that it does not have is None."""
    common = {
        "smsc": None if value.service_centre is None else value.service_centre.value,
        "tpdu_len": value.tpdu_length,
        "first_octet": f"{value.first_octet:02X}",
        "mti": value.first_octet & 3,
        "udhi": bool(value.first_octet & 0x40),
        "rp": bool(value.first_octet & 0x80),
        "trailing_hex": value.trailing.hex().upper() or None,
    }
    match value:
        case Submit():
            own = {
                **fields_of_address(value.destination),
                "rd": value.reject_duplicates,
                "srr": value.status_report_request,
                "mr": value.message_reference,
                "pid": value.protocol_identifier,
                **fields_of_validity(value.validity),
            }
        case Deliver():
            own = {
                **fields_of_address(value.originating_address),
                "more_messages": value.more_messages,
                "sri": value.status_report_indication,
                "pid": value.protocol_identifier,
                "scts": moment(value.service_centre_timestamp, value.timestamp_octets),
            }
        case StatusReport():
            own = {
                **fields_of_address(value.recipient_address),
                "more_messages": value.more_messages,
                "srq_command": value.status_report_qualifier,
                "mr": value.message_reference,
                "scts": moment(value.service_centre_timestamp, value.timestamp_octets),
                "discharge": moment(value.discharge_time, value.discharge_octets),
                "st": f"{value.status.code:02X}",
                "st_class": STATUS_CLASSES[value.status.status_class],
                "pi": None if value.parameter_indicator is None else f"{value.parameter_indicator:02X}",
                "pid": value.protocol_identifier,
            }
    return common | own | fields_of_coding(value) | fields_of_user_data(value)


def fields_of_address(address: Address) -> dict[str, Any]:
    ton = "network-specific" if address.ton is TypeOfNumber.NETWORK else address.ton.name.lower()
    return {"number": address.value, "ton": ton, "npi": address.npi}


def fields_of_coding(value: Value) -> dict[str, Any]:
    coding = value.data_coding
    if coding is None:
        return {}
    waiting = coding.waiting
    in_use = coding.alphabet if value.user_data is None or coding.compressed else value.user_data.alphabet
    reserved = coding.octet < 0x80 and coding.octet & 0x0C == 0x0C
    return {
        "dcs": f"{coding.octet:02X}",
        "alphabet": f"reserved->{in_use.value}" if reserved else in_use.value,
        "class": coding.message_class,
        "compressed": coding.compressed or None,
        "auto_delete": coding.automatic_deletion or None,
        "reserved_group": coding.reserved_group or None,
        "mwi": waiting and {"store": waiting.store, "active": waiting.active, "type": waiting.type.value},
    }


def fields_of_user_data(value: Value) -> dict[str, Any]:
    user_data = value.user_data
    if user_data is None:
        return {}
    header = user_data.header
    is_ucs2 = user_data.alphabet is Alphabet.UCS2
    lone = is_ucs2 and "�" in (user_data.text or "")
    return {
        "udl": user_data.udl,
        "text": user_data.text,
        "septets": user_data.units if user_data.alphabet is Alphabet.GSM7 else None,
        "data_hex": user_data.content.hex().upper() if user_data.alphabet is Alphabet.OCTETS else None,
        "odd_ucs2": user_data.odd or None,
        "lone_surrogate": lone or None,
        "text_utf16be_hex": user_data.content.hex().upper() if lone else None,
        "udh_malformed": malformed(value.first_octet, header),
        **({} if header is None else fields_of_header(header)),
    }


def fields_of_header(header: UserDataHeader) -> dict[str, Any]:
    ports = header.ports
    return {
        "udh_hex": header.encode().hex().upper(),
        "udh": [{"iei": f"{e.iei:02X}", "data": e.data.hex().upper()} for e in header.elements],
        "concat": concatenation(header.concatenation) or concatenation(header.ignored_concatenation, "ignored"),
        "ports": ports and {"bits": ports.bits, "dst": ports.destination, "src": ports.source},
        "single_shift": header.single_shift or None,
        "locking_shift": header.locking_shift or None,
        "udh_mwi": [{"type": w.type, "store": w.store, "count": w.count} for w in header.waiting[-1:]],
    }


def concatenation(found: Concatenation | None, ignored: str = "") -> dict[str, Any] | None:
    if found is None:
        return None
    known = {"bits": found.bits, "ref": found.reference, "total": found.total, "seq": found.sequence}
    return known | ({ignored: "invalid sequence"} if ignored else {})


def malformed(first_octet: int, header: UserDataHeader | None) -> str | None:
    if header is None:
        return "UDHI set but UDL is 0" if first_octet & 0x40 else None
    return "UDH IE overruns UDHL" if header.undecoded else None


def moment(decoded: datetime | None, octets: bytes | None) -> Any:
    if decoded is None:
        assert octets is not None
        return {"invalid": octets.hex().upper()}
    if octets is not None and timestamp.zone(octets[6]) is None:
        return {"local": decoded.replace(tzinfo=None).isoformat(), "tz_invalid": f"{octets[6]:02X}"}
    return decoded.isoformat()


def fields_of_validity(validity: Validity | None) -> dict[str, Any]:
    match validity:
        case None:
            return {"vpf": "none", "vp": None}
        case RelativeValidity():
            minutes = validity.period.total_seconds() / 60
            return {"vpf": "relative", "vp": {"raw": validity.octet, "minutes": minutes}}
        case AbsoluteValidity():
            assert validity.moment is not None
            return {"vpf": "absolute", "vp": {"absolute": validity.moment.isoformat()}}
        case EnhancedValidity():
            assert validity.period is not None
            seconds = validity.period.total_seconds()
            period = {"minutes": seconds / 60} if validity.format == 1 else {"seconds": seconds}
            flags = {"single_shot": validity.single_shot, "format": validity.format}
            return {"vpf": "enhanced", "vp": {"raw": validity.octets.hex().upper(), **flags, **period}}


def expected_of(vector: dict[str, Any]) -> dict[str, Any]:
    expected = vector["expect"] | TRIMMED.get(vector["id"], {})
    expected.pop("tables_without_udh", None)  # tells how the text would read with tables that nothing announces
    if "udh_mwi" in expected:
        expected["udh_mwi"] = [expected["udh_mwi"]]
    if "expect_preferred" in vector:  # group 1111 with bit 3: decided by the octets (see DataCoding.doubtful)
        expected |= vector["expect_preferred"] | {"septets": None, "trailing_hex": None}
    return expected


@pytest.mark.parametrize("vector", cases("ok", "tolerate"))
def test_every_expected_field_is_decoded(vector):
    fields = fields_of(decode(vector))
    expected = expected_of(vector)
    assert {name: fields.get(name) for name in expected} == expected


@pytest.mark.parametrize("vector", cases("reject"))
def test_what_is_beyond_reading_is_refused(vector):
    with pytest.raises(DecodeError):
        decode(vector)


@pytest.mark.parametrize("vector", cases("reject-or-partial"))
def test_what_is_cut_is_refused_or_flagged(vector):
    try:
        value = decode(vector)
    except DecodeError:
        return
    assert value.damaged
    fields = fields_of(value)
    partial = vector["expect"].get("partial", {})
    assert {name: fields[name] for name in partial} == partial


@pytest.mark.parametrize("vector", [case for case in cases("ok") if case.values[0]["id"] not in NOT_CANONICAL])
def test_sound_pdus_encode_to_themselves(vector):
    assert decode(vector).encode() == from_hex(vector["pdu"])


@pytest.mark.parametrize("vector", [case for case in cases("ok") if case.values[0]["id"] in NOT_CANONICAL])
def test_exceptions_from_that_are_still_exceptions(vector):
    """And what they are encoded as reads the same."""
    value = decode(vector)
    octets = value.encode()
    assert octets != from_hex(vector["pdu"])
    assert DECODERS[vector["direction"]](octets) == value


SETS = json.loads((VECTORS / "concat-sets.json").read_text())["sets"]
BY_ID = {vector["id"]: vector for group in GROUPS for vector in load(group)}


@pytest.mark.parametrize("parts", SETS, ids=[one["id"] for one in SETS])
def test_parts_join_to_the_whole(parts):
    values = [decode(BY_ID[name]) for name in parts["parts"]]
    user_data: list[UserData] = [value.user_data for value in values]
    key = parts["key"]
    for number, value in enumerate(values, start=1):
        address = value.destination if isinstance(value, Submit) else value.originating_address
        assert address.value == key["number"]
        assert value.user_data.header.concatenation == Concatenation(key["bits"], key["ref"], key["total"], number)
    if "expect_text" in parts:
        assert join_text(user_data) == parts["expect_text"]
    if "expect_data_hex" in parts:
        assert join_octets(user_data).hex().upper() == parts["expect_data_hex"]


def test_every_exception_is_a_vector_that_is_sound():
    assert {name for name in (*NOT_CANONICAL, *TRIMMED) if BY_ID[name]["outcome"] != "ok"} == set()
