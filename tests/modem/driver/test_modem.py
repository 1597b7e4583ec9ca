import asyncio
from dataclasses import replace

import pytest

from modem.driver import Modem
from modem.errors import CommandRejected, CommandTimeout, TransportLost
from modem.events import LateReference, RegistrationChanged, Restarted, StorageFull
from tests.modem.driver.responder import QUICK, Answer, driven, nothing

PDU = bytes.fromhex("0001000B918167747074F8000005C8329BFD06")
OK = "\r\nOK\r\n"


def said(body: str) -> str:
    return f"\r\n{body}\r\n\r\nOK\r\n"


# --- out


async def test_a_message_goes_out_without_asking_anything_first() -> None:
    async with driven() as d:
        before = len(d.port.heard)
        assert await d.modem.submit(PDU, 18, before_ctrl_z=nothing) == 7
        assert d.port.heard[before:] == ["AT+CMGS=18", PDU.hex().upper() + "\x1a"]


async def test_the_link_is_kept_open_once_for_the_parts_that_follow() -> None:
    async with driven() as d:
        before = len(d.port.heard)
        for more in (True, True, False):
            await d.modem.submit(PDU, 18, before_ctrl_z=nothing, more_follow=more)
        assert [line for line in d.port.heard[before:] if line.startswith("AT")] == ["AT+CMMS=2", *["AT+CMGS=18"] * 3]


async def test_a_modem_that_keeps_no_link_is_not_asked_twice() -> None:
    async with driven({"AT+CMMS=2": "\r\n+CMS ERROR: 500\r\n"}) as d:
        for _ in range(2):
            assert await d.modem.submit(PDU, 18, before_ctrl_z=nothing, more_follow=True) == 7
        assert d.port.count("AT+CMMS=2") == 1


async def test_a_link_that_was_not_what_the_modem_thought_is_kept_no_more() -> None:
    async with driven() as d:
        d.port.script[PDU.hex().upper()] = "\r\n+CMS ERROR: 528\r\n"
        with pytest.raises(CommandRejected):
            await d.modem.submit(PDU, 18, before_ctrl_z=nothing, more_follow=True)
        assert d.port.heard[-1] == "AT+CMMS=0"
        assert d.modem.capabilities.more_messages is None


async def test_a_reference_that_comes_too_late_is_told() -> None:
    async with driven({PDU.hex().upper(): ""}) as d:
        with pytest.raises(CommandTimeout):
            await d.modem.submit(PDU, 18, before_ctrl_z=nothing)
        d.port.announce("+CMGS: 123")
        assert await d.event(LateReference) == LateReference(123)


async def test_a_modem_that_restarted_sends_nothing_until_it_is_brought_up() -> None:
    """It may be in text mode, where the PDU would go out as a text."""
    async with driven() as d:
        d.port.announce("RDY")
        assert await d.event(Restarted) == Restarted("RDY")
        with pytest.raises(CommandTimeout):
            await d.modem.submit(PDU, 18, before_ctrl_z=nothing)
        assert d.port.count("AT+CMGS") == 0
        await d.modem.bring_up()
        assert await d.modem.submit(PDU, 18, before_ctrl_z=nothing) == 7


@pytest.mark.parametrize("found", ["said", "looked for"])
async def test_a_restart_that_is_found_while_a_message_waits_for_its_turn_keeps_it_back(found: str) -> None:
    """Behind it the modem is in text mode, where the PDU would go out as a text to the number "18"."""
    committed: list[None] = []

    async def commit() -> None:
        committed.append(None)

    async with driven() as d:
        if found == "said":
            command, ahead = "AT+CMGL=4", d.modem.sweep()
            d.port.script[command] = "\r\nRDY\r\n"
        else:
            command, ahead = "AT+CMGF?", d.modem.check()  # type: ignore[assignment]  # of other types
            d.port.script[command] = said("+CMGF: 1")
        before = asyncio.ensure_future(ahead)
        async with asyncio.timeout(2):
            while d.port.heard[-1:] != [command]:
                await asyncio.sleep(0)
        with pytest.raises(CommandTimeout):
            await d.modem.submit(PDU, 18, before_ctrl_z=commit)
        await asyncio.gather(before, return_exceptions=True)
        assert await d.event(Restarted)
        assert not any(line.endswith("\x1a") for line in d.port.heard)
        assert committed == [], "nothing is on its way, and nobody has to find out"


async def test_a_restart_behind_ctrl_z_ends_the_wait_for_the_result() -> None:
    async with driven({PDU.hex().upper(): "\r\n^SYSSTART\r\n"}) as d:
        async with asyncio.timeout(0.2):
            with pytest.raises(CommandTimeout):
                await d.modem.submit(PDU, 18, before_ctrl_z=nothing)
        assert await d.event(Restarted) == Restarted("^SYSSTART")


# --- the port


async def test_a_lost_port_is_told_everywhere_at_once() -> None:
    async with driven({PDU.hex().upper(): ""}) as d:
        sending = asyncio.create_task(d.modem.submit(PDU, 18, before_ctrl_z=nothing))
        await asyncio.sleep(0.02)
        d.port.unplug()
        async with asyncio.timeout(0.2):
            with pytest.raises(TransportLost):
                await sending
            with pytest.raises(TransportLost):
                await d.modem.check()
            with pytest.raises(TransportLost):
                await d.modem.sweep()
            with pytest.raises(TransportLost):
                await d.modem.bring_up()


async def test_waiting_for_the_network_ends_with_the_port() -> None:
    async with driven({"AT+CREG?": said("+CREG: 0,2")}) as d:
        waiting = asyncio.create_task(d.modem.wait_registered())
        await asyncio.sleep(0.01)
        d.port.unplug()
        async with asyncio.timeout(0.2):
            with pytest.raises(TransportLost):
                await waiting


async def test_the_pump_raises_the_loss_itself_and_the_events_end() -> None:
    async with driven() as d:
        d.port.unplug()
        async for _ in d.modem.events():
            pass
        with pytest.raises(TransportLost):
            await d.modem.run()


async def test_a_port_that_cannot_be_opened_is_a_lost_transport() -> None:
    with pytest.raises(TransportLost, match="nothing-here"):
        await Modem.open("/dev/nothing-here")


# --- the network


async def test_the_network_taking_the_modem_in_is_told() -> None:
    async with driven({"AT+CREG?": said("+CREG: 2,2")}) as d:
        assert not d.modem.registration.may_send
        d.port.announce('+CREG: 5,"00A1","00B2",2')
        waiting = asyncio.create_task(d.modem.wait_registered())
        async with asyncio.timeout(1):
            await waiting
        assert d.modem.registration.roaming
        assert d.modem.registration.technology == "umts"
        told = await d.event(RegistrationChanged)
        assert told == RegistrationChanged(d.modem.registration)


async def test_a_modem_that_does_not_tell_of_its_registration_is_asked() -> None:
    answers = iter([said("+CREG: 0,2"), said("+CREG: 0,2")])
    async with driven({"AT+CREG?": lambda _: next(answers, said("+CREG: 0,1"))}) as d:
        async with asyncio.timeout(1):
            await d.modem.wait_registered()
        assert d.modem.registration.circuit == 1


@pytest.mark.parametrize(
    ("stat", "may"), [(1, True), (5, True), (6, True), (7, True), (9, True), (8, False), (11, False)]
)
async def test_sms_only_is_enough_and_emergency_only_is_not(stat: int, may: bool) -> None:
    async with driven({"AT+CREG?": said(f"+CREG: 0,{stat}")}) as d:
        assert d.modem.registration.may_send is may


async def test_lte_alone_is_enough() -> None:
    script: dict[str, Answer] = {"AT+CREG?": said("+CREG: 0,0"), "AT+CEREG?": said('+CEREG: 2,1,"1F00","79D903",7')}
    async with driven(script) as d:
        assert d.modem.registration.may_send
        assert d.modem.registration.technology == "lte"


async def test_being_denied_is_told() -> None:
    async with driven({"AT+CREG?": said("+CREG: 0,3")}) as d:
        assert d.modem.registration.denied


# --- health


async def test_a_check_tells_how_the_modem_is() -> None:
    async with driven() as d:
        health = await d.modem.check()
        assert health.registration.circuit == 1
        assert (health.signal.rssi_dbm, health.signal.ber) == (-73, 0)
        assert health.operator == "00101"
        assert [(use.storage, use.total) for use in health.storages][-1] == ("SM", 20)


async def test_an_unknown_strength_is_not_a_weak_one() -> None:
    async with driven({"AT+CSQ": said("+CSQ: 99,99")}) as d:
        assert (await d.modem.check()).signal.rssi_dbm is None


HUAWEI_SAYS = {
    "AT+CGMI": said("huawei"),
    "AT+CSQ": said("+CSQ: 22,99"),
    "AT^HCSQ?": said('^HCSQ: "LTE",52,45,150,28'),
    "AT^SYSINFOEX": said('^SYSINFOEX: 2,3,0,1,,6,"LTE",101,"LTE"'),
}


async def test_a_check_tells_of_the_signal_what_only_the_vendors_command_tells() -> None:
    async with driven(HUAWEI_SAYS) as d:
        health = await d.modem.check()
        signal = health.signal
        assert (signal.rssi_dbm, signal.rsrp_dbm, signal.sinr_db, signal.rsrq_db) == (-69, -96, 9.8, -6.0)
        assert health.technology == "lte"
        assert d.port.count("AT+CESQ") == 0, "nothing is asked twice"


async def test_a_vendors_command_that_this_firmware_does_not_know_is_soon_asked_no_more() -> None:
    refused = HUAWEI_SAYS | {"AT^HCSQ?": "\r\nCOMMAND NOT SUPPORT\r\n", "AT+CESQ": said("+CESQ: 99,99,255,255,20,80")}
    async with driven(refused) as d:
        for _ in range(5):
            health = await d.modem.check()
        assert d.port.count("AT^HCSQ?") == 3
        assert (health.signal.rssi_dbm, health.signal.rsrp_dbm, health.technology) == (-69, -61, "lte")


async def test_announcements_that_were_switched_off_are_switched_on_again() -> None:
    async with driven() as d:
        d.port.routing = "2,0,0,0,0"
        before = d.port.count("AT+CMGL")
        await d.modem.check()
        assert d.port.routing == "2,1,0,2,0"
        await d.no_event(Restarted)
        assert d.port.count("AT+CMGL") > before, "what came meanwhile is looked for"


async def test_text_mode_gives_a_silent_restart_away() -> None:
    async with driven() as d:
        d.port.script["AT+CMGF?"] = said("+CMGF: 1")
        await d.modem.check()
        assert await d.event(Restarted) == Restarted("+CMGF: 1")


async def test_a_sim_that_is_busy_does_not_end_the_questions_for_the_registration() -> None:
    async with driven() as d:
        d.port.script["AT+CREG?"] = "\r\n+CME ERROR: 14\r\n"
        await d.modem.check()
        assert d.modem.registration.circuit == 1, "what was said before holds"
        d.port.script["AT+CREG?"] = said("+CREG: 2,3")
        await d.modem.check()
        assert d.modem.registration.circuit == 3


async def test_a_full_storage_is_told_once() -> None:
    async with driven() as d:
        d.port.script["AT+CPMS?"] = said('+CPMS: "SM",20,20,"SM",20,20,"SM",20,20')
        await d.modem.check()
        assert await d.event(StorageFull) == StorageFull("SM")
        await d.modem.check()
        await d.no_event(StorageFull)


async def test_a_modem_that_does_not_answer_its_check_is_told_as_such() -> None:
    async with driven() as d:
        d.port.script["AT"] = ""
        with pytest.raises(CommandTimeout):
            await d.modem.check()


async def test_a_cycled_radio_gets_its_settings_back() -> None:
    async with driven() as d:

        def off(_: str) -> str:
            d.port.routing = "0,0,0,0,0"
            return OK

        d.port.script["AT+CFUN=4"] = off
        d.port.script["AT+CFUN=1"] = f"{OK}\r\n+CPIN: READY\r\n\r\nSMS Ready\r\n"
        await d.modem.cycle_radio()
        assert d.port.routing == "2,1,0,2,0"
        await d.no_event(Restarted)


async def test_a_reset_modem_must_be_brought_up_again() -> None:
    async with driven() as d:
        await d.modem.reset()
        assert d.port.heard[-1] == "AT+CFUN=1,1"
        with pytest.raises(CommandTimeout):
            await d.modem.submit(PDU, 18, before_ctrl_z=nothing)
        await d.modem.bring_up()
        assert await d.modem.submit(PDU, 18, before_ctrl_z=nothing) == 7


async def test_a_reset_modem_is_waited_for() -> None:
    async with driven(timing=replace(QUICK, settle=3.0)) as d:
        await d.modem.reset()
        starting = iter([""] * 7)
        d.port.script["AT"] = lambda line: "" if next(starting, None) is not None else d.port.plain(line)
        await d.modem.bring_up()
        assert d.modem.identity.model == "One"


async def test_a_modem_nobody_has_talked_to_can_be_reset() -> None:
    async with driven(up=False) as d:
        await d.modem.reset()
        assert d.port.heard[-1] == "AT+CFUN=1,1"
        await d.modem.bring_up()


async def test_a_stick_that_a_reset_turns_into_a_cd_is_not_reset_even_before_it_was_brought_up() -> None:
    async with driven({"AT+CGMI": said("huawei"), "AT+CGMM": said("E1752")}, up=False) as d:
        await d.modem.reset()
        assert d.port.count("AT+CFUN=1,1") == 0
        assert [line for line in d.port.heard if line.startswith("AT+CFUN=")] == ["AT+CFUN=4", "AT+CFUN=1"]


async def test_a_profile_that_was_chosen_is_not_asked_for() -> None:
    async with driven(up=False, profile="u-blox") as d:
        await d.modem.reset()
        assert d.port.heard[-1] == "AT+CFUN=16"
        assert d.port.count("AT+CGMI") == 0


async def test_a_modem_without_the_reset_of_its_vendor_gets_the_one_of_the_standard() -> None:
    async with driven({"AT+CGMI": said("Telit"), "AT#REBOOT": "\r\nERROR\r\n"}) as d:
        await d.modem.reset()
        assert d.port.heard[-2:] == ["AT#REBOOT", "AT+CFUN=1,1"]


async def test_a_restart_that_is_healed_is_no_news() -> None:
    async with driven() as d:
        d.port.announce("RDY")
        await asyncio.sleep(0.02)
        await d.modem.bring_up()
        await d.no_event(Restarted)


async def test_resync_finds_the_modem_again() -> None:
    async with driven() as d:
        await d.modem.resync()
        assert (await d.modem.check()).operator == "00101"


@pytest.mark.parametrize("roaming", [True, False])
async def test_a_network_abroad_is_one_to_send_over_where_the_owner_says_so(roaming: bool) -> None:
    async with driven({"AT+CREG?": said("+CREG: 0,5")}, roaming=roaming) as d:
        assert d.modem.registration.roaming
        assert d.modem.registration.registered
        assert d.modem.registration.may_send is roaming
