"""ZTE: the MF sticks and routers, and the K3565-Z of Vodafone.

Seen: K3565-Z (BD_P673A2V1.0.0B09), MF180, MF286D, MF626, MF627 (BD_3GHAP673A4V1.0.0B02), MF710M
(BD_VOCMF710MV1.0.0B03).
"""

from dataclasses import replace

from modem.profiles.extending import card_identity, pin_retries, routings
from modem.profiles.generic import GENERIC

ZTE = replace(
    GENERIC,
    name="zte",
    recognised_by=(r"\bZTE\b",),
    # +ZUSIMR:2 comes without end and crashes the stick unless AT+CPMS? has been asked (ModemManager plugin zte).
    # AT+ZOPRT=5 is "online": K3565-Z answers AT+CFUN? with the list of the test command (zte-k3565-z), so that nobody
    # can see whether the radio was left off (oFono plugins/zte.c switches it on the same way).
    before_sim=("AT+CPMS?", "AT+ZOPRT=5"),
    card_identity=card_identity("AT+ZGETICCID"),
    pin_retries=pin_retries("AT+ZPINPUK=?"),
    # Qualcomm: <mode> 2 is offered and then refused on some (oFono build_cnmi_string).
    routing_modes=(1, 2, 3, 0),
    routings=routings((1, 1, 0, 2, 0), (1, 1, 0, 1, 0)),
    reset=None,  # comes back as a CD-ROM until AT+ZCDRUN=8 has been given to it once
)
