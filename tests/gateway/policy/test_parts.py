"""native-v1 §1.3: what a text becomes on the air."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import Rejected
from gateway.policy.parts import lookalikes, masked, plan
from modem.pdu.dcs import Alphabet
from modem.pdu.user_data import UserData


def arrived(planned):
    """The text as a receiver joins it from the parts' octets."""
    alphabet = Alphabet(planned.encoding)
    whole = [UserData.decode(p.udl, p.user_data, udhi=p.header, alphabet=alphabet) for p in planned.parts]
    return "".join(part.text for part in whole)


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("a" * 160, "gsm7", 1),
        ("a" * 161, "gsm7", 2),
        ("a" * 306, "gsm7", 2),
        ("a" * 307, "gsm7", 3),
        ("€" * 80, "gsm7", 1),
        ("ж" * 70, "ucs2", 1),
        ("ж" * 71, "ucs2", 2),
        ("😀" * 35, "ucs2", 1),
        ("tab\tis in UCS-2 only", "ucs2", 1),
    ],
)
def test_the_cheapest_alphabet_and_the_fewest_parts(text, encoding, parts):
    planned = plan(text)
    assert (planned.encoding, len(planned.parts)) == (encoding, parts)
    assert arrived(planned) == text


def test_only_parts_of_a_longer_text_carry_a_header_with_the_reference():
    assert not plan("short").parts[0].header
    planned = plan("a" * 200, reference=0x5A)
    assert [part.user_data[:6].hex() for part in planned.parts] == ["0500035a0201", "0500035a0202"]
    assert all(part.header for part in planned.parts)


@pytest.mark.parametrize(
    ("text", "flash", "octet"), [("hi", False, 0x00), ("hi", True, 0x10), ("ж", False, 0x08), ("ж", True, 0x18)]
)
def test_a_flash_message_is_class_zero(text, flash, octet):
    assert plan(text, flash=flash).parts[0].data_coding == octet


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("", {}, "body_empty"),
        ("\u200b", {"transliterate": True}, "body_empty"),
        ("a\0b", {}, "invalid_request"),
        ("a\ud800b", {}, "invalid_request"),
        ("жuk", {"encoding": "gsm7"}, "invalid_request"),
        ("a\x07b", {"encoding": "gsm7"}, "invalid_request"),
        ("a" * 161, {"max_segments": 1}, "body_too_long"),
        ("a" * (153 * 10 + 1), {}, "body_too_long"),
        ("ж" * 20_000, {"max_segments": 255}, "body_too_long"),
        ("a" * 1_000_000, {"max_segments": 255}, "body_too_long"),
    ],
)
def test_what_cannot_be_sent_is_refused(text, options, code):
    with pytest.raises(Rejected) as refusal:
        plan(text, **options)
    assert refusal.value.code == code


def test_line_ends_become_one_character():
    assert plan("a\r\nb").text == "a\nb"


def test_typography_becomes_gsm_only_when_asked_for():
    text = "“Don’t” – it’s\u00a0fine…"
    assert plan(text).encoding == "ucs2"
    planned = plan(text, transliterate=True)
    assert (planned.encoding, planned.text) == ("gsm7", "\"Don't\" - it's fine...")


def test_lookalikes_leave_letters_alone():
    assert lookalikes("Žluťoučký kůň, ñandú, 日本") == "Žluťoučký kůň, ñandú, 日本"


@pytest.mark.parametrize(
    ("mask", "policy", "text", "kept"),
    [
        (None, "reject", "hi", None),
        ("Dunder Mifflin", "ignore", "hi", "Dunder Miff"),
        ("Dunder Mifflin", "prefix", "Dunder Miff: hi", "Dunder Miff"),
    ],
)
def test_a_sender_mask_is_cut_and_follows_the_policy(mask, policy, text, kept):
    assert masked("hi", mask, policy) == (text, kept)


@pytest.mark.parametrize(
    ("mask", "policy"), [("Acme", "reject"), ("12345", "ignore"), ("Ünï", "ignore"), ("", "ignore")]
)
def test_a_mask_that_is_none_is_refused(mask, policy):
    with pytest.raises(Rejected) as refusal:
        masked("hi", mask, policy)
    assert refusal.value.code == "mask_invalid"


@given(st.text(max_size=400))
def test_a_plan_carries_the_whole_text_or_is_refused(text):
    sendable = text and not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)
    if not sendable:
        with pytest.raises(Rejected):
            plan(text, max_segments=255)
        return
    planned = plan(text, max_segments=255)
    assert arrived(planned) == planned.text == text.replace("\r\n", "\n")
    assert "".join(part.text for part in planned.parts) == planned.text
