"""The ``sendsms`` front (contract sendsms-action): ``front`` speaks it, ``schema`` is what its document says."""

from api.fronts.sendsms.front import PATHS, SendSmsFront

__all__ = ["PATHS", "SendSmsFront"]
