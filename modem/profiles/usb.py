"""Which profile fits a USB device whose modem does not say who it is: a reseller's name, a wrong answer, none at all.

Sources: ModemManager's plugins (the vendors they look for), Linux drivers/usb/serial/option.c (the products).
"""

from modem.profiles.cinterion import CINTERION
from modem.profiles.fibocom import FIBOCOM
from modem.profiles.huawei import HUAWEI
from modem.profiles.nokia import NOKIA
from modem.profiles.option import OPTION
from modem.profiles.profile import Profile
from modem.profiles.quectel import QUECTEL, QUECTEL_BG, QUECTEL_EC200A
from modem.profiles.sierra import SIERRA
from modem.profiles.simcom import SIMCOM
from modem.profiles.sony_ericsson import SONY_ERICSSON
from modem.profiles.telit import TELIT
from modem.profiles.ublox import UBLOX
from modem.profiles.wavecom import WAVECOM
from modem.profiles.zte import ZTE

VENDORS: dict[str, Profile] = {
    "0421": NOKIA,
    "0af0": OPTION,
    "0fce": SONY_ERICSSON,
    "114f": WAVECOM,
    "1199": SIERRA,
    "12d1": HUAWEI,
    "1546": UBLOX,
    "19d2": ZTE,
    "1bc7": TELIT,
    "1e0e": SIMCOM,  # also the SIM70xx, under the number of the SIM7600
    "1e2d": CINTERION,
    "2c7c": QUECTEL,
    "2cb7": FIBOCOM,
}
PRODUCTS: dict[str, Profile] = {
    "2c7c:0296": QUECTEL_BG,  # BG96
    "2c7c:0700": QUECTEL_BG,  # BG95
    "2c7c:6005": QUECTEL_EC200A,
}


def by_usb(usb_id: str) -> Profile | None:
    """usb_id: vendor and product, such as "12d1:1506"."""
    return PRODUCTS.get(usb_id) or VENDORS.get(usb_id.partition(":")[0])
