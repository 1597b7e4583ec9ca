"""Inbound parts → whole messages: the joined text of every known set, and where a part belongs."""

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.assembly import (
    APART,
    CLOSED,
    CLOSED_UNSTAMPED,
    GAP,
    PartialSet,
    Piece,
    Verdict,
    encoding_of,
    octets_of,
    place,
    text_of,
)
from modem.pdu.tpdu import decode_deliver, decode_submit

VECTORS = Path(__file__).parents[2] / "vectors"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def load(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text("utf-8"))


SETS = load("concat-sets")["sets"]
FILES = ("concat", "ucs2", "binary-ports-mwi-wap", "national-shift")
PDUS = {case["id"]: case for name in FILES for case in load(name)["vectors"] if case.get("outcome") == "ok"}


def piece_of(case: dict[str, Any]) -> Piece:
    """A part of the vectors as the gateway files it."""
    octets = bytes.fromhex(case["pdu"])
    tpdu = decode_submit(octets) if case["direction"] == "submit" else decode_deliver(octets)
    header = tpdu.user_data.header
    assert header is not None
    assert header.concatenation is not None
    return Piece(
        header.concatenation.sequence,
        tpdu.user_data.alphabet.value,
        tpdu.user_data.content,
        locking=header.locking_shift,
        single=header.single_shift,
    )


@pytest.mark.parametrize("known", SETS, ids=[known["id"] for known in SETS])
def test_the_parts_of_a_known_set_join_whatever_their_order(known):
    pieces = [piece_of(PDUS[part]) for part in known["parts"]]
    for order in list(permutations(pieces))[:6]:
        if "expect_text" in known:
            assert text_of(order, known["key"]["total"]) == known["expect_text"]
        else:
            assert octets_of(order).hex().upper() == known["expect_data_hex"]
            assert encoding_of(order) == "8bit"


def gsm7(sequence: int, text: str = "", at: datetime | None = NOW) -> Piece:
    return Piece(sequence, "gsm7", (text or f"<{sequence}>").encode(), at)


def ucs2(sequence: int, octets: bytes) -> Piece:
    return Piece(sequence, "ucs2", octets, NOW)


def test_gaps_are_marked_once_each_run_of_missing_parts():
    assert text_of([gsm7(2), gsm7(5)], 6) == f"{GAP}<2>{GAP}<5>{GAP}"


def test_alphabets_may_change_from_part_to_part():
    pieces = [gsm7(1, "a"), ucs2(2, "б".encode("utf-16-be")), gsm7(3, "c")]
    assert text_of(pieces, 3) == "aбc"
    assert encoding_of(pieces) == "ucs2"


def test_a_pair_cut_in_two_by_its_sender_is_whole_and_one_whose_half_is_missing_is_replaced():
    whole = "😀".encode("utf-16-be")
    assert text_of([ucs2(1, whole[:2]), ucs2(2, whole[2:])], 2) == "😀"
    assert text_of([ucs2(1, whole[:2])], 2) == f"\ufffd{GAP}"


def test_a_free_number_joins_the_newest_set():
    older, newer = PartialSet(1, (gsm7(1),)), PartialSet(2, (gsm7(1, "other"),))
    assert place(gsm7(2), [newer, older], NOW) == (Verdict.JOINS, newer)


def test_the_same_octets_again_are_a_repetition():
    known = PartialSet(1, (gsm7(1),))
    assert place(gsm7(1, at=NOW + SECOND), [known], NOW) == (Verdict.REPEATS, known)


def test_other_octets_under_a_number_open_a_new_set():
    assert place(gsm7(1, "other"), [PartialSet(1, (gsm7(1),))], NOW) == (Verdict.OPENS, None)


def test_the_other_alphabet_is_not_a_repetition():
    known = PartialSet(1, (gsm7(1, "ab"),))
    assert place(Piece(1, "8bit", b"ab", NOW), [known], NOW)[0] is Verdict.OPENS


def test_parts_stamped_more_than_an_hour_apart_are_two_messages():
    known = PartialSet(1, (gsm7(1),))
    assert place(gsm7(2, at=NOW + APART), [known], NOW)[0] is Verdict.JOINS
    assert place(gsm7(2, at=NOW + APART + SECOND), [known], NOW)[0] is Verdict.OPENS
    assert place(gsm7(2, at=None), [known], NOW)[0] is Verdict.JOINS


def test_a_closed_set_swallows_its_own_parts_for_a_day_and_nothing_else():
    closed = PartialSet(1, (gsm7(1), gsm7(2)), closed_at=NOW)
    assert place(gsm7(1), [closed], NOW + CLOSED)[0] is Verdict.REPEATS
    assert place(gsm7(1), [closed], NOW + CLOSED + SECOND)[0] is Verdict.OPENS
    assert place(gsm7(1, at=NOW + SECOND), [closed], NOW)[0] is Verdict.OPENS


def test_a_closed_set_swallows_what_has_no_stamp_for_ten_minutes():
    closed = PartialSet(1, (gsm7(1, at=None), gsm7(2, at=None)), closed_at=NOW)
    assert place(gsm7(1, at=None), [closed], NOW + CLOSED_UNSTAMPED)[0] is Verdict.REPEATS
    assert place(gsm7(1, at=None), [closed], NOW + CLOSED_UNSTAMPED + SECOND)[0] is Verdict.OPENS


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from("ab"), st.integers(0, 3)), max_size=30))
def test_no_set_ever_holds_two_parts_of_one_number_and_no_part_is_lost(arrivals):
    sets: dict[int, PartialSet] = {}
    for sequence, text, hours in arrivals:
        piece = gsm7(sequence, text, NOW + hours * APART)
        verdict, known = place(piece, reversed(sets.values()), NOW)
        if verdict is Verdict.JOINS:
            assert known is not None
            sets[known.num] = PartialSet(known.num, (*known.pieces, piece))
        elif verdict is Verdict.OPENS:
            sets[len(sets)] = PartialSet(len(sets), (piece,))
        assert any(
            (held.sequence, held.content) == (piece.sequence, piece.content)
            for known in sets.values()
            for held in known.pieces
        )
    for known in sets.values():
        numbers = [piece.sequence for piece in known.pieces]
        assert len(numbers) == len(set(numbers))
