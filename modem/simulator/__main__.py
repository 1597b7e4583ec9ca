"""`python -m modem.simulator`: modems to try everything without hardware. Prints their devices, one a line."""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from modem.simulator.bank import Bank, serve
from modem.simulator.catalogue import CATALOGUE
from modem.simulator.latency import NATURAL, NONE, Latency


def main(argv: Sequence[str] | None = None) -> int:
    """Run until interrupted. Returns the exit status."""
    options = _parser().parse_args(argv)
    directory = options.dir or Path(tempfile.mkdtemp(prefix="simgate-modems-"))
    latency = NATURAL if options.natural else NONE
    if options.submit:
        latency = Latency.of(submit=options.submit, report=options.report)

    def ready(bank: Bank) -> None:
        for bay in bank.modems:
            sys.stdout.write(f"{bay.device}\n")
        sys.stdout.flush()
        sys.stderr.write(f"control socket: {bank.control_socket}\n")

    asyncio.run(_until_interrupted(options, directory, latency, ready))
    return 0


async def _until_interrupted(
    options: argparse.Namespace, directory: Path, latency: Latency, ready: Callable[[Bank], None]
) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await serve(
            modems=options.modems,
            directory=directory,
            numbers=options.number,
            manner=options.manner or "generic",
            latency=latency,
            pin=options.pin,
            echo_phones=options.echo_phone or (),
            ready=ready,
        )
    except asyncio.CancelledError:
        task.uncancel()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m modem.simulator", description=__doc__)
    parser.add_argument("--modems", type=int, default=1, help="how many (default 1)")
    parser.add_argument("--dir", type=Path, help="for the devices, ledger and control socket (default: a new one)")
    parser.add_argument("--number", action="append", help="a SIM's number; give it once for each modem")
    parser.add_argument("--manner", action="append", choices=sorted(CATALOGUE), help="how they answer; may be repeated")
    parser.add_argument("--natural", action="store_true", help="take the time that real networks take")
    parser.add_argument("--submit", help='seconds from Ctrl-Z to the answer: "2", "1.5..4" or "3~0.5"')
    parser.add_argument("--report", default="0", help="seconds from acceptance to the status report")
    parser.add_argument("--pin", help="the cards' PIN")
    parser.add_argument("--echo-phone", action="append", help="a number outside that answers what it gets")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
