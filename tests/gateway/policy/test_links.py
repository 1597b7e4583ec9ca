import pytest

from gateway.policy.links import find_links, is_machine, replace_links


def targets(text: str, **options: object) -> list[str]:
    return [link.target for link in find_links(text, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Visit https://www.fakeurl.com/ for more info.", ["https://www.fakeurl.com/"]),
        ("http://a.example/x?y=1&z=2#f and HTTPS://B.example", ["http://a.example/x?y=1&z=2#f", "HTTPS://B.example"]),
        ("see www.example.org/path.", ["http://www.example.org/path"]),
        ('(https://a.example/x), "https://b.example"!', ["https://a.example/x", "https://b.example"]),
        ("https:// and www. and www.x are none", []),
        ("mail me@example.com or x@www.example.com", []),
        ("https://host:99999/ is none", []),
        ("ftp://example.com", []),
        ("example.com/x is left alone", []),
    ],
)
def test_links_are_found_where_a_reader_sees_them(text: str, expected: list[str]) -> None:
    assert targets(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("go to example.com/x now", ["http://example.com/x"]),
        ("example.com.", ["http://example.com"]),
        ("shop.example.co.uk?a=1", ["http://shop.example.co.uk?a=1"]),
        ("version 1.2.3 costs 4.50", []),
        ("report.pdfx is a file", []),
        ("me@example.com", []),
        ("https://a.example/b.com/c", ["https://a.example/b.com/c"]),
    ],
)
def test_bare_domains_count_when_their_ending_is_a_top_level_domain(text: str, expected: list[str]) -> None:
    assert targets(text, bare_domains=True) == expected


def test_links_to_our_own_redirects_are_left_alone() -> None:
    text = "https://sms.example/l/abc https://other.example"
    assert targets(text, own_host="sms.example") == ["https://other.example"]


def test_replacing_keeps_everything_around_the_links() -> None:
    text = "a https://x.example, b https://y.example!"
    found = find_links(text)
    assert replace_links(text, found, ("S1", "S2")) == "a S1, b S2!"


@pytest.mark.parametrize(
    ("agent", "seconds", "codes", "machine"),
    [
        ("Mozilla/5.0 (iPhone)", 60.0, 1, False),
        ("facebookexternalhit/1.1 Facebot Twitterbot/1.0", 60.0, 1, True),
        ("WhatsApp/2.23", 60.0, 1, True),
        ("Mozilla/5.0 (iPhone)", 1.0, 1, True),
        ("Mozilla/5.0 (iPhone)", None, 1, True),
        ("Mozilla/5.0 (iPhone)", 60.0, 5, True),
    ],
)
def test_programs_are_told_from_people(agent: str, seconds: float | None, codes: int, machine: bool) -> None:
    assert is_machine(agent, seconds_since_sent=seconds, codes_from_address=codes) is machine


def test_a_hostile_text_is_searched_in_linear_time() -> None:
    assert targets("a." * 20_000, bare_domains=True) == []
    assert targets("www." * 20_000) in ([], targets("www." * 20_000))
