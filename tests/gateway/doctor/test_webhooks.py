import sqlite3

import pytest

from gateway.doctor.finding import Verdict
from gateway.doctor.webhooks import webhooks
from gateway.store.migrate import migrate


def endpoint(machine, url, enabled=1):
    path = machine.state / "simgate.db"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, path)
    connection.execute(
        "INSERT INTO webhooks (id, account, url, secret, name, description, events, format, lines, enabled, headers, "
        "verify_tls, created_at, updated_at) "
        "VALUES ('whk_1', 'default', ?, 's', 'crm', '', '[]', 'native', '[]', ?, '{}', 1, 0, 0)",
        (url, enabled),
    )
    connection.close()


@pytest.mark.parametrize(
    ("url", "addresses", "verdict", "word"),
    [
        ("https://crm.example/hook", ["93.184.216.34"], Verdict.OK, "no request was sent"),
        ("https://crm.example/hook", ["127.0.0.1"], Verdict.FAIL, "allow_networks"),
        ("https://crm.example/hook", ["93.184.216.34", "169.254.169.254"], Verdict.FAIL, "169.254.169.254"),
        ("https://crm.example/hook", ["192.168.1.9"], Verdict.OK, "may be reached"),
        ("https://gone.example/hook", None, Verdict.FAIL, "leads nowhere"),
        ("http://[::1]:80/hook", None, Verdict.FAIL, "::1"),
        ("http://192.168.1.9/hook", None, Verdict.OK, "192.168.1.9"),
    ],
)
async def test_where_they_lead(machine, url, addresses, verdict, word):
    if addresses:
        machine.names["crm.example"] = addresses
    endpoint(machine, url)
    (found,) = await webhooks(machine.case)
    assert (found.verdict, word in found.cause) == (verdict, True)


async def test_private_networks_may_be_closed(machine):
    machine.configure("[webhooks]\nallow_private = false\n")
    endpoint(machine, "http://192.168.1.9/hook")
    (found,) = await webhooks(machine.case)
    assert (found.verdict, "allow_private" in found.cause) == (Verdict.FAIL, True)


async def test_one_that_is_off(machine):
    endpoint(machine, "https://crm.example/hook", enabled=0)
    assert [one.verdict for one in await webhooks(machine.case)] == [Verdict.WARN]


async def test_their_paths_are_not_told(machine):
    endpoint(machine, "https://user:canary@gone.example/canary?token=canary")
    assert "canary" not in str(await webhooks(machine.case))


async def test_a_name_from_outside_cannot_smuggle_a_command_into_the_cure(machine):
    endpoint(machine, "https://x;reboot/hook")
    (found,) = await webhooks(machine.case)
    assert found.cure == "getent hosts 'x;reboot'"


async def test_a_directory_of_another_user_is_not_looked_into(machine):
    machine.open_to_us = False
    assert [one.verdict for one in await webhooks(machine.case)] == [Verdict.SKIPPED]


async def test_none_at_all(machine):
    assert [one.verdict for one in await webhooks(machine.case)] == [Verdict.SKIPPED]
    machine.write("state/simgate.db", "")
    assert [one.verdict for one in await webhooks(machine.case)] == [Verdict.SKIPPED]
