"""The makes of modem that differ from the standards in a known way.

To add one: a file with a Profile made of GENERIC by `dataclasses.replace`, differences only and for each of them where
it was seen, and its name in PROFILES. What was seen on which modem is told in docs/modems.md.
"""

from modem.profiles.aithinker import AITHINKER
from modem.profiles.cinterion import CINTERION, SIEMENS
from modem.profiles.fibocom import FIBOCOM, FIBOCOM_FM350
from modem.profiles.generic import GENERIC
from modem.profiles.huawei import HUAWEI, HUAWEI_MODULE
from modem.profiles.neoway import NEOWAY
from modem.profiles.nokia import NOKIA
from modem.profiles.nordic import NORDIC
from modem.profiles.option import OPTION
from modem.profiles.profile import Profile, Routing
from modem.profiles.quectel import QUECTEL, QUECTEL_BG, QUECTEL_EC200A, QUECTEL_M, QUECTEL_M10
from modem.profiles.sierra import SIERRA
from modem.profiles.simcom import SIMCOM, SIMCOM_A76XX, SIMCOM_SIM70XX, SIMCOM_SIM800, SIMCOM_SIM900
from modem.profiles.sony_ericsson import SONY_ERICSSON
from modem.profiles.telit import TELIT
from modem.profiles.ublox import UBLOX, UBLOX_R4
from modem.profiles.usb import by_usb
from modem.profiles.wavecom import WAVECOM
from modem.profiles.zte import ZTE

__all__ = ["GENERIC", "PROFILES", "Profile", "Routing", "profile_named", "recognise"]

PROFILES: tuple[Profile, ...] = (  # the most specific first: what fits first is taken
    HUAWEI_MODULE,
    HUAWEI,
    ZTE,
    SIMCOM_SIM900,
    SIMCOM_SIM800,
    SIMCOM_SIM70XX,
    SIMCOM_A76XX,
    SIMCOM,
    QUECTEL_M10,
    QUECTEL_M,
    QUECTEL_BG,
    QUECTEL_EC200A,
    QUECTEL,
    WAVECOM,  # before SIERRA, which sold its modules on
    SIERRA,
    UBLOX_R4,
    UBLOX,
    SIEMENS,
    CINTERION,  # before TELIT, which owns the name by now
    TELIT,
    OPTION,
    FIBOCOM_FM350,
    FIBOCOM,
    NEOWAY,
    AITHINKER,
    NOKIA,
    SONY_ERICSSON,
    NORDIC,
    GENERIC,
)


def profile_named(name: str) -> Profile:
    """Raises KeyError for a name that no profile has."""
    return {profile.name: profile for profile in PROFILES}[name]


def recognise(*description: str | None, usb_id: str | None = None) -> Profile:
    """The profile of a modem that describes itself so: manufacturer, model, revision; GENERIC if no other fits.

    usb_id: vendor and product of the stick that it is in; asked where the description says nothing.
    """
    text = " ".join(part for part in description if part)
    said = next((profile for profile in PROFILES if profile.recognises(text)), None)
    return said or (by_usb(usb_id) if usb_id else None) or GENERIC
