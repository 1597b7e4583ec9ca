"""What differs between makes of modem, as data."""

import re
from dataclasses import dataclass, field

from modem.at.timing import Pacing

Routing = tuple[int, ...]  # <mode>, <mt>, <bm>, <ds>, <bfr> of TS 27.005 §3.4.1; old modems know fewer


@dataclass(frozen=True, slots=True)
class Profile:
    """One make of modem; `modem.profiles.generic` says what each field is for a modem of no known make.

    recognised_by: patterns looked for in "manufacturer model revision", in any case.
    before_sim, when_ready: command lines sent early and last in the bring-up; an error changes nothing.
    card_identity, pin_retries: command lines that may tell the ICCID and the attempts left, asked in this order.
    routing_modes, report_routes, flush_modes: preferred values of <mode>, <ds> and <bfr> of AT+CNMI, best first.
    routings: what is tried where AT+CNMI=? says nothing or its values are refused.
    storages: those to receive into, preferred among equals; the others are only read.
    acknowledgements, refusals: forms of AT+CNMA, tried in this order.
    direct_needs_acknowledgement: +CMT and +CDS must be acknowledged even without AT+CSMS=1.
    more_messages: AT+CMMS may be used. reset: reboots the modem; None where it comes back as something else.
    restarts, sms_ready, storage_full, power: patterns of whole unsolicited lines; storage_full has a group, its name.
    signal: command lines that tell what AT+CSQ and AT+CESQ do not; one that is refused is soon asked no more.
    cms_family: key of CMS_VENDOR_NAMES.
    """

    name: str
    recognised_by: tuple[str, ...] = ()
    pacing: Pacing = field(default_factory=Pacing)
    before_sim: tuple[str, ...] = ()
    when_ready: tuple[str, ...] = ()
    card_identity: tuple[str, ...] = ()
    pin_retries: tuple[str, ...] = ()
    routing_modes: tuple[int, ...] = ()
    report_routes: tuple[int, ...] = ()
    flush_modes: tuple[int, ...] = ()
    routings: tuple[Routing, ...] = ()
    storages: tuple[str, ...] = ()
    acknowledgements: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    direct_needs_acknowledgement: bool = False
    more_messages: bool = True
    reset: str | None = None
    restarts: str = ""
    sms_ready: str = ""
    storage_full: str = ""
    power: str = ""
    signal: tuple[str, ...] = ()
    cms_family: str | None = None

    def recognises(self, description: str) -> bool:
        """description: manufacturer, model and revision as the modem writes them."""
        return any(re.search(pattern, description, re.IGNORECASE) for pattern in self.recognised_by)
