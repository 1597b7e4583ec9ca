"""The driver of one AT modem: probe, bring up, send, read and acknowledge, health.

Start reading at `modem.driver.modem`.
"""

from modem.at.answers import PinState
from modem.at.timing import Timing
from modem.at.ussd import UssdAnswer, UssdStatus
from modem.driver.bringup import Admit
from modem.driver.inspection import Inspection
from modem.driver.modem import Modem
from modem.driver.values import Capabilities, Health, Identity, ModemSettings, PinGuard, Signal, StorageUse

__all__ = [
    "Admit",
    "Capabilities",
    "Health",
    "Identity",
    "Inspection",
    "Modem",
    "ModemSettings",
    "PinGuard",
    "PinState",
    "Signal",
    "StorageUse",
    "Timing",
    "UssdAnswer",
    "UssdStatus",
]
