"""Quectel: M (2G), UC, EC, EG, EP, EM and RM (Qualcomm), BG (LTE-M), EC200A (ASR).

Seen: M08-R, M26 (M26FBR03A06-TTS), EC25 (EC25EFAR06A10M4G), EG06 (EG06ELAR04A03M4G), EG25-G, EC200A
(EC200AEUHAR01A24M16), BG96, RM520N-GL.
"""

from dataclasses import replace

from modem.profiles.extending import card_identity, first, pin_retries
from modem.profiles.generic import GENERIC

QUECTEL = replace(
    GENERIC,
    name="quectel",
    recognised_by=(r"quectel",),
    before_sim=("AT+QSCLK=0",),  # asleep, it announces messages late
    when_ready=('AT+QINDCFG="smsfull",1',),  # off by default; +QIND: "smsfull" is in GENERIC.storage_full
    card_identity=card_identity("AT+QCCID"),
    signal=("AT+QCSQ", "AT+QNWINFO"),  # SINR; on NR, RM520N-GL tells its signal nowhere else
    pin_retries=pin_retries("AT+QPINC?"),
    acknowledgements=first(("AT+CNMA=1",), GENERIC.acknowledgements),  # EC2x (oFono drivers/atmodem/sms.c)
)

QUECTEL_EC200A = replace(
    QUECTEL,
    name="quectel-ec200a",
    recognised_by=(r"\bEC200A",),
    # EC200AEUHAR01A24M16 counts what lies in ME and neither lists nor reads it (quectel-ec200a: me-store-unreadable).
    storages=("SM",),
)

QUECTEL_BG = replace(
    QUECTEL,
    name="quectel-bg",
    recognised_by=(r"quectel.*\bBG\d\d",),
    # Asleep, it is told of messages only after it has sent something (arduino-libraries/MKRNB#45 for LTE-M at large).
    before_sim=("AT+QSCLK=0", "AT+CPSMS=0", "AT+CEDRXS=0"),
)

QUECTEL_M = replace(
    GENERIC,
    name="quectel-m",
    # M26FBR03A06-TTS: the manufacturer is the reseller, FOXCOM MODEM, and the model Quectel_M26 (quectel-m26).
    recognised_by=(r"quectel(?:.*\b|_)MC?\d\d(?!\d)",),
    before_sim=("AT+QSCLK=0",),
    pin_retries=pin_retries("AT+QTRPIN"),  # serial modems of Quectel (oFono drivers/atmodem/sim.c)
    cms_family="mediatek",  # M66, M95; M26 and M08-R have the same chip
)

QUECTEL_M10 = replace(
    QUECTEL_M,
    name="quectel-m10",
    recognised_by=(r"quectel(?:.*\b|_)M10(?!\d)",),
    cms_family="calypso",  # numbers as on SIM900, unlike every other M
)
