import re

import pytest

from modem.profiles import GENERIC, PROFILES, profile_named, recognise


def test_a_make_that_nobody_knows_is_generic() -> None:
    assert recognise("Example", None, "1.0") is GENERIC


def test_profiles_are_found_by_their_names() -> None:
    assert all(profile_named(profile.name) is profile for profile in PROFILES)
    assert len({profile.name for profile in PROFILES}) == len(PROFILES)
    with pytest.raises(KeyError):
        profile_named("no such make")


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_the_patterns_of_a_profile_are_patterns(profile: object) -> None:
    for name in ("restarts", "sms_ready", "storage_full", "power"):
        assert re.compile(getattr(profile, name))
        assert not re.fullmatch(getattr(profile, name), "OK")
