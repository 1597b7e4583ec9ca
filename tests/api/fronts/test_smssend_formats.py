"""The smssend contract's SS-02 to SS-05 and SS-20 to SS-22: formats, casing, and bodies that are meant to hurt."""

import csv
import gzip
import io
import json
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest

from api.formats.jsv import read_jsv, write_jsv
from tests.support.smssend import TO, Reply, post, sms
from tests.support.stage import Stage

FORMATS = ("json", "jsonl", "xml", "csv", "jsv", "html", "other")
CONTENT_TYPES = {
    "json": "application/json; charset=utf-8",
    "jsonl": "text/jsonl",
    "xml": "application/xml; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "jsv": "text/jsv; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "other": "text/jsonl",
}
MEDIA_TYPES = {
    "application/json": "json", "text/json": "json", "text/jsonl": "jsonl", "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl", "application/xml": "xml", "text/xml": "xml", "text/csv": "csv", "text/jsv": "jsv",
    "application/jsv": "jsv", "text/html": "html", "application/xhtml+xml": "html",
}  # fmt: skip
MODEL = "http://schemas.datacontract.org/2004/07/Eros.Subtle.Dvaravartman.Common.Model"
VENDOR_XML = (
    f'<SMSSend xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="{MODEL}.ServiceModel">'
    "<CreateCommunicationReferencesImmediately>true</CreateCommunicationReferencesImmediately>"
    f'<SMSModel xmlns:d2p1="{MODEL}">'
    '<LicenseeId xmlns="http://schemas.datacontract.org/2004/07/Eros.Saguna.Common.Library.ServiceModels">'
    "00000000-0000-0000-0000-000000000000</LicenseeId>"
    "<d2p1:From><d2p1:ContactId>00000000-0000-0000-0000-000000000000</d2p1:ContactId>"
    "<d2p1:Name>String</d2p1:Name><d2p1:PhoneNumber>00000</d2p1:PhoneNumber></d2p1:From>"
    '<d2p1:LinkedObjectId>00000000-0000-0000-0000-000000000000</d2p1:LinkedObjectId><d2p1:Notes i:nil="true" />'
    "<d2p1:MessageBody>%s</d2p1:MessageBody><d2p1:ReplyIsAllowed>false</d2p1:ReplyIsAllowed>"
    "<d2p1:To><d2p1:SMSContact><d2p1:PhoneNumber>+10000000001</d2p1:PhoneNumber></d2p1:SMSContact></d2p1:To>"
    "</SMSModel></SMSSend>"
)
PLAIN_XML = (
    "<smssend><smsmodel><MESSAGEBODY>%s</MESSAGEBODY><to><smscontact><phonenumber>+10000000001</phonenumber>"
    "</smscontact><smscontact><phonenumber>+10000000002</phonenumber></smscontact></to></smsmodel></smssend>"
)
FORM = "application/x-www-form-urlencoded"
TEXT = 'héllo €😀 "{,}" <script>\nline & more; x=1'


async def send(stage: Stage, body: object, path: str = "/api/send", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await post(stage.http, body, path, stage.bearer | named)


def told(reply: Reply, written: str) -> dict[str, Any]:
    """The CommResponse of an answer in any format."""
    assert (reply.status, reply.headers["Content-Type"]) == (200, CONTENT_TYPES[written]), reply.text
    match written:
        case "json" | "jsonl" | "other":
            return dict(reply.json)
        case "jsv":
            read = read_jsv(reply.text)
            assert isinstance(read, dict)
            return read
        case "csv":
            assert reply.headers["Content-Disposition"] == "attachment;filename=SMSSend.csv"
            return next(csv.DictReader(io.StringIO(reply.text)))
        case "xml":
            root = ET.fromstring(reply.text)
            assert root.tag == f"{{{MODEL}}}CommResponse"
            return {child.tag.removeprefix(f"{{{MODEL}}}"): child.text for child in root}
        case _:
            root = ET.fromstring(reply.text[reply.text.index("<table>") : reply.text.index("</body>")])
            return {row[0].text or "": row[1].text for row in root}


async def test_ss_02_each_format_by_accept_by_suffix_and_by_query(stage: Stage) -> None:
    replies = [(await send(stage, sms(), Accept=accept), written) for accept, written in MEDIA_TYPES.items()]
    for written in FORMATS:
        replies.append((await send(stage, sms(), f"/api/sendmessage.{written.upper()}", Accept="image/png"), written))
        replies.append((await send(stage, sms(), f"/api/sms/send?format={written.title()}"), written))
        replies.append((await send(stage, sms(), f"/{written}/reply/SMSSend"), written))
        replies.append((await send(stage, sms(), f"/api/{written}/reply/SMSSend"), written))
    for reply, written in replies:
        one = told(reply, written)
        assert list(one) == ["CommId", "Message", "Reference", "Status"] if written == "xml" else list(one)
        assert (str(one["Status"]).lower(), one["Message"]) == ("true", "Queued 1 message.")
        assert len(one["CommId"]) == (36 if written == "xml" else 32)
    await stage.submitted(len(replies))


async def test_ss_02_the_first_that_says_so_decides(stage: Stage) -> None:
    async def written(path: str = "/api/send", body: object = None, **headers: str) -> str:
        reply = await send(stage, body or sms(), path, **headers)
        assert reply.status == 200
        return reply.headers["Content-Type"].partition(";")[0].partition("/")[2]

    assert await written("/xml/reply/SMSSend.csv?format=jsv", Accept="application/json") == "jsv"
    assert await written("/xml/reply/SMSSend.csv", Accept="application/json") == "csv"
    assert await written("/xml/reply/SMSSend", Accept="application/json") == "xml"
    assert await written(Accept="text/csv;q=0.5, application/xml;q=0.9, image/png") == "xml"
    assert await written(Accept="text/csv;q=0, */*;q=0.1") == "json"
    assert await written(Accept="text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8") == "html"
    assert await written(Accept="image/png, application/pdf") == "json"
    assert await written(Accept="text/*") == "json"
    assert await written(Accept="text/csv;q=x") == "json"
    assert await written(Accept="*/*", Content_Type="text/jsonl") == "jsonl"
    assert await written(Accept="application/*", Content_Type="text/csv", body=json.dumps(sms())) == "json"
    assert await written(Accept="image/png", Content_Type="text/jsonl") == "json"
    for path in ("/api/send?format=yaml", "/api/send.yaml", "/api/send.yaml?format="):
        assert (await send(stage, sms(), path, Accept="application/xml")).failure[:2] == (400, "ArgumentException")
    assert (await send(stage, sms(), "/yaml/reply/SMSSend")).status == 404
    await stage.submitted(12)


async def test_ss_03_other_is_jsonl(stage: Stage) -> None:
    for path in ("/api/sendmessage.other", "/api/sendmessage?format=other", "/other/reply/SMSSend"):
        reply = await send(stage, sms(), path)
        assert (reply.headers["Content-Type"], reply.text[-2:]) == ("text/jsonl", "}\n")
        many = await send(stage, [sms(), sms()], path)
        assert [json.loads(line)["Status"] for line in many.text.splitlines()] == [True, True]
    await stage.submitted(9)


def requests(text: str) -> dict[str, list[tuple[str, str | bytes]]]:
    """Content-Type → the same message in bodies of it."""
    body = sms(MessageBody=text)
    model = json.dumps(body["SMSModel"], ensure_ascii=False)
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["SMSModel", "CreateCommunicationReferencesImmediately"])
    writer.writerow([write_jsv(body["SMSModel"]), "False"])
    of_json = io.StringIO()
    csv.writer(of_json).writerows([["smsModel"], [model]])
    multipart = (
        f'--b\r\nContent-Disposition: form-data; name="SMSModel"\r\n\r\n{write_jsv(body["SMSModel"])}\r\n'
        '--b\r\nContent-Disposition: form-data; name="upload"; filename="x"\r\n\r\n'
    ).encode() + b"\xff\x00\r\n--b--\r\n"
    plain = json.dumps(body, ensure_ascii=False)
    return {
        "application/json": [plain, "\ufeff" + json.dumps(body, indent=2)],
        "text/jsonl": [plain + "\n", json.dumps(body, indent=2)],
        "text/xml": [VENDOR_XML % escape(text)],
        "application/jsv": [write_jsv(body)],
        "text/csv; charset=utf-8": [sheet.getvalue(), of_json.getvalue(), plain],
        FORM: [
            urlencode({"SMSModel": model, "CreateCommunicationReferencesImmediately": "on"}),
            urlencode({"smsmodel": write_jsv(body["SMSModel"])}),
        ],
        'multipart/form-data; boundary="b"': [multipart],
        "": [plain],
    }


@pytest.mark.parametrize("text", ["hello", TEXT])
async def test_ss_22_a_request_in_every_format_says_the_same(stage: Stage, text: str) -> None:
    count = 0
    for media_type, bodies in requests(text).items():
        for body in bodies:
            reply = await send(stage, body, Content_Type=media_type)
            assert reply.status == 200, (media_type, reply.text)
            assert "true" in reply.text.lower()
            count += 1
    entries = await stage.submitted(count)
    assert {entry["to"] for entry in entries} == {TO}
    assert {entry["text"] for entry in entries} == {text}


async def test_ss_04_xml_without_namespaces_and_in_any_order(stage: Stage) -> None:
    assert (await send(stage, PLAIN_XML % "hello", Content_Type="application/xml")).status == 200
    many = f"<ArrayOfSMSSend>{PLAIN_XML % 'a'}{PLAIN_XML % 'b'}</ArrayOfSMSSend>"
    reply = await send(stage, many, Content_Type="application/xml")
    assert [child.tag for child in ET.fromstring(reply.text)] == [f"{{{MODEL}}}CommResponse"] * 2
    assert [entry["text"] for entry in await stage.submitted(6)] == ["hello"] * 2 + ["a"] * 2 + ["b"] * 2


async def test_ss_04_a_file_of_rows_is_many_calls(stage: Stage) -> None:
    row = write_jsv(sms()["SMSModel"])
    sheet = io.StringIO()
    csv.writer(sheet).writerows([["SMSModel"], [row], [row]])
    reply = await send(stage, sheet.getvalue(), Content_Type="text/csv")
    assert (len(reply.text.splitlines()), reply.headers["X-AutoBatch-Completed"]) == (3, "2")
    await stage.submitted(2)


async def test_ss_04_booleans_in_every_spelling(stage: Stage) -> None:
    def body(word: str) -> str:
        return (
            f"{{SMSModel:{{To:[{{PhoneNumber:{TO}}}],MessageBody:x}},CreateCommunicationReferencesImmediately:{word}}}"
        )

    for word, expected in {
        "True": "msg", "true": "msg", "1": "msg", "on": "msg", "YES": "msg", "False": "bat", "0": "bat", "off": "bat",
        "no": "bat", "": "bat", '""': "bat",
    }.items():  # fmt: skip
        reply = await send(stage, body(word), Content_Type="text/jsv", Accept="application/json")
        assert reply.json["Reference"][:3] == expected, word
    flagged = sms(flag=True)
    for value in ("True", "on", 1):
        flagged["CreateCommunicationReferencesImmediately"] = value
        assert (await send(stage, flagged)).json["Reference"][:3] == "msg"
    for wrong in ("maybe", "2"):
        reply = await send(stage, body(wrong), Content_Type="text/jsv", Accept="application/json")
        assert reply.errors == {"CreateCommunicationReferencesImmediately": "SerializationException"}
    for value in (2, 1.5, [], {}):
        flagged["CreateCommunicationReferencesImmediately"] = value
        assert (await send(stage, flagged)).failure[1] == "SerializationException"
    await stage.submitted(14)


async def test_ss_05_the_answer_is_cased_as_the_request(stage: Stage) -> None:
    camel = {
        "smsModel": {"to": [{"phoneNumber": TO}], "messageBody": "x"},
        "createCommunicationReferencesImmediately": False,
    }
    pascal_names = ["CommId", "Reference", "Status", "Message"]
    camel_names = ["commId", "reference", "status", "message"]
    assert list((await send(stage, sms())).json) == pascal_names
    assert list((await send(stage, camel)).json) == camel_names
    assert list((await send(stage, [camel])).json[0]) == camel_names
    assert list((await send(stage, json.dumps(camel), Content_Type="text/jsonl")).json) == camel_names
    in_jsv = await send(stage, write_jsv(camel), Content_Type="text/jsv")
    assert in_jsv.text.startswith("{commId:")
    form = await send(stage, "smsModel=" + write_jsv(camel["smsModel"]).replace("+", "%2B"), Content_Type=FORM)
    assert list(form.json) == camel_names
    assert list((await send(stage, camel, "/api/send?jsconfig=EPCN")).json) == pascal_names
    assert list((await send(stage, sms(), "/api/send?jsconfig=eccn")).json) == camel_names
    assert (await send(stage, camel, "/api/send.csv")).text.startswith("CommId,")
    assert "<CommId>" in (await send(stage, camel, "/api/send.xml")).text
    refused = await send(stage, {"smsModel": {}})
    status = refused.json["responseStatus"]
    assert set(status) == {"errorCode", "message", "errors", "meta"}
    assert set(status["errors"][0]) == {"errorCode", "fieldName", "message"}
    assert status["errors"][0]["fieldName"] == "SMSModel.To"
    assert status["meta"]["RequestId"] == refused.headers["X-Request-Id"]
    unauthorized = await post(stage.http, camel, "/api/send")
    assert unauthorized.json["responseStatus"]["errorCode"] == "Unauthorized"
    assert (await post(stage.http, None, "/api/send")).json["ResponseStatus"]["ErrorCode"] == "Unauthorized"
    assert "responseStatus" in (await send(stage, '{"smsModel":')).json
    await stage.submitted(10)


async def test_ss_20_bodies_that_are_meant_to_hurt_are_refused(stage: Stage) -> None:
    bomb = "<!DOCTYPE b [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
    ) + "]><SMSSend><SMSModel>&j;</SMSModel></SMSSend>"  # fmt: skip
    outside = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><SMSSend><SMSModel>&e;</SMSModel></SMSSend>'
    for body in (bomb, outside, "<!DOCTYPE SMSSend><SMSSend/>", "<a>" * 100_000, "<SMSSend>", "\x00"):
        reply = await send(stage, body, Content_Type="application/xml", Accept="application/json")
        assert reply.failure[:2] == (400, "SerializationException")
    deep = '{"SMSModel":' + "[" * 100_000 + "]" * 100_000 + "}"
    texts = ("[" * 33 + "]" * 33, "{", "nonsense", '{"SMSModel":NaN}', '"\\ud800"', "5", '"x"', "true")
    for body in (deep, *texts, b"\xff\xfe{\x00"):
        assert (await send(stage, body)).failure[:2] == (400, "SerializationException"), body[:20]
    jsv = {"Content_Type": "text/jsv", "Accept": "application/json"}
    for body in ("[" * 100_000, "{" * 100_000, "{SMSModel:{To:[", '{A:"'):
        assert (await send(stage, body, **jsv)).failure[:2] == (400, "SerializationException")
    nested = write_jsv({"SMSModel": "[" * 50_000})
    assert (await send(stage, nested, **jsv)).failure[:2] == (400, "SerializationException")
    multipart = "multipart/form-data"
    for media_type in ("text/csv", FORM, f"{multipart}; boundary=b", multipart):
        for body in (b"\xff\x00", b"x", b"--b\r\n\r\nx\r\n--b--", b"a&" * 100_000):
            reply = await send(stage, body, Content_Type=media_type, Accept="application/json")
            assert reply.status == 400, (media_type, body[:9])
    for size in (2 * 1024 * 1024, 1024 * 1024 + 1):
        big = await send(stage, sms(MessageBody="x" * size))
        assert big.failure[:2] == (413, "RequestEntityTooLarge")
    assert (await send(stage, sms(MessageBody="a\0b"))).errors.keys() == {"SMSModel.MessageBody"}
    odd = sms(Notes="\0", From={"Name": "\0"}, To=[{"Name": "\0", "PhoneNumber": TO}])
    assert (await send(stage, odd)).errors.keys() == {"SMSModel.Notes", "SMSModel.From.Name", "SMSModel.To[0].Name"}
    assert await stage.messages() == []


async def test_ss_20_content_types_that_are_not_taken(stage: Stage) -> None:
    for media_type in (
        "text/plain", "text/html", "application/octet-stream", "application/json; charset=utf-16", "image/png",
        "text/csv; charset=latin-1", "x",
    ):  # fmt: skip
        reply = await send(stage, json.dumps(sms()), Content_Type=media_type, Accept="application/json")
        assert reply.failure[:2] == (415, "UnsupportedMediaType"), media_type
    compressed = await send(stage, gzip.compress(json.dumps(sms()).encode()), Content_Encoding="gzip")
    assert compressed.failure[:2] == (415, "UnsupportedMediaType")
    assert (await send(stage, sms(), Content_Type="application/json; charset=US-ASCII")).status == 200
    await stage.submitted(1)


async def test_ss_21_what_is_told_back_in_html_is_escaped(stage: Stage) -> None:
    script = "<script>alert(1)</script>"
    for body in (sms(script), sms(From={"PhoneNumber": script}), sms(MessageBody=script)):
        reply = await send(stage, body, "/api/send.html")
        assert "<script" not in reply.text
        assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
    refused = await send(stage, sms(script), "/api/send.html")
    assert (refused.status, refused.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "&lt;script&gt;" in refused.text
    in_xml = await send(stage, sms(script + "\x01"), "/api/send.xml")
    assert "<script" not in in_xml.text
    ET.fromstring(in_xml.text)
    in_csv = await send(stage, sms(script), "/api/send.csv")
    assert in_csv.text.startswith("ResponseStatus\r\n")
    entries = await stage.submitted(1)
    assert entries[0]["text"] == script
