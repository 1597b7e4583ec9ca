import pytest

from modem.events import CallReceived, PowerWarning, RegistrationChanged, Restarted, SimChanged, StorageFull
from tests.modem.driver.responder import driven


@pytest.mark.parametrize(
    "line",
    [
        "RDY",
        "^SYSSTART",
        "^SYSSTART AIRPLANE MODE",
        "+CFUN: 1",
        "MODEM:STARTUP",
        "*ATREADY: 1",
        "+WIND: 3",
        "^CINIT: 1, 0, 0",
    ],
)
async def test_a_restart_is_told_once(line: str) -> None:
    async with driven() as d:
        d.port.announce(line)
        d.port.announce("+CPIN: READY")
        assert await d.event(Restarted, SimChanged) == Restarted(line)
        await d.no_event(Restarted, SimChanged)


async def test_periodic_boot_lines_are_no_restart() -> None:
    """Huawei: ^BOOT comes every 20 seconds."""
    async with driven() as d:
        for line in ("^BOOT:41175390,0,0,0,89", "^RSSI:13", "+CIEV: service,  1", "+WIND: 7"):
            d.port.announce(line)
        await d.no_event(Restarted)


async def test_a_sim_that_is_pulled_out_is_told() -> None:
    async with driven() as d:
        d.port.announce("+CPIN: NOT INSERTED")
        assert await d.event(SimChanged) == SimChanged("absent")


async def test_a_sim_that_is_ready_anew_means_bringing_up_anew() -> None:
    async with driven() as d:
        d.port.announce("+CPIN: READY")
        assert await d.event(Restarted) == Restarted("+CPIN: READY")


@pytest.mark.parametrize(
    ("line", "storage"),
    [
        ('^SMMEMFULL: "SM"', "SM"),
        ("^SMMEMFULL", None),
        ("+SMS FULL", None),
        ('+QIND: "smsfull","ME"', "ME"),
        ("^SMGO: 2", None),
    ],
)
async def test_a_full_storage_is_told_and_swept(line: str, storage: str | None) -> None:
    async with driven() as d:
        before = d.port.count("AT+CMGL")
        d.port.announce(line)
        assert await d.event(StorageFull) == StorageFull(storage)
        await d.no_event(StorageFull)
        assert d.port.count("AT+CMGL") > before


async def test_a_call_is_told_once_with_its_number() -> None:
    async with driven() as d:
        for _ in range(3):
            d.port.announce("RING")
            d.port.announce('+CLIP: "+447700900111",145,"",0,"",0')
        assert await d.event(CallReceived) == CallReceived("+447700900111")
        await d.no_event(CallReceived)


async def test_a_call_without_number_is_told_all_the_same() -> None:
    async with driven() as d:
        d.port.announce("RING")
        assert await d.event(CallReceived) == CallReceived(None)


async def test_a_set_command_answered_as_its_test_form_is_no_call() -> None:
    async with driven() as d:
        d.port.announce("+CLIP: (0-1)")
        await d.no_event(CallReceived)


async def test_a_weak_supply_is_told() -> None:
    async with driven() as d:
        d.port.announce("UNDER-VOLTAGE WARNNING")
        assert await d.event(PowerWarning) == PowerWarning("UNDER-VOLTAGE WARNNING")


async def test_an_unchanged_registration_is_not_told_again() -> None:
    async with driven() as d:
        await d.event(RegistrationChanged)
        d.port.announce('+CREG: 1,"00A1","00B2",0')
        await d.no_event(RegistrationChanged)


async def test_a_storage_that_is_ready_late_is_looked_into() -> None:
    async with driven() as d:
        before = d.port.count("AT+CMGL")
        d.port.announce("SMS DONE")
        await d.no_event(Restarted)
        assert d.port.count("AT+CMGL") > before
