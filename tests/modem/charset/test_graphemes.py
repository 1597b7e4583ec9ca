import pytest

from modem.charset.graphemes import is_boundary


@pytest.mark.parametrize(
    "cluster",
    [
        "e\u0301",  # combining mark
        "\u2764\ufe0f",  # variation selector
        "\U0001f44d\U0001f3fd",  # skin tone
        "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",  # family
        "\U0001f3f3\ufe0f\u200d\U0001f308",  # flag of a rainbow
        "\U0001f1eb\U0001f1ee",  # regional indicators
        "1\ufe0f\u20e3",  # keycap
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # flag by tags
        "\u1100\u1161\u11a8",  # jamo: leading, vowel, trailing
        "\uac00\u11a8",  # an open syllable and a trailing jamo
        "\u0915\u094d\u0937\u093f",  # Devanagari conjunct and vowel sign
        "\u09a8\u09cd\u09a4\u09cd\u09b0",  # Bengali conjunct of three
        "\u0db1\u0dd2",  # Sinhala vowel sign
        "\u0e01\u0e34",  # Thai vowel above
        "\r\n",
        "\uff76\uff9e",  # half-width katakana with voicing mark
    ],
    ids=ascii,
)
def test_what_is_seen_as_one_character_is_not_torn(cluster):
    text = f"a{cluster}b"
    inside = range(2, 1 + len(cluster))
    assert [place for place in inside if is_boundary(text, place)] == []
    assert is_boundary(text, 1)
    assert is_boundary(text, 1 + len(cluster))


@pytest.mark.parametrize(
    ("text", "boundaries"),
    [
        ("🇫🇮🇸🇪🇳", [2, 4]),
        ("aé🇫🇮", [1, 2]),
        ("👍👍", [1]),
        ("가나", [1]),
        ("कख", [1]),
        ("क् ख", [2, 3]),
        ("\n\r", [1]),
        ("한a", [1]),
    ],
    ids=ascii,
)
def test_between_them_it_may_be_cut(text, boundaries):
    assert [place for place in range(1, len(text)) if is_boundary(text, place)] == boundaries


def test_the_ends_are_boundaries():
    assert is_boundary("", 0)
    assert is_boundary("́", 0)
    assert is_boundary("á", 2)
