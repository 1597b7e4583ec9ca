import socket
from itertools import product

import aiohttp
import pytest

from gateway.workers.guard import AddressBlocked, Guard

NEVER = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:1::1",
    "2001:db8::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
PRIVATE = [
    "10.11.12.13", "172.16.0.1", "192.168.1.5", "fc00::1", "fd12:3456::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
]  # fmt: skip
PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:4700::6810:1", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"]


@pytest.mark.parametrize(("address", "allow_private"), list(product(NEVER, (True, False))))
def test_native_07_special_addresses_are_refused_however_they_are_written(address, allow_private):
    assert not Guard(allow_private=allow_private).allows(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_networks_are_a_switch(address):
    assert Guard().allows(address)
    assert not Guard(allow_private=False).allows(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_rest_of_the_world_is_reachable(address):
    assert Guard(allow_private=False).allows(address)


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ("127.0.0.0/8", "127.0.0.1"),
        ("127.0.0.0/8", "::ffff:127.0.0.1"),
        ("::1/128", "::1"),
        ("169.254.0.0/16", "169.254.1.1"),
    ],
)
def test_a_network_named_in_the_configuration_is_reachable(network, address):
    assert Guard([network], allow_private=False).allows(address)
    assert not Guard(["192.0.2.0/24"], allow_private=False).allows(address)


def test_the_socket_is_not_even_made():
    with pytest.raises(AddressBlocked, match=r"127\.0\.0\.1.*allow_networks"):
        Guard()((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)))
    with pytest.raises(AddressBlocked, match="allow_private"):
        Guard(allow_private=False)((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80)))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://[::ffff:127.0.0.1]:9/",
        "http://0.0.0.0:9/", "http://2130706433:9/", "http://0x7f000001:9/", "http://127.1:9/",
        "http://①②⑦.⓪.⓪.①:9/", "http://[fe80::1]:9/", "http://[64:ff9b::7f00:1]:9/", "http://169.254.169.254:9/",
    ],
)  # fmt: skip
async def test_native_07_no_spelling_of_an_inner_address_is_connected_to(url):
    made = []

    class Recording(Guard):
        def __call__(self, address_info):
            made.append(address_info)
            return super().__call__(address_info)

    connector = aiohttp.TCPConnector(socket_factory=Recording())
    async with aiohttp.ClientSession(connector=connector, trust_env=False) as session:
        with pytest.raises((aiohttp.ClientError, ValueError)) as caught:
            await session.post(url)
    assert made == [] or "blocked address" in str(caught.value)


async def test_an_allowed_network_is_really_connected_to(aiohttp_sink):
    connector = aiohttp.TCPConnector(socket_factory=Guard(["127.0.0.0/8"]))
    async with aiohttp.ClientSession(connector=connector) as session, session.post(aiohttp_sink.url) as answer:
        assert answer.status == 200
