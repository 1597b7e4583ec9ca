"""/docs: one valid document for every API, made of its own routes, and pages that need nothing from outside."""

import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel

from api.description import BASIC, About, Told, query
from api.front import Endpoint, Front, OpenEndpoint
from api.fronts import build_fronts
from api.openapi import document, openapi_path
from api.v1.front import V1
from gateway.config import Settings

SPOKEN = ("v1", "enswitch", "messaging", "rest-sms", "sendsms", "smssend")


def fronts(rig) -> list[Front]:
    return [V1(rig.gateway, rig.metrics), *build_fronts(rig.gateway, Settings(Path()))]


@pytest.mark.parametrize("name", SPOKEN)
async def test_every_document_is_valid_and_names_every_route_of_its_front(rig, name):
    told = (await rig.call("GET", f"/docs/{name}/openapi.json", key="")).body
    validate(told)
    assert told["openapi"].startswith("3.1")
    operations = [
        (method.upper(), path, operation)
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
    ]
    routes = list(next(front for front in fronts(rig) if front.name == name).routes())
    documented = [route for route in routes if route.told is not None]
    assert {(method, path) for method, path, _ in operations} == {
        (route.method, openapi_path(route.path)) for route in documented
    }
    others = {route.handler for route in routes if route.told is None}
    assert others <= {route.handler for route in documented}  # the same under another path
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(ids) == len(set(ids))


async def test_the_index_lists_every_api_and_each_has_a_page(rig):
    page = await rig.call("GET", "/docs", key="")
    assert page.status == 200
    for name in SPOKEN:
        assert f'href="/docs/{name}"' in page.body
        assert f'href="/docs/{name}/openapi.json"' in page.body
        shown = await rig.call("GET", f"/docs/{name}", key="")
        assert f'data-document="/docs/{name}/openapi.json"' in shown.body
    assert 'href="/docs/public"' not in page.body


async def test_v1_is_also_where_it_always_was(rig):
    told = await rig.call("GET", "/v1/openapi.json", key="")
    assert told.body == (await rig.call("GET", "/docs/v1/openapi.json", key="")).body
    assert 'data-document="/v1/openapi.json"' in (await rig.call("GET", "/v1/docs", key="")).body


@pytest.mark.parametrize("path", ["/v1/docs", "/docs", *(f"/docs/{name}" for name in SPOKEN)])
async def test_a_page_loads_nothing_from_outside_and_runs_no_inline_script(rig, path):
    page = await rig.call("GET", path, key="")
    assert page.status == 200
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    sources = re.findall(r'(?:src|href)="([^"]*)"', page.body)
    assert all(source.startswith("/docs/") for source in sources)
    assert "<script>" not in page.body
    for source in sources:
        assert (await rig.call("GET", source, key="")).status == 200


@pytest.mark.parametrize("name", ["README.md", "..%2Fpage.py", "%2e%2e", "swagger-ui.css%00", "initialise.js/"])
async def test_only_the_pages_own_files_are_served(rig, name):
    assert (await rig.call("GET", f"/docs/static/{name}", key="")).status == 404


@pytest.mark.parametrize("path", ["/docs/nothing", "/docs/public", "/docs/nothing/openapi.json", "/docs/docs"])
async def test_what_is_no_api_has_no_document(rig, path):
    assert (await rig.call("GET", path, key="")).status == 404


async def test_a_wrong_method_is_told_in_the_words_of_the_paths_own_api(rig):
    reply = await rig.call("GET", "/action", key="")
    assert (reply.status, reply.headers["Allow"], reply.body["error-code"]) == (405, "POST", "E100")
    assert (await rig.call("DELETE", "/docs", key="")).code == "method_not_allowed"
    assert (await rig.call("DELETE", "/l/abc", key="")).status == 405


class Ping(BaseModel):
    word: str = ""


class Refusal(BaseModel):
    error: str


class Sample:
    """A front with everything that a document can tell."""

    name = "sample"

    def about(self) -> About:
        logins = {"user": query("user", "who"), "password": query("password", "his word")}
        return About("Sample", "Samples", logins, {"application/json": Refusal, "text/xml": None}, together=True)

    def routes(self) -> list[Endpoint | OpenEndpoint]:
        forms = {"application/json": Ping, "application/x-www-form-urlencoded": Ping, "text/csv": None}
        ping = Told("Ping", {200: forms, 204: None}, body=forms, query=Ping, places={"num": {"type": "integer"}})
        return [
            Endpoint("POST", r"/ping/{num:\d{1,9}}/{rest:.*}", self.ping, told=ping),
            Endpoint("POST", "/ping", self.ping, told=Told("Ping", {200: "text/plain"}, description="Short")),
            Endpoint("POST", "/quiet", self.ping),
            OpenEndpoint("GET", "/open", self.open, told=Told("Open", {200: None})),
        ]

    async def ping(self, request: Any, principal: Any) -> Any: ...

    async def open(self, request: Any) -> Any: ...

    async def authenticate(self, request: Any) -> Any: ...

    def explain(self, error: Any, request: Any) -> Any: ...


def test_a_document_tells_media_types_places_logins_and_refusals():
    told = document(Sample(), version="1")
    validate(told)
    assert told["security"] == [{"user": [], "password": []}]
    assert set(told["paths"]) == {"/ping/{num}/{rest}", "/ping", "/open"}
    ping = told["paths"]["/ping/{num}/{rest}"]["post"]
    assert {one["name"]: one["schema"]["type"] for one in ping["parameters"]} == {
        "num": "integer",
        "rest": "string",
        "word": "string",
    }
    assert ping["requestBody"]["content"]["text/csv"] == {}
    reference = {"schema": {"$ref": "#/components/schemas/Ping"}}
    assert ping["requestBody"]["content"]["application/x-www-form-urlencoded"] == reference
    assert ping["responses"]["204"] == {"description": "Ping"}
    assert ping["responses"]["default"]["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}},
        "text/xml": {},
    }
    assert told["paths"]["/open"]["get"]["security"] == []
    assert [ping["operationId"], told["paths"]["/ping"]["post"]["operationId"]] == ["sample_ping", "sample_ping_2"]


def test_one_of_several_logins_is_enough_unless_it_says_otherwise():
    class Either(Sample):
        def about(self) -> About:
            return About("Sample", "Samples", {"login": BASIC, "key": query("key", "a key")}, Refusal)

    assert document(Either(), version="1")["security"] == [{"login": []}, {"key": []}]
