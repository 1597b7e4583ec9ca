"""The ``messaging`` front (contract messaging): ``front`` speaks it, ``sending`` is its ``/messageSend``."""

from api.fronts.messaging.front import MessagingFront
from gateway.config import Settings
from gateway.services import Gateway

__all__ = ["MessagingFront", "build"]


def build(gateway: Gateway, settings: Settings) -> MessagingFront:
    """The front, as its section of the configuration wants it."""
    own = settings.messaging
    return MessagingFront(gateway, {"dlr_unknown": own.dlr_unknown, "send_dlr": own.threecx_send_dlr})
