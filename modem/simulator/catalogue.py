"""Every manner by its name: the families, the modules, and the phones that people plug in all the same."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from modem.simulator.manners import MANNERS, Manner
from modem.simulator.modules import MODULES

NOKIA_N79 = Manner(
    "nokia-n79",
    manufacturer="Nokia",
    model="Nokia N79",
    revision="V ICPR72_08w44.1",
    stores=(),
    stores_test="+CPMS: (),(),()",  # nokia-500: no-sms-reading
    cnmi=((), (), (), (), ()),
    receive_store="ME",
    cmms=False,
    about="a Symbian phone: no storage, CNMI refused; it sends and shows nothing of what comes in",
)
SONY_ERICSSON_MD300 = Manner(
    "sony-ericsson-md300",
    manufacturer="Sony Ericsson",
    model="MD300",
    revision="R3A018",
    boot_lines=("*EMRDY: 1",),
    sizes={"SM": 20, "ME": 100, "SR": 10},
    cnmi=((0, 1, 2, 3), (0, 1, 2, 3), (0, 2), (0, 1), (0, 1)),
    stores=(("ME", "SM"), ("ME", "SM"), ("ME", "SM")),
    retries_command="*EPIN",
    retries_answer=("*EPIN: {pin},{puk},3,10",),
    about="a data card; *EMRDY: 1 when it starts, hands reports over",
)
SONY_ERICSSON_W580I = replace(
    SONY_ERICSSON_MD300,
    name="sony-ericsson-w580i",
    model="AAC-1052042-BV",
    revision="R8BE001 080115 1451 CXC1123481_NAM_1_LA",
    boot_lines=(),
    cmms=False,
    about="a phone; its model is a number",
)

CATALOGUE: Mapping[str, Manner] = {
    manner.name: manner for manner in (*MANNERS.values(), *MODULES, NOKIA_N79, SONY_ERICSSON_MD300, SONY_ERICSSON_W580I)
}


def manner_named(name: str, *, sizes: Mapping[str, int] | None = None) -> Manner:
    """The manner of that name, with other storage sizes when given. Raises KeyError for an unknown name."""
    manner = CATALOGUE[name]
    return replace(manner, sizes={**manner.sizes, **sizes}) if sizes else manner


def names_near(name: str) -> list[str]:
    """What somebody may have meant, the nearest first: names that are spelled alike or have the word in them."""
    word = name.lower()
    alike = get_close_matches(word, CATALOGUE, n=3, cutoff=0.5)
    return list(dict.fromkeys([*alike, *(known for known in CATALOGUE if word and word in known)]))
