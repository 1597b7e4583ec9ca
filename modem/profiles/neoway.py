"""Neoway. Seen: M590."""

from dataclasses import replace

from modem.profiles.extending import also
from modem.profiles.generic import GENERIC

NEOWAY = replace(
    GENERIC,
    name="neoway",
    recognised_by=(r"\bneoway\b", r"\bM590"),
    sms_ready=also(
        GENERIC.sms_ready, r"\+PBREADY"
    ),  # M590: the last line of a start (neoway-m590: boot-and-init-exact)
)
