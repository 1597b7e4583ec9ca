import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.charset import gsm7, ucs2
from modem.charset.graphemes import is_boundary
from modem.charset.gsm7 import NotEncodable
from modem.pdu.dcs import Alphabet
from modem.pdu.segmentation import Segmentation, TooManyParts, segment, segment_octets
from modem.pdu.udh import InformationElement, Ports
from modem.pdu.user_data import join_octets, join_text

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "segmentation.json").read_text())
PORTS = {"ports 16-bit": (InformationElement.ports(Ports(2948, 9200, 16)),)}
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
TEXTS = st.text(
    st.sampled_from("aé1 €[]^ığşçŁДक्षिन्\u0301\u200d\ufe0f😀👍🏽🇫🇮") | st.characters(exclude_categories=["Cs"]),
    max_size=400,
) | st.text(st.sampled_from("ab€"), max_size=700)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["label"])
def test_the_published_part_counts(case):
    languages = [case["single_shift"]] if "single_shift" in case else []
    cut = segment(case["text"], languages=languages, locking=False, reference_bits=case["ref_bits"])
    assert (cut.alphabet, len(cut.parts)) == (Alphabet(case["alphabet"]), case["parts"])
    if "fragments" in case:
        assert (cut.locking, cut.single) == (0, 1)
        assert [len(part.text) for part in cut.parts] == case["fragments"]


@pytest.mark.parametrize("row", VECTORS["capacity"], ids=lambda row: row["udh"])
def test_the_published_capacities(row):
    elements = next((PORTS[name] for name in PORTS if name in row["udh"]), ())
    if "shift" in row["udh"] or "single" in row["udh"]:
        elements += tuple(InformationElement(iei, b"\1") for iei in (0x24, 0x25)[: 1 + ("locking" in row["udh"])])
    bits = 16 if "concat 16" in row["udh"] else 8
    whole = "concat" not in row["udh"]
    for alphabet, character in (("gsm7", "x"), ("ucs2", "Д")):
        if row[alphabet] is not None:
            cut = segment(character * (row[alphabet] if whole else 400), reference_bits=bits, elements=elements)
            assert (len(cut.parts) == 1) is whole
            assert (cut.parts[0].units, cut.parts[0].units_left) == (row[alphabet], 0)
    if row["octets"] is not None:
        parts = segment_octets(bytes(row["octets"] if whole else 400), reference_bits=bits, elements=elements)
        assert (len(parts) == 1) is whole
        assert len(parts[0].content) == row["octets"]


@pytest.mark.parametrize("row", VECTORS["limits"], ids=lambda row: f"{row['alphabet']} {row['ref_bits']}")
def test_a_message_has_at_most_255_parts(row):
    character, most = ("x", row["max_septets"]) if row["alphabet"] == "gsm7" else ("Д", row["max_units"])
    cut = segment(character * most, reference_bits=row["ref_bits"])
    assert len(cut.parts) == 255
    with pytest.raises(TooManyParts) as caught:
        segment(character * (most + 1), reference_bits=row["ref_bits"])
    assert caught.value.count == 256


@given(TEXTS, st.lists(st.integers(1, 13), max_size=2), st.sampled_from([8, 16]), st.integers(0, 255))
def test_the_parts_are_the_text(text, languages, bits, reference):
    cut = segment(text, languages=languages, reference=reference, reference_bits=bits)
    assert "".join(part.text for part in cut.parts) == text
    if text[:1] not in ("\ufeff", "\ufffe"):
        assert join_text([part.user_data for part in cut.parts]) == text
    holds_together(cut, reference, bits)
    assert (cut.not_gsm7 != ()) == (cut.alphabet is Alphabet.UCS2)
    assert not set(cut.not_gsm7) & gsm7.widths().keys()


def holds_together(cut: Segmentation, reference: int, bits: int) -> None:
    for number, part in enumerate(cut.parts, start=1):
        header = part.user_data.header
        udl, octets = part.user_data.encode()
        assert part.octets == len(octets) <= 140
        assert udl <= (160 if cut.alphabet is Alphabet.GSM7 else 140)
        assert part.units == part.user_data.units
        assert part.units_left >= 0
        assert part.user_data.alphabet is cut.alphabet
        assert header is None or (header.single_shift, header.locking_shift) == (cut.single, cut.locking)
        found = None if header is None else header.concatenation
        if len(cut.parts) == 1:
            assert found is None
        else:
            assert (found.bits, found.reference, found.total, found.sequence) == (
                bits,
                reference,
                len(cut.parts),
                number,
            )
        alone = ucs2.encode(part.text) if cut.alphabet is Alphabet.UCS2 else None
        assert alone is None or part.user_data.content == alone  # no pair is torn


@given(TEXTS)
def test_no_part_more_than_tearing_clusters_would_take(text):
    cut = segment(text, alphabet=Alphabet.UCS2)
    parts, used, capacity = 1, 0, 70 if ucs2.units(text) <= 70 else 67
    for character in text:
        width = ucs2.units(character)
        parts, used = (parts + 1, width) if used + width > capacity else (parts, used + width)
    assert len(cut.parts) == parts


def edges(cut: Segmentation) -> list[int]:
    places = [0]
    for part in cut.parts:
        places.append(places[-1] + len(part.text))
    return places[1:-1]


@pytest.mark.parametrize(
    "cluster",
    [FAMILY, "\U0001f1eb\U0001f1ee", "e\u0301", "\U0001f44d\U0001f3fd", "\u0915\u094d\u0937\u093f", "\u2764\ufe0f"],
    ids=ascii,
)
def test_what_is_seen_as_one_character_stays_in_one_part(cluster):
    for shift in range(12):
        text = "Д" * (60 + shift) + cluster + "Д" * 20
        cut = segment(text)
        assert len(cut.parts) == 2
        assert all(is_boundary(text, place) for place in edges(cut))


def test_clusters_are_torn_rather_than_paid_for():
    """Two full parts: keeping the letter and its marks whole would need a third one."""
    cluster = "e" + "\u0301" * 10
    text = "Д" * 60 + cluster + "Д" * (134 - 60 - len(cluster))
    assert edges(segment(text)) == [67]
    assert edges(segment(text + "Д")) == [60, 127]


def test_a_cluster_longer_than_a_part_is_torn_between_characters():
    text = "e" + "\u0301" * 200
    assert [part.units for part in segment(text).parts] == [67, 67, 67]


def test_a_long_row_of_flags_is_cut_between_them():
    """Pairs are counted from the last cut that tore none, not from the first flag: the row may be very long."""
    flag = "\U0001f1eb\U0001f1ee"
    assert [len(part.text) for part in segment(flag * 128).parts] == [32] * 8
    torn = edges(segment(flag * 4000))
    assert len(torn) == 242
    assert sum(place % 2 for place in torn) <= 121
    with pytest.raises(TooManyParts):
        segment(flag * 400_000)


def test_only_one_edge_gives_way_when_only_one_can():
    """The room that is left over is spent where it comes first."""
    text = ("Д" * 66 + "\U0001f1eb\U0001f1ee") * 2
    assert all(is_boundary(text, place) for place in edges(segment(text)))


@pytest.mark.parametrize(
    ("text", "languages", "chosen"),
    [
        ("Hello", [1, 2, 3], (Alphabet.GSM7, 0, 0, 1)),
        ("ışık", [], (Alphabet.UCS2, 0, 0, 1)),
        ("ışık", [1], (Alphabet.GSM7, 1, 0, 1)),
        ("canción", [2], (Alphabet.GSM7, 0, 2, 1)),
        ("canción ışık", [2], (Alphabet.UCS2, 0, 0, 1)),
        ("नमस्ते", [6], (Alphabet.GSM7, 6, 0, 1)),
        ("€" * 81, [1], (Alphabet.GSM7, 1, 0, 1)),  # one septet each there, and one part instead of two
        ("€" * 80, [1], (Alphabet.GSM7, 0, 0, 1)),
        ("ış" * 80, [1], (Alphabet.GSM7, 1, 0, 2)),
    ],
)
def test_the_cheapest_tables_are_taken(text, languages, chosen):
    cut = segment(text, languages=languages)
    assert (cut.alphabet, cut.locking, cut.single, len(cut.parts)) == chosen
    assert join_text([part.user_data for part in cut.parts]) == text


def test_what_forced_ucs2_is_named():
    cut = segment("Zażółć gęślą jaźń €")
    assert cut.alphabet is Alphabet.UCS2
    assert "".join(cut.not_gsm7) == "żółćęśąźń"


def test_an_alphabet_may_be_asked_for():
    assert segment("plain", alphabet=Alphabet.UCS2).parts[0].user_data.content == ucs2.encode("plain")
    assert segment("plain", alphabet=Alphabet.UCS2).not_gsm7 == ()
    assert segment("ışık", alphabet=Alphabet.GSM7, languages=[1]).alphabet is Alphabet.GSM7
    with pytest.raises(NotEncodable) as caught:
        segment("smile 😀", alphabet=Alphabet.GSM7)
    assert (caught.value.character, caught.value.index) == ("😀", 6)
    with pytest.raises(NotEncodable) as caught:
        segment("ışŁık", alphabet=Alphabet.GSM7, languages=[1, 2])
    assert (caught.value.character, caught.value.index) == ("Ł", 2)
    with pytest.raises(ValueError, match="octets"):
        segment("Д", alphabet=Alphabet.OCTETS)
    with pytest.raises(ValueError, match="octets"):
        segment("plain", alphabet=Alphabet.OCTETS)


def test_counts_for_the_preview():
    part = segment("1 €").parts[0]
    assert (part.octets, part.units, part.units_left) == (4, 4, 156)
    part = segment("").parts[0]
    assert (part.octets, part.units, part.units_left) == (0, 0, 160)
    assert [(part.units, part.units_left) for part in segment("x" * 152 + "€x").parts] == [(155, 5)]
    assert [(part.units, part.units_left) for part in segment("x" * 152 + "€" + "x" * 9).parts] == [(152, 1), (11, 142)]


def test_surrogates_that_do_not_pair_are_replaced():
    assert segment("a\ud83d").parts[0].text == "a�"
    assert segment("\ud83d\ude00").parts[0].text == "😀"


def test_a_header_that_leaves_no_room_is_refused():
    large = (InformationElement(0x70, bytes(137)),)
    for attempt in (lambda: segment("hello", elements=large), lambda: segment_octets(b"ab", elements=large)):
        with pytest.raises(ValueError, match="room"):
            attempt()


@given(st.binary(max_size=1000), st.sampled_from([(), *PORTS.values()]), st.sampled_from([8, 16]))
def test_octets_join_to_what_was_cut(data, elements, bits):
    parts = segment_octets(data, reference=7, reference_bits=bits, elements=elements)
    assert join_octets(parts) == data
    for number, part in enumerate(parts, start=1):
        assert len(part.encode()[1]) <= 140
        if len(parts) > 1:
            found = part.header.concatenation
            assert (found.bits, found.reference, found.total, found.sequence) == (bits, 7, len(parts), number)
        assert (part.header is None) == (len(parts) == 1 and not elements)


def test_octets_too_have_255_parts_at_most():
    assert len(segment_octets(bytes(255 * 134))) == 255
    with pytest.raises(TooManyParts):
        segment_octets(bytes(255 * 134 + 1))
