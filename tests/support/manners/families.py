"""Six families, each as odd as real ones of it were. Beside every oddity: which modem was seen to do it."""

from tests.support.manners.manner import Cut, Manner, Spot

GENERIC = Manner(  # TS 27.005 and 27.007 as they are written; what they leave open is chosen uncomfortably
    name="generic",
    imei="001010000000010",
    commands={"+CGMI": ("Acme",), "+CGMM": ("Modem",), "+CGMR": ("1.0",), "+CCID": ('+CCID: "8999901000000000010"',)},
    unsupported=frozenset({"+CEREG"}),
    unknown="+CME ERROR: 4",
    cut=Cut.LINES,
    storages={"SM": (6, 1), "ME": (20, 1)},
    cpms_test='("SM","ME","MT"),("SM","ME"),("SM","ME","MT")',
    cpms_lists=(("SM", "ME", "MT"), ("SM", "ME"), ("SM", "ME", "MT")),
    list_header='+CMGL: {index},{stat},"",{length}',
    read_header='+CMGR: {stat},"",{length}',
    empty_place="+CMS ERROR: 321",
    cnmi_test="(0-2),(0-3),(0-3),(0-2),(1)",  # Cinterion MC75i: <bfr> is 1 or nothing
    cnmi_takes=((0, 1, 2), (0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2), (1,)),
    cnmi_first=(0, 0, 0, 0, 1),
    csms_first=1,  # somebody stored it in the profile: from here on +CNMA is owed (§3.4.4)
)

HUAWEI = Manner(  # E1752, E1750, EM770W
    name="huawei",
    imei="001010000000028",
    commands={
        "+CGMI": ("huawei",),
        "+CGMM": ("E1752",),
        "+CGMR": ("11.126.13.00.00",),
        "^ICCID?": ("^ICCID: 8999901000000000028F",),
        "^CPIN?": ("^CPIN: READY,,10,3,10,3",),
        "^CURC=0": None,  # E1750: an older firmware has no switch for its flood
        "+CMMS=2": None,
        "+CMMS=1": None,
    },
    unsupported=frozenset({"+CEREG", "+CCID", "+CPINR"}),
    echo_stays=True,
    echoes_pdu=True,
    unknown="COMMAND NOT SUPPORT",
    surplus="TOO MANY PARAMETERS",
    code_blank="",  # EM770W
    spot_noise=("^RSSI:14", "^BOOT:41882207,0,0,0,26", "^MODE:5,4", "^SRVST:2", "^DSFLOWRPT:0000001E,0,0,0,0,0,0"),
    spots=(
        Spot.IN_RECORD,
        Spot.BEFORE_REFERENCE,
        Spot.BEFORE_ECHO,
        Spot.AFTER_PROMPT,
        Spot.BEFORE_ANSWER,
        Spot.BEFORE_FINAL,
        Spot.BEFORE_PROMPT,
    ),
    idle_noise_s=0.05,
    storages={"SM": (10, 0), "ME": (23, 0), "SR": (100, 0)},
    cpms_test='("ME","MT","SM","SR"),("ME","MT","SM","SR"),("ME","MT","SM","SR")',
    cpms_lists=(("ME", "MT", "SM", "SR"),) * 3,
    full_line='^SMMEMFULL: "{}"',
    cnmi_takes=((0, 1), (0, 1, 2, 3), (0, 2), (0, 2), (0, 1)),  # advertises mode 2 and ds 1, refuses both
    cnmi_test="(0-2),(0-3),(0,2,3),(0-2),(0,1)",
    cnmi_first=(1, 0, 0, 0, 0),
    report_storage="SM",  # among the messages: only TP-MTI tells
    creg_read="+CREG: {mode},{stat}, A00B1, 0BEEF01",
    creg_event="+CREG: {stat}, A00B1, 0BEEF01",
    charset="IRA",
)

SIMCOM = Manner(  # SIM800, A7670, SIM7600
    name="simcom",
    imei="001010000000036",
    commands={
        "+CGMI": ("SIMCOM_Ltd",),
        "+CGMM": ("SIMCOM_SIM800",),
        "+CGMR": ("Revision:1418B04SIM800L24",),
        "+CCID": ("8999901000000000036f",),
        "+SPIC": ("+SPIC: 3,10,3,10",),
    },
    unsupported=frozenset({"+CEREG", "+CPINR"}),
    mute_errors=True,  # SIM7600
    rubbish=b"\xff\x00\xfe",  # a bad level shifter
    cut=Cut.BYTES,
    boot=((0.15, "RDY"), (0.02, "+CFUN: 1"), (0.1, "+CPIN: READY"), (0.1, "Call Ready"), (0.05, "SMS Ready")),
    deaf_s=0.15,
    not_ready_s=0.42,
    not_ready="ERROR",
    not_ready_pin="ERROR",
    storages={"SM": (5, 1), "ME": (8, 0)},
    cpms_test='("SM","ME","SM_P","ME_P","MT"),("SM","ME","SM_P","ME_P","MT"),("SM","ME","SM_P","ME_P","MT")',
    cpms_lists=(("SM", "ME", "MT"),) * 3,
    receives_into="ME",  # A7670 and some SIM800C, whatever is set
    full_line="+SMS FULL",
    list_header='+CMGL: {index},{stat},"",{length}',
    read_header='+CMGR: {stat},"",{length}',
    cnmi_test="(0-3),(0-3),(0,2),(0,1),(0,1)",
    cnmi_takes=((0, 1, 2, 3), (0, 1, 2, 3), (0, 2), (0, 1), (0, 1)),
    cnmi_first=(2, 1, 0, 0, 0),
    prompt="\r\n>",
    creg_read='+CREG: {mode},{stat},"A00B","1BEEF01",7',
    creg_event='+CREG: {stat},"A00B","1BEEF01",7',
    slow={"+CMGD": 0.02},
)

QUECTEL = Manner(  # EC25, EC200A, M26
    name="quectel",
    imei="001010000000044",
    commands={
        "+CGMI": ("FOXCOM MODEM",),  # M26: the reseller
        "+CGMM": ("Quectel_M26",),
        "+CGMR": ("Revision: M26FBR03A06-TTS",),
        "+CCID": ('+CCID: "8999901000000000044"',),
        "+QCCID": ("+QCCID: 8999901000000000044F",),
        "+QPINC?": ('+QPINC: "SC",3,10', '+QPINC: "P2",3,10'),
        '+QINDCFG="all",1': (),
        '+QURCCFG="urcport"': ('+QURCCFG: "urcport","usbat"',),
    },
    cut=Cut.GLUED,
    spots=(Spot.BEFORE_ECHO, Spot.BEFORE_ANSWER, Spot.BEFORE_FINAL),
    late_every=9,
    late_s=0.1,
    boot=((0.2, "RDY"), (0.02, "+CFUN: 1"), (0.05, "+CPIN: READY"), (0.05, "+QUSIM: 1"), (0.1, "+QIND: SMS DONE")),
    deaf_s=0.2,  # EG25-G: up to 30 s
    not_ready_s=0.4,
    not_ready="+CMS ERROR: 314",
    text_mode_first=False,
    storages={"SM": (15, 0), "ME": (23, 0), "SR": (20, 0)},
    cpms_test='("ME","MT","SM","SR"),("ME","MT","SM","SR"),("ME","MT","SM","SR")',
    cpms_lists=(("ME", "MT", "SM", "SR"),) * 3,
    first_storages=("ME", "ME", "ME"),
    full_line='+QIND: "smsfull","{}"',
    list_header="+CMGL: {index},{stat},{length}",  # EC200A
    read_header="+CMGR: {stat},{length}",
    cnmi_test="(0-2),(0-3),(0,2),(0,2),(0,1)",
    cnmi_takes=((0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 2), (0, 1)),
    cnmi_first=(2, 1, 0, 0, 0),
    csms_test="(0,128)",
    csms_takes=(0, 128),
    report_storage="SR",
    report_announced=("SM", 0),  # EC25
    report_before_reference=True,
    clock_ahead_quarters=4,
    creg_read='+CREG: {mode},{stat},"2CA8","0B5583D",7',
    creg_event='+CREG: {stat},"2CA8","0B5583D",7',
)

ZTE = Manner(  # MF626, MF180, K3565-Z
    name="zte",
    imei="001010000000051",
    commands={
        "+CGMI": ("ZTE INCORPORATED",),
        "+CGMM": ("K3565-Z",),
        "+CGMR": ("BD_P673A2V1.0.0B09",),
        "+ZGETICCID": ("+ZGETICCID: 8999901000000000051F",),
        "+CFUN?": ("+CFUN: (0-1,4-7),(0-1)",),
        "+CLIP=1": ("+CLIP: (0-1)",),  # a set command that answers as its test form: seen with +CVHU
        "+ZPAS?": ('+BEARTYPE: "UMTS","CS_PS"',),
        "+ZPINPUK=?": ("+ZPINPUK: 3,10",),
    },
    unsupported=frozenset({"+CEREG", "+CCID", "+CPINR", "+CMMS"}),
    spot_noise=("+ZUSIMR:2",),
    spots=(Spot.BEFORE_ECHO, Spot.BEFORE_ANSWER),
    idle_noise_s=0.02,
    noise_until="+CPMS?",
    storages={"SM": (8, 0), "ME": (20, 0), "SR": (100, 50)},
    cpms_test='("ME","MT","SM","SR"),("ME","MT","SM","SR"),("ME","MT","SM","SR")',
    cpms_lists=(("ME", "MT", "SM", "SR"),) * 3,
    cnmi_test="(0,1,2),(0,1,2,3),(0,2,3),(0,1,2),(0,1)",
    cnmi_takes=((0, 1), (0, 1, 2, 3), (0, 2, 3), (0, 2), (0, 1)),  # Qualcomm: mode 2 and ds 1 only advertised
    csms_test="(0)",
    csms_takes=(0,),
    report_storage="SR",
    report_national=True,
    slow={"+CMGD": 0.15},
    prompt="\r\n>\r\n",
    charset="UCS2",
    charsets=("IRA", "UCS2"),
    record_end="\r\r\n",
)

WAVECOM = Manner(  # Q2403A
    name="wavecom",
    imei="001010000000069",
    commands={
        "+CGMI": (" WAVECOM MODEM",),
        "+CGMM": (" MULTIBAND  900E  1800 ",),
        "+CGMR": ("641b09gg.Q2403A 1320676 061804 14:38",),
        "+CCID": ('+CCID: "8999901000000000069"',),
    },
    unsupported=frozenset({"+CEREG", "+CGREG", "+CPINR", "+CMMS"}),
    boot=((0.1, "+WIND: 1"), (0.1, "+WIND: 3"), (0.1, "+WIND: 7"), (0.2, "+WIND: 4")),
    deaf_s=0.1,
    not_ready_s=0.5,
    not_ready="+CMS ERROR: 515",
    not_ready_pin="+CME ERROR: 515",
    cpin_without_ok=True,
    storages={"SM": (10, 1), "BM": (5, 1), "SR": (10, 1)},
    cpms_test='(("SM","BM","SR"),("SM"))',
    cpms_lists=(("SM", "BM", "SR"), ("SM",)),
    first_storages=("SM", "SM", "SM"),
    empty_place="+CMS ERROR: 321",
    cnmi_test="(0-2),(0-3),(0-3),(0-2),(0,1)",
    cnmi_takes=((0, 1, 2), (0, 1, 2, 3), (0, 2, 3), (0, 1), (0, 1)),  # its SR memory is not to be used
    cnmi_first=(0, 1, 0, 0, 0),
    reference_line="+CMGS:{}",
    latency_s=0.004,
)

STORELESS = Manner(  # Nordic nRF9160: no places worth the name, everything is handed over and must be acknowledged
    name="storeless",
    imei="001010000000077",
    commands={"+CGMI": ("Nordic Semiconductor ASA",), "+CGMM": ("nRF9160-SICA",), "+CGMR": ("mfw_nrf9160_1.3.1",)},
    unsupported=frozenset({"+CPMS", "+CMGL", "+CMGR", "+CMGD", "+CCID", "+CPINR", "+CMMS", "+CREG"}),
    cnmi_test="(3),(0,2),(0),(0,1),(1)",
    cnmi_takes=((3,), (0, 2), (0,), (0, 1), (1,)),
    cnmi_first=(3, 0, 0, 0, 1),
    csms_test="(1)",
    csms_takes=(1,),
    csms_first=1,
    cut=Cut.BYTES,
)

FAMILIES = (GENERIC, HUAWEI, SIMCOM, QUECTEL, ZTE, WAVECOM)
