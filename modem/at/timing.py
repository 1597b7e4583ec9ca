"""Every wait of the AT side, in seconds, by name."""

from dataclasses import dataclass

from modem.at.commands import Wait


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait for what. The defaults outlast every modem that was measured; tests shorten them.

    submit: from Ctrl-Z to the result. A result has come after 135 s; whoever gives up earlier takes an acceptance
        for a failure.
    """

    probe: float = 1.0
    short: float = 5.0
    identity: float = 5.0
    sim: float = 10.0
    pin: float = 30.0
    radio: float = 15.0
    storage: float = 20.0  # the first AT+CPMS after a cold start
    read: float = 10.0
    listing: float = 60.0
    delete: float = 10.0
    prompt: float = 10.0
    submit: float = 180.0
    network: float = 30.0
    scan: float = 180.0  # a search of all bands for networks; 30 s are usual
    ussd: float = 120.0  # Quectel, determined by the network; others answer OK at once
    ussd_answer: float = 60.0  # from the OK to what the network says
    quiet: float = 0.5  # silence that ends a drain
    drain: float = 3.0  # a drain ends here even on a line that never falls silent
    missing_ok: float = 1.0  # silence after an information line that ends a command whose OK is forgotten
    answer_after_ok: float = 1.0  # how long an information line may come behind a stray OK
    pdu_after_header: float = 2.0  # the second line of +CMT and its like; also an open quoted string
    guard: float = 1.2  # silence around +++, by which a modem in data mode knows it from data
    settle: float = 60.0  # SIM, SMS service and radio after power-on
    poll: float = 2.0  # between two questions while they settle
    ready_after_pin: float = 20.0
    registration: float = 10.0  # between two questions while the network does not take us
    call: float = 8.0  # rings further apart are two calls
    caller: float = 1.0  # the number comes behind the first ring

    def of(self, wait: Wait) -> float:
        """The seconds that a command is given."""
        seconds: float = getattr(self, wait.value)
        return seconds


@dataclass(frozen=True, slots=True)
class Pacing:
    """What a slow modem asks of us, in seconds and octets; zero costs nothing.

    gap: between a result code and the next command. after_prompt: before the PDU. before_ctrl_z: behind the PDU.
    chunk: octets written at once, with `between_chunks` in between; 0 writes everything at once.
    """

    gap: float = 0.0
    after_prompt: float = 0.0
    before_ctrl_z: float = 0.0
    chunk: int = 0
    between_chunks: float = 0.0
