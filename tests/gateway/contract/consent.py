"""A store's promises about people: contacts, groups, templates, subscriptions and opt-outs."""

from dataclasses import replace

import pytest

from gateway.domain.campaign import Campaign
from gateway.domain.contact import ContactChange
from gateway.domain.errors import Conflict, NotFound, Rejected
from gateway.domain.message import State
from gateway.store.contract import Store
from gateway.store.contracts.people import Imported
from tests.gateway.contract.build import ALICE, BOB, HOUR, NOW, SECOND, accept, line_up, told

ANN = ContactChange(name="Ann Lee", phone=ALICE, email="Ann@Example.com", external_id="e1", fields={"city": "Rome"})


class KnowingPeople:
    async def test_a_contact_is_found_by_what_is_known_of_it(self, store: Store):
        made = await store.people.create_contact("default", ANN, NOW)
        assert (made.num, made.id[:4], made.created_at) == (1, "con_", NOW)
        for known in ({"phone": ALICE}, {"email": "ann@example.COM"}, {"external_id": "e1"}):
            assert await store.people.find_contact("default", **known) == made
            assert await store.people.find_contact("other", **known) is None
        assert await store.people.find_contact("default", phone=BOB, external_id="e1") == made
        assert await store.people.contact("default", made.id) == made
        with pytest.raises(NotFound):
            await store.people.contact("other", made.id)

    async def test_a_phone_and_an_external_id_are_one_contacts(self, store: Store):
        made = await store.people.create_contact("default", ANN, NOW)
        for taken in (ContactChange(phone=ALICE), ContactChange(external_id="e1")):
            with pytest.raises(Conflict):
                await store.people.create_contact("default", taken, NOW)
        second = await store.people.create_contact("default", ContactChange(phone=BOB), NOW)
        with pytest.raises(Conflict):
            await store.people.update_contact("default", second.id, ContactChange(phone=ALICE), NOW)
        await store.people.create_contact("other", ANN, NOW)
        assert (await store.people.update_contact("default", made.id, ANN, NOW)).phone == ALICE

    async def test_a_change_touches_what_it_names_and_nothing_empties(self, store: Store):
        made = await store.people.create_contact("default", ANN, NOW)
        change = ContactChange(email="", fields={"city": "", "size": "9"})
        changed = await store.people.update_contact("default", made.id, change, NOW + SECOND)
        assert changed == replace(made, email=None, fields={"size": "9"}, updated_at=NOW + SECOND)
        assert await store.people.contact("default", made.id) == changed

    async def test_contacts_are_listed_newest_first_and_narrowed(self, store: Store):
        made = [
            await store.people.create_contact("default", ContactChange(name=name, phone=phone), NOW)
            for name, phone in (("Ann 100%", ALICE), ("Bob_", BOB), ("Cäcilie", None))
        ]
        listed = await store.people.contacts("default", limit=10)
        assert [one.name for one in listed] == ["Cäcilie", "Bob_", "Ann 100%"]
        assert await store.people.contacts("default", limit=2, cursor=made[2].num) == listed[1:]
        for q, names in (("100%", ["Ann 100%"]), ("_", ["Bob_"]), ("CÄC", ["Cäcilie"]), ("%", ["Ann 100%"])):
            assert [one.name for one in await store.people.contacts("default", limit=9, q=q)] == names
        assert await store.people.contacts("default", limit=9, phone=BOB) == [made[1]]
        group = await store.people.create_group("default", "VIP", NOW)
        await store.people.add_members("default", group.id, [made[2].id])
        assert await store.people.contacts("default", limit=9, group=group.num) == [made[2]]
        assert await store.people.contacts("other", limit=9) == []

    async def test_a_group_is_known_by_its_name_whatever_the_case(self, store: Store):
        made = await store.people.create_group("default", "Straße", NOW)
        assert await store.people.group("default", "STRASSE") == made
        with pytest.raises(Conflict):
            await store.people.create_group("default", "strasse", NOW)
        renamed = await store.people.rename_group("default", made.id, "STRASSE")
        assert (renamed.id, renamed.name) == (made.id, "STRASSE")
        await store.people.create_group("other", "Straße", NOW)
        with pytest.raises(NotFound):
            await store.people.group("other", made.id)

    async def test_members_come_and_go_and_stay_contacts(self, store: Store):
        ann = await store.people.create_contact("default", ANN, NOW)
        bob = await store.people.create_contact("default", ContactChange(phone=BOB), NOW)
        group = await store.people.create_group("default", "vip", NOW)
        for _ in range(2):
            assert (await store.people.add_members("default", "VIP", [ann.id, bob.id])).members == 2
        assert (await store.people.remove_members("default", group.id, [bob.id])).members == 1
        with pytest.raises(NotFound):
            await store.people.add_members("default", group.id, [bob.id, "con_none"])
        assert (await store.people.group("default", group.id)).members == 1, "all or none"
        await store.people.delete_contact("default", ann.id)
        assert (await store.people.group("default", group.id)).members == 0
        await store.people.delete_group("default", group.id)
        assert await store.people.groups("default", limit=9) == []
        assert len(await store.people.contacts("default", limit=9)) == 1

    async def test_a_member_of_another_account_is_no_contact(self, store: Store):
        foreign = await store.people.create_contact("other", ANN, NOW)
        group = await store.people.create_group("default", "vip", NOW)
        with pytest.raises(NotFound):
            await store.people.add_members("default", group.id, [foreign.id])

    async def test_an_import_writes_what_is_good_and_names_the_rest(self, store: Store):
        await store.people.create_contact("default", ContactChange(phone=BOB, name="Bob"), NOW)
        rows = [
            Imported(2, ANN, "vip"),
            Imported(3, ContactChange(phone=BOB, email="bob@example.com"), "VIP"),
            Imported(4, ContactChange(external_id="e1", phone=BOB)),
        ]
        created, updated, faults = await store.people.import_contacts("default", rows, NOW)
        assert (created, updated, list(faults)) == (1, 1, [4])
        assert (await store.people.group("default", "vip")).members == 2
        bob = await store.people.find_contact("default", phone=BOB)
        assert (bob.name, bob.email) == ("Bob", "bob@example.com")

    async def test_a_number_that_was_handed_out_is_nobody_elses(self, store: Store):
        made = await store.people.create_contact("default", ANN, NOW)
        await store.people.delete_contact("default", made.id)
        assert (await store.people.create_contact("default", ANN, NOW)).num > made.num

    async def test_a_template_is_changed_by_who_has_seen_it(self, store: Store):
        made = await store.people.create_template("default", "Welcome", "Hi", 1, ("a",), NOW)
        assert await store.people.template("default", "WELCOME") == made
        with pytest.raises(Conflict):
            await store.people.create_template("default", "welcome", "Hi", 1, (), NOW)
        changed = await store.people.update_template("default", made.id, NOW, text=("Ho", 1), expected=NOW)
        assert (changed.text, changed.labels, changed.num) == ("Ho", ("a",), made.num)
        assert changed.updated_at > NOW, "a change is told by its time"
        with pytest.raises(Rejected) as refusal:
            await store.people.update_template("default", made.id, NOW, text=("Hu", 1), expected=NOW)
        assert refusal.value.code == "precondition_failed"
        with pytest.raises(NotFound):
            await store.people.update_template("other", made.id, NOW, name="x")
        await store.people.delete_template("default", "welcome")
        assert await store.people.templates("default", limit=9) == []

    async def test_templates_are_paged_from_either_end(self, store: Store):
        for name in "abcde":
            await store.people.create_template("default", name, name, 1, (), NOW)
        names = [one.name for one in await store.people.templates("default", limit=2, ascending=True, skip=2)]
        assert names == ["c", "d"]
        assert [one.name for one in await store.people.templates("default", limit=2)] == ["e", "d"]


async def subscribe(store: Store, phone: str = ALICE, target: str = "00000", **more):
    kind = more.pop("kind", "sender")
    source = more.pop("source", "api")
    return await store.consent.subscribe("default", phone, kind, target, source, NOW, **more)


class Consenting:
    async def test_a_subscription_is_to_a_sender_or_a_campaign_that_is_known(self, store: Store):
        made, is_new = await subscribe(store)
        assert (made.num, made.id[:4], made.kind, made.target, made.state) == (1, "sub_", "sender", "00000", "active")
        assert is_new
        assert not made.authenticated
        with pytest.raises(Rejected) as refusal:
            await subscribe(store, kind="campaign", target="sale")
        assert refusal.value.code == "campaign_unknown"
        assert await store.consent.subscription("other", ALICE, "sender", "00000") is None

    async def test_its_contact_is_the_phones_whenever_that_was_made(self, store: Store):
        assert (await subscribe(store))[0].contact == 0
        ann = await store.people.create_contact("default", ANN, NOW)
        await store.people.create_contact("other", ANN, NOW)
        [listed] = await store.consent.subscriptions("default", limit=9)
        assert listed.contact == ann.num

    async def test_who_is_subscribed_with_a_group_is_in_it(self, store: Store):
        ann = await store.people.create_contact("default", ANN, NOW)
        group = await store.people.create_group("default", "vip", NOW)
        assert (await subscribe(store, group="VIP"))[0].group == group.num
        assert (await subscribe(store, BOB, group="nobody knows"))[0].group == 0
        await subscribe(store, BOB)
        found = await store.consent.subscribers("default", "sender", "00000", "vip")
        assert [one.phone for one in found] == [ALICE]
        assert found[0].variables["first"] == "Ann"
        assert found[0].variables["city"] == "Rome"
        assert [one.phone for one in await store.consent.members("default", group.id)] == [ALICE]
        await store.people.remove_members("default", "vip", [ann.id])
        assert await store.consent.subscribers("default", "sender", "00000", "vip") == []
        with pytest.raises(NotFound):
            await store.consent.subscribers("default", "sender", "00000", "typo")
        with pytest.raises(NotFound):
            await store.consent.subscribers("other", "sender", "00000", "vip")

    async def test_a_phone_without_a_contact_is_in_the_group_it_was_subscribed_with(self, store: Store):
        await store.people.create_group("default", "vip", NOW)
        await subscribe(store)
        assert (await subscribe(store, group="vip"))[1] is False
        [one] = await store.consent.subscribers("default", "sender", "00000", "vip")
        assert one.variables == {"name": "", "first": "", "phone": ALICE, "email": "", "external_id": ""}
        await store.people.delete_group("default", "vip")
        assert (await store.consent.subscription("default", ALICE, "sender", "00000")).group == 0

    @pytest.mark.parametrize("scope", ["account", "sender:00000"])
    async def test_who_opted_out_is_written_to_no_more(self, store: Store, scope: str):
        await subscribe(store)
        await subscribe(store, target="other")
        await subscribe(store, BOB)
        await store.consent.opt_out("default", ALICE, "api", NOW, scope=scope)
        assert [one.phone for one in await store.consent.subscribers("default", "sender", "00000")] == [BOB]
        others = await store.consent.subscribers("default", "sender", "other")
        assert [one.phone for one in others] == ([] if scope == "account" else [ALICE])

    async def test_who_was_stopped_is_subscribed_again_by_who_may(self, store: Store):
        await subscribe(store)
        await store.consent.opt_out("default", ALICE, "api", NOW, scope="sender:00000")
        with pytest.raises(Rejected) as refusal:
            await subscribe(store)
        assert refusal.value.code == "opted_out"
        again, is_new = await subscribe(store, may_resubscribe=True)
        assert (again.state, is_new) == ("active", True)
        assert await store.consent.opt_outs("default") == [], "else nothing would go out to it"

    async def test_an_opt_out_of_everything_stands_against_subscribing(self, store: Store):
        await store.consent.opt_out("default", ALICE, "api", NOW)
        with pytest.raises(Rejected):
            await subscribe(store, may_resubscribe=True)
        with pytest.raises(Rejected):
            await subscribe(store, source="keyword")
        assert (await subscribe(store, BOB))[1]

    async def test_a_stopped_subscription_is_found_by_its_id_in_its_account_alone(self, store: Store):
        made, _ = await subscribe(store)
        with pytest.raises(NotFound):
            await store.consent.stop_subscription("other", made.id, "api", NOW)
        for _ in range(2):
            assert (await store.consent.stop_subscription("default", made.id, "api", NOW)).state == "stopped"
        assert await told(store) == ["contact.opted_in", "contact.opted_out"]

    async def test_lists_are_narrowed_and_paged(self, store: Store):
        for target in ("a", "b", "c"):
            await subscribe(store, target=target)
        await subscribe(store, BOB, target="a")
        await store.consent.unsubscribe("default", BOB, "sender", "a", "api", NOW)
        page = await store.consent.subscriptions("default", limit=2, phone=ALICE)
        assert [one.target for one in page] == ["c", "b"]
        [last] = await store.consent.subscriptions("default", limit=2, phone=ALICE, cursor=page[-1].num)
        assert last.target == "a"
        [stopped] = await store.consent.subscriptions("default", limit=9, kind="sender", target="a", state="stopped")
        assert stopped.phone == BOB
        for scope in ("account", "sender:a"):
            await store.consent.opt_out("default", ALICE, "import", NOW + HOUR, scope=scope)
        assert [one.scope for one in await store.consent.opt_outs("default", phone=ALICE)] == ["sender:a", "account"]
        assert await store.consent.opt_outs("other") == []


class Refusing:
    @pytest.mark.parametrize(
        ("scope", "refused"),
        [
            ("account", True),
            ("sender:00000", True),
            ("campaign:sale", True),
            ("sender:other", False),
            ("campaign:other", False),
            ("line:lin_other", False),
        ],
    )
    async def test_a_scope_holds_for_what_is_accepted_and_for_what_waits(self, store: Store, scope: str, refused: bool):
        waiting = await accept(store, sender="00000", campaign="sale")
        later = await accept(store, sender="00000", campaign="sale", state=State.SCHEDULED, due_at=NOW + HOUR)
        await store.consent.opt_out("default", ALICE, "api", NOW, scope=scope)
        states = {(await store.message(None, one.id)).state for one in (waiting, later)}
        assert states == ({State.REJECTED} if refused else {State.QUEUED, State.SCHEDULED})
        if refused:
            with pytest.raises(Rejected) as refusal:
                await accept(store, sender="00000", campaign="sale")
            assert refusal.value.code == "opted_out"
        else:
            assert (await accept(store, sender="00000", campaign="sale")).state is State.QUEUED

    @pytest.mark.parametrize("kind", ["line", "sender"])
    async def test_a_line_that_is_refused_leaves_the_message_to_another(self, store: Store, kind: str):
        first, second = await line_up(store), await line_up(store, "home")
        message = await accept(store)
        refused = {"line": first.id, "sender": first.number}[kind]
        await store.consent.opt_out("default", ALICE, "api", NOW, scope=f"{kind}:{refused}")
        assert await store.claim(first.num, NOW) is None
        assert (await store.message(None, message.id)).state is State.QUEUED
        assert (await store.claim(second.num, NOW)).message == message.id

    async def test_where_no_other_line_may_carry_it_the_message_is_rejected(self, store: Store):
        first = await line_up(store)
        await line_up(store, "second")
        message = await accept(store, route=first.id)
        await store.consent.opt_out("default", ALICE, "api", NOW, scope=f"line:{first.id}")
        assert await store.claim(first.num, NOW) is None
        found = await store.message(None, message.id)
        assert (found.state, found.error.code) == (State.REJECTED, "opted_out")

    async def test_a_scope_that_came_meanwhile_is_heeded_when_the_message_is_claimed(self, store: Store):
        line = await line_up(store)
        await store.campaigns.add(Campaign(0, "cmp_1", "default", "sale", NOW))
        message = await accept(store, campaign="sale")
        claim = await store.claim(line.num, NOW)
        await store.consent.opt_out("default", ALICE, "api", NOW, scope="campaign:sale")
        await store.release(claim, NOW)
        assert await store.claim(line.num, NOW) is None
        assert (await store.message(None, message.id)).state is State.REJECTED
