"""Dialogue -> what it is there to show, by make of modem."""

from tests.modem.replay.expectations import huawei, modules, own, phones, quectel, serial_modules, simcom, unnamed, zte
from tests.modem.replay.replay import Expectation

_TABLES = (huawei, modules, phones, quectel, serial_modules, simcom, unnamed, zte)
EXPECTATIONS: dict[str, Expectation] = {
    name: expectation for table in _TABLES for name, expectation in table.EXPECTATIONS.items()
}
OWN_EXPECTATIONS: dict[str, Expectation] = own.EXPECTATIONS
