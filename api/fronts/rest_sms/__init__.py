"""The ``rest-sms`` front (seed 001; contract rest-sms)."""

from api.fronts.rest_sms.front import RestSmsFront

__all__ = ["RestSmsFront"]
