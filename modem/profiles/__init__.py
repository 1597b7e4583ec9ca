"""The makes of modem that differ from the standards in a known way.

To add one: a file with a Profile made of GENERIC by `dataclasses.replace`, differences only, and its name in PROFILES.
"""

from modem.profiles.generic import GENERIC
from modem.profiles.profile import Profile, Routing

__all__ = ["GENERIC", "PROFILES", "Profile", "Routing", "profile_named", "recognise"]

PROFILES: tuple[Profile, ...] = (GENERIC,)


def profile_named(name: str) -> Profile:
    """Raises KeyError for a name that no profile has."""
    return {profile.name: profile for profile in PROFILES}[name]


def recognise(*description: str | None) -> Profile:
    """The profile of a modem that describes itself so: manufacturer, model, revision; GENERIC if no other fits."""
    text = " ".join(part for part in description if part)
    return next((profile for profile in PROFILES if profile.recognises(text)), GENERIC)
