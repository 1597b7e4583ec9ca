"""The ways in which modems differ, as data. Field pages: shared knowledge of real modems; clauses: TS 27.005."""

from dataclasses import dataclass, field
from enum import StrEnum


class Spot(StrEnum):
    """Where lines that nobody asked for come through while a command is being answered."""

    BEFORE_ECHO = "before the echo"
    BEFORE_ANSWER = "between echo and answer"
    IN_RECORD = "between a header and its PDU"
    BEFORE_FINAL = "before the final result code"
    BEFORE_PROMPT = "before the prompt"
    AFTER_PROMPT = "behind the prompt"
    BEFORE_REFERENCE = "between Ctrl-Z and +CMGS"


class Cut(StrEnum):
    """How octets reach the host."""

    FRAMES = "an answer in one piece"
    LINES = "a line at a time"
    BYTES = "an octet at a time"
    GLUED = "whatever is due, in one piece"


@dataclass(frozen=True, slots=True)
class Manner:
    """One family's manner. Names of commands have no "AT". Times are in seconds, short ones for what takes long really.

    commands: exact command line → its information lines, all answered with OK; None: an error.
    """

    name: str
    imei: str
    commands: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    unsupported: frozenset[str] = frozenset()

    # grammar
    echo_stays: bool = False
    echoes_pdu: bool = False
    unknown: str = "ERROR"
    surplus: str = "ERROR"
    code_blank: str = " "  # between "ERROR:" and the number
    mute_errors: bool = False  # plain ERROR whatever +CMEE says
    spot_noise: tuple[str, ...] = ()
    spots: tuple[Spot, ...] = (Spot.BEFORE_FINAL,)
    idle_noise_s: float = 0.0  # 0: quiet
    noise_until: str | None = None  # a command that ends the noise
    rubbish: bytes = b""  # octets that are no text, in front of now and then an answer
    cut: Cut = Cut.FRAMES
    latency_s: float = 0.001
    late_every: int = 0  # every n-th answer …
    late_s: float = 0.0  # … comes that much later
    slow: dict[str, float] = field(default_factory=dict)

    # start
    boot: tuple[tuple[float, str], ...] = ()
    deaf_s: float = 0.0  # after power-on: nothing is heard
    not_ready_s: float = 0.0  # after power-on: SMS and SIM commands are refused
    not_ready: str = "+CMS ERROR: 302"
    not_ready_pin: str = "+CME ERROR: 14"
    text_mode_first: bool = True  # +CMGF: 1 at power-on
    pin: str | None = None
    pin_settles_s: float = 0.05
    cpin_without_ok: bool = False

    # storages
    storages: dict[str, tuple[int, int]] = field(default_factory=lambda: {"SM": (20, 1)})  # capacity, first index
    cpms_test: str = '("SM"),("SM"),("SM")'
    cpms_lists: tuple[tuple[str, ...], ...] = (("SM",), ("SM",), ("SM",))
    first_storages: tuple[str, str, str] = ("SM", "SM", "SM")
    receives_into: str | None = None  # whatever mem3 says
    full_line: str | None = None
    list_header: str = "+CMGL: {index},{stat},,{length}"
    read_header: str = "+CMGR: {stat},,{length}"
    record_end: str = "\r\n"  # between header and PDU
    empty_place: str = "OK"

    # routing
    cnmi_test: str = "(0-2),(0-3),(0-3),(0-2),(0,1)"
    cnmi_takes: tuple[tuple[int, ...], ...] = ((0, 1, 2), (0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2), (0, 1))
    cnmi_first: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    csms_test: str = "(0,1)"
    csms_takes: tuple[int, ...] = (0, 1)
    csms_first: int = 0
    flash_is_direct: bool = True
    report_storage: str = "SM"
    report_announced: tuple[str, int] | None = None  # storage and offset that +CDSI gives; None: the true ones
    report_before_reference: bool = False
    report_national: bool = False  # TP-RA without the country code
    clock_ahead_quarters: int = 0  # of the service centre: a wrong zone
    acknowledge_within_s: float = 1.5

    # sending
    prompt: str = "\r\n> "
    reference_line: str = "+CMGS: {}"
    first_reference: int = 254
    cmms: bool = True

    # network
    creg_read: str = "+CREG: {mode},{stat}"
    creg_event: str = "+CREG: {stat}"
    charset: str = "GSM"
    charsets: tuple[str, ...] = ("GSM", "IRA", "UCS2")
