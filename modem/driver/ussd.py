"""USSD: a code out, the network's answer back in its own time (TS 27.007 §7.15)."""

import asyncio

from modem.at.session import Session
from modem.at.ussd import CANCEL, UssdAnswer, parse_ussd, request
from modem.driver.news import News
from modem.errors import CommandRejected, CommandTimeout


class UssdDialogue:
    """One code at a time. The answer comes before the OK or long after it, so it is always taken as news."""

    def __init__(self, session: Session, news: News) -> None:
        self._session = session
        self._news = news
        self._turn = asyncio.Lock()

    async def ask(self, code: str) -> UssdAnswer:
        """Send a code, or the reply that the last answer asked for.

        Raises ValueError for what is no code, CommandRejected, CommandTimeout when nothing came in time, TransportLost.
        """
        async with self._turn:
            try:
                answer = await self._send(code, packed=False)
                if not answer.not_supported:
                    return answer
            except CommandRejected as error:
                if error.code is not None:  # the network's word, or the SIM's: another form changes nothing
                    raise
            return await self._send(code, packed=True)  # Huawei and ZTE take no other form

    async def _send(self, code: str, *, packed: bool) -> UssdAnswer:
        command, seconds = request(code, packed=packed), self._session.timing.ussd_answer
        with self._news.ussd() as coming:
            await self._session.require(command)
            try:
                async with asyncio.timeout(seconds):
                    line = await coming
            except TimeoutError:
                await self._session.execute(CANCEL)  # else the network keeps the dialogue open
                raise CommandTimeout(command.name, seconds) from None
        answer = parse_ussd(line)
        assert answer is not None  # news of that prefix
        return answer
