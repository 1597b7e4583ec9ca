"""What a modem keeps until it restarts, and how it shows that it has: not every restart says a word."""

from dataclasses import dataclass

from modem.at import answers, commands
from modem.at.session import Session
from modem.driver.asking import Asking

_TEXT_MODE = (1,)


@dataclass(frozen=True, slots=True)
class Kept:
    """As it reads back. errors: AT+CMEE, None where it does not tell; echoes: what it is told comes back."""

    errors: int | None = None
    echoes: bool = True


async def read_kept(session: Session) -> Kept:
    """Raises CommandTimeout when the modem has stopped answering at all, TransportLost."""
    line = await Asking(session).line(commands.ERROR_FORM)
    numbers = answers.parse_numbers(line) if line is not None else ()
    return Kept(numbers[0] if numbers else None, session.echoed)


async def sign_of_restart(session: Session, kept: Kept) -> str | None:
    """What only a restart can have done to these settings, and the storages' and the rest's with them; None: nothing.

    Nobody but a restart sets text mode, where a PDU would be sent as a text. Raises as ``read_kept``.
    """
    line = await Asking(session).line(commands.MESSAGE_FORMAT)
    if line is not None and answers.parse_numbers(line)[:1] == _TEXT_MODE:
        return line
    if session.echoed and not kept.echoes:
        return "echo is on"
    if kept.errors:
        now = (await read_kept(session)).errors
        if now is not None and now != kept.errors:
            return f"AT+CMEE is {now}"
    return None
