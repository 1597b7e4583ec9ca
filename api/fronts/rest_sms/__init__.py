"""The ``rest-sms`` front (seed 001; contract rest-sms)."""

from api.fronts.rest_sms.front import RestSmsFront
from gateway.config import Settings
from gateway.services import Gateway

__all__ = ["RestSmsFront", "build"]


def build(gateway: Gateway, settings: Settings) -> RestSmsFront:
    """The front, as its section of the configuration wants it."""
    return RestSmsFront(gateway, settings.rest_sms, settings.http.public_url)
