from dataclasses import replace

from gateway.domain.line import LineRecord
from gateway.policy.consent import covering, covers_line, covers_message, parse_scope


def test_a_scope_is_everything_or_a_kind_and_its_target() -> None:
    assert parse_scope("account") == ("account", "")
    assert parse_scope("sender:00000") == ("sender", "00000")
    assert parse_scope("campaign:a:b") == ("campaign", "a:b")
    for wrong in ("", "accounts", "sender", "sender:", "phone:1", "Account"):
        assert parse_scope(wrong) is None


def test_a_message_is_covered_by_its_sender_its_campaign_or_everything() -> None:
    assert covers_message({"account"}, "+1", None)
    assert covers_message({"sender:+1"}, "+1", None)
    assert covers_message({"campaign:sale"}, "+1", "sale")
    assert not covers_message({"sender:+2", "campaign:other", "line:lin_1"}, "+1", "sale")
    assert not covers_message({"campaign:None"}, "+1", None)
    assert not covers_message((), "+1", "sale")


def test_a_line_is_covered_by_its_own_scope_or_its_number() -> None:
    line = LineRecord(1, "lin_1", "office", number="+15", aliases=("00000",))
    assert covers_line({"line:lin_1"}, line)
    assert covers_line({"sender:+15"}, line)
    assert not covers_line({"account", "line:lin_2", "sender:00000", "sender:office"}, line)
    assert not covers_line({"sender:None"}, replace(line, number=None))


def test_a_subscription_is_covered_by_its_target_and_by_everything() -> None:
    assert covering("sender", "00000") == ("account", "sender:00000")
