"""/v1/openapi.json and the page that shows it: everything from this process, nothing from outside."""

from collections.abc import Mapping, Sequence
from importlib import resources

from aiohttp import web

from api.openapi import Described, document
from api.v1.answer import CONTENT_TYPE, encode
from api.v1.operation import JSON, OpenOperation, Operation
from api.v1.shapes import Problem
from gateway.domain.errors import NotFound
from gateway.metrics import program_version

TAG = "documentation"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SIMgate API</title>
<link rel="stylesheet" href="/v1/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/v1/docs/swagger-ui-bundle.js"></script>
<script src="/v1/docs/initialise.js"></script>
</body>
</html>
"""
ABOUT = """An SMS gateway on your own SIM cards. Send `Authorization: Bearer <key>`; `simgate keys add` makes one.
A 202 says that the message is on disk, not that it was sent. Refusals are problem documents (RFC 9457)."""

_FILES: Mapping[str, str] = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "initialise.js": "text/javascript; charset=utf-8",
}
_POLICY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class DocsRoutes:
    """Built once from the operations it is given, its own included."""

    def __init__(self, operations: Sequence[Operation | OpenOperation]) -> None:
        own = self.operations()
        self.document = document(
            [_described(operation) for operation in (*operations, *own)],
            problem=Problem,
            title="SIMgate",
            version=program_version(),
            description=ABOUT,
        )
        self._octets = encode(self.document).encode()
        self._files = {name: resources.files("api.v1").joinpath("static", name).read_bytes() for name in _FILES}

    def operations(self) -> tuple[OpenOperation, ...]:
        """The document, the page, and the page's three files."""
        page, anything = {200: "text/html"}, {200: "*/*"}
        return (
            OpenOperation("GET", "/v1/openapi.json", self.openapi, "This document", TAG, {200: JSON}),
            OpenOperation("GET", "/v1/docs", self.page, "This document for people", TAG, page),
            OpenOperation("GET", "/v1/docs/{file}", self.file, "What that page needs", TAG, anything),
        )

    async def openapi(self, request: web.Request) -> web.Response:
        return web.Response(body=self._octets, headers={"Content-Type": CONTENT_TYPE})

    async def page(self, request: web.Request) -> web.Response:
        return web.Response(body=PAGE.encode(), headers=_POLICY | {"Content-Type": "text/html; charset=utf-8"})

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        octets = self._files.get(name)
        if octets is None:
            raise NotFound("there is no such file")
        headers = _POLICY | {"Content-Type": _FILES[name], "Cache-Control": "max-age=3600"}
        return web.Response(body=octets, headers=headers)


def _described(operation: Operation | OpenOperation) -> Described:
    if isinstance(operation, Operation):
        return Described(
            operation.method,
            operation.path,
            _name(operation),
            operation.summary,
            operation.tag,
            operation.scope,
            operation.answers,
            operation.body,
            operation.query,
            operation.headers,
        )
    name, answers = _name(operation), operation.media_types
    return Described(
        operation.method, operation.path, name, operation.summary, operation.tag, None, answers, None, None, {}
    )


def _name(operation: Operation | OpenOperation) -> str:
    return f"{operation.tag}_{operation.handler.__name__}"
