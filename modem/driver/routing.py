"""Which values of AT+CNMI to try, best first (TS 27.005 §3.4.1)."""

from collections.abc import Sequence

from modem.profiles import Profile, Routing

_STORED = 1  # <mt>: stored and announced by +CMTI
_DIRECT = 2  # <mt>: handed over by +CMT
_CDS, _CDSI = 1, 2  # <ds>
_FIELDS = 5


def choose_routings(
    profile: Profile, offered: Sequence[Sequence[int]], *, stored: bool, reports: bool
) -> list[Routing]:
    """The settings worth trying.

    offered: the values of AT+CNMI=?, empty where it does not answer; they are not to be trusted, since several makes
        refuse some of what they offer, so that what is left of the profile's list follows behind.
    stored: the modem has storages to receive into. reports: it has one for status reports.
    """
    chosen = list(_offered(profile, offered, stored=stored, reports=reports)) if len(offered) > 1 else []
    listed = [routing for routing in profile.routings if stored or routing[1] == _DIRECT]
    return list(dict.fromkeys([*chosen, *listed]))


def _offered(profile: Profile, offered: Sequence[Sequence[int]], *, stored: bool, reports: bool) -> list[Routing]:
    count = min(len(offered), _FIELDS)  # old modems know fewer than five values
    padded = [*map(tuple, offered[:count]), *[()] * (_FIELDS - count)]
    modes, targets, broadcasts, routes, flushes = padded
    broadcast = 0 if 0 in broadcasts or not broadcasts else broadcasts[0]
    preferred_targets = (_STORED, _DIRECT) if stored else (_DIRECT, _STORED)
    ways = profile.report_routes if reports else tuple(sorted(profile.report_routes))
    return [
        (mode, target, broadcast, route, flush)[:count]
        for target in preferred_targets
        if target in targets
        for route in (*ways, 0)
        if route in routes or not routes
        for flush in [_best(profile.flush_modes, flushes)]
        for mode in profile.routing_modes
        if mode in modes and (mode > 0 or len(modes) == 1)
    ]


def _best(preferred: Sequence[int], offered: Sequence[int]) -> int:
    return next((value for value in preferred if value in offered), offered[0] if offered else preferred[0])
