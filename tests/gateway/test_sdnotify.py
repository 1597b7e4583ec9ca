import os
import socket

import pytest

from gateway.sdnotify import ServiceManager


@pytest.fixture(params=["path", "abstract"])
def manager_socket(request, tmp_path):
    name = str(tmp_path / "notify") if request.param == "path" else f"\0simgate-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(name)
        sock.settimeout(5)
        yield sock, name.replace("\0", "@")


def test_the_service_manager_hears_every_assignment(manager_socket):
    sock, name = manager_socket
    ServiceManager({"NOTIFY_SOCKET": name}).tell("READY=1", "STATUS=2/3 lines up")
    assert sock.recv(1024) == b"READY=1\nSTATUS=2/3 lines up"


def test_without_a_service_manager_nothing_happens():
    ServiceManager({}).tell("READY=1")


def test_a_service_manager_that_is_gone_stops_nothing(tmp_path):
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_for_the_process_it_names(environ, seconds):
    assert ServiceManager(environ).watchdog_s == seconds
