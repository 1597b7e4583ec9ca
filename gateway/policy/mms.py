"""What an inbound message that is no text has to tell: a multimedia message that waits to be fetched. Pure."""

from datetime import datetime, timedelta

from gateway.domain.message import MultimediaNotice
from modem.errors import DecodeError
from modem.pdu.mms import MmsNotification, is_mms_push
from modem.pdu.udh import Ports


def notice_of(data: bytes | None, ports: tuple[int, int] | None, received_at: datetime) -> MultimediaNotice | None:
    """data: the joined user data; ports: destination and source. None for anything else, and for what is damaged."""
    if data is None or not is_mms_push(data, None if ports is None else Ports(ports[0], ports[1], 16)):
        return None
    try:
        told = MmsNotification.decode(data)
    except DecodeError:
        return None
    return MultimediaNotice(
        url=_writable(told.content_location) or "",
        sender=_writable(told.sender_number or told.sender),
        subject=_writable(told.subject),
        size=told.size,
        expires_at=_end(told.expiry, received_at),
    )


def _writable(text: str | None) -> str | None:
    """Half a surrogate pair is no text that a database or a JSON document could hold."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")


def _end(expiry: timedelta | datetime | None, received_at: datetime) -> datetime | None:
    try:
        return received_at + expiry if isinstance(expiry, timedelta) else expiry
    except OverflowError:  # a number of seconds that no calendar holds
        return None
