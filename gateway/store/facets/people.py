"""``contracts.people.People`` on SQLite."""

from collections.abc import Sequence
from datetime import datetime

from gateway.domain.contact import Contact, ContactChange, Group
from gateway.domain.template import Template
from gateway.store import contacts, groups, templates
from gateway.store.contracts.people import Imported
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqlitePeople(Facet):
    """Contacts, groups and named messages."""

    async def contacts(
        self,
        account: str,
        *,
        limit: int,
        cursor: int | None = None,
        phone: str | None = None,
        q: str | None = None,
        group: int | None = None,
        ascending: bool = False,
    ) -> list[Contact]:
        return await self._read(
            lambda tx: contacts.contacts(
                tx, account, limit=limit, cursor=cursor, phone=phone, q=q, group=group, ascending=ascending
            ),
            searching=True,
        )

    async def contact(self, account: str, contact: str) -> Contact:
        return await self._read(lambda tx: contacts.get(tx, account, contact))

    async def find_contact(
        self, account: str, *, phone: str | None = None, email: str | None = None, external_id: str | None = None
    ) -> Contact | None:
        return await self._read(
            lambda tx: contacts.find(tx, account, phone=phone, email=email, external_id=external_id)
        )

    async def create_contact(self, account: str, change: ContactChange, now: datetime) -> Contact:
        return await self._write(lambda tx: contacts.create(tx, account, change, to_ms(now)))

    async def update_contact(self, account: str, contact: str, change: ContactChange, now: datetime) -> Contact:
        return await self._write(lambda tx: contacts.update(tx, account, contact, change, to_ms(now)))

    async def delete_contact(self, account: str, contact: str) -> None:
        await self._write(lambda tx: contacts.delete(tx, account, contact))

    async def import_contacts(
        self, account: str, rows: Sequence[Imported], now: datetime
    ) -> tuple[int, int, dict[int, str]]:
        return await self._write(lambda tx: groups.import_rows(tx, account, rows, to_ms(now)))

    async def groups(
        self, account: str, *, limit: int, cursor: int | None = None, ascending: bool = False
    ) -> list[Group]:
        return await self._read(lambda tx: groups.groups(tx, account, limit=limit, cursor=cursor, ascending=ascending))

    async def group(self, account: str, group: str) -> Group:
        return await self._read(lambda tx: groups.get(tx, account, group))

    async def create_group(self, account: str, name: str, now: datetime) -> Group:
        return await self._write(lambda tx: groups.create(tx, account, name, to_ms(now)))

    async def rename_group(self, account: str, group: str, name: str) -> Group:
        return await self._write(lambda tx: groups.rename(tx, account, group, name))

    async def delete_group(self, account: str, group: str) -> None:
        await self._write(lambda tx: groups.delete(tx, account, group))

    async def add_members(self, account: str, group: str, contacts: Sequence[str]) -> Group:
        return await self._write(lambda tx: groups.add_members(tx, account, group, contacts))

    async def remove_members(self, account: str, group: str, contacts: Sequence[str]) -> Group:
        return await self._write(lambda tx: groups.remove_members(tx, account, group, contacts))

    async def templates(
        self, account: str, *, limit: int, cursor: int | None = None, ascending: bool = False, skip: int = 0
    ) -> list[Template]:
        return await self._read(
            lambda tx: templates.templates(tx, account, limit=limit, cursor=cursor, ascending=ascending, skip=skip)
        )

    async def template(self, account: str, template: str) -> Template:
        return await self._read(lambda tx: templates.get(tx, account, template))

    async def create_template(
        self, account: str, name: str, text: str, segments: int, labels: Sequence[str], now: datetime
    ) -> Template:
        return await self._write(lambda tx: templates.create(tx, account, name, text, segments, labels, to_ms(now)))

    async def update_template(
        self,
        account: str,
        template: str,
        now: datetime,
        *,
        name: str | None = None,
        text: tuple[str, int] | None = None,
        labels: Sequence[str] | None = None,
        expected: datetime | None = None,
    ) -> Template:
        return await self._write(
            lambda tx: templates.update(
                tx, account, template, to_ms(now), name=name, text=text, labels=labels, expected=expected
            )
        )

    async def delete_template(self, account: str, template: str) -> None:
        await self._write(lambda tx: templates.delete(tx, account, template))
