"""``simgate setup``: a modem that is plugged in → a configuration, a key and a first SMS."""

import os
import sys
from argparse import Namespace
from pathlib import Path

from gateway.cli.exits import Exit, Failure
from gateway.cli.output import show_json
from gateway.cli.setup_end import Ready, finish
from gateway.cli.setup_line import Draft, write_line
from gateway.cli.setup_modem import Chosen, choose_modem
from gateway.cli.talk import Ended, Talk
from gateway.config import SERVICE_CONFIG, ConfigError, Settings, load, state_directory
from gateway.doctor.case import running_gateway
from gateway.doctor.host import Host
from gateway.domain.errors import GatewayError
from gateway.store.lock import AlreadyLocked
from gateway.store.migrate import DatabaseDamaged, SchemaTooNew

_NO_TERMINAL = """it asks questions, and there is no terminal here. Give --yes, and what the defaults do not know:
  --device PORT     when more than one modem answers      --name NAME, --number +NUMBER   of the line
  --pin-file FILE   when the SIM wants its PIN            --test-to +NUMBER               to send one SMS"""


def setup(arguments: Namespace) -> int:
    """Exit 0 when all that was asked for is done; 6 when the line is there and the test SMS did not go."""
    if not arguments.yes and not sys.stdin.isatty():
        raise Failure(Exit.USAGE, _NO_TERMINAL)
    talk = Talk(asks=not arguments.yes, aside=arguments.output == "json")
    steps: list[str] = []
    try:
        return _guide(arguments, talk, Host(), steps)
    except Ended:
        raise Failure(Exit.REFUSED, f"stopped: the input has ended. {_left_behind(steps)}") from None
    except KeyboardInterrupt:
        talk.tell(f"\nStopped. {_left_behind(steps)}")
        raise
    except AlreadyLocked as busy:
        raise Failure(Exit.REFUSED, f"{busy}. {_left_behind(steps)}") from busy
    except (GatewayError, ConfigError, SchemaTooNew, DatabaseDamaged) as refusal:
        raise Failure(Exit.REFUSED, f"{refusal}\n{_left_behind(steps)}") from refusal
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise Failure(Exit.REFUSED, f"{what}. {_left_behind(steps)}") from error


def _guide(arguments: Namespace, talk: Talk, host: Host, steps: list[str]) -> int:
    """steps: what lasts, in words, as soon as it does."""
    config, data_dir = _places(arguments)
    settings = load(config, data_dir) if config.exists() else Settings(data_dir=data_dir)
    if (process := running_gateway(host, data_dir)) is not None:
        stop = "sudo systemctl stop simgate" if config == SERVICE_CONFIG else f"kill {process}"
        raise Failure(
            Exit.REFUSED,
            f"a gateway runs on {data_dir} (process {process}) and has its modems. Stop it for as long as this takes: "
            f"{stop}. A key alone is made while it runs: simgate keys add --data-dir {data_dir}",
        )
    talk.tell(f"Configuration: {config}{'' if config.exists() else ' (new)'}. State: {data_dir}.")
    chosen: Chosen = choose_modem(arguments, talk, host, settings)
    draft: Draft = write_line(arguments, talk, host, config, settings, chosen, steps)
    ready = Ready(config, draft.settings, draft.line, chosen)
    result = finish(arguments, talk, ready, steps)
    if arguments.output == "json":
        show_json(result)
    return Exit.FAILED if result["test"] is not None and result["test"]["state"] != "sent" else Exit.OK


def _places(arguments: Namespace) -> tuple[Path, Path]:
    """The configuration and the state directory: the service's where this user may write that, else below ./var."""
    config: Path | None = arguments.config
    if config is None and (SERVICE_CONFIG.exists() or os.access(SERVICE_CONFIG.parent, os.W_OK)):
        config = SERVICE_CONFIG
    data_dir = state_directory(arguments.data_dir, config, os.environ).absolute()
    return (config or data_dir / "config.toml").absolute(), data_dir


def _left_behind(steps: list[str]) -> str:
    return " ".join(steps) if steps else "Nothing was written."
