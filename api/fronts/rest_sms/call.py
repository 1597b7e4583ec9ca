"""One request of this dialect on its way through a command: who asks for what, and the words he uses for it."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from api.fronts.rest_sms.answers import Body, Worded, answer, date
from api.fronts.rest_sms.target import nowhere
from api.fronts.rest_sms.values import Values, wrong
from gateway.config.settings import RestSmsSettings
from gateway.domain.access import Account, Principal
from gateway.domain.contact import Group
from gateway.domain.errors import NotFound, Rejected
from gateway.domain.number import normalise
from gateway.domain.sender import ResolvedSender, named
from gateway.services import Gateway

CODE_SHOWN = 100  # characters of an unknown sender code that are told back


@dataclass(frozen=True, slots=True)
class Call:
    """said: all that the caller says, for his Idempotency-Key. base: what links begin with. front: its name."""

    gateway: Gateway
    settings: RestSmsSettings
    base: str
    front: str
    request: web.Request
    principal: Principal
    values: Values
    said: bytes

    @property
    def account(self) -> Account:
        return self.principal.account

    def answer(self, body: Body) -> web.Response:
        return answer(body, self.request)

    def dates(self, created_at: datetime, updated_at: datetime, *, first: str = "createdDate") -> dict[str, object]:
        """The two dates of an answer. first: what it calls the first one."""
        return {first: date(created_at, self.account), "updatedDate": date(updated_at, self.account)}

    def said_of(self, *names: str) -> str:
        """A value that is a segment of the path where it does not come otherwise; it may be empty.

        Raises Rejected("unknown_action").
        """
        value = self.values.find(*names)
        if value is None:
            raise nowhere()
        return value

    def needed(self, *names: str) -> str:
        """The same of one that must not be empty."""
        value = self.said_of(*names)
        if not value.strip():
            raise nowhere()
        return value

    def phone(self, country: str | None = None) -> str:
        """In E.164, or a short code. country: alpha-2, whose national numbers are understood, else the account's.

        Raises Worded, or Rejected("unknown_action") where there is none.
        """
        written = self.needed("phone")
        try:
            return normalise(written, country or self.account.settings.default_country)
        except Rejected:
            raise wrong("phone", written, "invalid_recipient") from None

    async def sender(self) -> ResolvedSender:
        """Raises Worded for a code that is none of the realm's [vendor: 5, for the text]."""
        code = self.needed("senderCode", "sender_code")
        try:
            return await self.gateway.senders.resolve(named(code), by=self.principal)
        except Rejected:
            told = f"Error getting sender with senderCode {code[:CODE_SHOWN]} realmID: {self.account.num}"
            raise Worded("invalid_sender", told) from None

    async def group(self) -> Group | None:
        """The group called ``groupName``; None for an unknown one, or none asked for."""
        name = self.values.get("groupName")
        if not name:
            return None
        try:
            return await self.gateway.contacts.group(name, by=self.principal)
        except NotFound:
            return None


def digits(phone: str) -> str:
    """A phone as answers tell it: E.164 without its plus [vendor: 4]."""
    return phone.removeprefix("+")
