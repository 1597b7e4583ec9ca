"""Modules and cards, makes beside the families of ``manners``.

A name in a comment is that of the dialogue in ``tests/vectors/transcripts`` that shows it. What has none is of the make
by its vendor's reputation or stands in for what nobody posted: firmware names, sizes, lists of AT+CNMI and AT+CPMS. It
proves that the driver can live with it, not that the modem is like that.
"""

from dataclasses import replace

from modem.simulator.manners import HUAWEI, QUECTEL, SIMCOM, Flood, Manner

HUAWEI_E160 = replace(
    HUAWEI,
    name="huawei-e160",
    model="E160",
    revision="11.609.10.02.00",
    sizes={"SM": 10, "ME": 23, "SR": 10},
    ussd="packed",  # huawei-e160: ussd-answer-quoted-packed
    about="as huawei; USSD as packed 7-bit octets in hex",
)
HUAWEI_MU509 = replace(
    HUAWEI,
    name="huawei-mu509",
    model="MU509",
    revision="11.810.09.20.00",
    unknown_command="TOO MANY PARAMETERS",  # huawei-em770w: too-many-parameters
    reboot_replugs=False,
    about="a module: as huawei, TOO MANY PARAMETERS for what it does not know, stays on the bus when it restarts",
)
SIM900 = replace(
    SIMCOM,
    name="simcom-sim900",
    model="SIMCOM_SIM900",
    revision="Revision:1137B13SIM900M64_ST",
    ready_lines=("+CPIN: READY", "Call Ready"),  # no SMS Ready on this chip
    about="as simcom; never says SMS Ready",
)
SIM7000 = replace(
    SIMCOM,
    name="simcom-sim7000",
    model="SIM7000G",  # simcom-sim7000: SIM7000G R1529
    revision="Revision:1529B05SIM7000G",
    prompt="\r\n> ",
    sizes={"SM": 10, "ME": 10, "SR": 10},
    text_until_ready=False,
    ready_lines=("+CPIN: READY", "SMS Ready"),
    extra={"+CPSMS": None, "+CEDRXS": None, "+CSCLK": None},
    about="LTE-M; takes the commands against sleep, hands reports over",
)
SIM7600 = Manner(
    "simcom-sim7600",
    manufacturer="SIMCOM INCORPORATED",
    model="SIMCOM_SIM7600E-H",
    revision="+CGMR: LE20B03SIM7600M22",
    boot_lines=("RDY",),
    ready_lines=("+CPIN: READY", "SMS DONE", "PB DONE"),  # simcom-sim7600: boot-after-power-cut
    sizes={"SM": 50, "ME": 23, "SR": 10},
    first_index=0,
    iccid_command="+CICCID",
    iccid_answer="+ICCID: {iccid}",
    retries_command="+SPIC",
    retries_answer=("+SPIC: {pin},{puk},3,10",),
    full="+SMS FULL",
    extra={"+CATR": None, "+CNMP": None, "+CRESET": None, "+CPSI": None},
    about="LTE; RDY, SMS DONE, PB DONE; +ICCID in answer to AT+CICCID",
)
A7670 = replace(
    SIM7600,
    name="simcom-a7670",
    model="A7670E-FASE",
    revision="A011B20A7670M7",
    boot_lines=("*ATREADY: 1",),  # simcom-a7670
    ready_lines=("+CPIN: READY", "SMS DONE"),
    receive_store="ME",
    stores=(("ME", "SM"), ("ME", "SM"), ("ME",)),
    cnmi=((0, 1, 2), (0, 1, 2, 3), (0,), (0,), (0, 1)),  # cnmi-ds-1-refused
    cnmi_test="+CNMI: (0,1,2),(0,1,2,3),(0),(0),(0,1)",
    text_until_ready=True,
    about="LTE on an ASR chip; *ATREADY: 1, receives into ME alone, tells of no reports",
)
QUECTEL_M26 = Manner(
    "quectel-m26",
    manufacturer="FOXCOM MODEM",
    model="Quectel_M26",
    revision="Revision: M26FBR03A06-TTS",
    boot_lines=("RDY", "+CFUN: 1"),
    ready_lines=("+CPIN: READY", "Call Ready", "SMS Ready"),
    sizes={"SM": 20, "ME": 30, "SR": 10},
    stores=(("SM", "ME", "MT"), ("SM", "ME", "MT"), ("SM", "ME", "MT")),
    cnmi=((0, 1, 2, 3), (0, 1, 2, 3), (0, 2, 3), (0, 1, 2), (0, 1)),  # quectel-m26: capabilities
    cnmi_default=(2, 1, 0, 0, 0),
    report_store="SM",
    services=(0, 128),  # 128 in place of 1
    ussd="ucs2",  # M35 (gammu#358)
    iccid_answer='+CCID: "{iccid}"',
    retries_command="+QTRPIN",
    retries_answer=("+QTRPIN: {pin},3,{puk},10",),
    extra={"+QSCLK": None},
    about="2G; named after its reseller, AT+CSMS knows 128 in place of 1, reports in SM, USSD answers in UCS-2",
)
BG96 = replace(
    QUECTEL,
    name="quectel-bg96",
    model="BG96",
    revision="BG96MAR02A07M1G",
    ready_lines=("+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE"),
    extra={**QUECTEL.extra, "+CPSMS": None, "+CEDRXS": None},
    about="LTE-M; as quectel, takes the commands against sleep",
)
EG25 = replace(
    QUECTEL,
    name="quectel-eg25",
    model="EG25",
    revision="EG25GGBR07A08M2G",
    cdsi_names=None,
    about="LTE, the PinePhone's; as quectel, names the storage of reports as it is",
)
EC200A = replace(
    QUECTEL,
    name="quectel-ec200a",
    model="EC200A",
    revision="EC200AEUHAR01A24M16",
    sizes={"SM": 15, "ME": 180, "SR": 10},
    alpha_field=False,  # quectel-ec200a: cmgl-without-alpha-field
    stores=(("SM", "ME"), ("SM", "ME"), ("SM", "ME")),
    cnmi=((0, 1, 2), (0, 1, 2, 3), (0,), (0, 1), (0, 1)),
    cnmi_test="+CNMI: (0-2),(0-3),(0),(0,1),(0,1)",
    about="LTE on an ASR chip; headers without the alpha field, no storage for reports",
)
RM520N = replace(
    QUECTEL,
    name="quectel-rm520n",
    model="RM520N-GL",
    revision="RM520NGLAAR03A03M4G",
    cdsi_names=None,
    reboot_replugs=True,  # quectel-rm520n: reboot-cfun-1-1
    about="5G; as quectel, its ports go and come back when it restarts",
)
SIERRA_MC7304 = Manner(
    "sierra-mc7304",
    manufacturer="Sierra Wireless, Incorporated",
    model="MC7304",
    revision="SWI9X15C_05.05.67.00 r31378 CARMD-EV-FRMWR1 2016/03/11 14:58:53",
    sizes={"SM": 20, "ME": 0, "SR": 10},
    stores=(("SM", "SR"), ("SM",), ("SM",)),
    cnmi=((0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 1, 2), (0, 1)),
    iccid_command="+ICCID",
    iccid_answer="ICCID: {iccid}",
    floods=(Flood(15.0, ("^MODE: 9",)),),  # sierra-mc7304: pin-then-mode-urc
    extra={"!RESET": None},
    about="^MODE lines in between, ICCID without a plus sign",
)
UBLOX_G450 = Manner(
    "u-blox-sara-g450",
    manufacturer="u-blox",
    model="SARA-G450",
    revision="SARA-G450-00C-00",
    sizes={"SM": 20, "ME": 100, "SR": 10},
    cnmi_default=(1, 0, 0, 0, 0),
    retries_command="+UPINCNT",
    retries_answer=("+UPINCNT: {pin},3,{puk},10",),
    floods=(Flood(12.0, ("+CIEV: 2,4",)),),
    extra={"+UPSV": None},
    about="2G; announces nothing by itself, +CIEV lines in between",
)
UBLOX_R410 = replace(
    UBLOX_G450,
    name="u-blox-sara-r410",
    model="SARA-R410M-02B",
    revision="L0.0.00.00.05.06",
    cnmi_default=(0, 0, 0, 0, 0),
    stores=(("ME", "SM", "MT"), ("ME", "SM"), ("ME", "SM")),
    cnmi=((0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 1), (0, 1)),
    floods=(),
    extra={"+CPSMS": None, "+CEDRXS": None},
    about="LTE-M; announces nothing by itself, takes the commands against sleep, hands reports over",
)
TELIT_UC864 = Manner(
    "telit-uc864",
    manufacturer="Telit",
    model="UC864-E",
    revision="08.01.007",
    ready_lines=("#QSS: 1", "#QSS: 2", "#QSS: 3"),
    sizes={"SM": 20, "ME": 100, "SR": 10},
    stores=(("SM", "ME", "SR"), ("SM", "ME"), ("SM", "ME")),
    iccid_command="#CCID",
    iccid_answer="#CCID: {iccid}",
    retries_command="#PCT",
    retries_answer=("#PCT: {pin}",),
    full='#SMOV: "{store}"',
    cnma=("", "0", "1"),
    extra={"#QSS": None, "#SMOV": None},
    about="#QSS lines when the SIM is ready, #SMOV when it is full",
)
CINTERION_MC75I = Manner(
    "cinterion-mc75i",
    manufacturer="Cinterion",
    model="MC75i",
    revision="REVISION 01.301",
    boot_lines=("^SYSSTART",),
    sizes={"SM": 20, "ME": 25, "SR": 10},
    stores=(("ME", "SM", "MT"), ("ME", "SM", "MT"), ("SM", "MT")),  # cinterion-mc75i: cnmi-and-cpms-limits
    cnmi=((0, 1, 2, 3), (0, 1), (0, 2, 3), (0, 2), (1,)),
    cnmi_test="+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)",
    cnmi_default=(0, 0, 0, 0, 1),
    report_store="SM",
    cnma=("", "1"),
    iccid_command="^SCID",
    iccid_answer="^SCID: {iccid}",
    retries_command="^SPIC",
    retries_answer=("^SPIC: {pin}",),
    full="^SMGO: 1",
    cmms=False,
    extra={"^SMGO": None},
    about="CNMI takes 1 alone in the end and hands nothing over, receives into the SIM",
)
CINTERION_PLS8 = replace(
    CINTERION_MC75I,
    name="cinterion-pls8",
    model="PLS8-E",
    revision="REVISION 02.011",
    report_store="MT",
    receive_store="MT",
    stores=(("ME", "MT"), ("ME", "SM", "MT"), ("SM", "MT")),  # cinterion-misc: cpms-test-different-lists
    about="LTE; as cinterion-mc75i, each list of storages is another",
)
SIEMENS_MC35I = replace(
    CINTERION_MC75I,
    name="siemens-mc35i",
    manufacturer="SIEMENS",
    model="MC35i",
    revision="REVISION 02.00",
    stores=(("MT", "SM", "ME"), ("MT", "SM", "ME"), ("MT", "SM")),  # siemens-mc35i: capabilities
    about="as cinterion-mc75i, under the older name",
)
OPTION_ICON72 = Manner(
    "option-icon72",
    manufacturer="Option N.V.",
    model="GTM378",
    revision="2.5.21Hd (Date: Jun 17 2008, Time: 12:30:47)",
    sizes={"SM": 20, "ME": 100, "SR": 20},
    stores=(("SM", "MT", "ME", "SR"), ("SM", "MT", "ME", "SR"), ("SM", "MT", "ME", "SR")),  # option-gtm382
    cnma=("", "0"),
    about="SM, MT, ME and SR usable for everything",
)
FIBOCOM_L860 = Manner(
    "fibocom-l860",
    manufacturer="Fibocom",
    model="L860 LTE Module",
    revision="18500.5001.00.01.24.03",
    sizes={"SM": 50, "ME": 100, "SR": 10},
    iccid_answer="+CCID: {iccid}F",  # fibocom-l860: status-answers
    retries_command="+XPINCNT",
    retries_answer=("+XPINCNT: {pin}, 3, {puk}, 10",),
    about="LTE on an Intel chip; an F behind the ICCID",
)
FIBOCOM_FM350 = Manner(
    "fibocom-fm350",
    manufacturer="Fibocom Wireless Inc.",
    model="FM350-GL",
    revision="81600.0000.00.29.22.40",
    sizes={"SM": 50, "ME": 0, "SR": 10},
    stores=(("SM",), ("SM",), ("SM",)),  # fibocom-fm350
    report_store="SM",
    about="5G on a MediaTek chip; messages in SM alone",
)
NEOWAY_M590 = Manner(
    "neoway-m590",
    manufacturer="NEOWAY",
    model="M590",
    revision="V2.0.0",
    boot_lines=("MODEM:STARTUP",),
    ready_lines=("+PBREADY",),  # neoway-m590: boot-and-init-exact
    sizes={"SM": 10, "ME": 0, "SR": 10},
    stores=(("SM",), ("SM",), ("SM",)),
    cnmi=((0, 1, 2), (0, 1, 2, 3), (0,), (0, 1), (0, 1)),
    cmms=False,
    about="2G; MODEM:STARTUP and +PBREADY, the SIM alone",
)
AITHINKER_A6 = Manner(
    "ai-thinker-a6",
    manufacturer="Ai Thinker Co.LTD",
    model="A6 ",
    revision="V03.03.20161229019H03",
    boot_lines=("^CINIT: 1, 0, 0", "^CINIT: 2, 32, 41891"),
    ready_lines=("^CINIT: 8, 2048, 1", "^CINIT: 16, 0, 1638410", "^CINIT: 32, 0, 0"),  # aithinker-a6: boot
    sizes={"SM": 25, "ME": 25, "SR": 10},
    stores=(("ME", "SM"), ("ME", "SM"), ("ME", "SM")),
    cnmi=((0, 1, 2), (0, 1, 2, 3), (0,), (0, 1), (0, 1)),
    iccid_answer="+CCID:{iccid}F",  # no blank behind colons
    about="2G; ^CINIT lines when it starts, no blank behind colons",
)

MODULES = (
    HUAWEI_E160, HUAWEI_MU509, SIM900, SIM7000, SIM7600, A7670, QUECTEL_M26, BG96, EG25, EC200A, RM520N, SIERRA_MC7304,
    UBLOX_G450, UBLOX_R410, TELIT_UC864, CINTERION_MC75I, CINTERION_PLS8, SIEMENS_MC35I, OPTION_ICON72, FIBOCOM_L860,
    FIBOCOM_FM350, NEOWAY_M590, AITHINKER_A6,
)  # fmt: skip
