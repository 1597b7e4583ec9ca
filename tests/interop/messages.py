"""Random messages for two codecs at once, as strategies of hypothesis."""

import os
from datetime import datetime, timedelta, timezone

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from modem.charset.tables import LOCKING, SINGLE, UNDEFINED
from modem.pdu.address import Address, TypeOfNumber
from modem.pdu.dcs import DataCoding
from modem.pdu.segmentation import segment
from modem.pdu.status import classify
from modem.pdu.tpdu import Deliver, StatusReport, Submit
from modem.pdu.udh import Concatenation
from modem.pdu.validity import AbsoluteValidity, RelativeValidity, Validity

MORE = int(os.environ.get("SIMGATE_EXAMPLES", "0"))
EXAMPLES = settings(
    max_examples=MORE or 100, derandomize=not MORE, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
"""For all comparisons. The same examples each time, as what they may find is mostly the others' faults;
``SIMGATE_EXAMPLES=1000`` takes so many new ones. How long a busy machine takes for one says nothing of a codec.
"""

EXTENSION = "".join(character for character in SINGLE[0] if character != UNDEFINED)
DEFAULT = LOCKING[0].replace("\x1b", "")
BYTE_ORDER_MARKS = "\ufeff\ufffe"
"""TS 23.038 §6.2.3 knows none, so others show them. We heed the one that some gateways send in front of a text."""
EMOJI = "😀👍🏽🇬🇧👨‍👩‍👧🧡"


def texts(characters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Short ones, and pieces repeated to several parts."""
    short = st.text(characters, max_size=160)
    return short | st.builds(lambda piece, times: (piece * times)[:600], short, st.integers(2, 200))


def texts_of_ucs2(without: str = "", highest: int = 0x10FFFF) -> st.SearchStrategy[str]:
    """Any texts, those too that the default tables can write."""
    characters = st.characters(
        exclude_categories=["Cs"], exclude_characters=BYTE_ORDER_MARKS + without, max_codepoint=highest
    )
    return texts(characters | st.sampled_from(EMOJI) if highest > 0xFFFF else characters)


GSM7 = texts(st.sampled_from(DEFAULT) | st.sampled_from(EXTENSION))
UCS2 = texts_of_ucs2()
"""Texts of the default tables, and any texts."""

DIGITS = st.text(st.sampled_from("0123456789"), min_size=1, max_size=20)
INTERNATIONAL = DIGITS.map("+{}".format)
NAMES = (
    st.text(st.sampled_from(DEFAULT), min_size=1, max_size=11)
    .filter(lambda name: any(map(str.isalpha, name)))
    # Eight characters of which the last is "@" have the octets and the length of seven, in whole octets: TS 23.040
    # §9.1.2.5 counts useful semi-octets, and 14 of them are both. We read seven, as no name ends in "@".
    .filter(lambda name: len(name) != 8 or not name.endswith("@"))
)

MOMENTS = st.builds(
    lambda seconds, quarters: datetime.fromtimestamp(seconds, timezone(timedelta(minutes=15 * quarters))),
    # From 3 January 2000 to 29 December 2068: TS 23.040 §9.2.3.11 gives two digits and no century. We take 90 to 99 for
    # 19xx, python-gsmmodem 69 to 99, smspdudecoder none.
    st.integers(946_857_600, 3_124_000_000),
    st.integers(-48, 56),
)
REFERENCES = st.tuples(st.just(8), st.integers(0, 255)) | st.tuples(st.just(16), st.integers(0, 65535))
OCTET = st.integers(0, 255)
CLASSES = st.none() | st.integers(0, 3)
RELATIVE = OCTET.map(RelativeValidity)
ABSOLUTE = MOMENTS.map(AbsoluteValidity.at)


def address(text: str) -> Address:
    """As Address.of, for names too that nobody would write."""
    dialled = text.removeprefix("+")
    if dialled and all(character in "0123456789" for character in dialled):
        return Address.of(text)
    return Address(text, TypeOfNumber.ALPHANUMERIC, 0)


@st.composite
def delivers(draw: st.DrawFn, texts: st.SearchStrategy[str], senders: st.SearchStrategy[str]) -> list[Deliver]:
    """The parts of a text from outside."""
    bits, reference = draw(REFERENCES)
    segmentation = segment(draw(texts), reference=reference, reference_bits=bits)
    coding = DataCoding.for_text(segmentation.alphabet, draw(CLASSES))
    sender, moment, centre = draw(senders), draw(MOMENTS), draw(INTERNATIONAL)
    return [
        Deliver(
            originating_address=address(sender),
            user_data=part.user_data,
            data_coding=coding,
            service_centre_timestamp=moment,
            service_centre=Address.of(centre),
            protocol_identifier=draw(OCTET),
            more_messages=draw(st.booleans()),
            status_report_indication=draw(st.booleans()),
            reply_path=draw(st.booleans()),
        )
        for part in segmentation.parts
    ]


@st.composite
def submits(
    draw: st.DrawFn,
    texts: st.SearchStrategy[str],
    validities: st.SearchStrategy[Validity | None],
    references: st.SearchStrategy[tuple[int, int]] = REFERENCES,
) -> list[Submit]:
    """The parts of a text from here."""
    bits, reference = draw(references)
    segmentation = segment(draw(texts), reference=reference, reference_bits=bits)
    destination, validity, coding = (
        draw(INTERNATIONAL | DIGITS),
        draw(validities),
        DataCoding.for_text(segmentation.alphabet, draw(CLASSES)),
    )
    return [
        Submit(
            destination=Address.of(destination),
            user_data=part.user_data,
            data_coding=coding,
            validity=validity,
            message_reference=draw(OCTET),
            protocol_identifier=draw(OCTET),
            status_report_request=draw(st.booleans()),
            reject_duplicates=draw(st.booleans()),
            reply_path=draw(st.booleans()),
        )
        for part in segmentation.parts
    ]


REPORTS = st.builds(
    StatusReport,
    message_reference=OCTET,
    recipient_address=(INTERNATIONAL | DIGITS).map(address),
    service_centre_timestamp=MOMENTS,
    discharge_time=MOMENTS,
    status=OCTET.map(classify),
    service_centre=INTERNATIONAL.map(Address.of),
    more_messages=st.booleans(),
)


def concatenation(part: Deliver | Submit) -> Concatenation | None:
    header = part.user_data.header
    return None if header is None else header.concatenation
