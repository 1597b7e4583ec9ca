import asyncio
import contextlib

import pytest

from modem.errors import CommandRejected, CommandTimeout
from modem.events import DeliverReceived, ReportReceived, StoragePlace, UndecodableReceived
from tests.modem.driver.responder import DELIVER, REPORT, SUBMIT, Driven, driven, nothing, tpdu_length

OTHER = DELIVER[:-8] + "D4F29C0F"[:8]
OK = "\r\nOK\r\n"


async def next_message(d: Driven) -> DeliverReceived:
    event = await d.event(DeliverReceived)
    assert isinstance(event, DeliverReceived)
    return event


async def test_an_announced_message_is_fetched_and_stays_until_it_is_acknowledged() -> None:
    async with driven() as d:
        d.port.stores["ME"][3] = (0, DELIVER)
        d.port.announce('+CMTI: "ME",3')
        event = await next_message(d)
        assert event.place == StoragePlace("ME", 3)
        assert event.announced
        assert event.deliver.text == "Test"
        assert 3 in d.port.stores["ME"]
        await d.modem.acknowledge(event)
        assert d.port.stores["ME"] == {}


async def test_news_between_a_header_and_its_pdu_does_not_spoil_the_message() -> None:
    """Huawei puts ^RSSI there."""
    async with driven() as d:
        broken = f"\r\n+CMGR: 0,,23\r\n\r\n^RSSI:17\r\n\r\n{DELIVER}\r\n\r\nOK\r\n"
        d.port.script["AT+CMGR"] = broken
        d.port.announce('+CMTI: "SM",1')
        assert (await next_message(d)).deliver.text == "Test"


async def test_index_zero_is_a_place() -> None:
    async with driven() as d:
        d.port.stores["SM"][0] = (0, DELIVER)
        d.port.announce('+CMTI: "SM",0')
        assert (await next_message(d)).place == StoragePlace("SM", 0)


async def test_a_storage_without_name_is_the_receiving_one() -> None:
    async with driven() as d:
        home = d.modem.capabilities.home
        assert home is not None
        d.port.stores[home][11] = (0, DELIVER)
        d.port.announce("+CMTI: 0,11")
        assert (await next_message(d)).place == StoragePlace(home, 11)


@pytest.mark.parametrize("line", ["+CMTI: ,-1", "+CMTI: ", '+CMTI: "XY",4', '+CMTI: "SM",9'])
async def test_an_announcement_without_a_usable_place_makes_us_look_around(line: str) -> None:
    async with driven() as d:
        d.port.stores["SM"][1] = (0, DELIVER)
        d.port.announce(line)
        event = await next_message(d)
        assert event.place == StoragePlace("SM", 1)
        assert not event.announced


async def test_a_report_announced_for_the_wrong_storage_is_found() -> None:
    """Quectel EC25: +CDSI names SM, the report lies in SR."""
    async with driven() as d:
        d.port.stores["SR"][0] = (0, REPORT)
        d.port.announce('+CDSI: "SM",0')
        event = await d.event(ReportReceived)
        assert isinstance(event, ReportReceived)
        assert event.place == StoragePlace("SR", 0)
        await d.modem.acknowledge(event)
        assert d.port.stores["SR"] == {}


async def test_a_sweep_finds_what_nobody_announced_in_every_storage() -> None:
    async with driven() as d:
        d.port.stores["SM"][1] = (1, DELIVER)
        d.port.stores["ME"][2] = (0, OTHER)
        d.port.stores["SR"][3] = (0, REPORT)
        assert await d.modem.sweep() == 3
        places = {(await d.event(DeliverReceived, ReportReceived)).place for _ in range(3)}  # type: ignore[union-attr]  # these kinds have one
        assert places == {StoragePlace("SM", 1), StoragePlace("ME", 2), StoragePlace("SR", 3)}


async def test_a_sweep_leaves_what_was_stored_to_be_sent() -> None:
    async with driven() as d:
        d.port.stores["SM"] = {1: (2, SUBMIT), 2: (3, SUBMIT), 3: (3, "61678199639551"), 4: (1, SUBMIT)}
        assert await d.modem.sweep() == 0
        assert len(d.port.stores["SM"]) == 4


async def test_a_received_message_is_told_by_its_type_whatever_its_status() -> None:
    async with driven() as d:
        d.port.stores["SM"] = {1: (3, REPORT), 2: (3, DELIVER)}
        assert await d.modem.sweep() == 2


async def test_two_names_for_one_storage_do_not_double_a_message() -> None:
    async with driven() as d:
        d.port.stores["ME"] = d.port.stores["SM"]
        d.port.stores["SM"][1] = (0, DELIVER)
        assert await d.modem.sweep() == 1


async def test_erased_places_are_empty() -> None:
    async with driven() as d:
        d.port.stores["SM"] = {1: (0, "FF" * 60), 2: (0, "00" + "FF" * 60)}
        assert await d.modem.sweep() == 0


async def test_what_does_not_decode_is_told_raw_and_can_be_acknowledged() -> None:
    async with driven() as d:
        d.port.stores["SM"] = {1: (0, "0BD07926404837=65p441p81150015D"), 2: (0, DELIVER[:30])}
        assert await d.modem.sweep() == 2
        for _ in range(2):
            event = await d.event(UndecodableReceived)
            assert isinstance(event, UndecodableReceived)
            await d.modem.acknowledge(event)
        assert d.port.stores["SM"] == {}


async def test_filling_behind_a_pdu_is_cut_off() -> None:
    async with driven() as d:
        length = len(DELIVER) // 2 - 8
        padded = f"\r\n+CMGR: 0,,{length}\r\n{DELIVER}{'FF' * 100}\r\n\r\nOK\r\n"
        d.port.script["AT+CMGR"] = padded
        d.port.announce('+CMTI: "SM",1')
        assert (await next_message(d)).pdu == bytes.fromhex(DELIVER)


async def test_a_place_filled_anew_is_walked_to_although_the_count_is_the_same() -> None:
    async with driven({"AT+CMGL": "\r\n+CMS ERROR: 303\r\n"}) as d:
        d.port.stores["SM"] = {4: (0, DELIVER)}
        assert await d.modem.sweep() == 1
        assert await d.modem.sweep() == 1, "nobody could file it the first time"
        await d.modem.acknowledge(await next_message(d))
        d.port.stores["SM"] = {5: (0, OTHER)}
        assert await d.modem.sweep() == 1


@pytest.mark.parametrize("broken", ["", "\r\n+CMS ERROR: 314\r\n"])
async def test_a_walk_that_was_broken_off_is_gone_once_more(broken: str) -> None:
    async with driven({"AT+CMGL": "\r\n+CMS ERROR: 303\r\n"}) as d:
        d.port.stores["SM"] = {4: (0, DELIVER)}
        d.port.script["AT+CMGR=4"] = broken
        with contextlib.suppress(CommandTimeout):
            await d.modem.sweep()
        del d.port.script["AT+CMGR=4"]
        assert await d.modem.sweep() == 1


async def test_a_walk_in_vain_is_gone_once_for_each_count() -> None:
    async with driven({"AT+CMGL": "\r\n+CMS ERROR: 303\r\n"}) as d:
        d.port.stores["SM"] = {4: (2, SUBMIT)}
        assert await d.modem.sweep() == 0
        before = d.port.count("AT+CMGR")
        assert await d.modem.sweep() == 0
        assert d.port.count("AT+CMGR") == before


async def test_a_listing_that_is_refused_is_walked_through() -> None:
    async with driven({"AT+CMGL": "\r\n+CMS ERROR: 303\r\n"}) as d:
        d.port.stores["SM"] = {4: (0, DELIVER), 6: (0, OTHER)}
        assert await d.modem.sweep() == 2
        assert d.port.count("AT+CMGR=7") == 0


async def test_a_place_that_was_filled_anew_is_not_emptied() -> None:
    """Acknowledged twice, as after two readings; in between the network has used the place again."""
    async with driven() as d:
        d.port.stores["SM"][1] = (0, DELIVER)
        await d.modem.sweep()
        first = await next_message(d)
        await d.modem.sweep()
        again = await next_message(d)
        await d.modem.acknowledge(first)
        d.port.stores["SM"][1] = (0, OTHER)
        await d.modem.acknowledge(again)
        assert d.port.stores["SM"] == {1: (0, OTHER)}


async def test_a_lost_answer_to_a_deletion_is_not_repeated_blindly() -> None:
    async with driven() as d:
        d.port.stores["SM"][1] = (0, DELIVER)

        def delete_and_refill(_: str) -> str:
            d.port.stores["SM"][1] = (0, OTHER)
            return ""

        await d.modem.sweep()
        event = await next_message(d)
        d.port.script["AT+CMGD"] = delete_and_refill
        await d.modem.acknowledge(event)
        assert d.port.count("AT+CMGD") == 1
        assert d.port.stores["SM"] == {1: (0, OTHER)}


async def test_a_restart_that_swallows_a_deletion_is_not_taken_for_an_empty_place() -> None:
    """It comes back with another storage selected, where nothing lies in that place."""
    async with driven() as d:
        d.port.stores["ME"][1] = (0, DELIVER)
        await d.modem.sweep()
        event = await next_message(d)
        lost = iter([""])

        def restarting(line: str) -> str | None:
            if next(lost, None) is None:
                return d.port.plain(line)
            d.port.selected = "SM"
            return ""

        d.port.script["AT+CMGD"] = restarting  # type: ignore[assignment]  # None is what no script would give
        await d.modem.acknowledge(event)
        assert d.port.stores["ME"] == {}


async def test_a_restart_that_nobody_has_seen_yet_does_not_turn_a_deletion_on_another_storage() -> None:
    """The report lies in SR; behind the restart SM is selected, and something new lies in the place of that number."""
    async with driven() as d:
        d.port.stores["SR"][1] = (0, REPORT)
        d.port.announce('+CDSI: "SR",1')
        event = await d.event(ReportReceived)
        assert event.place == StoragePlace("SR", 1)
        d.port.selected = "SM"
        d.port.stores["SM"][1] = (0, DELIVER)
        await d.modem.acknowledge(event)
        assert d.port.stores["SM"] == {1: (0, DELIVER)}
        assert d.port.stores["SR"] == {}


async def test_what_is_read_behind_a_restart_that_nobody_has_seen_yet_is_of_the_announced_storage() -> None:
    async with driven() as d:
        d.port.stores["ME"][1] = (0, DELIVER)
        d.port.announce('+CMTI: "ME",1')
        await d.modem.acknowledge(await next_message(d))
        d.port.selected = "SM"
        d.port.stores["SM"][1] = (0, OTHER)
        d.port.stores["ME"][1] = (0, DELIVER)
        d.port.announce('+CMTI: "ME",1')
        event = await next_message(d)
        assert (event.place, event.pdu) == (StoragePlace("ME", 1), bytes.fromhex(DELIVER))
        await d.modem.acknowledge(event)
        assert d.port.stores["SM"] == {1: (0, OTHER)}


async def test_after_a_restart_nothing_is_deleted_before_the_modem_is_set_up_again() -> None:
    async with driven() as d:
        d.port.stores["ME"][1] = (0, DELIVER)
        await d.modem.sweep()
        event = await next_message(d)
        d.port.announce("RDY")
        await asyncio.sleep(0.05)
        with pytest.raises(CommandTimeout):
            await d.modem.acknowledge(event)
        assert 1 in d.port.stores["ME"]


async def test_a_deletion_confirmed_behind_a_restart_is_not_believed() -> None:
    """Some say no more than that the SIM is ready; the OK is about the storage they start with."""
    async with driven() as d:
        d.port.stores["ME"][1] = (0, DELIVER)
        await d.modem.sweep()
        event = await next_message(d)
        d.port.script["AT+CMGD"] = "\r\n+CPIN: READY\r\n\r\nOK\r\n"
        with pytest.raises(CommandTimeout):
            await d.modem.acknowledge(event)


async def test_a_deletion_that_was_lost_itself_is_repeated() -> None:
    async with driven() as d:
        d.port.stores["SM"][1] = (0, DELIVER)
        await d.modem.sweep()
        event = await next_message(d)
        lost = iter([""])
        d.port.script["AT+CMGD"] = lambda line: next(lost, None) if lost.__length_hint__() else d.port.plain(line)
        await d.modem.acknowledge(event)
        assert d.port.stores["SM"] == {}


async def test_an_undeletable_message_is_told_no_more() -> None:
    async with driven({"AT+CMGD": "\r\n+CMS ERROR: 300\r\n"}) as d:
        d.port.stores["SM"][1] = (0, DELIVER)
        for _ in range(3):
            assert await d.modem.sweep() == 1
            with pytest.raises(CommandRejected):
                await d.modem.acknowledge(await next_message(d))
        assert await d.modem.sweep() == 0


async def test_a_message_handed_over_is_told_in_any_mode_and_owes_nothing() -> None:
    """Class 0 comes as +CMT even with <mt> 1."""
    async with driven() as d:
        d.port.announce(f"+CMT: ,23\r\n{DELIVER}")
        event = await next_message(d)
        assert event.place is None
        before = len(d.port.heard)
        await d.modem.acknowledge(event)
        await d.modem.refuse(event)
        assert d.port.heard[before:] == []


async def test_a_report_handed_over_is_told() -> None:
    async with driven() as d:
        d.port.announce(f"+CDS: 25\r\n{REPORT}")
        event = await d.event(ReportReceived)
        assert isinstance(event, ReportReceived)
        assert event.report.message_reference == 0xE8


async def test_the_understood_form_of_acknowledging_is_remembered() -> None:
    async with driven(
        {"AT+CSMS?": "\r\n+CSMS: 1,1,1,1\r\n\r\nOK\r\n", "AT+CNMA": "\r\nERROR\r\n", "AT+CNMA=1": OK}
    ) as d:
        for _ in range(2):
            d.port.announce(f"+CMT: ,23\r\n{DELIVER}")
            await d.modem.acknowledge(await next_message(d))
        assert [line for line in d.port.heard if "CNMA" in line] == ["AT+CNMA", "AT+CNMA=1", "AT+CNMA=1"]


async def test_an_acknowledgement_nobody_expected_is_no_error() -> None:
    async with driven({"AT+CSMS?": "\r\n+CSMS: 1,1,1,1\r\n\r\nOK\r\n", "AT+CNMA": "\r\n+CMS ERROR: 340\r\n"}) as d:
        d.port.announce(f"+CMT: ,23\r\n{DELIVER}")
        await d.modem.acknowledge(await next_message(d))


async def test_a_message_that_cannot_be_kept_is_refused_to_the_network() -> None:
    async with driven({"AT+CSMS?": "\r\n+CSMS: 1,1,1,1\r\n\r\nOK\r\n"}) as d:
        d.port.announce(f"+CMT: ,23\r\n{DELIVER}")
        await d.modem.refuse(await next_message(d))
        assert d.port.heard[-1] == "AT+CNMA=2"


async def test_a_push_that_the_modem_has_taken_is_not_read() -> None:
    async with driven() as d:
        d.port.stores["SM"][1] = (0, DELIVER)
        d.port.announce('+CMTI: "SM",1,"MMS PUSH",2,1')
        await d.no_event(DeliverReceived)
        assert d.port.count("AT+CMGR") == 0


async def test_a_busy_sim_is_asked_again_for_an_announced_message() -> None:
    async with driven() as d:
        d.port.stores["SM"][1] = (0, DELIVER)
        busy = iter(["\r\n+CMS ERROR: 314\r\n"])
        d.port.script["AT+CMGR"] = lambda line: next(busy, "") or d.port.plain(line)
        d.port.announce('+CMTI: "SM",1')
        assert (await next_message(d)).announced


async def test_many_announcements_at_once_lose_nothing() -> None:
    async with driven() as d:
        d.port.stores["SM"] = dict.fromkeys(range(600), (0, DELIVER))
        for index in range(600):
            d.port.announce(f'+CMTI: "SM",{index}')
        found = set()
        while len(found) < 600:
            event = await next_message(d)
            found.add(event.place)


async def test_what_waited_for_room_is_told_as_it_lies_there_then() -> None:
    async with driven() as d:
        d.port.stores["SM"] = dict.fromkeys(range(600), (0, DELIVER))
        sweep = asyncio.ensure_future(d.modem.sweep())
        told = {}
        for _ in range(100):
            event = await next_message(d)
            told[event.place] = event.pdu
            await d.modem.acknowledge(event)
        d.port.stores["SM"][599] = (0, OTHER)  # emptied and filled anew by somebody else
        del d.port.stores["SM"][598]
        while d.port.stores["SM"]:
            event = await next_message(d)
            told[event.place] = event.pdu
            await d.modem.acknowledge(event)
        assert await sweep == 599
        assert len(told) == 599
        assert told[StoragePlace("SM", 599)] == bytes.fromhex(OTHER)


async def test_a_flood_that_nobody_takes_is_not_read_without_bound() -> None:
    async with driven() as d:
        for _ in range(3000):
            d.port.announce(f"+CMT: ,23\r\n{DELIVER}")
        await asyncio.sleep(0.05)
        assert d.port._incoming.qsize() > 0, "what the consumer does not take stays in the port"
        for _ in range(3000):
            await d.event(DeliverReceived)


PAGE = ("0010022100011104" + "31D98C56B3DD70" * 12)[:176]  # 88 octets: serial number, identifier, coding, page, text
WITH_BROADCASTS = {"AT+CPMS=?": '\r\n+CPMS: ("BM","SM"),("SM"),("SM")\r\n\r\nOK\r\n'}


def listing_pages(d: Driven) -> None:
    """Has BM listed as the standard has it: no service centre field, so that the length is that of the whole page."""

    def listing(line: str) -> str:
        if d.port.selected != "BM":
            return d.port.plain(line)
        pages = (f"\r\n+CMGL: {i},0,,{len(pdu) // 2}\r\n{pdu}" for i, (_, pdu) in d.port.stores["BM"].items())
        return "".join(pages) + OK

    d.port.script["AT+CMGL"] = listing


async def test_pages_of_cell_broadcasts_are_dropped_and_told_to_nobody() -> None:
    async with driven(script=WITH_BROADCASTS) as d:
        d.port.stores["BM"] = {1: (0, PAGE), 2: (1, PAGE)}
        d.port.stores["SM"][1] = (0, DELIVER)
        listing_pages(d)
        assert await d.modem.sweep() == 1
        assert d.port.stores["BM"] == {}
        assert (await next_message(d)).place == StoragePlace("SM", 1)
        assert [(use.storage, use.freed) for use in d.modem.storage_uses] == [("SM", 0), ("BM", 2)]


async def test_what_looks_like_a_page_among_the_messages_is_filed() -> None:
    async with driven(script=WITH_BROADCASTS) as d:
        page = f"\r\n+CMGL: 1,0,,88\r\n{PAGE}\r\n{OK}"
        d.port.script["AT+CMGL"] = lambda _: page if d.port.selected == "SM" else OK
        d.port.stores["BM"] = {}
        d.port.stores["SM"][1] = (0, PAGE)
        assert await d.modem.sweep() == 1
        assert d.port.stores["SM"] == {1: (0, PAGE)}


async def test_dropping_pages_deletes_no_message_that_came_meanwhile() -> None:
    """What lies behind the pages is announced, filed and deleted while a sweep drops them; its place is filled anew."""
    async with driven(script=WITH_BROADCASTS) as d:
        store = d.port.stores["BM"] = dict.fromkeys(range(1, 6), (0, PAGE)) | {7: (0, DELIVER)}

        def listing(_: str) -> str:
            here = d.port.stores[d.port.selected].items()
            lengths = {index: 88 if pdu == PAGE else tpdu_length(pdu) for index, (_, pdu) in here}
            return "".join(f"\r\n+CMGL: {i},0,,{lengths[i]}\r\n{pdu}" for i, (_, pdu) in here) + OK

        def deleting(line: str) -> str:
            answer = d.port.plain(line)
            if d.port.count("AT+CMGD=7") == 1:
                store.setdefault(7, (0, OTHER))
            return answer

        d.port.script |= {"AT+CMGL": listing, "AT+CMGD": deleting}
        filed: list[bytes] = []

        async def file_all() -> None:
            async for event in d.modem.events():
                if isinstance(event, DeliverReceived):
                    filed.append(event.pdu)
                    await d.modem.acknowledge(event)

        async with asyncio.TaskGroup() as tasks, asyncio.timeout(5):
            filing = tasks.create_task(file_all())
            sweep = tasks.create_task(d.modem.sweep())
            while d.port.count("AT+CMGL") < 2:
                await asyncio.sleep(0)
            d.port.announce('+CMTI: "BM",7')
            await sweep
            while store:
                await d.modem.sweep()
            filing.cancel()
        assert set(filed) == {bytes.fromhex(DELIVER), bytes.fromhex(OTHER)}


async def test_a_message_among_the_broadcasts_is_no_page() -> None:
    """Whatever lies there and has a service centre field is filed like any other; nothing unread is deleted."""
    async with driven(script=WITH_BROADCASTS) as d:
        d.port.stores["BM"] = {1: (0, DELIVER)}
        assert await d.modem.sweep() == 1
        assert d.port.stores["BM"] == {1: (0, DELIVER)}
        event = await next_message(d)
        await d.modem.acknowledge(event)
        assert d.port.stores["BM"] == {}


async def test_a_modem_that_chokes_on_its_broadcasts_is_not_asked_for_them_again() -> None:
    async with driven(script=WITH_BROADCASTS) as d:
        d.port.stores["BM"] = {}
        d.port.stores["SM"][1] = (0, DELIVER)
        d.port.script["AT+CMGL"] = lambda line: "" if d.port.selected == "BM" else d.port.plain(line)
        assert await d.modem.sweep() == 1
        heard = len(d.port.heard)
        assert await d.modem.sweep() == 1
        assert 'AT+CPMS="BM"' not in d.port.heard[heard:]


async def test_a_restart_while_something_is_sent_does_not_turn_a_deletion_on_another_storage() -> None:
    """What is to be sent waits while the storage is selected; behind the restart it is SM, with something new."""

    def restarts(_: str) -> str:
        d.port.selected = "SM"
        d.port.stores["SM"][1] = (0, OTHER)
        return ""

    async with driven() as d:
        d.port.stores["ME"][1] = (0, DELIVER)
        await d.modem.sweep()
        event = await next_message(d)
        d.port.script["AT+CMGS"] = restarts
        deleting = asyncio.ensure_future(d.modem.acknowledge(event))
        sending = asyncio.ensure_future(d.modem.submit(b"\x00\x01", 1, before_ctrl_z=nothing))
        await deleting
        with pytest.raises(CommandTimeout):
            await sending
        assert d.port.stores == {"ME": {}, "SM": {1: (0, OTHER)}, "SR": {}}


@pytest.mark.parametrize(
    ("line", "deletions"),
    [
        (f"z3{DELIVER}", 2),  # it is still there
        (f"z3{DELIVER[:-2]}", 1),
        (f"!{DELIVER}", 1),  # taken for news, so that no PDU is left
    ],
)
async def test_a_noisy_look_at_a_place_is_not_taken_for_an_empty_one(line: str, deletions: int) -> None:
    """The answer to the deletion is lost: what lies there may be the message still, or another."""
    async with driven() as d:
        d.port.stores["SM"][1] = (0, DELIVER)
        await d.modem.sweep()
        event = await next_message(d)
        d.port.script["AT+CMGD"] = ""
        d.port.script["AT+CMGR"] = f"\r\n+CMGR: 0,,{len(DELIVER) // 2 - 8}\r\n{line}\r\n\r\nOK\r\n"
        with pytest.raises(CommandTimeout):
            await d.modem.acknowledge(event)
        assert d.port.count("AT+CMGD") == deletions
