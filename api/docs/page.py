"""The pages that show an API to people, and the document behind them: everything from this process."""

import json
import re
from collections.abc import Mapping
from functools import cache, cached_property
from html import escape
from importlib import resources

from aiohttp import web

from api.description import About
from api.front import Front
from api.openapi import document
from gateway.metrics import program_version

POLICY: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
FILES: Mapping[str, str] = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "initialise.js": "text/javascript; charset=utf-8",
}
"""What a page may load: name → media type."""

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
"""
_VIEWER = (
    _HEAD
    + """<link rel="stylesheet" href="/docs/static/swagger-ui.css">
</head>
<body>
<div id="swagger-ui" data-document="{url}"></div>
<script src="/docs/static/swagger-ui-bundle.js"></script>
<script src="/docs/static/initialise.js"></script>
</body>
</html>
"""
)
_INDEX = (
    _HEAD
    + """<style>body {{ font: 16px/1.5 sans-serif; max-width: 44em; margin: 2em auto; padding: 0 1em }}
dt {{ margin-top: 1em; font-weight: bold }} code {{ background: #eee; padding: 0 .2em }}</style>
</head>
<body>
<h1>{title}</h1>
<p>One gateway, spoken to in several languages. Every message goes through the same queue and the same SIM cards.</p>
<dl>
{entries}
</dl>
</body>
</html>
"""
)
_CODE = re.compile(r"`([^`]+)`")
_ENTRY = """<dt><a href="/docs/{name}">{title}</a> (<a href="/docs/{name}/openapi.json">OpenAPI</a>)</dt>
<dd>{description}</dd>"""


def viewer(title: str, url: str) -> web.Response:
    """A page that shows the document at url."""
    return _html(_VIEWER.format(title=escape(title), url=escape(url)))


def index(fronts: Mapping[str, About]) -> web.Response:
    """A page that leads to every document. fronts: by name."""
    entries = "\n".join(
        _ENTRY.format(name=escape(name), title=escape(about.title), description=_coded(about.description))
        for name, about in fronts.items()
    )
    return _html(_INDEX.format(title="SIMgate: the APIs", entries=entries))


def _coded(text: str) -> str:
    """Markdown's one sign that descriptions use, for a page that is not Swagger UI's."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


class Document:
    """A front's document, made of its routes once somebody wants it."""

    def __init__(self, front: Front) -> None:
        self._front = front

    @cached_property
    def octets(self) -> bytes:
        return json.dumps(document(self._front, version=program_version()), separators=(",", ":")).encode()

    def response(self) -> web.Response:
        return web.Response(body=self.octets, headers={"Content-Type": "application/json; charset=utf-8"})


def static_file(name: str) -> web.Response | None:
    """One of FILES, which a page loads; None for any other name."""
    if name not in FILES:
        return None
    headers = {**POLICY, "Content-Type": FILES[name], "Cache-Control": "max-age=3600"}
    return web.Response(body=_octets(name), headers=headers)


@cache
def _octets(name: str) -> bytes:
    return resources.files("api.docs").joinpath("static", name).read_bytes()


def _html(text: str) -> web.Response:
    return web.Response(body=text.encode(), headers={**POLICY, "Content-Type": "text/html; charset=utf-8"})
