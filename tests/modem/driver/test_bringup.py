import asyncio

import pytest

from modem.driver import Identity
from modem.errors import CommandRejected, CommandTimeout, ProtocolError
from modem.events import DeliverReceived
from tests.modem.driver.responder import DELIVER, Answer, driven, nothing

OK, ERROR = "\r\nOK\r\n", "\r\nERROR\r\n"


def said(body: str) -> str:
    return f"\r\n{body}\r\n\r\nOK\r\n"


def after(times: int, before: str, then: str) -> Answer:
    """The first `times` answers, then the other."""
    count = iter(range(times))
    return lambda _: before if next(count, None) is not None else then


async def test_a_plain_modem_comes_up_and_is_known() -> None:
    async with driven() as d:
        identity = d.modem.identity
        assert (identity.manufacturer, identity.model, identity.revision) == ("Example", "One", "1.0")
        assert (identity.imei, identity.imsi) == ("001014000000018", "001010000000001")
        assert (identity.iccid, identity.number) == ("8999000000000000013", "+447700900000")
        assert d.modem.profile.name == "generic"
        assert d.modem.capabilities.routing == (2, 1, 0, 2, 0)
        assert d.modem.capabilities.service_centre == "+447700900999"
        assert d.modem.registration.may_send
        assert d.modem.registration.technology == "gsm"


async def test_nothing_optional_fails_the_bring_up() -> None:
    """A modem that knows only what cannot be done without."""
    needed = ("AT\r", "AT+CMGF=0", "AT+CMGS", "AT+CMGL", "AT+CMGR", "AT+CMGD")
    script: dict[str, Answer] = {"AT+": "\r\nCOMMAND NOT SUPPORT\r\n", "AT^": ERROR, "AT#": ERROR, "ATE0": ERROR}
    async with driven(script, up=False) as d:
        for command in needed[1:]:
            d.port.script[command] = d.port.plain
        await d.modem.bring_up()
        assert await d.modem.submit(bytes.fromhex("00" * 20), 19, before_ctrl_z=nothing) == 7
        assert d.modem.registration.may_send, "who cannot be asked may try"
        assert not d.modem.capabilities.registration


async def test_pdu_mode_is_asked_for_until_the_sms_service_has_started() -> None:
    async with driven({"AT+CMGF=0": after(3, ERROR, OK)}) as d:
        assert d.port.count("AT+CMGF=0") == 4


async def test_a_modem_that_refuses_pdu_mode_for_good_does_not_come_up() -> None:
    async with driven({"AT+CMGF=0": ERROR}, up=False) as d:
        with pytest.raises(CommandRejected):
            await d.modem.bring_up()


@pytest.mark.parametrize("busy", ["+CMS ERROR: 310", "+CMS ERROR: 314", "+CMS ERROR: 515", "+CME ERROR: 14"])
async def test_busy_storages_are_waited_for(busy: str) -> None:
    ready = said('+CPMS: "SM",0,20,"SM",0,20,"SM",0,20')
    async with driven({"AT+CPMS?": after(2, f"\r\n{busy}\r\n", ready)}) as d:
        assert d.port.count("AT+CPMS?") >= 3


async def test_a_modem_that_says_nothing_to_what_it_does_not_know_comes_up() -> None:
    unknown = ("AT+CCID", "AT+QCCID", "AT+ICCID", "AT^ICCID?", "AT+CICCID", "AT+CMMS=?", "AT+CLIP")
    async with driven(dict.fromkeys(unknown, "")) as d:
        assert d.modem.capabilities.routing == (2, 1, 0, 2, 0)


async def test_the_answer_to_the_registration_may_lack_its_mode() -> None:
    async with driven({"AT+CREG?": said("+CREG: 1"), "AT+CEREG?": said("+CEREG: 4")}) as d:
        assert d.modem.registration.circuit == 1


async def test_echo_that_stays_does_no_harm() -> None:
    async with driven(up=False) as d:
        d.port.script["AT"] = lambda line: f"{line}\r" + d.port.plain(line)
        await d.modem.bring_up()
        assert d.modem.identity.manufacturer == "Example"
        assert d.modem.identity.imei == "001014000000018"


async def test_a_forgotten_ok_behind_the_pin_state_does_no_harm() -> None:
    async with driven({"AT+CPIN?": "\r\n+CPIN: READY\r\n"}) as d:
        assert d.modem.identity.imei == "001014000000018"


@pytest.mark.parametrize(
    "command", ["AT+CMGF=0", "AT+CPMS=?", "AT+CPMS=", "AT+CREG?", "AT+CNMI=", "AT+CSCA?", "AT+CGMI"]
)
async def test_one_lost_answer_does_not_fail_the_bring_up(command: str) -> None:
    async with driven(up=False) as d:
        lost = iter([True])
        d.port.script[command] = lambda line: "" if next(lost, False) else d.port.plain(line)
        await d.modem.bring_up()
        assert d.modem.capabilities.home is not None
        assert d.modem.capabilities.routing == (2, 1, 0, 2, 0)
        assert d.modem.capabilities.service_centre == "+447700900999"
        assert d.modem.identity.manufacturer == "Example"


async def test_a_silent_modem_is_given_up() -> None:
    async with driven({"AT": ""}, up=False) as d:
        with pytest.raises(CommandTimeout):
            await d.modem.bring_up()


async def test_a_modem_that_falls_silent_midway_is_given_up() -> None:
    async with driven({"AT": lambda line: OK if line == "AT" else ""}, up=False) as d:
        with pytest.raises(CommandTimeout):
            await d.modem.bring_up()


async def test_the_radio_is_switched_on() -> None:
    async with driven({"AT+CFUN?": said("+CFUN: 4")}) as d:
        assert "AT+CFUN=1" in d.port.heard


async def test_a_radio_that_answers_the_list_of_the_test_command_is_left_alone() -> None:
    async with driven({"AT+CFUN?": said("+CFUN: (0-1,4-7),(0-1)")}) as d:
        assert "AT+CFUN=1" not in d.port.heard


async def test_a_restart_in_the_middle_starts_the_bring_up_again() -> None:
    async with driven({"AT+CSCA?": after(1, "\r\nRDY\r\n\r\n+CFUN: 1\r\n", said('+CSCA: "+447700900999",145'))}) as d:
        assert d.port.count("AT+CMGF=0") == 2
        assert d.modem.capabilities.service_centre == "+447700900999"


async def test_a_modem_that_restarts_again_and_again_is_given_up() -> None:
    async with driven({"AT+CSCA?": "\r\nRDY\r\n"}, up=False) as d:
        with pytest.raises((ProtocolError, CommandTimeout)):
            await d.modem.bring_up()


async def test_only_offered_routings_are_set() -> None:
    """Cinterion MC75i: no <bfr> 0, no <ds> 1."""
    async with driven({"AT+CNMI=?": said("+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)")}) as d:
        assert d.port.count("AT+CNMI=2") == 1
        assert d.modem.capabilities.routing == (2, 1, 0, 2, 1)


async def test_a_routing_that_is_offered_and_refused_is_stepped_down() -> None:
    async with driven(up=False) as d:
        d.port.script["AT+CNMI=2"] = "\r\n+CMS ERROR: 303\r\n"
        await d.modem.bring_up()
        assert d.modem.capabilities.routing == (1, 1, 0, 2, 0)


async def test_a_routing_that_is_taken_and_ignored_is_not_believed() -> None:
    async with driven({"AT+CNMI?": said("+CNMI: 2,0,0,0,0")}) as d:
        assert d.modem.capabilities.routing is None


async def test_reports_come_directly_where_no_storage_keeps_them() -> None:
    async with driven({"AT+CPMS=?": said('+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")')}) as d:
        assert d.modem.capabilities.routing == (2, 1, 0, 1, 0)


async def test_a_modem_without_storages_hands_messages_over() -> None:
    script: dict[str, Answer] = {
        "AT+CPMS=": "\r\n+CMS ERROR: 302\r\n",
        "AT+CPMS=?": said("+CPMS: (),(),()"),
        "AT+CPMS?": said("+CPMS: ,,,,,,,,"),
    }
    async with driven(script) as d:
        assert d.modem.capabilities.storages == ()
        assert d.modem.capabilities.routing == (2, 2, 0, 1, 0)
        assert await d.modem.sweep() == 0
        assert not d.modem.capabilities.direct_acknowledged


async def test_what_is_stored_nowhere_stays_with_the_network_until_it_is_ours() -> None:
    state = iter([said("+CSMS: 0,1,1,1")])
    script: dict[str, Answer] = {
        "AT+CPMS=": "\r\n+CMS ERROR: 302\r\n",
        "AT+CPMS=?": said("+CPMS: (),(),()"),
        "AT+CPMS?": said("+CPMS: ,,,,,,,,"),
        "AT+CSMS?": lambda _: next(state, said("+CSMS: 1,1,1,1")),
    }
    async with driven(script) as d:
        assert "AT+CSMS=1" in d.port.heard
        assert d.modem.capabilities.direct_acknowledged


async def test_what_is_handed_over_for_want_of_a_place_stays_with_the_network_until_it_is_ours() -> None:
    service = 0

    def serving(line: str) -> str:
        nonlocal service
        service = int(line[-1]) if line.startswith("AT+CSMS=") else service
        return said(f"+CSMS: {service},1,1,1")

    script: dict[str, Answer] = {
        "AT+CPMS=?": said('+CPMS: ("SM"),("SM"),("SM")'),
        "AT+CSMS": serving,
    }
    async with driven(script) as d:
        assert not d.modem.capabilities.direct_acknowledged
        d.port.announce("+CMTI: ,-1")
        d.port.announce(f"+CMT: ,23\r\n{DELIVER}")
        event = await d.event(DeliverReceived)
        assert isinstance(event, DeliverReceived)
        async with asyncio.timeout(2):
            while not d.modem.capabilities.direct_acknowledged:
                await asyncio.sleep(0.01)
        assert d.port.routing == "2,2,0,1,0"
        assert d.port.count("AT+CNMA") == 0, "before it is stored nothing is acknowledged"
        await d.modem.acknowledge(event)
        assert d.port.heard[-1] == "AT+CNMA"


async def test_acknowledging_to_the_network_is_left_to_the_modem() -> None:
    async with driven({"AT+CSMS?": after(1, said("+CSMS: 1,1,1,1"), said("+CSMS: 0,1,1,1"))}) as d:
        assert "AT+CSMS=0" in d.port.heard
        assert not d.modem.capabilities.direct_acknowledged


async def test_a_modem_that_insists_gets_its_acknowledgements() -> None:
    async with driven({"AT+CSMS?": said("+CSMS: 1,1,1,1")}) as d:
        d.port.announce(f"+CMT: ,23\r\n{DELIVER}")
        event = await d.event(DeliverReceived)
        assert isinstance(event, DeliverReceived)
        assert d.port.count("AT+CNMA") == 0, "before it is stored nothing is acknowledged"
        await d.modem.acknowledge(event)
        assert d.port.heard[-1] == "AT+CNMA"


async def test_a_configured_service_centre_is_written() -> None:
    async with driven(centre="+447700900888") as d:
        assert 'AT+CSCA="+447700900888",145' in d.port.heard


async def test_a_sim_without_service_centre_says_so() -> None:
    async with driven({"AT+CSCA?": said('+CSCA: "",129')}) as d:
        assert d.modem.capabilities.service_centre is None


@pytest.mark.parametrize("tells_at", ["AT+CPIN?", "AT+CMEE=1"])
async def test_whose_a_sim_is_decides_before_anything_is_written_to_it(tells_at: str) -> None:
    """It is told only when the SIM has started, or even later."""

    def card(_: str) -> str:
        wanted = 1 if tells_at == "AT+CPIN?" else 2  # the second AT+CMEE=1 stands behind the PIN
        told = d.port.count(tells_at) >= wanted
        return said("+CCID: 8999000000000000013") if told else "\r\n+CME ERROR: 14\r\n"

    def admit(identity: Identity) -> None:
        if identity.iccid is not None:
            raise ProtocolError("another line's")

    script: dict[str, Answer] = {"AT+CCID": card, "AT+CPIN?": said("+CPIN: READY")}
    async with driven(script, up=False, centre="+4915550100") as d:
        with pytest.raises(ProtocolError):
            await d.modem.bring_up(admit=admit)
        assert d.port.count("AT+CSCA=") == 0


async def test_no_pin_is_tried_on_a_sim_before_it_tells_whose_it_is() -> None:
    def card(_: str) -> str:
        started = d.port.count("AT+CPIN?") > 0
        return said("+CCID: 8999000000000000013") if started else "\r\n+CME ERROR: 14\r\n"

    def admit(identity: Identity) -> None:
        if identity.iccid is not None:
            raise ProtocolError("another line's")

    async with driven({"AT+CCID": card, "AT+CPIN?": said("+CPIN: SIM PIN")}, up=False) as d:
        with pytest.raises(ProtocolError):
            await d.modem.bring_up(pin="1234", admit=admit)
        assert d.port.count("AT+CPIN=") == 0


async def test_the_card_is_known_by_the_first_command_that_tells() -> None:
    script: dict[str, Answer] = {"AT+CCID": ERROR, "AT+QCCID": ERROR, "AT+ICCID": said("+ICCID: 89990000000000000137F")}
    async with driven(script) as d:
        assert d.modem.identity.iccid == "89990000000000000137"


async def test_a_modem_that_identifies_itself_in_one_block_only_is_known() -> None:
    block = said("Manufacturer: QUALCOMM\r\nModel: 9600\r\nRevision: 1\r\nIMEI: 001019000000001\r\n+GCAP: +CGSM")
    script: dict[str, Answer] = {"AT+CGMI": ERROR, "AT+CGMM": ERROR, "AT+CGSN": ERROR, "ATI": block}
    async with driven(script) as d:
        assert (d.modem.identity.manufacturer, d.modem.identity.model) == ("QUALCOMM", "9600")
        assert d.modem.identity.imei == "001019000000001"


@pytest.mark.parametrize("answer", [None, "\r\nERROR\r\n"])
async def test_a_storage_that_the_profile_keeps_new_messages_out_of_is_swept_all_the_same(answer: str | None) -> None:
    """EC200A cannot read its ME, today: a newer firmware may, and an older message may lie there."""
    async with driven({} if answer is None else {"AT+CPMS=?": answer}, profile="quectel-ec200a") as d:
        assert d.modem.capabilities.home == "SM"
        assert set(d.modem.capabilities.storages) >= {"SM", "ME"}
