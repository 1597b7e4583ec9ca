"""The ``messaging`` front (contract messaging): ``front`` speaks it, ``sending`` is its ``/messageSend``."""

from api.fronts.messaging.front import MessagingFront

__all__ = ["MessagingFront"]
