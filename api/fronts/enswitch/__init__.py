"""The ``enswitch`` front (contract enswitch-json): ``messages/text/send``, ``list`` and ``get``.

``front`` speaks the dialect, ``parameters`` and ``files`` read what came in, ``refusal`` tells what is wrong with it,
``schema`` is what the document says.
"""

from api.fronts.enswitch.front import EnswitchFront

__all__ = ["EnswitchFront"]
