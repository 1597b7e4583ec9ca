import json
import os
from importlib.resources import files
from pathlib import Path

import pytest

from gateway.ports.roles import Role, hint_of, is_listed, rank_of, role_of
from gateway.ports.sysfs import Interface, UsbDevice


def stick(usb_id, number, kind=("ff", "ff", "ff")):
    return UsbDevice("1-1", usb_id), Interface(number, kind)


@pytest.mark.parametrize(
    ("usb_id", "number", "role"),
    [
        ("2c7c:0125", 0, Role.DIAGNOSTIC),
        ("2c7c:0125", 1, Role.NMEA),
        ("2c7c:0125", 2, Role.AT),
        ("2c7c:0125", 3, Role.SECOND),
        ("1e0e:9001", 2, Role.AT),
        ("1e0e:9011", 4, Role.AT),  # A76xx: not where the others of its make have it
        ("2c7c:9999", 2, Role.UNKNOWN),
    ],
)
def test_the_ports_of_known_products(usb_id, number, role):
    assert role_of(*stick(usb_id, number)) is role


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (("ff", "01", "01"), Role.PPP),
        (("ff", "02", "02"), Role.AT),
        (("FF", "01", "02"), Role.AT),
        (("ff", "01", "05"), Role.NMEA),
        (("ff", "06", "14"), Role.NMEA),
        (("ff", "ff", "ff"), Role.UNKNOWN),
        (("08", "06", "50"), Role.UNKNOWN),
    ],
)
def test_huaweis_sticks_say_it_themselves(kind, role):
    assert role_of(*stick("12d1:abcd", 0, kind)) is role
    assert role_of(*stick("2c7c:abcd", 0, kind)) is Role.UNKNOWN


def test_the_order_in_which_ports_are_tried():
    ranks = {role: rank_of(*stick("2c7c:0125", number)) for number, role in enumerate(("diag", "nmea", "at", "at2"))}
    assert (ranks["diag"], ranks["nmea"]) == (None, None)
    assert (
        ranks["at"] < ranks["at2"] < rank_of(*stick("2c7c:0125", 4)) < rank_of(*stick("12d1:1", 0, ("ff", "01", "01")))
    )


def test_every_role_of_the_table_is_known():
    table = json.loads((files("gateway.ports") / "usb_ports.json").read_text())["devices"]
    assert len(table) == 249
    for one in table:
        usb_id = f"{one['vendor']}:{one['product']}"
        assert is_listed(usb_id)
        for number, role in one["interfaces"].items():
            assert role_of(*stick(usb_id, int(number))) == role
    assert not is_listed("ffff:ffff")


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ("S:serial/by-id/x\nE:ID_MM_CANDIDATE=1\nE:ID_MM_PORT_TYPE_AT_PRIMARY=1\n", Role.AT),
        ("E:ID_MM_PORT_TYPE_AT_SECONDARY=1\n", Role.SECOND),
        ("E:ID_MM_PORT_TYPE_AT_PPP=1\n", Role.PPP),
        ("E:ID_MM_PORT_TYPE_QCDM=1\n", Role.DIAGNOSTIC),
        ("E:ID_MM_PORT_TYPE_GPS=1\n", Role.NMEA),
        ("E:ID_MM_PORT_TYPE_GPS=0\n", None),
        ("E:ID_MM_PORT_TYPE_SOMETHING_NEW=1\n", None),
        ("E:ID_MM_PORT_IGNORE=1\n", None),  # it is ours, where the modem is shared
        (None, None),
    ],
)
def test_modem_managers_tags_are_hints(tmp_path, said, role):
    number = Path(os.devnull).stat().st_rdev
    if said is not None:
        (tmp_path / f"c{os.major(number)}:{os.minor(number)}").write_text(said)
    assert hint_of(tmp_path, os.devnull) is role
    assert hint_of(tmp_path, str(tmp_path / "gone")) is None


def test_a_hint_counts_where_the_table_knows_nothing():
    assert rank_of(*stick("2c7c:9999", 2), Role.AT) == rank_of(*stick("2c7c:0125", 2))
    assert rank_of(*stick("2c7c:9999", 2), Role.DIAGNOSTIC) is None
    assert rank_of(*stick("2c7c:0125", 2), Role.DIAGNOSTIC) == rank_of(*stick("2c7c:0125", 2)) is not None
