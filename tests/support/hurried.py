"""``python -m tests.support.hurried …``: ``simgate`` with every wait for a modem and for its own clocks shortened.

For stories with many faults: what is waited for three minutes in the field is waited for a second here.
"""

import sys
from datetime import timedelta
from functools import partial

from gateway import breaker, daemon
from gateway.cli import main
from gateway.policy import outcome
from gateway.store import lifecycle
from gateway.workers import backoff, dispatcher, supervisor
from gateway.workers.connection import Intervals
from modem.driver import ModemSettings, Timing

WAIT_S = 0.5
RESEND_AFTER_S = 2.0
TIMING = Timing(
    **dict.fromkeys(("short", "identity", "sim", "radio", "storage", "read", "listing", "delete", "network"), WAIT_S),
    probe=WAIT_S / 2,
    prompt=WAIT_S,
    submit=2 * WAIT_S,
    quiet=0.03,
    guard=0.02,
    drain=0.3,
    missing_ok=0.1,
    answer_after_ok=0.1,
    pdu_after_header=0.2,
    settle=2.0,
    poll=0.05,
    registration=0.3,
)
INTERVALS = Intervals(check=0.7, sweep=1.0, sweep_again=0.2, unregistered=3.0, steady=2.0)


def hurry() -> None:
    vars(daemon)["Supervisor"] = partial(
        supervisor.Supervisor, intervals=INTERVALS, modem_settings=ModemSettings(timing=TIMING)
    )
    supervisor.LOOK_S = 0.05
    backoff.FIRST_WAIT_S, backoff.LONGEST_WAIT_S = 0.1, 0.5
    breaker.LONGEST_S, dispatcher.AHEAD_S = 0.5, 0.15
    vars(outcome)["DELAYS"] = tuple(timedelta(seconds=0.1 * (n + 1)) for n in range(outcome.MOST_TRIES))
    lifecycle.RESEND_AFTER_MS = round(RESEND_AFTER_S * 1000)


if __name__ == "__main__":
    hurry()
    sys.exit(main())
