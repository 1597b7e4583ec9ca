"""/docs: every API of this gateway, each with its OpenAPI document and a page for people; nothing from outside."""

from collections.abc import Iterable, Sequence

from aiohttp import web

from api.docs.page import Document, index, static_file, viewer
from api.front import REQUEST_ID, Front, OpenEndpoint
from api.problem import problem
from gateway.domain.access import Principal
from gateway.domain.errors import GatewayError, NotFound, NotPermitted


class DocsFront:
    """fronts: those it tells of, in their order; what is no API of its own is left out."""

    name = "docs"

    def __init__(self, fronts: Sequence[Front]) -> None:
        told = {front.name: (front, front.about()) for front in fronts}
        self._about = {name: about for name, (_, about) in told.items() if about is not None}
        self._documents = {name: Document(told[name][0]) for name in self._about}

    def routes(self) -> Iterable[OpenEndpoint]:
        return (
            OpenEndpoint("GET", "/docs", self.list),
            OpenEndpoint("GET", "/docs/{front}", self.page),
            OpenEndpoint("GET", "/docs/{front}/openapi.json", self.openapi),
            OpenEndpoint("GET", "/docs/static/{file}", self.file),
        )

    def about(self) -> None:
        """It has no document of its own."""

    async def authenticate(self, request: web.Request) -> Principal:
        """Nobody logs in here."""
        raise NotPermitted("auth_missing")

    def explain(self, error: GatewayError, request: web.Request) -> web.Response:
        return problem(error, request[REQUEST_ID])

    async def list(self, request: web.Request) -> web.Response:
        """Which APIs there are."""
        return index(self._about)

    async def page(self, request: web.Request) -> web.Response:
        """One API, for people."""
        name = request.match_info["front"]
        if name not in self._about:
            raise NotFound("there is no such API")
        return viewer(self._about[name].title, f"/docs/{name}/openapi.json")

    async def openapi(self, request: web.Request) -> web.Response:
        """One API, for programs."""
        document = self._documents.get(request.match_info["front"])
        if document is None:
            raise NotFound("there is no such API")
        return document.response()

    async def file(self, request: web.Request) -> web.Response:
        """What the pages load."""
        response = static_file(request.match_info["file"])
        if response is None:
            raise NotFound("there is no such file")
        return response
