"""The ``enswitch`` front (contract enswitch-json): ``messages/text/send``, ``list`` and ``get``.

``front`` speaks the dialect; ``parameters``, ``values`` and ``files`` read what came in, ``refusal`` tells what is
wrong with it, and ``schema`` is what the document says.
"""

from api.fronts.enswitch.front import EnswitchFront
from gateway.config import Settings
from gateway.services import Gateway

__all__ = ["EnswitchFront", "build"]


def build(gateway: Gateway, settings: Settings) -> EnswitchFront:
    """The front, as its section of the configuration wants it."""
    own = settings.enswitch
    return EnswitchFront(gateway, own.prefixes, numeric_codes=own.numeric_codes, double_decode=own.double_decode)
