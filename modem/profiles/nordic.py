"""Nordic nRF91: no storage to receive into, everything is handed over. Seen: nRF9160."""

from dataclasses import replace

from modem.profiles.extending import routings
from modem.profiles.generic import GENERIC

NORDIC = replace(
    GENERIC,
    name="nordic",
    recognised_by=(r"\bnordic semiconductor\b", r"\bnRF91"),
    routing_modes=(3, 2, 1, 0),  # the only one it knows (nordic-nrf9160: cnmi-read)
    routings=routings((3, 2, 0, 1, 1)),
    direct_needs_acknowledgement=True,  # each +CMT and +CDS, or routing is switched off (nRF91 AT reference)
    reset=None,  # AT+CFUN has no <rst> there
    cms_family="nordic",
)
