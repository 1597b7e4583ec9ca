import socket
import sqlite3
import ssl

import pytest

from gateway.doctor.finding import Verdict
from gateway.doctor.http import bind, keys, tls
from gateway.store.migrate import migrate


def database(machine, key=False, revoked=None):
    path = machine.state / "simgate.db"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, path)
    if key:
        connection.execute(
            "INSERT INTO keys (id, account, kind, secret_hash, scopes, name, ip_allow, fronts, created_at, revoked_at) "
            "VALUES ('abc', 'default', 'api_key', x'00', '[]', '', '[]', '[]', 0, ?)",
            (revoked,),
        )
    connection.close()


def test_an_address_that_is_free_and_one_that_is_taken(machine):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        machine.configure(f"[http]\nport = {port}\n")
        (found,) = bind(machine.case)
        assert (found.verdict, str(port) in found.cure) == (Verdict.FAIL, True)
    assert [one.verdict for one in bind(machine.case)] == [Verdict.OK]


def test_an_address_that_this_machine_has_not(machine):
    machine.configure('[http]\nhost = "192.0.2.1"\nport = 0\n')
    (found,) = bind(machine.case)
    assert (found.verdict, found.cure) == (Verdict.FAIL, "ip -brief address")


def test_a_running_gateway_has_its_address(machine):
    machine.run_gateway(812)
    assert [one.verdict for one in bind(machine.case)] == [Verdict.SKIPPED]


async def test_no_https(machine):
    assert [one.verdict for one in await tls(machine.case)] == [Verdict.OK]
    machine.configure('[http]\nhost = "0.0.0.0"\n')
    assert [one.verdict for one in await tls(machine.case)] == [Verdict.WARN]


async def test_files_that_are_no_certificate(machine):
    for name in ("cert.pem", "key.pem"):
        machine.write(name, "no PEM")
    machine.configure('[http]\ntls_cert = "cert.pem"\ntls_key = "key.pem"\n')
    (found,) = await tls(machine.case)
    assert (found.verdict, "openssl" in found.cure) == (Verdict.FAIL, True)


@pytest.mark.parametrize(("holds", "verdict"), [("Certificate will not expire\n", Verdict.OK), (None, Verdict.WARN)])
async def test_how_long_a_certificate_holds(machine, monkeypatch, holds, verdict):
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda *arguments, **options: None)
    for name in ("cert.pem", "key.pem"):
        machine.write(name)
    machine.configure('[http]\ntls_cert = "cert.pem"\ntls_key = "key.pem"\n')
    machine.programs |= {"openssl version": "OpenSSL 3\n", "openssl x509": holds}
    assert [one.verdict for one in await tls(machine.case)] == [verdict]


def test_keys(machine):
    (found,) = keys(machine.case)
    assert (found.verdict, "keys add" in found.cure) == (Verdict.WARN, True)
    database(machine)
    assert [one.verdict for one in keys(machine.case)] == [Verdict.WARN]
    machine.configure('[http]\nhost = "0.0.0.0"\n')
    assert [one.verdict for one in keys(machine.case)] == [Verdict.FAIL]


@pytest.mark.parametrize(("revoked", "verdict"), [(None, Verdict.OK), (1, Verdict.WARN)])
def test_a_revoked_key_is_none(machine, revoked, verdict):
    database(machine, key=True, revoked=revoked)
    assert [one.verdict for one in keys(machine.case)] == [verdict]


def test_a_database_that_cannot_be_read(machine):
    machine.write("state/simgate.db", "no database" * 200)
    assert [one.verdict for one in keys(machine.case)] == [Verdict.SKIPPED]
