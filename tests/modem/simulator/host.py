"""A host as plain as can be: os.read and os.write on the modem's device, no parser of the product."""

import asyncio
import os
from collections.abc import Callable

from modem.pdu.address import Address
from modem.pdu.dcs import DataCoding
from modem.pdu.segmentation import segment
from modem.pdu.tpdu import Submit

FINALS = ("OK", "ERROR", "+CMS ERROR", "+CME ERROR", "COMMAND NOT SUPPORT")


def submit(to: str, text: str = "hello", *, report: bool = False) -> Submit:
    segmentation = segment(text)
    return Submit(
        destination=Address.of(to),
        user_data=segmentation.parts[0].user_data,
        data_coding=DataCoding.for_text(segmentation.alphabet),
        status_report_request=report,
    )


class Host:
    """Opens a device and keeps everything it reads; `seen` is what no call has taken yet."""

    def __init__(self, device: str) -> None:
        self._loop = asyncio.get_running_loop()
        self.fd = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.seen = b""
        self.gone = asyncio.Event()
        self._news = asyncio.Event()
        self._loop.add_reader(self.fd, self._readable)

    def _readable(self) -> None:
        try:
            octets = os.read(self.fd, 65536)
        except BlockingIOError:
            return
        except OSError:
            octets = b""
        if not octets:
            self._loop.remove_reader(self.fd)
            self.gone.set()
        self.seen += octets
        self._news.set()

    def write(self, octets: bytes | str) -> None:
        os.write(self.fd, octets.encode("latin-1") if isinstance(octets, str) else octets)

    async def until(self, enough: Callable[[bytes], bool] | bytes, timeout: float = 3.0) -> bytes:
        """Take what was read once it is enough (holds these octets)."""
        test = enough if callable(enough) else lambda seen: enough in seen
        async with asyncio.timeout(timeout):
            while not test(self.seen):
                self._news.clear()
                await self._news.wait()
        seen, self.seen = self.seen, b""
        return seen

    async def ask(self, command: str) -> list[str]:
        """The lines that answer a command line, the final result code last."""
        self.write(command + "\r")
        return lines(await self.until(finished))

    async def prompt(self, octets: int, command: str = "AT+CMGS") -> bytes:
        self.write(f"{command}={octets}\r")
        return await self.until(b">")

    async def send(self, message: Submit) -> list[str]:
        """AT+CMGS, the PDU, Ctrl-Z; the lines of the answer."""
        await self.prompt(message.tpdu_length)
        self.write(message.encode().hex().upper() + "\x1a")
        return lines(await self.until(finished))

    def seen_now(self) -> bytes:
        """Take what it has written up to now, without waiting."""
        self._readable()
        seen, self.seen = self.seen, b""
        return seen

    def quiet_now(self) -> bool:
        """Has it written nothing up to now?"""
        self._readable()
        return self.seen == b""

    def close(self) -> None:
        self._loop.remove_reader(self.fd)
        os.close(self.fd)


def lines(octets: bytes) -> list[str]:
    return [line for line in octets.decode("latin-1").replace("\r", "\n").split("\n") if line]


def finished(octets: bytes) -> bool:
    return octets.endswith(b"\n") and any(line.startswith(FINALS) for line in lines(octets))
