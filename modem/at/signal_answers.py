"""How well a modem hears the network: +CSQ and +CESQ (TS 27.007 §8.5, §8.69), and what vendors tell beside them.

Codes become the lower end of the range they stand for. Where a vendor's manual and its modems differ, the modems count.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from modem.at.fields import fields, integer


@dataclass(frozen=True, slots=True)
class SignalAnswer:
    """Strengths in dBm, qualities in dB; None is unknown, which is not weak.

    rssi, ber: as the modem counts. dbm: the received strength that rssi means. technology: "gsm", "umts", "lte",
    "nb-iot" or "nr", where the answer says it.
    """

    rssi: int | None = None
    ber: int | None = None
    dbm: int | None = None
    rxlev_dbm: int | None = None
    rscp_dbm: int | None = None
    ecno_db: float | None = None
    rsrq_db: float | None = None
    rsrp_dbm: int | None = None
    sinr_db: float | None = None
    technology: str | None = None


def parse_signal(line: str) -> SignalAnswer | None:
    """Read +CSQ and +CESQ, and the answers to the vendors' commands that a profile's ``signal`` names."""
    prefix, _, _ = line.partition(":")
    if (vendor := _VENDORS.get(prefix)) is not None:
        return vendor(fields(line))
    numbers = [integer(field) for field in fields(line)]
    if prefix == "+CESQ":
        return _extended(numbers)
    if not numbers or numbers[0] is None:
        return None
    return SignalAnswer(rssi=numbers[0], ber=numbers[1] if len(numbers) > 1 else None, dbm=_strength(numbers[0]))


def _strength(rssi: int) -> int | None:
    if 0 <= rssi <= 31:
        return -113 + 2 * rssi
    return -116 + (rssi - 100) if 100 <= rssi < 199 else None  # SIMCom, Quectel: the scale of TD-SCDMA and LTE


def _extended(numbers: Sequence[int | None]) -> SignalAnswer:
    """<rxlev>, <ber>, <rscp>, <ecno>, <rsrq>, <rsrp>, and from release 15 on <ss_rsrq>, <ss_rsrp>, <ss_sinr>."""
    rxlev, _, rscp, ecno, rsrq, rsrp, ss_rsrq, ss_rsrp, ss_sinr = (*numbers, *(None,) * 9)[:9]
    new_radio = ss_rsrp is not None and ss_rsrp < 255
    return SignalAnswer(
        rxlev_dbm=-111 + rxlev if rxlev is not None and rxlev < 99 else None,
        rscp_dbm=_coded(rscp, -121),
        ecno_db=_halves(ecno, -24.5),
        rsrq_db=_halves(ss_rsrq, -43.5) if new_radio else _halves(rsrq, -20.0),
        rsrp_dbm=_coded(ss_rsrp, -157) if new_radio else _coded(rsrp, -141),
        sinr_db=_halves(ss_sinr, -23.5) if new_radio else None,
    )


def _coded(code: int | None, lowest: int) -> int | None:
    return lowest + code if code is not None and code < 255 else None


def _halves(code: int | None, lowest: float) -> float | None:
    return lowest + code / 2 if code is not None and code < 255 else None


def _fifths(code: int | None, lowest: float) -> float | None:
    return round(lowest + code / 5, 1) if code is not None and code < 255 else None


# --- vendors

_TECHNOLOGIES = (  # the beginning of a name -> technology; the first that fits
    ("NR", "nr"),
    ("5G", "nr"),
    ("NB", "nb-iot"),
    ("CAT-NB", "nb-iot"),
    ("LTE NB", "nb-iot"),
    ("LTE", "lte"),
    ("FDD LTE", "lte"),
    ("TDD LTE", "lte"),
    ("EMTC", "lte"),
    ("CAT-M", "lte"),
    ("WCDMA", "umts"),
    ("UMTS", "umts"),
    ("HS", "umts"),
    ("TD", "umts"),
    ("GSM", "gsm"),
    ("GPRS", "gsm"),
    ("EDGE", "gsm"),
)


def _technology(name: str) -> str | None:
    return next((known for start, known in _TECHNOLOGIES if name.upper().startswith(start)), None)


def _signed(values: Sequence[str], place: int) -> int | None:
    """A whole number that may be negative, or None."""
    if place >= len(values):
        return None
    text = values[place]
    number = integer(text.removeprefix("-"))
    return -number if number is not None and text.startswith("-") else number


def _hcsq(values: Sequence[str]) -> SignalAnswer:
    """Huawei ^HCSQ (AT manual of the ME909s): the codes begin one step below the lowest strength."""
    technology = _technology(values[0])
    codes = [integer(value) for value in values[1:]] + [None] * 4
    if technology == "lte":
        return SignalAnswer(
            dbm=_coded(codes[0], -121),
            rsrp_dbm=_coded(codes[1], -141),
            sinr_db=_fifths(codes[2], -20.2),
            rsrq_db=_halves(codes[3], -20.0),
            technology=technology,
        )
    if technology == "umts":
        dbm, rscp, ecno = _coded(codes[0], -121), _coded(codes[1], -121), _halves(codes[2], -32.5)
        return SignalAnswer(dbm=dbm, rscp_dbm=rscp, ecno_db=ecno, technology=technology)
    return SignalAnswer(dbm=_coded(codes[0], -121) if technology == "gsm" else None, technology=technology)


def _sysinfoex(values: Sequence[str]) -> SignalAnswer:
    """Huawei ^SYSINFOEX: service, domain, roaming, SIM, lock, <sysmode>, its name, <submode>, its name."""
    return SignalAnswer(technology=_technology(values[6]) if len(values) > 6 else None)


def _qcsq(values: Sequence[str]) -> SignalAnswer:
    """Quectel +QCSQ: dBm and dB as they are, the SINR of LTE in fifths of a dB above -20.

    RM520N-GL leaves <rssi> out on NR, and tells the SINR there in dB.
    """
    technology = _technology(values[0])
    if technology == "nr":
        rsrp, sinr, rsrq = (_signed(values, place) for place in (1, 2, 3))
        return SignalAnswer(rsrp_dbm=rsrp, sinr_db=sinr, rsrq_db=rsrq, technology=technology)
    dbm = _signed(values, 1)
    if technology in ("lte", "nb-iot"):
        return SignalAnswer(
            dbm=dbm,
            rsrp_dbm=_signed(values, 2),
            sinr_db=_fifths(_signed(values, 3), -20.0),
            rsrq_db=_signed(values, 4),
            technology=technology,
        )
    if technology == "umts":
        return SignalAnswer(dbm=dbm, rscp_dbm=_signed(values, 2), ecno_db=_signed(values, 3), technology=technology)
    return SignalAnswer(dbm=dbm if technology == "gsm" else None, technology=technology)


def _qnwinfo(values: Sequence[str]) -> SignalAnswer:
    """Quectel +QNWINFO: the technology, the operator, the band, the channel."""
    return SignalAnswer(technology=_technology(values[0]))


_TENTHS = -200  # no RSRP in dBm is so low: the firmware tells tenths


def _cpsi(values: Sequence[str]) -> SignalAnswer:
    """SIMCom +CPSI. LTE ends in <rsrq>, <rsrp>, <rssi>, <rssnr>.

    SIM7600 tells the first three in tenths, SIM70xx whole, A76xx the codes of +CESQ. GSM: the seventh is in dBm.
    """
    technology = _technology(values[0])
    if technology == "gsm":
        return SignalAnswer(dbm=_signed(values, 6), technology=technology)
    if technology not in ("lte", "nb-iot") or len(values) < 14:
        return SignalAnswer(technology=technology)
    rsrq, rsrp, rssi, sinr = (_signed(values, place) for place in (10, 11, 12, 13))
    if rsrp is None or rsrq is None or rssi is None:
        return SignalAnswer(technology=technology)
    if rsrp > 0:
        return SignalAnswer(rsrp_dbm=_coded(rsrp, -141), rsrq_db=_halves(rsrq, -20.0), technology=technology)
    tenths = 10 if rsrp <= _TENTHS else 1
    return SignalAnswer(
        dbm=round(rssi / tenths),
        rsrp_dbm=round(rsrp / tenths),
        rsrq_db=rsrq / tenths,
        sinr_db=sinr,
        technology=technology,
    )


def _xcesq(values: Sequence[str]) -> SignalAnswer:
    """Intel +XCESQ: <n>, the six of +CESQ, <rssnr> in halves of a dB (ModemManager plugin xmm; fibocom-l860)."""
    found = _extended([integer(value) for value in values[1:7]])
    rssnr = _signed(values, 7)
    sinr = rssnr / 2 if rssnr is not None and -100 <= rssnr <= 100 else None
    return SignalAnswer(
        rxlev_dbm=found.rxlev_dbm,
        rscp_dbm=found.rscp_dbm,
        ecno_db=found.ecno_db,
        rsrq_db=found.rsrq_db,
        rsrp_dbm=found.rsrp_dbm,
        sinr_db=sinr,
    )


_VENDORS: Mapping[str, Callable[[Sequence[str]], SignalAnswer]] = {
    "^HCSQ": _hcsq,
    "^SYSINFOEX": _sysinfoex,
    "+QCSQ": _qcsq,
    "+QNWINFO": _qnwinfo,
    "+CPSI": _cpsi,
    "+XCESQ": _xcesq,
}
