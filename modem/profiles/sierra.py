"""Sierra Wireless: the MC and EM cards and AirCard sticks; its WMP modules are Wavecoms.

Seen: MC8775 (APP2), AirCard 875U, MC7304 (SWI9X15C_05.05.67.00), EM7345, AirCard 312U, EM9191.
"""

from dataclasses import replace

from modem.profiles.extending import card_identity
from modem.profiles.generic import GENERIC

SIERRA = replace(
    GENERIC,
    name="sierra",
    # The HL modules have nothing in common with the cards but the name, no AT!RESET either. MC7304 tells what it is in
    # its revision only (sierra-mc7304).
    recognised_by=(r"sierra wireless(?!.*\bHL\d)", r"\baircard\b", r"\bSWI9X\d\d"),
    # AT!ICCID? is the one that all cards know, but adds a twentieth digit that others leave out: the last to be asked,
    # so that a SIM card keeps its name when it is moved.
    card_identity=(*card_identity("AT+ICCID"), "AT!ICCID?"),
    reset="AT!RESET",
)
