"""/v1/media: files that go with messages (native-v1 §7.1, §8)."""

from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from api.upload import FORM, read_upload
from api.v1.answer import answer
from api.v1.operation import ANYTHING, Operation
from api.v1.shapes import Shape
from api.wire import Text, Wire, parse_query
from gateway.domain.access import Principal
from gateway.domain.event import instant
from gateway.domain.media import Media
from gateway.services import Gateway
from gateway.services.media import MOST_OF_UPLOAD

TAG = "media"


class MediaQuery(Wire):
    """Of an upload. name: what whoever fetches the file sees; a form's own name is the default."""

    name: Text = ""


class UploadForm(BaseModel):
    """A form with one file; what its member is called does not matter."""

    file: bytes


class MediaShape(Shape):
    """A kept file. media_type: as its octets say. url: where the world fetches it, null where nothing is public."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    url: str | None
    created_at: datetime
    expires_at: datetime


class MediaRoutes:
    """Uploads."""

    def __init__(self, gateway: Gateway) -> None:
        self._media = gateway.media

    def operations(self) -> tuple[Operation, ...]:
        """Keeping a file and looking it up; a message takes it as ``media: [{"upload": id}]``."""
        return (
            Operation(
                "POST",
                "/v1/media",
                self.upload,
                "messages:send",
                "Keep a file, for messages to link to",
                TAG,
                {201: MediaShape},
                query=MediaQuery,
                takes={FORM: UploadForm, ANYTHING: None},
                limit=MOST_OF_UPLOAD,
            ),
            Operation("GET", "/v1/media/{id}", self.get, "messages:read", "A kept file", TAG, {200: MediaShape}),
        )

    async def upload(self, request: web.Request, principal: Principal) -> web.Response:
        parse_query(MediaQuery, request)
        with self._media.receiving(by=principal):
            file = await read_upload(request, MOST_OF_UPLOAD)
            media = await self._media.upload(file.name, file.octets, by=principal)
        return answer(self._show(media), 201, {"Location": f"/v1/media/{media.id}"})

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(self._show(await self._media.get(request.match_info["id"], by=principal)))

    def _show(self, media: Media) -> dict[str, Any]:
        return {
            "id": media.id,
            "name": media.name,
            "media_type": media.media_type,
            "size": media.size,
            "sha256": media.sha256,
            "url": self._media.address(media) or None,
            "created_at": instant(media.created_at),
            "expires_at": instant(media.expires_at),
        }
