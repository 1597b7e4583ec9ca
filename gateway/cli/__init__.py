"""The command ``simgate``: reads its arguments, imports only the module of the verb that was asked for, runs it."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from gateway.cli.exits import Exit, Failure
from gateway.cli.parser import parse


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (``gateway.cli.exits``)."""
    try:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        module, function = arguments.handler.split(":")
        code = int(getattr(import_module(f"gateway.cli.{module}"), function)(arguments))
        sys.stdout.flush()
    except Failure as failure:
        from gateway.cli.output import note

        note(f"simgate: {failure}")
        return failure.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, such as head(1), has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    return code
