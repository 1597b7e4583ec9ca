"""A modem of no known make: TS 27.005 and TS 27.007 as written, and what most vendors agree on."""

from modem.profiles.profile import Profile

GENERIC = Profile(
    name="generic",
    card_identity=(
        "AT+CCID",
        "AT+QCCID",
        "AT+ICCID",
        "AT^ICCID?",
        "AT+CICCID",
        "AT#CCID",
        "AT^SCID",
        "AT+ZGETICCID",
    ),
    pin_retries=(
        "AT+CPINR",
        "AT+SPIC",
        'AT+QPINC="SC"',
        "AT^CPIN?",
        "AT+UPINCNT",
        "AT+ZPINPUK=?",
        "AT#PCT",
        "AT^SPIC",
        "AT+XPINCNT",
    ),
    routing_modes=(2, 1, 3, 0),
    report_routes=(2, 1),
    flush_modes=(0, 1),
    routings=(
        (2, 1, 0, 2, 0),
        (2, 1, 0, 1, 0),
        (1, 1, 0, 1, 0),
        (1, 1, 0, 2, 0),
        (2, 1, 0, 2, 1),
        (2, 1, 0, 0, 0),
        (1, 1, 0, 0, 0),
        (2, 2, 0, 1, 0),
    ),
    storages=("ME", "SM", "MT", "TA"),
    acknowledgements=("AT+CNMA", "AT+CNMA=1", "AT+CNMA=0"),
    refusals=("AT+CNMA=2",),
    reset="AT+CFUN=1,1",
    restarts=r"RDY|\^SYSSTART.*|MODEM:STARTUP|\*ATREADY: 1|\+CFUN: 1|START",
    sms_ready=r"SMS DONE|SMS Ready|\+QIND: SMS DONE|\+WIND: 4|#QSS: 3",
    storage_full=r'\^SMMEMFULL(?:: ?"?(\w+)"?)?|\+SMS FULL|\+QIND: ?"smsfull"(?:, ?"?(\w+)"?)?|\^SMGO: ?[12]',
    power=r"(?:UNDER|OVER)-VOLTAGE.*|NORMAL POWER DOWN|POWERED DOWN",
)
