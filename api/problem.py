"""Refusals as ``application/problem+json`` (RFC 9457), as /v1 tells them."""

import json
from typing import Any

from aiohttp import web

from api.codes import code_of, retry_after
from gateway.domain.errors import GatewayError

MEDIA_TYPE = "application/problem+json"


def problem(error: GatewayError, request_id: str) -> web.Response:
    """The answer to a refused request. request_id: what it is called in our log."""
    code = code_of(error.code)
    body: dict[str, Any] = {
        "type": f"/errors/{error.code}",
        "title": code.title,
        "status": code.v1,
        "code": error.code,
        "detail": error.detail or code.title,
        "instance": request_id,
    }
    if error.faults:
        body["errors"] = [
            {"field": fault.field, "code": fault.code, "message": fault.message} for fault in error.faults
        ]
    response = web.Response(
        status=code.v1, body=json.dumps(body, separators=(",", ":")).encode(), content_type=MEDIA_TYPE
    )
    if code.v1 == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="simgate"'
    response.headers.update(retry_after(error))
    if error.code == "unsupported_media_type":
        response.headers["Accept"] = "application/json"
    return response
