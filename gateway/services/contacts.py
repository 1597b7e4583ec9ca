"""The people an account knows, and its groups of them."""

from collections.abc import Sequence

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.contact import Contact, ContactChange, Group, ImportReport
from gateway.services.contact_words import checked, group_name
from gateway.services.csv_contacts import read_rows
from gateway.services.words import Faults, need_either
from gateway.store.contract import Store

READ, WRITE = "contacts:read", "contacts:write"


class Contacts:
    """Contacts and groups. Reading needs contacts:read, changing contacts:write."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._people = store.people
        self._clock = clock

    async def list(
        self,
        *,
        by: Principal,
        limit: int,
        cursor: int | None = None,
        phone: str | None = None,
        q: str | None = None,
        group: str | None = None,
        ascending: bool = False,
    ) -> Sequence[Contact]:
        """Newest first, or ascending.

        phone: as people write it; q: part of the name, e-mail or external id, whatever its case; group: an id or a
        name. Raises NotFound for a group that is none, Rejected for a phone that is none.
        """
        by.need(READ)
        account = by.account.name
        chosen = None if group is None else (await self._people.group(account, group)).num
        number = None if phone is None else checked(ContactChange(phone=phone), by.account.settings).phone
        return await self._people.contacts(
            account, limit=limit, cursor=cursor, phone=number, q=q, group=chosen, ascending=ascending
        )

    async def get(self, contact: str, *, by: Principal) -> Contact:
        """By id. Raises NotFound."""
        by.need(READ)
        return await self._people.contact(by.account.name, contact)

    async def find(
        self, *, by: Principal, phone: str | None = None, email: str | None = None, external_id: str | None = None
    ) -> Contact | None:
        """The first of: the one of that external id, the oldest of that e-mail, the one of that phone. Whoever may
        send may ask: needs contacts:read, contacts:write or messages:send. phone: E.164 or a short code."""
        need_either(by, READ, WRITE, "messages:send")
        account = by.account.name
        return await self._people.find_contact(account, phone=phone, email=email, external_id=external_id)

    async def create(self, change: ContactChange, *, by: Principal) -> Contact:
        """Raises Rejected, also for a contact of nothing, and Conflict("conflict") for a phone or an external id of
        another one."""
        by.need(WRITE)
        wanted = checked(change, by.account.settings)
        faults = Faults()
        known = wanted.name or wanted.phone or wanted.email or wanted.external_id
        faults.need(bool(known), "name", "a name, a phone, an e-mail address or an external id")
        faults.check()
        return await self._people.create_contact(by.account.name, wanted, self._clock.now())

    async def update(self, contact: str, change: ContactChange, *, by: Principal) -> Contact:
        """Raises NotFound, Rejected, Conflict("conflict"). Of the custom fields those given change; "" removes one."""
        by.need(WRITE)
        wanted = checked(change, by.account.settings)
        return await self._people.update_contact(by.account.name, contact, wanted, self._clock.now())

    async def delete(self, contact: str, *, by: Principal) -> None:
        """Its subscriptions and opt-outs stay: they are the phone's. Raises NotFound."""
        by.need(WRITE)
        await self._people.delete_contact(by.account.name, contact)

    async def import_csv(self, octets: bytes, *, by: Principal) -> ImportReport:
        """Rows by their header: name, phone, email, external_id, tags, group; any other column is a custom field.

        A row is matched by external_id, then phone. All good rows are written, in one transaction; bad ones are named.
        Raises Rejected for what is no CSV.
        """
        by.need(WRITE)
        rows, faults = await read_rows(octets, by.account.settings)
        created, updated, more = await self._people.import_contacts(by.account.name, rows, self._clock.now())
        return ImportReport(created, updated, dict(sorted((faults | more).items())))

    # ---------------------------------------------------------------------------------------- groups

    async def groups(
        self, *, by: Principal, limit: int, cursor: int | None = None, ascending: bool = False
    ) -> Sequence[Group]:
        """Newest first, or ascending."""
        by.need(READ)
        return await self._people.groups(by.account.name, limit=limit, cursor=cursor, ascending=ascending)

    async def group(self, group: str, *, by: Principal) -> Group:
        """By id, or by name whatever its case. Raises NotFound. Needs contacts:read, contacts:write or
        messages:send."""
        need_either(by, READ, WRITE, "messages:send")
        return await self._people.group(by.account.name, group)

    async def create_group(self, name: str, *, by: Principal) -> Group:
        """Raises Rejected, Conflict("conflict") for a name that is taken."""
        by.need(WRITE)
        return await self._people.create_group(by.account.name, group_name(name), self._clock.now())

    async def rename_group(self, group: str, name: str, *, by: Principal) -> Group:
        """Raises NotFound, Rejected, Conflict("conflict")."""
        by.need(WRITE)
        return await self._people.rename_group(by.account.name, group, group_name(name))

    async def delete_group(self, group: str, *, by: Principal) -> None:
        """Its members stay contacts. Raises NotFound."""
        by.need(WRITE)
        await self._people.delete_group(by.account.name, group)

    async def add_members(self, group: str, contacts: Sequence[str], *, by: Principal) -> Group:
        """Contacts by id; those that are members already are fine. Raises NotFound."""
        by.need(WRITE)
        return await self._people.add_members(by.account.name, group, contacts)

    async def remove_members(self, group: str, contacts: Sequence[str], *, by: Principal) -> Group:
        """Contacts by id; those that are no members are fine. Raises NotFound."""
        by.need(WRITE)
        return await self._people.remove_members(by.account.name, group, contacts)
