"""The HTTP side: the address can be had, the certificate fits its key and holds on, and somebody has a key."""

import errno
import socket
import sqlite3
import ssl
from collections.abc import Iterable, Iterator
from shlex import quote

from gateway.doctor.case import Case, reading
from gateway.doctor.finding import Finding, fail, ok, skipped, warn

SOON_S = 14 * 86_400  # a certificate that ends within two weeks was not renewed when it should have been
COUNT_KEYS = "SELECT COUNT(*) FROM keys WHERE revoked_at IS NULL"  # logins are among them


def bind(case: Case) -> Iterator[Finding]:
    http = case.settings.http
    looked_at = f"{http.host} port {http.port}"
    if case.running is not None:
        yield skipped("http.bind", looked_at, f"the gateway that runs (process {case.running}) has it")
        return
    if case.closed:
        yield skipped("http.bind", looked_at, "whether a gateway runs, which would have it, cannot be seen")
        return
    try:
        with socket.create_server(
            (http.host, http.port), family=socket.AF_INET6 if ":" in http.host else socket.AF_INET
        ):
            pass
    except OSError as error:
        cures = {
            errno.EADDRINUSE: f"sudo ss -ltnp 'sport = :{http.port}'",
            errno.EADDRNOTAVAIL: "ip -brief address",
            errno.EACCES: f"sudo sysctl net.ipv4.ip_unprivileged_port_start={http.port}",
        }
        cause = f"it cannot be listened on: {error.strerror or error}"
        yield fail("http.bind", looked_at, cause, cures.get(error.errno or 0, case.edit))
    else:
        yield ok("http.bind", looked_at, "it is free")


async def tls(case: Case) -> Iterable[Finding]:
    http = case.settings.http
    if not http.tls_cert:
        if http.loopback:
            return [ok("http.tls", "HTTP", "only this machine can reach it, so nobody else reads along")]
        cause = "keys and messages cross the network in the clear, unless a proxy in front of it speaks HTTPS"
        return [warn("http.tls", f"HTTP on {http.host}", cause, case.edit)]
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            http.tls_cert,
            http.tls_key,
            password=lambda: "",  # else OpenSSL would ask at the terminal
        )
    except (OSError, ssl.SSLError) as error:
        cause = f"certificate and key cannot be used together: {error}"
        return [fail("http.tls", http.tls_cert, cause, f"openssl x509 -noout -subject -in {quote(http.tls_cert)}")]
    if await case.host.run(("openssl", "version")) is None:
        return [ok("http.tls", http.tls_cert, "certificate and key fit; when it ends is not known without openssl")]
    holds = await case.host.run(("openssl", "x509", "-checkend", str(SOON_S), "-noout", "-in", http.tls_cert))
    if holds is None:
        return [warn("http.tls", http.tls_cert, "it ends within two weeks, or has ended", "sudo certbot renew")]
    return [ok("http.tls", http.tls_cert, "certificate and key fit, and it holds for two weeks and more")]


def keys(case: Case) -> Iterator[Finding]:
    """Without a key everybody gets 401, and an address that others reach is refused at the start."""
    path = case.database
    if case.closed:
        yield skipped("http.keys", str(path), "the state directory is closed to this user")
        return
    try:
        with reading(path) as connection:
            count = int(connection.execute(COUNT_KEYS).fetchone()[0])
    except sqlite3.Error as error:
        if path.exists():
            yield skipped("http.keys", str(path), f"the keys cannot be counted: {error}")
            return
        count = 0
    if count:
        yield ok("http.keys", str(path), f"API keys and logins: {count}")
    elif case.settings.http.loopback:
        yield warn("http.keys", str(path), "there is no API key, so nobody can send", f"simgate keys add{case.options}")
    else:
        cause = f"there is no API key; with {case.settings.http.host} as its address the gateway will not start"
        yield fail("http.keys", str(path), cause, f"simgate keys add{case.options}")


CHECKS = (bind, tls, keys)
