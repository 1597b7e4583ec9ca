"""/v1/accounts and the logins below them, for the operator: scope admin (decisions.md)."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from api.v1.accounts_schema import AccountShape, CreateAccount, CreateLogin, LoginShape, PatchAccount
from api.v1.answer import answer, binding_of, cursor_after, listed, row_of
from api.v1.operation import Operation
from api.v1.schema import Page
from api.v1.shapes import ListShape
from api.wire import parse_query
from gateway.domain.access import Account, Key, Principal
from gateway.domain.event import instant
from gateway.services import Gateway

TAG = "accounts"
SCOPE = "admin"


class AccountRoutes:
    """Every account of the gateway; {account} is its name or its id."""

    def __init__(self, gateway: Gateway) -> None:
        self._accounts = gateway.accounts

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on accounts and their logins."""
        all_, one = "/v1/accounts", "/v1/accounts/{account}"
        page, shape = ListShape[AccountShape], AccountShape
        create, patch = CreateAccount, PatchAccount
        return (
            Operation("GET", all_, self.list, SCOPE, "List accounts", TAG, {200: page}, query=Page),
            Operation("POST", all_, self.create, SCOPE, "Make an account", TAG, {201: shape}, body=create),
            Operation("GET", one, self.get, SCOPE, "An account", TAG, {200: shape}),
            Operation("PATCH", one, self.update, SCOPE, "Change or suspend it", TAG, {200: shape}, body=patch),
            *self._login_operations(f"{one}/logins"),
        )

    def _login_operations(self, path: str) -> tuple[Operation, ...]:
        page, shape = ListShape[LoginShape], LoginShape
        single = f"{path}/{{login}}"
        return (
            Operation("GET", path, self.logins, SCOPE, "Users of the account", TAG, {200: page}, query=Page),
            Operation("POST", path, self.add_login, SCOPE, "Make a user", TAG, {201: shape}, body=CreateLogin),
            Operation("DELETE", single, self.remove_login, SCOPE, "Remove a user", TAG, {204: None}),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(Page, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._accounts.list(by=principal, limit=query.limit + 1, cursor=row_of(query.cursor, binding))
        return listed(rows, query.limit, _show_account, lambda row: cursor_after(row.num, binding))

    async def create(self, request: web.Request, principal: Principal) -> web.Response:
        body = await CreateAccount.read(request)
        made = await self._accounts.create(body.name, body.settings.given(), by=principal, licensee_id=body.licensee_id)
        return answer(_show_account(made), 201, {"Location": f"/v1/accounts/{made.id}"})

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(_show_account(await self._accounts.get(request.match_info["account"], by=principal)))

    async def update(self, request: web.Request, principal: Principal) -> web.Response:
        body = await PatchAccount.read(request)
        changed = await self._accounts.update(
            request.match_info["account"],
            body.settings.given(),
            by=principal,
            suspended=body.suspended,
            licensee_id=body.licensee_id,
        )
        return answer(_show_account(changed))

    async def logins(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(Page, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._accounts.logins(
            request.match_info["account"],
            by=principal,
            limit=query.limit + 1,
            cursor=row_of(query.cursor, binding),
        )
        return listed(rows, query.limit, _show_login, lambda row: cursor_after(row.num, binding))

    async def add_login(self, request: web.Request, principal: Principal) -> web.Response:
        body = await CreateLogin.read(request)
        made = await self._accounts.add_login(
            request.match_info["account"],
            body.username,
            body.password,
            by=principal,
            scopes=body.scopes,
            fronts=body.fronts,
            ip_allow=body.ip_allow,
        )
        return answer(_show_login(made), 201)

    async def remove_login(self, request: web.Request, principal: Principal) -> web.Response:
        await self._accounts.remove_login(request.match_info["account"], request.match_info["login"], by=principal)
        return web.Response(status=204)


def _show_account(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "num": account.num,
        "name": account.name,
        "licensee_id": account.licensee_id,
        "created_at": instant(account.created_at),
        "suspended_at": instant(account.suspended_at),
        "settings": asdict(account.settings),
    }


def _show_login(login: Key) -> dict[str, Any]:
    return {
        "id": login.id,
        "username": login.username,
        "scopes": list(login.scopes),
        "fronts": list(login.fronts),
        "ip_allow": list(login.ip_allow),
        "created_at": instant(login.created_at),
        "expires_at": instant(login.expires_at),
        "last_used_at": instant(login.last_used_at),
    }
