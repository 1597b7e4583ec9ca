"""SIMCom, one profile for each chip: SIM900 (TI), SIM800 (MediaTek), SIM70xx (LTE-M), A76xx (ASR), the others Qualcomm.

Seen: SIM800 (R14.18), SIM800L, SIM800C, SIM5320A, SIM5360E (V3.5), SIM7000G (R1529), a SIM70xx over USB, SIM7600,
A7670E, A7670G (A011B20A7670M7), A7683E.
"""

from dataclasses import replace

from modem.profiles.extending import also, card_identity, pin_retries, routings
from modem.profiles.generic import GENERIC

SIMCOM = replace(
    GENERIC,
    name="simcom",
    recognised_by=(r"simcom", r"SIM[57]\d{3}"),
    card_identity=card_identity("AT+CICCID"),  # SIM5320 to SIM7600; AT+CCID is of the 2G modules
    pin_retries=pin_retries("AT+SPIC"),
    reset="AT+CRESET",
    signal=("AT+CPSI?",),  # SIM5320 to SIM7600, SIM70xx, A76xx; the 2G modules do not know it
    # SIM7600 (simcom-sim7600: boot-after-power-cut): behind SMS DONE, which may be missing (simcom-a7670).
    sms_ready=also(GENERIC.sms_ready, "PB DONE"),
)

SIMCOM_A76XX = replace(
    SIMCOM,
    name="simcom-a76xx",
    recognised_by=(r"\bA76\d\d",),
    # A7670 receives into ME, whatever AT+CPMS has selected (PavelVe/home-assistant-addons#27).
    storages=("ME",),
)

SIMCOM_SIM70XX = replace(
    SIMCOM,
    name="simcom-sim70xx",
    recognised_by=(r"SIM70\d\d",),
    card_identity=GENERIC.card_identity,  # AT+CCID, as on the 2G modules
    # Asleep, it is told of messages only after it has sent something (arduino-libraries/MKRNB#45 for LTE-M at large).
    before_sim=("AT+CPSMS=0", "AT+CEDRXS=0"),
    reset=GENERIC.reset,
)

SIMCOM_SIM800 = replace(
    GENERIC,
    name="simcom-sim800",
    recognised_by=(r"SIM8\d\d(?!\d)",),  # SIM8200 is 5G
    pin_retries=pin_retries("AT+SPIC"),
    before_sim=("AT+CSCLK=0",),  # asleep, it announces nothing
    routings=routings((2, 1, 0, 1, 0)),  # SIM800 R14.18 has no <ds> 2 (simcom-sim800: cnmi)
    cms_family="mediatek",
)

SIMCOM_SIM900 = replace(
    SIMCOM_SIM800,
    name="simcom-sim900",
    recognised_by=(r"SIM[39]\d\d(?!\d)",),  # SIM300, SIM900, SIM908, SIM968
    cms_family="calypso",
)
