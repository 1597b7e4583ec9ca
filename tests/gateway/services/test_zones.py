"""Zones of countries, from the system's own table."""

from gateway.domain.message import SendWindow
from gateway.services.zones import is_zone, zones_of, zones_of_country


def test_a_country_has_its_zones_the_most_populous_first():
    assert zones_of_country("GB") == ("Europe/London",)
    assert zones_of_country("US")[0] == "America/New_York"
    assert "Pacific/Honolulu" in zones_of_country("US")
    assert zones_of_country("XX") == ()


def test_a_window_is_about_the_account_the_recipient_or_a_zone():
    def zones(zone: str, to: str) -> tuple[str, ...]:
        return zones_of(SendWindow("08:00", "21:00", zone=zone), to, home="GB", timezone="Asia/Tokyo")

    assert zones("account", "+4915112345678") == ("Asia/Tokyo",)
    assert zones("Europe/Rome", "+4915112345678") == ("Europe/Rome",)
    assert zones("recipient", "+4915112345678")[0] == "Europe/Berlin"
    assert zones("recipient", "80888") == ("Europe/London",)


def test_a_zone_is_a_name_that_the_system_knows():
    assert is_zone("Europe/Berlin")
    assert not any(is_zone(name) for name in ("", "Mars/Base", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 300))
