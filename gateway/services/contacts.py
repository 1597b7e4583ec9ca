"""The people an account knows, and its groups of them."""

from collections.abc import Sequence

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.contact import Contact, ContactChange, Group, ImportReport
from gateway.store.contract import Store


class Contacts:
    """Contacts and groups. Reading needs contacts:read, changing contacts:write."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
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
    ) -> Sequence[Contact]:
        """Newest first. q: part of the name, e-mail or external id; group: an id or a name."""
        raise NotImplementedError

    async def get(self, contact: str, *, by: Principal) -> Contact:
        """By id. Raises NotFound."""
        raise NotImplementedError

    async def find(
        self, *, by: Principal, phone: str | None = None, email: str | None = None, external_id: str | None = None
    ) -> Contact | None:
        """The first of: the one of that external id, the oldest of that e-mail, the one of that phone. Whoever may
        send may ask: needs contacts:read or messages:send."""
        raise NotImplementedError

    async def create(self, change: ContactChange, *, by: Principal) -> Contact:
        """Raises Rejected, Conflict("conflict") for a phone or an external id of another contact."""
        raise NotImplementedError

    async def update(self, contact: str, change: ContactChange, *, by: Principal) -> Contact:
        """Raises NotFound, Rejected, Conflict("conflict")."""
        raise NotImplementedError

    async def delete(self, contact: str, *, by: Principal) -> None:
        """Its subscriptions and opt-outs stay: they are the phone's. Raises NotFound."""
        raise NotImplementedError

    async def import_csv(self, octets: bytes, *, by: Principal) -> ImportReport:
        """Rows by their header: name, phone, email, external_id, tags, group; any other column is a custom field.

        A row is matched by external_id, then phone. All good rows are written, in one transaction; bad ones are named.
        Raises Rejected for what is no CSV.
        """
        raise NotImplementedError

    # ---------------------------------------------------------------------------------------- groups

    async def groups(self, *, by: Principal, limit: int, cursor: int | None = None) -> Sequence[Group]:
        """Newest first."""
        raise NotImplementedError

    async def group(self, group: str, *, by: Principal) -> Group:
        """By id, or by name whatever its case. Raises NotFound."""
        raise NotImplementedError

    async def create_group(self, name: str, *, by: Principal) -> Group:
        """Raises Conflict("conflict") for a name that is taken."""
        raise NotImplementedError

    async def rename_group(self, group: str, name: str, *, by: Principal) -> Group:
        """Raises NotFound, Conflict("conflict")."""
        raise NotImplementedError

    async def delete_group(self, group: str, *, by: Principal) -> None:
        """Its members stay contacts. Raises NotFound."""
        raise NotImplementedError

    async def add_members(self, group: str, contacts: Sequence[str], *, by: Principal) -> Group:
        """Contacts by id; those that are members already are fine. Raises NotFound."""
        raise NotImplementedError

    async def remove_members(self, group: str, contacts: Sequence[str], *, by: Principal) -> Group:
        """Raises NotFound."""
        raise NotImplementedError
