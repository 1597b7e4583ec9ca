"""Accounts by all their names, logins, and the sessions that they open."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from gateway.domain.access import Account, AccountSettings, Key, Session


class AccessStore(Protocol):
    """Beside ``Store.accounts``, ``Store.keys`` and what stands with them. Lists are newest first; cursor: the ``num``
    of the last one seen."""

    async def accounts(self, limit: int, cursor: int | None = None) -> list[Account]: ...
    async def find_account(self, word: str) -> Account | None:
        """By name or id."""
        ...

    async def account_of(self, *, num: int | None = None, licensee_id: str | None = None) -> Account | None:
        """The account of that number, else of that licensee id."""
        ...

    async def create_account(
        self, name: str, settings: AccountSettings, now: datetime, *, licensee_id: str | None = None
    ) -> Account:
        """licensee_id: None for a random one. Raises Conflict("conflict") when the name or the id is taken."""
        ...

    async def change_account(self, word: str, change: Callable[[Account], Account]) -> Account:
        """Write what ``change`` makes of the account, in one transaction: settings, suspended_at and licensee_id.

        Raises NotFound, Conflict("conflict") for a licensee id that is taken, and what ``change`` raises.
        """
        ...

    async def keys(self, account: str, limit: int, cursor: int | None = None) -> list[Key]:
        """The account's API keys, revoked ones too."""
        ...

    async def logins(self, account: str, limit: int, cursor: int | None = None) -> list[Key]:
        """The account's logins that stand."""
        ...

    async def login(self, username: str) -> Key | None:
        """The one login of that name that stands, in any account."""
        ...

    async def add_login(self, key: Key) -> Key:
        """Raises NotFound for an unknown account, Conflict("conflict") when another login has the user name."""
        ...

    async def remove_login(self, account: str, key_id: str, now: datetime) -> bool:
        """It opens nothing any more, nor do its sessions. False when there is none such."""
        ...

    async def open_session(self, session: Session, *, most: int, ended: Callable[[Session], bool]) -> None:
        """Keep it; sessions of the same login that have ended are dropped, and the oldest beyond so many.

        Raises NotFound when the login does not stand any more.
        """
        ...

    async def session(self, token_hash: bytes) -> Session | None: ...
    async def close_session(self, token_hash: bytes) -> None: ...
    async def sessions_used(self, uses: Mapping[bytes, datetime]) -> None: ...
