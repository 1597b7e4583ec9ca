"""Signal in every form; +CSQ and +CESQ also by the vectors (test_at_responses)."""

import pytest

from modem.at.answers import SignalAnswer, parse_signal
from modem.at.commands import vendor_signal
from modem.profiles import PROFILES

UNKNOWN = SignalAnswer()
ODD = ("", ":", ": ", ': "LTE"', ': "LTE",,,,', ': "LTE",x,-,--1,1.5', ": ,,,,,,,,,,,,,,,", ': "')


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # Huawei: the vector urc-04, a trace of an ME906, and each edge of the codes
        ('^HCSQ:"LTE",52,45,150,28', SignalAnswer(dbm=-69, rsrp_dbm=-96, sinr_db=9.8, rsrq_db=-6.0, technology="lte")),
        (
            '^HCSQ: "LTE",59,55,105,20',
            SignalAnswer(dbm=-62, rsrp_dbm=-86, sinr_db=0.8, rsrq_db=-10.0, technology="lte"),
        ),
        ('^HCSQ: "LTE",255,255,255,255', SignalAnswer(technology="lte")),
        ('^HCSQ: "WCDMA",43,36,51', SignalAnswer(dbm=-78, rscp_dbm=-85, ecno_db=-7.0, technology="umts")),
        ('^HCSQ: "GSM",36', SignalAnswer(dbm=-85, technology="gsm")),
        ('^HCSQ: "NOSERVICE"', UNKNOWN),
        ('^HCSQ:"LTE",52', SignalAnswer(dbm=-69, technology="lte")),
        ('^SYSINFOEX: 2,3,0,1,,6,"LTE",101,"LTE"', SignalAnswer(technology="lte")),
        ('^SYSINFOEX:2,3,0,1,,3,"WCDMA",41,"HSPA+"', SignalAnswer(technology="umts")),
        ('^SYSINFOEX: 0,0,0,1,,0,"NO SERVICE",0,"NO SERVICE"', UNKNOWN),
        # Quectel: EC25 and BG96 in fifths, RM520N-GL on NR
        (
            '+QCSQ: "LTE",-52,-81,195,-10',
            SignalAnswer(dbm=-52, rsrp_dbm=-81, sinr_db=19.0, rsrq_db=-10, technology="lte"),
        ),
        (
            '+QCSQ: "eMTC",-84,-91,165,-6',
            SignalAnswer(dbm=-84, rsrp_dbm=-91, sinr_db=13.0, rsrq_db=-6, technology="lte"),
        ),
        (
            '+QCSQ: "NBIoT",-60,-70,100,-8',
            SignalAnswer(dbm=-60, rsrp_dbm=-70, sinr_db=0.0, rsrq_db=-8, technology="nb-iot"),
        ),
        ('+QCSQ: "WCDMA",-67,-70,-4', SignalAnswer(dbm=-67, rscp_dbm=-70, ecno_db=-4, technology="umts")),
        ('+QCSQ: "GSM",-69', SignalAnswer(dbm=-69, technology="gsm")),
        ('+QCSQ: "NR5G",-75,4,-11', SignalAnswer(rsrp_dbm=-75, sinr_db=4, rsrq_db=-11, technology="nr")),
        ('+QCSQ: "NOSERVICE"', UNKNOWN),
        ('+QNWINFO: "FDD LTE","46011","LTE BAND 3",1825', SignalAnswer(technology="lte")),
        ('+QNWINFO: "HSDPA","00101","WCDMA 2100",10713', SignalAnswer(technology="umts")),
        ("+QNWINFO: No Service", UNKNOWN),
        # SIMCom: SIM7600 in tenths, SIM70xx whole, A76xx by the codes of +CESQ
        (
            "+CPSI: LTE,Online,310-260,0x2D18,50896642,236,EUTRAN-BAND4,2300,5,5,-125,-987,-663,10",
            SignalAnswer(dbm=-66, rsrp_dbm=-99, rsrq_db=-12.5, sinr_db=10, technology="lte"),
        ),
        (
            "+CPSI: LTE CAT-M1,Online,404-45,0x0001,1A2B3C,300,EUTRAN-BAND1,1,3,3,-12,-110,-80,11",
            SignalAnswer(dbm=-80, rsrp_dbm=-110, rsrq_db=-12, sinr_db=11, technology="lte"),
        ),
        (
            "+CPSI: LTE,Online,252-02,0x260A,196089506,299,EUTRAN-BAND7,2850,5,5,21,47,43,17",
            SignalAnswer(rsrp_dbm=-94, rsrq_db=-9.5, technology="lte"),
        ),
        ("+CPSI: GSM,Online,460-00,0x1816,63905,81 PGSM 900,-64,2110,42-42", SignalAnswer(dbm=-64, technology="gsm")),
        (
            "+CPSI: WCDMA,Online,460-01,0xA809,11122855,WCDMA IMT 2000,279,10663,0,1.5,62,33,52,500",
            SignalAnswer(technology="umts"),
        ),
        ("+CPSI: LTE,Online,310-260,0x2D18,50896642", SignalAnswer(technology="lte")),
        ("+CPSI: NO SERVICE,Powering Off", UNKNOWN),  # simcom-sim5320
        # Intel: fibocom-l860
        (
            "+XCESQ: 0,99,99,255,255,26,57,50,255,255,255,255",
            SignalAnswer(rsrq_db=-7.0, rsrp_dbm=-84, sinr_db=25.0),
        ),
        ("+XCESQ: 0,99,99,255,255,255,255,255", UNKNOWN),
        # +CESQ of release 15, on NR
        ("+CESQ: 99,99,255,255,255,255,65,75,60", SignalAnswer(rsrq_db=-11.0, rsrp_dbm=-82, sinr_db=6.5)),
    ],
)
def test_every_form_is_read(line, expected):
    assert parse_signal(line) == expected


@pytest.mark.parametrize("prefix", ["^HCSQ", "^SYSINFOEX", "+QCSQ", "+QNWINFO", "+CPSI", "+XCESQ", "+CESQ", "+CSQ"])
@pytest.mark.parametrize(
    "rest", ["", ":", ": ", ': "LTE"', ': "LTE",,,,', ': "LTE",x,-,--1,1.5', ": ,,,,,,,,,,,,,,,", ': "']
)
def test_nothing_that_a_modem_says_is_too_odd(prefix, rest):
    found = parse_signal(prefix + rest)
    assert found is None or found.dbm is None


def test_whatever_a_profile_asks_for_is_understood():
    """An answer that begins as the command wants it, and is empty, is read by the vendor's reader and not as +CSQ."""
    for profile in PROFILES:
        for text in profile.signal:
            (prefix,) = vendor_signal(text).prefixes
            assert parse_signal(f"{prefix} 20,99") != SignalAnswer(rssi=20, ber=99, dbm=-73), (profile.name, text)
