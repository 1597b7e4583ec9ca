"""A store's promises about keywords: what they change, and what is answered to them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.access import AccountSettings
from gateway.domain.campaign import Answer, Campaign, Details
from gateway.domain.message import State
from gateway.store.contract import MessageFilter, Store
from tests.gateway.contract.build import ALICE, BOB, HOUR, MINUTE, NOW, accept, arrival, line_up, sent, told

SALE = Details(
    opt_in=Answer(("JOIN", "Start"), "Sale: you are in."),
    opt_out=Answer(("NO SALE", "Stop"), "Sale: you are out."),
    help=Answer(("PRICES",), "Sale: ask at +1 555."),
)


async def hear(store: Store, text: str, *, sender: str = ALICE, at=NOW, line=None):
    """The SMS comes in."""
    line = line or (await store.lines())[0]
    arrived = arrival(text, sender=sender, alphabet="ucs2", content=text.encode("utf-16-be"))
    return (await store.file_arrival(line.num, arrived, at)).message


async def answers(store: Store, account: str = "default") -> list[str]:
    """The texts that the gateway wrote by itself, oldest first."""
    found = await store.messages(MessageFilter(account, direction="out"), limit=200, ascending=True)
    return [message.text for message in found if message.front == "auto"]


async def campaign(store: Store, ref: str = "sale", details: Details = SALE, **more) -> Campaign:
    return await store.campaigns.add(Campaign(0, f"cmp_{ref}", "default", ref, NOW, details=details, **more))


class Answering:
    async def test_a_stop_is_confirmed_once_over_the_line_it_came_in_on(self, store: Store):
        await line_up(store)
        line = await line_up(store, "second", aliases=("00000",))
        await hear(store, "STOP", line=line)
        [message] = await store.messages(MessageFilter("default", direction="out"), limit=9)
        assert (message.front, message.reply, message.priority, message.to) == ("auto", "none", 8, ALICE)
        assert message.sender == line.number
        assert "START" in message.text
        claim = await store.claim(line.num, NOW)
        assert claim.message == message.id, "it goes out although the phone opted out"
        assert await store.claim((await store.lines())[0].num, NOW) is None
        for later in (MINUTE, 2 * HOUR):
            await hear(store, "STOP", at=NOW + later, line=line)
        assert len(await answers(store)) == 1

    async def test_a_confirmation_that_waits_is_not_rejected_by_another_opt_out(self, store: Store):
        await line_up(store)
        await hear(store, "STOP")
        await store.consent.opt_out("default", ALICE, "api", NOW, scope="sender:auto")
        await hear(store, "Stop all")
        [message] = await store.messages(MessageFilter("default", direction="out"), limit=9)
        assert message.state is State.QUEUED

    @pytest.mark.parametrize("word", ["START", "unstop", "Subscribe.", "yes"])
    async def test_a_start_is_confirmed_as_well(self, store: Store, word: str):
        await line_up(store)
        await hear(store, "STOP")
        await hear(store, word, at=NOW + HOUR)
        assert len(await answers(store)) == 2
        assert await store.consent.opt_outs("default") == []
        assert (await told(store))[-1] == "contact.opted_in"

    @pytest.mark.parametrize("word", ["START", "YES", "Unstop"])
    async def test_who_did_not_stop_is_told_nothing(self, store: Store, word: str):
        await line_up(store)
        await hear(store, word)
        assert await answers(store) == []
        assert await told(store) == ["message.received"]

    async def test_a_number_is_answered_once_an_hour_over_a_restart(self, store: Store, reopen):
        line = await line_up(store)
        await hear(store, "HELP", line=line)
        store = await reopen()
        await hear(store, "INFO", at=NOW + HOUR - MINUTE, line=line)
        await hear(store, "HELP", sender=BOB, at=NOW + MINUTE, line=line)
        assert len(await answers(store)) == 2
        await hear(store, "HELP", at=NOW + HOUR, line=line)
        assert len(await answers(store)) == 3

    async def test_a_clock_that_was_set_back_silences_nobody(self, store: Store):
        await line_up(store)
        await hear(store, "HELP", at=NOW + timedelta(days=400))
        await hear(store, "HELP")
        assert len(await answers(store)) == 2

    @pytest.mark.parametrize("originator", ["Vodafone", "80888", "3105551212", "+44", "STOP", ""])
    async def test_names_and_short_codes_are_not_answered_but_heeded(self, store: Store, originator: str):
        await line_up(store)
        await hear(store, "STOP", sender=originator)
        await hear(store, "HELP", sender=originator)
        assert await answers(store) == []
        assert [entry.phone for entry in await store.consent.opt_outs("default")] == [originator]

    async def test_an_account_may_have_its_own_words_and_answers_or_none(self, store: Store):
        await line_up(store)
        own = AccountSettings(
            stop_words=("Arrêt!",), start_words=("oui",), help_words=("aide",), stop_reply="Fini.", help_reply="Voilà."
        )
        await store.put_account("default", own, NOW)
        await hear(store, "ARRÊT")
        await hear(store, "oui", at=NOW + HOUR)
        await hear(store, "Aide?", at=NOW + 2 * HOUR)
        assert [text[:8] for text in await answers(store)] == ["Fini.", "default:", "Voilà."]
        await store.put_account("default", replace(own, auto_replies=False), NOW)
        await hear(store, "ARRÊT", at=NOW + 4 * HOUR)
        assert len(await answers(store)) == 3
        assert len(await store.consent.opt_outs("default")) == 1

    @pytest.mark.parametrize("reply", ["HELP", "stop.", "hé", "\0", "x" * 50_000])
    async def test_an_answer_that_cannot_be_sent_or_would_be_answered_stops_nothing(self, store: Store, reply: str):
        """Two gateways whose help text is HELP would go on for ever."""
        await line_up(store)
        await store.put_account("default", AccountSettings(help_reply=reply, help_words=("Hé",)), NOW)
        assert (await hear(store, "HELP")).state is State.RECEIVED
        assert await answers(store) == []

    async def test_an_answer_is_counted_by_no_quota(self, store: Store):
        await line_up(store)
        await store.put_account("default", AccountSettings(segments_per_day=1), NOW)
        await hear(store, "HELP")
        assert (await accept(store, to=BOB)).state is State.QUEUED

    async def test_help_is_for_those_who_still_want_to_hear(self, store: Store):
        line = await line_up(store)
        await store.consent.opt_out("default", ALICE, "api", NOW)
        await hear(store, "HELP")
        await store.consent.opt_out("default", BOB, "api", NOW, scope=f"sender:{line.number}")
        await hear(store, "HELP", sender=BOB)
        assert await answers(store) == []

    async def test_a_suspended_account_and_one_that_may_not_use_the_line_answer_nothing(self, store: Store):
        line = await line_up(store)
        await store.suspend_account("default", NOW)
        await hear(store, "STOP", line=line)
        assert len(await store.consent.opt_outs("default")) == 1
        other = await line_up(store, "others", accounts=("other",))
        await sent(store, other, account="other", to=BOB, now=NOW)
        await line_up(store, "others", accounts=("default",))
        await hear(store, "STOP", sender=BOB, line=other)
        assert len(await store.consent.opt_outs("other")) == 1
        assert await answers(store) + await answers(store, "other") == []

    async def test_an_opt_out_is_of_the_account_that_wrote_last(self, store: Store):
        line = await line_up(store, accounts=())
        await sent(store, line, account="other", to=ALICE, now=NOW)
        await hear(store, "STOP")
        assert await store.consent.opt_outs("default") == []
        assert len(await store.consent.opt_outs("other")) == 1
        assert (await answers(store, "other"))[0].startswith("other:")
        assert (await accept(store)).state is State.QUEUED

    async def test_data_and_what_has_gaps_is_no_keyword(self, store: Store):
        line = await line_up(store)
        for odd in (
            arrival("STOP", alphabet="8bit"),
            arrival("STOP", ports=(2948, 9200)),
            arrival("STOP", alphabet="raw", error="?"),
        ):
            await store.file_arrival(line.num, odd, NOW)
        assert await store.consent.opt_outs("default") == []


class Confirming:
    @pytest.mark.parametrize("word", ["START", "Yes"])
    async def test_who_says_start_or_yes_confirms_what_he_is_subscribed_to(self, store: Store, word: str):
        await line_up(store)
        await store.consent.subscribe("default", ALICE, "sender", "00000", "api", NOW)
        await store.consent.subscribe("default", BOB, "sender", "00000", "api", NOW)
        await hear(store, word)
        confirmed = {one.phone: one.authenticated for one in await store.consent.subscriptions("default", limit=9)}
        assert confirmed == {ALICE: True, BOB: False}
        again, _ = await store.consent.subscribe("default", ALICE, "sender", "00000", "api", NOW)
        assert again.authenticated

    async def test_start_brings_back_what_stop_took(self, store: Store):
        await line_up(store)
        for target in ("00000", "other"):
            await store.consent.subscribe("default", ALICE, "sender", target, "api", NOW)
        await store.consent.unsubscribe("default", ALICE, "sender", "other", "api", NOW)
        await hear(store, "STOP")
        await hear(store, "START", at=NOW + HOUR)
        states = {one.target: one.state for one in await store.consent.subscriptions("default", limit=9)}
        assert states == {"00000": "active", "other": "stopped"}

    async def test_start_undoes_nothing_that_others_entered(self, store: Store):
        await line_up(store)
        await campaign(store)
        await store.consent.opt_out("default", ALICE, "import", NOW)
        for word in ("START", "STOP", "START", "YES", "JOIN"):
            await hear(store, word)
        assert [entry.source for entry in await store.consent.opt_outs("default")] == ["import"]
        assert await answers(store) == []


class HearingCampaigns:
    async def test_a_campaign_speaks_for_itself(self, store: Store):
        line = await line_up(store)
        await campaign(store)
        await sent(store, line, campaign="sale", now=NOW)
        await hear(store, "STOP")
        await hear(store, "START", at=NOW + HOUR)
        await hear(store, "prices", at=NOW + 2 * HOUR)
        await hear(store, "HELP", at=NOW + 3 * HOUR)
        assert await answers(store) == [SALE.opt_out.message, SALE.opt_in.message, *[SALE.help.message] * 2]
        assert (await store.consent.subscription("default", ALICE, "campaign", "sale")).state == "active"

    async def test_its_own_stop_word_ends_that_campaign_alone(self, store: Store):
        line = await line_up(store)
        await campaign(store)
        await campaign(store, "news", Details())
        for ref in ("sale", "news"):
            await store.consent.subscribe("default", ALICE, "campaign", ref, "api", NOW)
        await sent(store, line, campaign="sale", now=NOW)
        waiting = [await accept(store, campaign=ref) for ref in ("sale", "news")]
        await hear(store, "No sale!")
        assert [entry.scope for entry in await store.consent.opt_outs("default")] == ["campaign:sale"]
        assert [(await store.message(None, one.id)).state for one in waiting] == [State.REJECTED, State.QUEUED]
        states = {one.target: one.state for one in await store.consent.subscriptions("default", limit=9)}
        assert states == {"sale": "stopped", "news": "active"}
        await hear(store, "JOIN", at=NOW + HOUR)
        assert await store.consent.opt_outs("default") == []
        assert await answers(store) == [SALE.opt_out.message, SALE.opt_in.message]

    async def test_a_stranger_joins_by_a_campaigns_own_word(self, store: Store):
        await line_up(store)
        await campaign(store)
        await hear(store, "join")
        joined = await store.consent.subscription("default", ALICE, "campaign", "sale")
        assert (joined.state, joined.source, joined.authenticated) == ("active", "keyword", True)
        assert await answers(store) == [SALE.opt_in.message]
        await hear(store, "join", at=NOW + 2 * HOUR)
        assert len(await answers(store)) == 1

    @pytest.mark.parametrize("approval", ["Y", "N"])
    async def test_what_could_mean_two_campaigns_or_one_that_is_not_approved_joins_none(self, store, approval):
        await line_up(store)
        await campaign(store, approval=approval)
        if approval == "Y":
            await campaign(store, "again", brand="Other")
        await hear(store, "JOIN")
        assert await store.consent.subscriptions("default", limit=9) == []
        assert await answers(store) == []

    async def test_a_word_of_several_campaigns_means_that_of_the_line(self, store: Store):
        line = await line_up(store)
        await campaign(store)
        await campaign(store, "again", lines=(line.id,))
        await hear(store, "JOIN")
        assert [one.target for one in await store.consent.subscriptions("default", limit=9)] == ["again"]

    async def test_who_stopped_everything_comes_back_by_start_alone(self, store: Store):
        await line_up(store)
        await campaign(store)
        await hear(store, "STOP")
        await hear(store, "JOIN", at=NOW + HOUR)
        assert len(await store.consent.opt_outs("default")) == 1
        assert len(await answers(store)) == 1

    async def test_a_campaign_without_words_of_its_own_is_named_by_its_brand(self, store: Store):
        line = await line_up(store)
        await campaign(store, "news", Details(), brand="Acme", lines=(line.id,))
        await hear(store, "HELP")
        assert (await answers(store))[0].startswith("Acme: ")
