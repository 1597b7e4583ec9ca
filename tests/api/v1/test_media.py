"""Files: kept once, sniffed, fetched by anybody who knows the address, gone when their days are over."""

import asyncio
import hashlib
import io
from dataclasses import replace

import pytest
from aiohttp import FormData

from gateway.domain.access import AccountSettings, Principal
from gateway.domain.errors import NotFound, QuotaExceeded, Rejected
from gateway.domain.message import MediaRef
from gateway.services import GatewaySettings
from gateway.services import media as media_service
from gateway.store import open_store

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
BASE = "https://sms.example"


@pytest.fixture
def settings():
    return GatewaySettings(rate_per_key=0, public_url=BASE)


async def principal(rig, account="default", **settings):
    stored = await rig.store.put_account(account, replace(AccountSettings(), **settings), rig.clock.now())
    return Principal(stored, "key", frozenset({"messages:send", "messages:read"}))


async def upload(rig, octets=PNG, name="a.png", **more):
    reply = await rig.call("POST", f"/v1/media?name={name}", data=io.BytesIO(octets), **more)
    assert reply.status == 201, reply.body
    return reply.body


def path_of(address):
    assert address.startswith(BASE)
    return address.removeprefix(BASE)


async def fetch(rig, address, method="GET"):
    async with rig.http.request(method, path_of(address)) as response:
        return response.status, response.headers, await response.read()


async def test_an_upload_is_kept_under_its_sniffed_type(rig):
    reply = await rig.call("POST", "/v1/media?name=../x.html", data=PNG, headers={"Content-Type": "text/html"})
    assert reply.status == 201
    assert reply.body["media_type"] == "image/png"
    assert reply.body["name"] == "x.html"
    assert reply.body["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert reply.headers["Location"] == f"/v1/media/{reply.body['id']}"
    assert (await rig.call("GET", reply.headers["Location"])).body == reply.body


async def test_a_form_brings_a_file_with_its_name(rig):
    form = FormData(quote_fields=False)  # as browsers do
    form.add_field("note", "x")
    form.add_field("file", PNG, filename="party 🎉.png", content_type="application/x-odd")
    reply = await rig.call("POST", "/v1/media", data=form)
    assert reply.status == 201
    assert reply.body["name"] == "party 🎉.png"
    assert (await fetch(rig, reply.body["url"]))[2] == PNG


async def test_anybody_with_the_address_fetches_a_file_that_no_browser_runs(rig):
    kept = await upload(rig, b"<!doctype html><script>alert(document.domain)</script>", "x.html")
    status, headers, octets = await fetch(rig, kept["url"])
    assert status == 200
    assert octets.startswith(b"<!doctype")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''x.html"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    picture = await upload(rig)
    assert (await fetch(rig, picture["url"]))[1]["Content-Disposition"].startswith("inline;")
    status, headers, octets = await fetch(rig, picture["url"], "HEAD")
    assert (status, headers["Content-Length"], octets) == (200, str(len(PNG)), b"")


async def test_a_large_file_comes_back_octet_by_octet(rig):
    octets = bytes(range(256)) * 4096 * 4 + b"end"  # 4 MiB and a bit: several chunks
    kept = await upload(rig, octets, "big.bin")
    assert (await fetch(rig, kept["url"]))[2] == octets


async def test_the_limit_of_an_upload_is_exact(rig, monkeypatch):
    most = media_service.MOST_OF_UPLOAD
    assert (await rig.call("POST", "/v1/media", data=io.BytesIO(b"x" * most))).status == 201
    reply = await rig.call("POST", "/v1/media", data=io.BytesIO(b"x" * (most + 1)))
    assert (reply.status, reply.code) == (413, "payload_too_large")
    form = FormData()
    form.add_field("file", io.BytesIO(b"x" * (most + 1)), filename="x")
    reply = await rig.call("POST", "/v1/media", data=form)
    assert (reply.status, reply.code) == (413, "payload_too_large")


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/v1/media", {"data": b""}, 422),
        ("/v1/media?name=a&name=b", {"data": b"x"}, 422),
        ("/v1/media?nmae=a", {"data": b"x"}, 422),
        ("/v1/media?name=%00", {"data": b"x"}, 422),
        ("/v1/media", {"data": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 422),
        ("/v1/media", {"data": b"x", "headers": {"Content-Encoding": "br"}}, 415),
    ],
)
async def test_a_bad_upload_is_refused_and_leaves_nothing(rig, path, more, status):
    reply = await rig.call("POST", path, **more)
    assert reply.status == status
    assert await rig.store.read(lambda tx: tx.rows("SELECT * FROM media_files")) == []


async def test_octets_are_kept_once_for_an_account_and_go_with_the_last_address(rig):
    first, second = await upload(rig), await upload(rig)
    assert first["url"] != second["url"]
    other = await rig.key("other")
    await upload(rig, key=other)
    files = "SELECT account FROM media_files ORDER BY account"
    assert [row["account"] for row in await rig.store.read(lambda tx: tx.rows(files))] == ["default", "other"]
    rig.clock.turn(31 * 86_400)
    await upload(rig)
    assert await rig.store.media.prune(rig.clock.now()) == 3
    assert [row["account"] for row in await rig.store.read(lambda tx: tx.rows(files))] == ["default"]


async def test_a_file_is_gone_when_its_days_are_over(rig):
    kept = await upload(rig)
    rig.clock.turn(30 * 86_400 + 1)
    for _ in range(2):
        assert (await fetch(rig, kept["url"]))[0] == 410
        await rig.store.media.prune(rig.clock.now())
    assert await rig.store.read(lambda tx: tx.rows("SELECT n FROM media_chunks")) == []
    assert (await fetch(rig, BASE + "/m/unknownunknown11"))[0] == 404
    rig.clock.turn(91 * 86_400)
    await rig.store.media.prune(rig.clock.now())
    assert (await fetch(rig, kept["url"]))[0] == 404


async def test_a_file_that_never_came_whole_is_dropped(rig):
    now = rig.clock.now()
    await rig.store.media.begin("default", "ab", 10, 10_000, now)
    await rig.store.media.put_chunk("default", "ab", 0, b"12345")
    assert await rig.store.media.prune(now) == 0
    rig.clock.turn(3601)
    assert await rig.store.media.prune(rig.clock.now()) == 1
    assert await rig.store.read(lambda tx: tx.rows("SELECT n FROM media_chunks")) == []


async def test_an_account_keeps_no_more_than_its_bound(rig, monkeypatch):
    monkeypatch.setattr(media_service, "MOST_OF_ACCOUNT", 10_000)
    await upload(rig, b"1")
    await upload(rig, b"1")
    await upload(rig, b"2")
    reply = await rig.call("POST", "/v1/media", data=b"3")
    assert (reply.status, reply.code) == (403, "quota_exceeded")
    await upload(rig, b"3", key=await rig.key("other"))


async def test_another_accounts_file_is_an_unknown_one(rig):
    kept = await upload(rig)
    other = await rig.key("other")
    foreign = await rig.call("GET", f"/v1/media/{kept['id']}", key=other)
    unknown = await rig.call("GET", "/v1/media/med_nothing", key=other)
    assert foreign.status == unknown.status == 404
    assert foreign.body["detail"] == unknown.body["detail"]
    with pytest.raises(Rejected):
        await rig.gateway.media.links([MediaRef(upload=kept["id"])], by=await principal(rig, "other"))


async def test_links_stand_for_files_in_their_order(rig):
    by = await principal(rig)
    kept = await upload(rig)
    refs = [MediaRef(url="https://a.example/x.png"), MediaRef(upload=kept["id"]), MediaRef(name="n.txt", octets=b"hi")]
    links = await rig.gateway.media.links(refs, by=by)
    assert links[:2] == ("https://a.example/x.png", kept["url"])
    assert (await fetch(rig, links[2]))[2] == b"hi"
    assert await rig.gateway.media.links((), by=by) == ()


async def test_what_came_with_a_refused_draft_is_forgotten_and_uploads_stay(rig):
    by = await principal(rig)
    kept = await upload(rig)
    links = await rig.gateway.media.links([MediaRef(upload=kept["id"]), MediaRef(octets=b"hi")], by=by)
    other = await principal(rig, "other")
    await rig.gateway.media.forget(links, by=other)
    assert (await fetch(rig, links[1]))[0] == 200
    await rig.gateway.media.forget([*links, "https://a.example/"], by=by)
    assert [(await fetch(rig, link))[0] for link in links] == [200, 404]
    assert await rig.store.read(lambda tx: tx.rows("SELECT * FROM media_files WHERE size = 2")) == []


async def test_the_days_of_a_file_count_from_when_its_message_goes_out(rig):
    by = await principal(rig)
    kept = await upload(rig)
    due = rig.clock.now() + media_service.timedelta(days=60)
    links = await rig.gateway.media.links([MediaRef(upload=kept["id"]), MediaRef(octets=b"hi")], by=by, due=due)
    rig.clock.turn(89 * 86_400)
    await rig.store.media.prune(rig.clock.now())
    assert [(await fetch(rig, link))[0] for link in links] == [200, 200]


@pytest.mark.parametrize(
    "ref",
    [
        MediaRef(),
        MediaRef(url="https://a.example/", octets=b"x"),
        MediaRef(url="javascript:alert(1)"),
        MediaRef(url="ftp://a.example/x"),
        MediaRef(url="https://"),
        MediaRef(url="https://a.example/x y"),
        MediaRef(url="https://a.example/\ud800"),
        MediaRef(url="https://[::1"),
        MediaRef(url="https://a.example/" + "x" * 2048),
        MediaRef(upload="med_none"),
        MediaRef(octets=b""),
        MediaRef(octets=b"x" * (1024 * 1024 + 1)),
    ],
)
async def test_what_is_no_file_is_refused(rig, ref):
    with pytest.raises(Rejected):
        await rig.gateway.media.links([ref], by=await principal(rig))


async def test_at_most_ten_files_go_with_a_message(rig):
    ref = MediaRef(url="https://a.example/")
    by = await principal(rig)
    assert len(await rig.gateway.media.links([ref] * 10, by=by)) == 10
    with pytest.raises(Rejected):
        await rig.gateway.media.links([ref] * 11, by=by)


@pytest.mark.parametrize("ref", [MediaRef(url="https://a.example/"), MediaRef(octets=b"x")])
async def test_an_account_whose_policy_is_so_sends_no_files(rig, ref):
    by = await principal(rig, media_policy="reject")
    with pytest.raises(Rejected) as caught:
        await rig.gateway.media.links([ref], by=by)
    assert caught.value.code == "media_unsupported"
    reply = await rig.call("POST", "/v1/media", data=b"x")
    assert (reply.status, reply.code) == (422, "media_unsupported")


class TestNothingPublic:
    @pytest.fixture
    def settings(self):
        return GatewaySettings(rate_per_key=0)

    @pytest.mark.parametrize("policy", ["auto", "link"])
    async def test_there_are_no_files_without_a_public_address(self, rig, policy):
        by = await principal(rig, media_policy=policy)
        with pytest.raises(Rejected) as caught:
            await rig.gateway.media.links([MediaRef(url="https://a.example/")], by=by)
        assert caught.value.code == "media_unsupported"


async def test_a_backup_contains_the_files(rig, tmp_path):
    kept = await upload(rig)
    folder = tmp_path / "copy"
    folder.mkdir()
    await rig.store.backup(folder / "simgate.db")
    copy = await open_store("sqlite", folder, clock=rig.clock)
    try:
        found = await copy.media.by_token(path_of(kept["url"]).removeprefix("/m/"))
        assert await copy.media.chunk(found.account, found.sha256, 0) == PNG
    finally:
        await copy.close()


async def test_a_reader_whose_file_ends_meanwhile_is_let_go(rig):
    kept = await upload(rig, b"0123456789" * 100_000)
    served = await rig.gateway.media.serve(path_of(kept["url"]).removeprefix("/m/"))
    assert len(await anext(served.chunks)) == media_service.CHUNK
    rig.clock.turn(31 * 86_400)
    await rig.store.media.prune(rig.clock.now())
    with pytest.raises(NotFound):
        await anext(served.chunks)


async def test_uploads_of_the_same_octets_at_once_are_all_kept(rig):
    by = await principal(rig)
    kept = await asyncio.gather(*(rig.gateway.media.upload("x", b"y" * 600_000, by=by) for _ in range(4)))
    assert len({media.token for media in kept}) == 4
    for media in kept:
        assert (await fetch(rig, rig.gateway.media.address(media)))[2] == b"y" * 600_000


async def test_the_bound_is_told_as_a_quota(rig, monkeypatch):
    monkeypatch.setattr(media_service, "MOST_OF_ACCOUNT", 1)
    with pytest.raises(QuotaExceeded):
        await rig.gateway.media.links([MediaRef(octets=b"x")], by=await principal(rig))


@pytest.mark.parametrize(
    ("bound", "status", "code"), [("MOST_AT_ONCE", 429, "rate_limited"), ("MOST_AT_ONCE_IN_ALL", 503, "unavailable")]
)
async def test_only_so_many_uploads_are_in_memory_at_once(rig, monkeypatch, bound, status, code):
    monkeypatch.setattr(media_service, bound, 1)
    with rig.gateway.media.receiving(by=await principal(rig)):
        reply = await rig.call("POST", "/v1/media", data=b"x")
        assert (reply.status, reply.code, reply.headers["Retry-After"]) == (status, code, "5")
        other = await rig.call("POST", "/v1/media", data=b"x", key=await rig.key("other"))
        assert other.status == (201 if bound == "MOST_AT_ONCE" else 503)
    await upload(rig)
