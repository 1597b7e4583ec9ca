"""``store.access`` on SQLite."""

from collections.abc import Callable, Mapping
from datetime import datetime

from gateway.domain.access import Account, AccountSettings, Key, Session
from gateway.store import access, sessions
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteAccess(Facet):
    """``contracts.access.AccessStore``."""

    async def accounts(self, limit: int, cursor: int | None = None) -> list[Account]:
        return await self._read(lambda tx: access.page_of_accounts(tx, limit, cursor))

    async def find_account(self, word: str) -> Account | None:
        return await self._read(lambda tx: access.find_account(tx, word))

    async def account_of(self, *, num: int | None = None, licensee_id: str | None = None) -> Account | None:
        return await self._read(lambda tx: access.account_of(tx, num, licensee_id))

    async def create_account(
        self, name: str, settings: AccountSettings, now: datetime, *, licensee_id: str | None = None
    ) -> Account:
        return await self._write(lambda tx: access.create_account(tx, name, settings, to_ms(now), licensee_id))

    async def change_account(self, word: str, change: Callable[[Account], Account]) -> Account:
        return await self._write(lambda tx: access.change_account(tx, word, change))

    async def keys(self, account: str, limit: int, cursor: int | None = None) -> list[Key]:
        return await self._read(lambda tx: access.page_of_keys(tx, account, limit, cursor))

    async def logins(self, account: str, limit: int, cursor: int | None = None) -> list[Key]:
        return await self._read(lambda tx: access.page_of_logins(tx, account, limit, cursor))

    async def login(self, username: str) -> Key | None:
        return await self._read(lambda tx: access.login(tx, username))

    async def add_login(self, key: Key) -> Key:
        return await self._write(lambda tx: access.add_login(tx, key))

    async def remove_login(self, account: str, key_id: str, now: datetime) -> bool:
        return await self._write(lambda tx: access.remove_login(tx, account, key_id, to_ms(now)))

    async def open_session(self, session: Session, *, most: int, ended: Callable[[Session], bool]) -> None:
        await self._write(lambda tx: sessions.open_session(tx, session, most, ended))

    async def session(self, token_hash: bytes) -> Session | None:
        return await self._read(lambda tx: sessions.find(tx, token_hash))

    async def close_session(self, token_hash: bytes) -> None:
        await self._write(lambda tx: sessions.close(tx, token_hash))

    async def sessions_used(self, uses: Mapping[bytes, datetime]) -> None:
        await self._write(lambda tx: sessions.used(tx, uses))
