"""What the rest-sms front reads and writes, by itself: dates, countries, raw targets."""

import locale
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.fronts.rest_sms.answers import date
from api.fronts.rest_sms.countries import TABLE, region_of
from api.fronts.rest_sms.target import decoded, target_of
from gateway.domain.access import Account, AccountSettings
from gateway.domain.errors import Rejected
from tests.support.rest_sms import DATE


def account(zone: str = "UTC") -> Account:
    return Account(1, "acc_1", "default", AccountSettings(timezone=zone), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("at", "zone", "told"),
    [
        ("2018-03-22T16:05:11+00:00", "UTC", "Mar 22, 2018 4:05:11 PM"),
        ("2018-03-23T12:45:04+00:00", "UTC", "Mar 23, 2018 12:45:04 PM"),
        ("2026-05-01T00:00:00+00:00", "UTC", "May 1, 2026 12:00:00 AM"),
        ("2026-12-09T12:00:00+00:00", "UTC", "Dec 9, 2026 12:00:00 PM"),
        ("2026-01-09T09:08:07.999+00:00", "UTC", "Jan 9, 2026 9:08:07 AM"),
        ("2026-07-01T00:30:00+00:00", "America/Los_Angeles", "Jun 30, 2026 5:30:00 PM"),
        ("2026-12-31T22:59:59+00:00", "Europe/Vienna", "Dec 31, 2026 11:59:59 PM"),
        ("2026-02-28T18:30:00+00:00", "Asia/Kathmandu", "Mar 1, 2026 12:15:00 AM"),
    ],
)
def test_rs_05_a_date_has_the_seeds_form(at: str, zone: str, told: str) -> None:
    assert date(datetime.fromisoformat(at), account(zone)) == told
    assert DATE.fullmatch(told)


def test_rs_05_the_processs_locale_does_not_matter() -> None:
    with spoken_otherwise():
        assert date(datetime(2026, 3, 5, 15, 4, 5, tzinfo=UTC), account()) == "Mar 5, 2026 3:04:05 PM"


@contextmanager
def spoken_otherwise() -> Iterator[None]:
    """A locale whose March is no "Mar", where the machine has one."""
    before = locale.setlocale(locale.LC_TIME)
    for name in ("de_AT.UTF-8", "de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"):
        try:
            locale.setlocale(locale.LC_TIME, name)
            break
        except locale.Error:
            continue
    try:
        yield
    finally:
        locale.setlocale(locale.LC_TIME, before)


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("US", "US"),
        ("us", "US"),
        ("USA", "US"),
        ("United States", "US"),
        ("united states of america", "US"),
        ("1", "US"),
        ("+1", "US"),
        ("001", "US"),
        ("GBR", "GB"),
        ("UK", "GB"),
        ("Great Britain", "GB"),
        ("44", "GB"),
        ("+43", "AT"),
        ("Austria", "AT"),
        ("Côte d’Ivoire", "CI"),
        ("Cote d'Ivoire", "CI"),
        ("Trinidad and Tobago", "TT"),
        ("TRINIDAD & TOBAGO", "TT"),
        ("St. Lucia", "LC"),
        ("the Netherlands", "NL"),
        ("Türkiye", "TR"),
        (" DE ", "DE"),
        ("", None),
        (" ", None),
        ("XX", None),
        ("Atlantis", None),
        ("999", None),
        ("881", None),  # satellites
        ("0", None),
        ("٤٣", None),
        ("\0", None),
        ("U" * 10_000, None),
    ],
)
def test_rs_10_a_country_is_understood_by_code_name_and_calling_code(written: str, region: str | None) -> None:
    assert region_of(written) == region


def test_rs_10_every_region_that_has_phone_numbers_is_understood() -> None:
    known = {line.split(" ")[0] for line in TABLE.strip().splitlines()}
    lacking = phonenumbers.SUPPORTED_REGIONS - known
    assert lacking <= {"AC", "TA", "XK"}  # Ascension, Tristan da Cunha, Kosovo: no codes of ISO 3166-1
    for line in TABLE.strip().splitlines():
        alpha2, alpha3, names = line.split(" ", 2)
        for word in (alpha2, alpha3, *names.split(" | ")):
            assert region_of(word) == alpha2


@given(st.text(max_size=40))
def test_rs_03_any_text_comes_through_the_path(text: str) -> None:
    """Encoded as forms encode it, blanks as + and slashes left as they are."""
    from urllib.parse import quote_plus

    try:
        written = quote_plus(text, safe="/")
    except UnicodeEncodeError:  # lone surrogates
        return
    target = target_of(f"/rest/sms/sendMessageToPhone/{written}/1/2?skip=3")
    assert target.values() == {"messageText": text, "phone": "1", "senderCode": "2"}
    assert target.query == b"skip=3"


@given(st.text(max_size=60))
def test_any_target_at_all_is_a_command_or_none(raw: str) -> None:
    for target in (raw, f"/rest/{raw}", f"/rest/sms/{raw}", f"/rest/sms/sendMessageToPhone/{raw}"):
        with suppress(Rejected):
            target_of(target).values()


def test_the_absolute_form_of_a_target_is_the_same() -> None:
    absolute = target_of("http://localhost:8080/rest/sms/stopSubscriberSend/1/2")
    assert absolute == target_of("/rest/sms/stopSubscriberSend/1/2")


def test_a_broken_percent_stands_for_itself() -> None:
    assert decoded(b"50%+off+%zz") == "50% off %zz"
