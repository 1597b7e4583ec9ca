"""``simgate run``, ``demo`` and ``simulate``: the commands that stay."""

import asyncio
import logging
import os
import resource
import signal
import sys
from argparse import Namespace
from collections.abc import Coroutine
from importlib import import_module
from typing import Any

from gateway.cli.exits import Exit, Failure
from gateway.cli.output import say, show_table

PRIVATE = 0o077  # nobody else reads what the gateway writes


def run(arguments: Namespace) -> int:
    """The daemon, until a signal stops it."""
    from gateway import log
    from gateway.config import ConfigError, load

    try:
        settings = load(arguments.config, arguments.data_dir)
    except ConfigError as error:
        raise Failure(Exit.REFUSED, str(error)) from error
    os.umask(PRIVATE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold keys and texts
    log.setup(settings.log)

    from gateway.daemon import StartRefused, run_daemon
    from gateway.store.lock import AlreadyLocked
    from gateway.store.migrate import DatabaseDamaged, SchemaTooNew

    try:
        _run(run_daemon(settings, handle_signals=True))
    except (StartRefused, AlreadyLocked, SchemaTooNew, DatabaseDamaged) as error:
        raise Failure(Exit.REFUSED, str(error)) from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise Failure(Exit.REFUSED, f"the gateway cannot start: {error.strerror or error}{where}") from error
    except ExceptionGroup as group:  # the daemon's own tasks: this is its last word
        logging.getLogger(__name__).critical("the gateway failed and ends", exc_info=group)
        return Exit.FAILED
    return Exit.OK


def _run(work: Coroutine[Any, Any, None]) -> None:
    """On uvloop's loop where that is installed."""
    try:
        new_event_loop = import_module("uvloop").new_event_loop
    except ModuleNotFoundError:
        new_event_loop = None
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(work)


def simulate(arguments: Namespace) -> int:
    """Simulated modems at links in a directory, until interrupted; or the manners they know."""
    from modem.simulator.bank import Bank, serve

    manners = arguments.manner or ["generic"]
    if "list" in manners:
        return _list_manners()
    for name in manners:
        _need_manner(name)

    def ready(bank: Bank) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, bank.stopped.set)
        for n, bay in enumerate(bank.modems):
            say(f"{bay.device}  {bay.number}  {manners[n % len(manners)]}")
        say("Name them as `device` in [[lines]]. Ctrl-C ends them.")
        sys.stdout.flush()  # a program that reads these lines needs them now

    modems = arguments.modems or max(2, len(manners))
    asyncio.run(serve(modems=modems, directory=arguments.dir, manner=manners, ready=ready))
    return Exit.OK


def _list_manners() -> int:
    from modem.simulator.catalogue import CATALOGUE

    rows = [
        {"name": manner.name, "modem": f"{manner.manufacturer} {manner.model}".strip(), "about": manner.about}
        for manner in CATALOGUE.values()
    ]
    show_table(rows, {"name": "NAME", "modem": "SAYS IT IS", "about": "WHAT IS ODD ABOUT IT"})
    return Exit.OK


def _need_manner(name: str) -> None:
    from modem.simulator.catalogue import CATALOGUE, names_near

    if name in CATALOGUE:
        return
    near = names_near(name)
    hint = f"did you mean {' or '.join(near)}?" if near else "simgate simulate --manner list shows them all"
    raise Failure(Exit.USAGE, f'no modem is known as "{name}"; {hint}')


def demo(arguments: Namespace) -> int:
    """The tour, then the gateway stays up until interrupted."""
    from gateway.demo import run_demo
    from gateway.store.lock import AlreadyLocked

    os.umask(PRIVATE)
    try:
        return asyncio.run(run_demo(once=arguments.once, port=arguments.port, data_dir=arguments.data_dir))
    except AlreadyLocked as error:
        raise Failure(Exit.REFUSED, str(error)) from error
