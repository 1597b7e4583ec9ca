"""The ``sendsms`` front (contract sendsms-action): ``front`` speaks it, ``schema`` is what its document says."""

from api.fronts.sendsms.front import PATHS, SendSmsFront
from gateway.config import Settings
from gateway.services import Gateway

__all__ = ["PATHS", "SendSmsFront", "build"]


def build(gateway: Gateway, settings: Settings) -> SendSmsFront:
    """The front, as its section of the configuration wants it."""
    return SendSmsFront(gateway, settings.sendsms.paths, http_errors=settings.sendsms.http_errors)
