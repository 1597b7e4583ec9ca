"""The ``smssend`` front."""

from api.fronts.smssend.front import SmsSendFront
from gateway.config import Settings
from gateway.services import Gateway

__all__ = ["SmsSendFront", "build"]


def build(gateway: Gateway, settings: Settings) -> SmsSendFront:
    """The front, as its section of the configuration wants it."""
    return SmsSendFront(gateway, settings.smssend, settings.http.public_url)
