"""The dialects beside /v1. To add one: write it, as a module here with a ``build``, and add its name to ``FRONTS``."""

from collections.abc import Callable
from typing import TypeAlias

from api.front import Front
from api.fronts import enswitch, messaging, rest_sms, sendsms, smssend
from gateway.config import Settings
from gateway.services import Gateway

Build: TypeAlias = Callable[[Gateway, Settings], Front]

FRONTS: tuple[Build, ...] = (rest_sms.build, enswitch.build, messaging.build, sendsms.build, smssend.build)
"""The one list of them; each takes its own section of the configuration. Whose a path is that leads nowhere, they are
asked in this order: smssend, which has all of /api, is the last."""


def names() -> tuple[str, ...]:
    """What keys, accounts and messages call them: a front's module, with ``-`` between the words."""
    return tuple(build.__module__.rpartition(".")[2].replace("_", "-") for build in FRONTS)


def build_fronts(gateway: Gateway, settings: Settings) -> tuple[Front, ...]:
    """Every dialect, as the configuration wants it."""
    return tuple(build(gateway, settings) for build in FRONTS)
