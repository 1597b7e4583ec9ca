"""How makes of modem answer, as data: the simulator's own, out of field transcripts, never the driver's profiles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Coding = Literal["plain", "packed", "ucs2"]
"""plain: as text; packed: as 7-bit octets in hex, both ways; ucs2: answers as UCS-2 in hex."""

THREE_SETS = (("SM", "ME", "MT", "SR"), ("SM", "ME", "MT"), ("SM", "ME", "MT"))


@dataclass(frozen=True, slots=True)
class Flood:
    """Lines a modem writes unasked, again and again, `every` seconds."""

    every: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manner:
    """One make's habits.

    stores: what each argument of AT+CPMS accepts; as many as AT+CPMS takes. stores_test: the text of AT+CPMS=? when it
    is not the plain form. cnmi: the values each argument of AT+CNMI takes; cnmi_refused: those that =? shows and that
    are refused all the same. retries: the command that tells PIN tries, with {pin}, {puk} to be filled in. full: the
    line that says the store {store} is full. empty_slot: the CMS error of AT+CMGR on an empty place, None: a bare OK.
    stores may be empty: such a modem keeps messages where AT commands do not reach. services: what AT+CSMS takes.
    about: what is odd about it, in a line.
    """

    name: str
    manufacturer: str = "SIMgate"
    model: str = "Simulated modem"
    revision: str = "1.0"
    boot_lines: tuple[str, ...] = ()
    ready_lines: tuple[str, ...] = ("+CPIN: READY",)
    reboot_replugs: bool = False
    unknown_command: str = "ERROR"
    prompt: str = "\r\n> "
    echo_entry: bool = True
    cpin_final: bool = True
    sizes: Mapping[str, int] = field(default_factory=lambda: {"SM": 20, "ME": 100, "SR": 50})
    first_index: int = 1
    stores: tuple[tuple[str, ...], ...] = THREE_SETS
    stores_test: str | None = None
    receive_store: str = "SM"
    report_store: str = "SR"
    cdsi_names: str | None = None  # a wrong store told in +CDSI
    cnmi: tuple[tuple[int, ...], ...] = ((0, 1, 2), (0, 1, 2, 3), (0,), (0, 1, 2), (0, 1))
    cnmi_refused: tuple[tuple[int, ...], ...] = ((), (), (), (), ())
    cnmi_test: str | None = None
    cnmi_default: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    cnma: tuple[str, ...] = ("", "0", "1", "2")  # the forms of AT+CNMA that are taken
    class_0_direct: bool = True
    alpha_field: bool = True
    empty_slot: int | None = 321
    iccid_command: str = "+CCID"
    iccid_answer: str = "+CCID: {iccid}"
    retries_command: str = "+CPINR"
    retries_answer: tuple[str, ...] = ("+CPINR: SIM PIN,{pin},3", "+CPINR: SIM PUK,{puk},10")
    full: str | None = None
    full_hides_cmti: bool = False  # the message that fills the storage is announced by `full` alone
    text_until_ready: bool = False  # AT+CMGF answers ERROR until the SMS service is ready
    cmms: bool = True
    services: tuple[int, ...] = (0, 1)
    ussd: Coding = "plain"  # how texts travel in AT+CUSD and +CUSD
    quiet_command: str | None = None  # stops the floods
    floods: tuple[Flood, ...] = ()
    extra: Mapping[str, str | None] = field(default_factory=dict)  # vendor commands: the answer's line; None: just OK
    about: str = ""


GENERIC = Manner("generic", about="the standards as they are written")

HUAWEI = Manner(
    "huawei",
    about="first place 0, lines in between all the time, full without a word, leaves the USB when it restarts",
    manufacturer="huawei",
    model="E3531",
    revision="22.318.23.00.158",
    boot_lines=("^SYSSTART", "^SRVST:2"),
    ready_lines=("^SIMST:1", "^SRVST:2"),
    reboot_replugs=True,
    unknown_command="COMMAND NOT SUPPORT",
    sizes={"SM": 20, "ME": 255, "SR": 20},
    first_index=0,
    stores=(("ME", "MT", "SM", "SR"), ("ME", "MT", "SM", "SR"), ("ME", "MT", "SM", "SR")),
    cnmi=((0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 1, 2), (0, 1)),
    cnmi_test="+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)",
    cnma=("", "0"),
    iccid_command="^ICCID",
    iccid_answer="^ICCID: {iccid}",
    retries_command="^CPIN",
    retries_answer=("^CPIN: {state},{tries},{puk},{pin},10,3",),
    full='^SMMEMFULL: "{store}"',
    full_hides_cmti=True,
    cmms=False,
    quiet_command="^CURC",
    floods=(Flood(6.0, ("^RSSI:14",)), Flood(20.0, ("^BOOT:41882207,0,0,0,26",)), Flood(13.0, ("^MODE:5,4",))),
    extra={
        "^PORTSEL": None,
        "^U2DIAG": None,
        "^USSDMODE": None,
        "^SYSINFO": "^SYSINFO:2,3,0,5,1,,4",
        "^SYSINFOEX": '^SYSINFOEX: 2,3,0,1,,6,"LTE",101,"LTE"',
        "^HCSQ": '^HCSQ: "LTE",52,45,150,28',
        "^RESET": None,
    },
)

SIMCOM = Manner(
    "simcom",
    about="boot lines, a prompt without a blank, no PDU mode before SMS Ready, stores no reports",
    manufacturer="SIMCOM_Ltd",
    model="SIMCOM_SIM800L",
    revision="Revision:1418B05SIM800L24",
    boot_lines=("RDY", "+CFUN: 1"),
    ready_lines=("+CPIN: READY", "Call Ready", "SMS Ready"),
    prompt="\r\n>",
    sizes={"SM": 10, "ME": 50, "SR": 10},
    cnmi=((0, 1, 2, 3), (0, 1, 2, 3), (0, 2), (0, 1), (0, 1)),
    cnmi_test="+CNMI: (0-3),(0-3),(0,2),(0,1),(0,1)",
    cnmi_default=(2, 1, 0, 0, 0),
    iccid_command="+CCID",
    iccid_answer="{iccid}",
    retries_command="+SPIC",
    retries_answer=("+SPIC: {pin},{puk},3,10",),
    full="+SMS FULL",
    text_until_ready=True,
    extra={"+CSCLK": None, "+CATR": None},
)

QUECTEL = Manner(
    "quectel",
    about="first place 0, reports announced in the wrong storage, a bare OK for an empty place",
    manufacturer="Quectel",
    model="EC25",
    revision="EC25EFAR06A10M4G",
    boot_lines=("RDY", "+CFUN: 1"),
    ready_lines=("+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"),
    sizes={"SM": 40, "ME": 255, "SR": 100},
    first_index=0,
    cdsi_names="SM",
    cnmi=((0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 1, 2), (0, 1)),
    cnmi_test="+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)",
    cnmi_default=(2, 1, 0, 0, 0),
    cnma=("", "1"),
    empty_slot=None,
    iccid_command="+QCCID",
    iccid_answer="+QCCID: {iccid}",
    retries_command="+QPINC",
    retries_answer=('+QPINC: "SC",{pin},{puk}', '+QPINC: "P2",3,10'),
    full='+QIND: "smsfull","{store}"',
    extra={
        "+QURCCFG": None,
        "+QINDCFG": None,
        "+QSCLK": None,
        "+QCFG": None,
        "+QCSQ": '+QCSQ: "LTE",-65,-92,150,-9',
        "+QNWINFO": '+QNWINFO: "FDD LTE","00101","LTE BAND 3",1650',
    },
)

ZTE = Manner(
    "zte",
    about="+ZUSIMR:2 without end until AT+CPMS, CNMI mode 2 offered and refused",
    manufacturer="ZTE INCORPORATED",
    model="MF626",
    revision="BD_P673A2V1.0.0B09",
    boot_lines=("+ZUSIMR:2",),
    sizes={"SM": 50, "ME": 100, "SR": 100},
    stores=(("ME", "MT", "SM", "SR"), ("ME", "MT", "SM", "SR"), ("ME", "MT", "SM", "SR")),
    cnmi=((0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 1, 2), (0, 1)),
    cnmi_refused=((2,), (), (), (), ()),
    cnma=("",),
    iccid_command="+ZGETICCID",
    iccid_answer="+ZGETICCID: {iccid}",
    retries_command="+ZPINPUK",
    retries_answer=("+ZPINPUK: {pin},{puk}",),
    quiet_command="+CPMS",
    floods=(Flood(2.0, ("+ZUSIMR:2",)),),
    extra={"+ZCDRUN": None, "+ZOPRT": None, "+ZPAS": '+ZPAS: "UMTS","CS_PS"'},
)

WAVECOM = Manner(
    "wavecom",
    about="+WIND boot lines, nested storage lists, no OK after +CPIN",
    manufacturer=" WAVECOM MODEM",
    model=" MULTIBAND  900E  1800 ",
    revision="641b09gg.Q2403A 1320676 061804 14:38",
    boot_lines=("+WIND: 1", "+WIND: 7", "+WIND: 4"),
    ready_lines=(),
    cpin_final=False,
    sizes={"SM": 20, "ME": 0, "SR": 10},
    stores=(("SM", "BM", "SR"), ("SM",)),
    stores_test='+CPMS: (("SM","BM","SR"),("SM"))',
    cnmi=((0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 1, 2), (0, 1)),
    class_0_direct=False,
    empty_slot=321,
    retries_command="+CPINC",
    retries_answer=("+CPINC: {pin},3,{puk},10",),
    extra={"+WOPEN": None, "+WIND": None},
)

MANNERS: Mapping[str, Manner] = {manner.name: manner for manner in (GENERIC, HUAWEI, SIMCOM, QUECTEL, ZTE, WAVECOM)}
