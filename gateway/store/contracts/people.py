"""Contacts, groups of them, and named messages, as a store keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.contact import Contact, ContactChange, Group
from gateway.domain.template import Template


@dataclass(frozen=True, slots=True)
class Imported:
    """One good row of a file. line: where it stands in the file; group: the name of the group it is put into."""

    line: int
    change: ContactChange
    group: str | None = None


class People(Protocol):
    """Everything by account, by its name; lists by number, newest first or ascending, behind ``cursor``."""

    # -- contacts
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
    ) -> list[Contact]: ...

    async def contact(self, account: str, contact: str) -> Contact:
        """Raises NotFound."""
        ...

    async def find_contact(
        self, account: str, *, phone: str | None = None, email: str | None = None, external_id: str | None = None
    ) -> Contact | None:
        """The first of: the one of that external id, the oldest of that e-mail, the one of that phone."""
        ...

    async def create_contact(self, account: str, change: ContactChange, now: datetime) -> Contact:
        """Raises Conflict("conflict") for a phone or an external id of another one; so does update."""
        ...

    async def update_contact(self, account: str, contact: str, change: ContactChange, now: datetime) -> Contact:
        """Raises NotFound, Conflict("conflict")."""
        ...

    async def delete_contact(self, account: str, contact: str) -> None:
        """Raises NotFound."""
        ...

    async def import_contacts(
        self, account: str, rows: Sequence[Imported], now: datetime
    ) -> tuple[int, int, dict[int, str]]:
        """All good rows; returns how many are new, how many changed, and the faults of others by line."""
        ...

    # -- groups
    async def groups(
        self, account: str, *, limit: int, cursor: int | None = None, ascending: bool = False
    ) -> list[Group]: ...
    async def group(self, account: str, group: str) -> Group:
        """By id, or by name whatever its case. Raises NotFound; so do all that follow."""
        ...

    async def create_group(self, account: str, name: str, now: datetime) -> Group:
        """Raises Conflict("conflict") for a name that is taken; so does rename."""
        ...

    async def rename_group(self, account: str, group: str, name: str) -> Group: ...
    async def delete_group(self, account: str, group: str) -> None: ...
    async def add_members(self, account: str, group: str, contacts: Sequence[str]) -> Group: ...
    async def remove_members(self, account: str, group: str, contacts: Sequence[str]) -> Group: ...

    # -- templates
    async def templates(
        self, account: str, *, limit: int, cursor: int | None = None, ascending: bool = False, skip: int = 0
    ) -> list[Template]: ...
    async def template(self, account: str, template: str) -> Template:
        """By id, or by name whatever its case. Raises NotFound; so do all that follow."""
        ...

    async def create_template(
        self, account: str, name: str, text: str, segments: int, labels: Sequence[str], now: datetime
    ) -> Template:
        """Raises Conflict("conflict") for a name that is taken; so does update."""
        ...

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
        """text: with its segments. Raises Rejected("precondition_failed") for another ``updated_at``."""
        ...

    async def delete_template(self, account: str, template: str) -> None: ...
