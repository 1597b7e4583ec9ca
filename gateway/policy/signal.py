"""What the strength of a signal is worth, and what people call the technology it comes by."""

_GENERATIONS = {"gsm": "2G", "umts": "3G", "lte": "4G", "nb-iot": "4G", "nr": "5G"}
_RSSI = (-113, -51)  # dBm: the ends of the scale of AT+CSQ (TS 27.007 §8.5)
_RSRP = (-120, -80)  # dBm: from hardly usable to as good as it gets


def generation(technology: str | None) -> str | None:
    """ "2G" to "5G" for a radio technology as the driver names it."""
    return None if technology is None else _GENERATIONS.get(technology)


def quality(rssi: int | None, rsrp: int | None) -> float | None:
    """0 to 1. RSRP counts where there is one: on LTE, RSSI is mostly a guess of the firmware."""
    if rsrp is not None:
        return _between(rsrp, *_RSRP)
    return None if rssi is None else _between(rssi, *_RSSI)


def _between(value: int, low: int, high: int) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)
