"""/v1/openapi.json and the page that shows it; the same stand under /docs beside those of the other APIs."""

from aiohttp import web

from api.docs.page import Document, viewer
from api.front import Front
from api.v1.operation import JSON, OpenOperation

TAG = "documentation"


class DocsRoutes:
    """For the front they belong to."""

    def __init__(self, front: Front) -> None:
        self._document = Document(front)

    def operations(self) -> tuple[OpenOperation, ...]:
        """The document, and the page."""
        page = {200: "text/html"}
        return (
            OpenOperation("GET", "/v1/openapi.json", self.openapi, "This document", TAG, {200: JSON}),
            OpenOperation("GET", "/v1/docs", self.page, "This document for people", TAG, page),
        )

    async def openapi(self, request: web.Request) -> web.Response:
        return self._document.response()

    async def page(self, request: web.Request) -> web.Response:
        return viewer("SIMgate", "/v1/openapi.json")
