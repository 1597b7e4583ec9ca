"""The readers and writers of ServiceStack's formats: pure, so they are held to properties."""

import csv
import io
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.formats import DEEPEST, NotReadable
from api.formats.csvtext import read_csv, write_csv
from api.formats.forms import read_form, read_multipart
from api.formats.jsontext import read_json, read_lines, write_json, write_lines
from api.formats.jsv import read_jsv, write_jsv
from api.formats.xmltext import read_xml, write_xml

GUID = UUID("0123456789abcdef0123456789abcdef")
AWKWARD = ["", " ", " x ", "Hi, you", '{,}"', "[]", 'say "hi"', "a\nb", "a\r\nb", "héllo €😀", "null", ":", "\x01\x7f"]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.sampled_from(AWKWARD)
NAME = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
TREES = st.recursive(
    TEXT, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


@given(TREES)
def test_jsv_comes_back_as_it_was_written(tree):
    assert read_jsv(write_jsv(tree)) == tree


@given(TREES)
def test_json_comes_back_as_it_was_written(tree):
    assert read_json(write_json(tree)) == tree


@given(st.lists(st.dictionaries(NAME, TEXT, min_size=1), min_size=2, max_size=4))
def test_lines_come_back_as_they_were_written(values):
    written = write_lines(values)
    assert written.count("\n") == len(values)
    assert read_lines(written) == values


@given(st.lists(st.fixed_dictionaries({"A": TEXT, "B": TEXT}), min_size=1, max_size=3))
def test_csv_comes_back_as_it_was_written(rows):
    told = [{name: cell or None for name, cell in row.items()} for row in rows]
    assert read_csv(write_csv(rows)) == (told if len(told) > 1 else told[0])


XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", include_characters="\t\n\r")
)


@given(st.dictionaries(NAME.filter(lambda name: not name.startswith("ArrayOf")), XML_TEXT, min_size=1, max_size=4))
def test_xml_comes_back_as_it_was_written(tree):
    assert read_xml(write_xml("Root", "urn:x", tree, {})) == tree


@given(st.text())
def test_no_text_makes_a_reader_fail_otherwise_than_by_saying_so(text):
    for read in (read_json, read_lines, read_jsv, read_csv, read_xml, read_form):
        with suppress(NotReadable):
            read(text.encode("utf-8", "replace").decode())


@given(st.binary(), st.text(max_size=4))
def test_no_octets_make_the_multipart_reader_fail_otherwise(octets, boundary):
    with suppress(NotReadable):
        read_multipart(octets, boundary)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (
            '{M:{From:{PhoneNumber:+1555},To:[{PhoneNumber:+1556}],MessageBody:"Hi, you"},Flag:False}',
            {
                "M": {
                    "From": {"PhoneNumber": "+1555"},
                    "To": [{"PhoneNumber": "+1556"}],
                    "MessageBody": "Hi, you",
                },
                "Flag": "False",
            },
        ),
        ("{ A : 1 , B : [ x , y ] }", {"A": "1", "B": ["x", "y"]}),
        ("{A:,B:http://x/y,}", {"A": None, "B": "http://x/y"}),
        ('{"A":"b","C":["d"]}', {"A": "b", "C": ["d"]}),
        ("{}", {}),
        ("[]", []),
        ("plain, text", "plain, text"),
        ("", None),
    ],
)
def test_jsv_as_its_clients_write_it(text, tree):
    assert read_jsv(text) == tree


@pytest.mark.parametrize("text", ["{", "{A", "{A:", "{A:1", "[1", '"x', '{A:"x"y}', "{}x", "[a]]", "{A:{B:1}", "{,}"])
def test_what_is_no_jsv_is_told_so(text):
    with pytest.raises(NotReadable):
        read_jsv(text)


@pytest.mark.parametrize("depth", [DEEPEST, DEEPEST + 1, 100_000])
@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_json, lambda depth: "[" * depth + "]" * depth),
        (read_jsv, lambda depth: "[" * depth + "]" * depth),
        (read_xml, lambda depth: "<a>" * depth + "</a>" * depth),
    ],
)
def test_nesting_ends_at_a_depth(read, text, depth):
    if depth == DEEPEST:
        read(text(depth))
    else:
        with pytest.raises(NotReadable):
            read(text(depth))


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        "<!DOCTYPE x><x/>",
        "<x>&a;</x>",
        "<x>",
        "",
        "<x>\x01</x>",
        "<x/><y/>",
    ],
)
def test_xml_with_a_dtd_or_that_is_not_well_formed_is_none(text):
    with pytest.raises(NotReadable):
        read_xml(text)


def test_xml_is_read_by_local_names():
    text = (
        '<?xml version="1.0" encoding="iso-8859-1"?><!-- x --><S xmlns="urn:a" xmlns:b="urn:b"'
        ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><b:T><b:C>1</b:C><b:C>2</b:C></b:T>'
        '<N i:nil="true"/><E/><D><![CDATA[<é>]]></D></S>'
    )
    assert read_xml(text) == {"T": {"C": ["1", "2"]}, "N": None, "E": "", "D": "<é>"}
    assert read_xml("<ArrayOfS><S><A>1</A></S><S><A>2</A></S></ArrayOfS>") == [{"A": "1"}, {"A": "2"}]


def test_every_writer_knows_guids_booleans_and_what_is_absent():
    value = {"Id": GUID, "Yes": True, "No": False, "Gone": None, "N": 1}
    assert write_json(value) == '{"Id":"0123456789abcdef0123456789abcdef","Yes":true,"No":false,"N":1}'
    assert write_jsv(value) == "{Id:0123456789abcdef0123456789abcdef,Yes:true,No:false,N:1}"
    assert write_csv(value).splitlines() == ["Id,Yes,No,Gone,N", "0123456789abcdef0123456789abcdef,true,false,,1"]
    assert write_xml("R", "urn:r", value, {}).endswith(
        '<Id>01234567-89ab-cdef-0123-456789abcdef</Id><Yes>true</Yes><No>false</No><Gone i:nil="true" /><N>1</N></R>'
    )


def test_csv_has_what_is_no_scalar_as_jsv_in_its_cell():
    (header, cells) = csv.reader(io.StringIO(write_csv({"A": {"B": ["x, y"]}, "C": 'say "hi"\n'})))
    assert (header, cells) == (["A", "C"], ['{B:["x, y"]}', 'say "hi"\n'])


@pytest.mark.parametrize("text", ["", "A,B", "A,B\n", 'A\n"x', "A\n1,2", 'A\n"x"y'])
def test_what_is_no_csv_is_told_so(text):
    with pytest.raises(NotReadable):
        read_csv(text)


def test_lines_may_also_be_one_document_over_many_lines():
    assert read_lines('{\n "A": 1\n}\n') == {"A": 1}
    assert read_lines('{"A":1}\n\n{"A":2}\n') == [{"A": 1}, {"A": 2}]
    with pytest.raises(NotReadable):
        read_lines('{"A":1}\nx\n')


def test_forms_are_read_and_their_files_passed_over():
    assert read_form("a=1&b=%7Bx%3A%C3%A9%7D&c=&a=+2") == {"a": " 2", "b": "{x:é}", "c": ""}
    body = (
        b'preamble\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xc3\xa9 {x}\r\n--b\r\n'
        b'content-disposition: form-data; name="f"; filename="f.bin"\r\nContent-Type: image/png\r\n\r\n\xff\x00--b\r\n'
        b"--b\r\nContent-Disposition: form-data; name=c\r\n\r\n\r\nx\r\n\r\n--b--\r\nepilogue"
    )
    assert read_multipart(body, "b") == {"a": "é {x}", "c": "\r\nx\r\n"}


@pytest.mark.parametrize("text", ["&".join(f"a{n}=1" for n in range(2000)), "a=%ff", "a=%ed%a0%80"])
def test_what_is_no_form_is_told_so(text):
    with pytest.raises(NotReadable):
        read_form(text)
