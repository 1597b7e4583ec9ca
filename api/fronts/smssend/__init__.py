"""The ``smssend`` front."""

from api.fronts.smssend.front import SmsSendFront

__all__ = ["SmsSendFront"]
