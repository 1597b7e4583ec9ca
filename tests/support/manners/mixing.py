"""Manners that no single modem has: oddities of many, thrown together by a seed, to find what two of them break."""

import random
from dataclasses import dataclass

from tests.support.manners.manner import Cut, Manner, Spot


@dataclass(frozen=True, slots=True)
class _Stores:
    """How storages are offered, and which ones messages and reports go to."""

    lists: tuple[tuple[str, ...], ...]
    test: str
    first: tuple[str, str, str] = ("SM", "SM", "SM")
    into: str | None = None


_STORES = (
    _Stores((("SM",),) * 3, '("SM"),("SM"),("SM")'),
    _Stores((("SM",),) * 3, '"SM","SM","SM"'),  # iWOW
    _Stores((("SM", "ME"), ("SM", "ME"), ("SM",)), '("SM","ME"),("SM","ME"),("SM")', ("ME", "ME", "SM")),  # MC35i
    _Stores((("ME", "SM"),) * 3, '("ME","SM")'),  # MU609
    _Stores((("ME", "SM", "SR"),) * 3, '("ME","SM","SR"),("ME","SM","SR"),("ME","SM","SR")', into="ME"),
    _Stores((("SM", "SR"), ("SM",)), '(("SM","SR"),("SM"))'),  # Q2403A
    _Stores((("SM",),), '("SM")'),
    _Stores((("SM", "ME", "MT"),) * 3, "", ("MT", "MT", "MT")),  # Samsung: an empty list
)
_NOISE: tuple[tuple[str, ...], ...] = (
    (),
    ("^RSSI:14", "^BOOT:41882207,0,0,0,26"),
    ("+ZUSIMR:2",),
    ("+CIEV: 2,3", "*PSUTTZ: 24,1"),
    ("+CREG: 1",),
)
_OFTEN_UNKNOWN = ("+CEREG", "+CGREG", "+CPINR", "+CMMS", "+CSCS", "+COPS", "+CSQ", "+CFUN", "+CMEE", "+CLIP")


def mixed(seed: int) -> Manner:
    """The same manner for the same seed."""
    dice = random.Random(seed)
    choose = dice.choice
    stores, noise, service = choose(_STORES), choose(_NOISE), choose((0, 1))
    names = {name for offered in (*stores.lists, stores.first) for name in offered} - {"MT"}
    names |= {"SM", "ME"} if "MT" in stores.first else set()
    modes, ds, bfr = (
        choose(((0, 1, 2), (0, 1), (0, 1, 2, 3))),
        choose(((0, 1), (0, 2), (0, 1, 2))),
        choose(((0, 1), (1,))),
    )
    return Manner(
        name=f"mixed-{seed}",
        imei="001010000000085",
        commands={
            "+CGMI": (choose((" WAVECOM MODEM", "huawei", "SIMCOM INCORPORATED", "Quectel", "ZTE CORPORATION")),),
            "+CGMM": ("*",),
            "+CGMR": ("1.0",),
            choose(("+CCID", "+QCCID", "+ICCID")): (choose(('+CCID: "8999901000000000085"', "8999901000000000085f")),),
        },
        unsupported=frozenset(dice.sample(_OFTEN_UNKNOWN, dice.randint(0, 5))),
        echo_stays=choose((True, False)),
        echoes_pdu=choose((True, False)),
        unknown=choose(("ERROR", "COMMAND NOT SUPPORT", "+CME ERROR: 58", "+CME ERROR: unknown", "+CMS ERROR: 500")),
        code_blank=choose(("", " ")),
        mute_errors=choose((True, False, False)),
        spot_noise=noise,
        spots=tuple(dice.sample(list(Spot), dice.randint(1, 7))),
        idle_noise_s=choose((0.0, 0.03, 0.1)),
        rubbish=choose((b"", b"\xff\x00\xfe")),
        cut=choose(list(Cut)),
        late_every=choose((0, 9)),
        late_s=0.1,
        text_mode_first=choose((True, False)),
        cpin_without_ok=choose((True, False)),
        storages={name: (choose((10, 15)), choose((0, 1, 50))) for name in sorted(names)},
        cpms_test=stores.test,
        cpms_lists=stores.lists,
        first_storages=stores.first,
        receives_into=stores.into,
        full_line=choose((None, "+SMS FULL", '^SMMEMFULL: "{}"')),
        list_header=choose(("+CMGL: {index},{stat},,{length}", "+CMGL:{index},{stat},{length}")),
        read_header=choose(("+CMGR: {stat},,{length}", "+CMGR:{stat},{length}", "+CMGR: {length}")),
        record_end=choose(("\r\n", "\r\r\n", "\r\n\r\n")),
        empty_place=choose(("OK", "+CMS ERROR: 321", "+CMS ERROR: 500")),
        cnmi_test=choose(("(0-3),(0-3),(0-3),(0-2),(0,1)", "(0,1,2),(0,1,2,3),(0,2,3),(0,1,2),(0,1)")),
        cnmi_takes=(modes, (0, 1, 2, 3), (0, 2), ds, bfr),
        cnmi_first=(modes[0], 0, 0, 0, bfr[0]),
        csms_first=service,
        csms_takes=(service, 1),
        flash_is_direct=choose((True, False)),
        report_storage="SR" if "SR" in names else "SM",
        report_announced=choose((None, ("SM", 0))),
        report_before_reference=choose((True, False)),
        report_national=choose((True, False)),
        prompt=choose(("\r\n> ", "\r\n>", "\r\n>\r\n", "\r\n> \r\n")),
        reference_line=choose(("+CMGS: {}", "+CMGS:{}")),
        cmms=choose((True, False)),
        creg_read=choose(("+CREG: {mode},{stat}", "+CREG: {mode},{stat}, A00B1, 0BEEF01")),
        charset=choose(("IRA", "UCS2")),
        charsets=choose((("GSM", "IRA", "UCS2"), ("IRA", "UCS2"), ("UCS2",))),
    )
