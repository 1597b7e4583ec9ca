"""Files in forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.upload import form_file
from gateway.domain.errors import Rejected

TYPE = 'multipart/form-data; boundary="xYz"'


def form(*parts: bytes, end: bytes = b"--") -> bytes:
    return b"".join(b"--xYz\r\n" + part + b"\r\n" for part in parts) + b"--xYz" + end + b"\r\n"


def part(octets: bytes, disposition: str = 'form-data; name="file"; filename="a.bin"') -> bytes:
    return b"Content-Disposition: " + disposition.encode() + b"\r\nContent-Type: text/html\r\n\r\n" + octets


@given(st.binary(max_size=200).filter(lambda octets: b"--xYz" not in octets))
def test_the_octets_of_a_file_come_out_as_they_went_in(octets):
    found = form_file(form(part(b"1", 'form-data; name="other"'), part(octets)), TYPE)
    assert (found.name, found.octets) == ("a.bin", octets)


def test_a_name_may_be_encoded():
    found = form_file(form(part(b"x", "form-data; name=\"f\"; filename*=UTF-8''f%C3%AAte.png")), TYPE)
    assert found.name == "fête.png"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (form(part(b"x")), "multipart/form-data"),
        (form(part(b"x")), "multipart/form-data; boundary=" + "x" * 71),
        (form(part(b"x")), "multipart/form-data; boundary=é"),
        (form(part(b"x")), "multipart/form-data; boundary=other"),
        (form(part(b"x"), end=b""), TYPE),
        (form(part(b"x"))[:-10], TYPE),
        (form(), TYPE),
        (b"", TYPE),
        (form(part(b"x"), part(b"y")), TYPE),
        (form(part(b"x", 'form-data; name="text"')), TYPE),
        (form(b"no head"), TYPE),
        (form(b"X: " + b"y" * 9000 + b"\r\n\r\nx"), TYPE),
        (form(*[part(b"x", 'form-data; name="text"')] * 40), TYPE),
        (b"--xYzTAIL\r\n\r\n\r\n--xYz--\r\n", TYPE),
    ],
)
def test_what_is_no_form_with_one_file_is_refused(body, content_type):
    with pytest.raises(Rejected) as caught:
        form_file(body, content_type)
    assert caught.value.code == "invalid_request"


@given(st.binary(max_size=120), st.text(max_size=40))
def test_no_octets_do_worse_than_being_refused(octets, boundary):
    for content_type in (TYPE, f"multipart/form-data; boundary={boundary}"):
        try:
            form_file(octets, content_type)
        except Rejected:
            continue
