"""Where a request comes from, seen through proxies."""

import base64
from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from api.auth import ADDRESS, Proxies, basic, bearer_or_basic, is_loopback

TRUSTED = Proxies([ip_network("10.0.0.0/8"), ip_network("::1/128")])


def request(peer, *forwarded, **headers):
    lines = [("X-Forwarded-For", line) for line in forwarded] + list(headers.items())
    made = make_mocked_request("GET", "/", headers=CIMultiDict(lines))
    return made.clone(remote=peer)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.1", (), "203.0.113.1"),
        ("203.0.113.1", ("198.51.100.7",), "203.0.113.1"),  # nobody we trust said so
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.7",), "198.51.100.7"),
        ("10.0.0.1", ("127.0.0.1, 198.51.100.7",), "198.51.100.7"),  # what the caller wrote himself does not count
        ("10.0.0.1", ("127.0.0.1", "198.51.100.7, 10.9.9.9"), "198.51.100.7"),
        ("10.0.0.1", ("10.1.1.1",), "10.1.1.1"),
        ("10.0.0.1", ("nonsense",), "10.0.0.1"),
        ("::1", ("198.51.100.7",), "198.51.100.7"),
    ],
)
def test_the_address_is_the_nearest_that_is_no_proxy_of_ours(peer, forwarded, address):
    assert TRUSTED.address(request(peer, *forwarded)) == address


@pytest.mark.parametrize(
    ("peer", "forwarded", "loopback"),
    [("127.0.0.1", (), True), ("::1", (), True), ("127.0.0.1", ("127.0.0.1",), False), ("10.0.0.1", (), False)],
)
def test_who_came_through_an_unknown_proxy_is_not_on_this_machine(peer, forwarded, loopback):
    made = request(peer, *forwarded)
    made[ADDRESS] = Proxies().address(made)
    assert is_loopback(made) is loopback


@pytest.mark.parametrize("header", ["Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host", "x-forwarded-proto"])
def test_whatever_else_a_proxy_leaves_tells_of_it_too(header):
    made = request("127.0.0.1", **{header: "x"})
    made[ADDRESS] = Proxies().address(made)
    assert not is_loopback(made)


def test_the_scheme_is_read_whatever_its_case():
    assert bearer_or_basic(request("x", Authorization="BEARER gsk_1_2")) == "gsk_1_2"
    assert bearer_or_basic(request("x", Authorization="basic Z3NrXzFfMjo=")) == "gsk_1_2"
    assert bearer_or_basic(request("x")) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alice:secret", ("alice", "secret")),
        ("shop/till:a:b::", ("shop/till", "a:b::")),
        ("gsk_1_2:", ("gsk_1_2", "")),
        (":secret", ("", "secret")),
        ("Zo\u00e9:d\u00e9j\u00e0", ("Zo\u00e9", "d\u00e9j\u00e0")),
        ("no colon", None),
        ("", None),
    ],
)
def test_user_and_password_come_out_of_basic(text, found):
    encoded = base64.b64encode(text.encode()).decode()
    assert basic(request("x", Authorization=f"Basic {encoded}")) == found
    assert basic(request("x", Authorization=f"bAsIc   {encoded} ")) == found


@pytest.mark.parametrize("value", ["", "Basic", "Basic %%%", "Basic /zp4", "Bearer YTpi", "Basic YTp", "Basic \u00e9"])
def test_what_is_no_basic_has_neither(value):
    assert basic(request("x", Authorization=value)) is None
    assert basic(request("x")) is None
