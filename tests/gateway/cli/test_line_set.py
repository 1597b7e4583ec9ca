import pytest

from gateway.cli.exits import Exit, Failure
from gateway.cli.line_set import LIMITS, body_of
from gateway.domain import line


def test_every_limit_can_be_set():
    assert tuple(LIMITS) == line.LIMITS


def test_settings_are_told_as_the_api_wants_them():
    assert body_of(["rate_per_minute=6.5", "days=1,2", "hours=08:00-20:00", "name=desk", "aliases=a,b"]) == {
        "limits": {"rate_per_minute": 6.5, "days": [1, 2], "hours": "08:00-20:00"},
        "name": "desk",
        "aliases": ["a", "b"],
    }


def test_nothing_behind_the_sign_is_what_the_configuration_says():
    assert body_of(["burst=", "number=", "webhook=", "aliases="]) == {
        "limits": {"burst": None}, "number": None, "webhook": None, "aliases": []
    }  # fmt: skip


@pytest.mark.parametrize("setting", ["burst", "speed=9", "burst=many", "days=Monday", "rate_per_minute=fast"])
def test_what_is_no_setting_is_wrong_usage(setting):
    with pytest.raises(Failure) as caught:
        body_of([setting])
    assert caught.value.exit_code == Exit.USAGE
