"""Files are what their octets say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.sniffing import HEAD, UNKNOWN, clean_name, ending, sniff


@pytest.mark.parametrize(
    ("octets", "media_type"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"????\x10\x00\x00\x00WEBP\xff", UNKNOWN),
        (b"\x00\x00\x00\x18ftypheic\x00", "image/heic"),
        (b"\x00\x00\x00\x18ftypisom\x00", "video/mp4"),
        (b"\x00\x00\x00\x18ftyp3gp5\x00", "video/3gpp"),
        (b"#!AMR\n\x3c", "audio/amr"),
        (b"ID3\x03\x00", "audio/mpeg"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04\x14\x00", "application/zip"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", "text/vcard; charset=utf-8"),
        (b"begin:vcalendar\nVERSION:2.0\n", "text/calendar; charset=utf-8"),
        ("héllo\n".encode(), "text/plain; charset=utf-8"),
        (b"<!doctype html><script>alert(1)</script>", "text/plain; charset=utf-8"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", "text/plain; charset=utf-8"),
        (b"\x00\x01\x02\x03", UNKNOWN),
        (b"", UNKNOWN),
        (b"caf\xe9", UNKNOWN),
    ],
)
def test_the_octets_tell_the_type(octets, media_type):
    assert sniff(octets) == media_type


def test_a_character_that_the_look_cuts_in_two_is_still_text():
    assert sniff(b"a" * (HEAD - 1) + "é".encode() * 10).startswith("text/plain")


@given(st.binary(max_size=64))
def test_nothing_a_browser_would_run_is_ever_told(octets):
    told = sniff(octets)
    assert not told.startswith(("text/html", "image/svg", "application/javascript", "text/xml"))
    assert ending(told).startswith(".")


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("holiday.jpg", "holiday.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.png", "x.png"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie x.jpg"),
        ("ex\u202egpj.exe", "exgpj.exe"),
        ('quo"te.png', "quote.png"),
        ("..", "file.png"),
        ("", "file.png"),
        ("x" * 300 + ".png", "x" * 124 + ".png"),
        ("fête 🎉.png", "fête 🎉.png"),
    ],
)
def test_a_name_is_told_back_without_what_could_do_harm(name, clean):
    assert clean_name(name, "image/png") == clean
