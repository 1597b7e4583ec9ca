"""The ``native`` format (native-v1 §6.2)."""

from gateway.domain.event import Event, envelope
from gateway.workers.renderers.body import as_json


def native(event: Event) -> bytes:
    """The type, when it happened, and the object as it was then."""
    return as_json(envelope(event))
