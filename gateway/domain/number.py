"""Phone numbers as callers write them → E.164 or a short code (native-v1 §1.2)."""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

from gateway.domain.errors import Rejected

UNKNOWN_REGION = "ZZ"  # as the library says it
LONGEST = 40  # characters with all separators; E.164 has 15 digits
_WRITTEN = re.compile(r"\+?[0-9]+", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII)
_SEPARATORS = str.maketrans("", "", " .()-")
_SHORT_CODE = range(3, 7)
_LONG_SHORT_CODE = range(7, 9)


def normalise(text: str, country: str, *, international_first: bool = False) -> str:
    """E.164 with ``+``, or a short code without.

    text: digits, with ``+`` or ``00`` before them where they are international, and spaces, ``-``, ``.``, ``(``,
        ``)`` anywhere. country: ISO 3166-1 alpha-2, whose national numbers are understood.
    international_first: digits alone are read with a ``+`` before they are read as a national number.
    Raises Rejected("invalid_recipient").
    """
    return text if _is_plain(text) else _normalise(text, country, international_first=international_first)


def is_short_code(number: str) -> bool:
    """True for a normalised number that is dialled as it stands."""
    return not number.startswith("+")


def is_country(code: str) -> bool:
    """True for a country, ISO 3166-1 alpha-2 in capitals, whose numbers are known."""
    return code in phonenumbers.SUPPORTED_REGIONS


@lru_cache(maxsize=8192)
def country_of(number: str) -> str | None:
    """The country of a normalised number, ISO 3166-1 alpha-2; None for a short code, and for what is of no country.

    A number that its plan does not know yet belongs to the main country of its code.
    """
    if is_short_code(number):
        return None
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    )
    return region if len(region) == 2 and region != UNKNOWN_REGION else None


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the numbers of one country code look like. lengths: of possible national numbers, in digits.

    prefix: what people of that country dial before a national number, and write by mistake after the country code.
    """

    lengths: frozenset[int]
    prefix: re.Pattern[str] | None

    def has(self, national: str) -> bool:
        """Surely a possible number that needs no correction; False for anything in doubt."""
        if len(national) not in self.lengths or national[0] == "0":
            return False
        return self.prefix is None or self.prefix.match(national) is None


def _is_plain(text: str) -> bool:
    """True for E.164 as ``normalise`` would give it back, told without the library's full parse: the accept path
    sees mostly such numbers."""
    if not _E164.fullmatch(text):
        return False
    for length in (1, 2, 3):
        plan = _plan_of(int(text[1 : 1 + length]))
        if plan is not None:
            return plan.has(text[1 + length :])
    return False


@lru_cache(maxsize=1024)
def _plan_of(country_code: int) -> _Plan | None:
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country_code)
    metadata = regions and phonenumbers.PhoneMetadata.metadata_for_region(regions[0], None)
    if not metadata or metadata.general_desc is None:
        return None
    prefix = metadata.national_prefix_for_parsing
    return _Plan(frozenset(metadata.general_desc.possible_length), re.compile(prefix) if prefix else None)


@lru_cache(maxsize=8192)
def _normalise(text: str, country: str, *, international_first: bool) -> str:
    digits = text.translate(_SEPARATORS)
    if len(text) > LONGEST or not _WRITTEN.fullmatch(digits):
        raise _invalid(text)
    if digits.startswith("+"):
        number = _possible(digits, None)
    elif digits.startswith("00"):
        number = _possible("+" + digits[2:], None)
    else:
        number = _without_prefix(digits, country, international_first=international_first)
    if number is None:
        raise _invalid(text)
    return number


def _without_prefix(digits: str, country: str, *, international_first: bool) -> str | None:
    if len(digits) in _SHORT_CODE:
        return _valid(digits, country) or digits
    national, international = (digits, country), ("+" + digits, None)
    order = (international, national) if international_first else (national, international)
    for candidate, region in order:
        if number := _possible(candidate, region):
            return number
    return digits if len(digits) in _LONG_SHORT_CODE else None


def _possible(candidate: str, region: str | None) -> str | None:
    """IS_POSSIBLE only: ``is_possible_number`` also lets IS_POSSIBLE_LOCAL_ONLY pass, 5551234 as +15551234."""
    try:
        number = phonenumbers.parse(candidate, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _valid(digits: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number_for_region(number, country):
        return None
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _invalid(text: str) -> Rejected:
    return Rejected("invalid_recipient", f"{text[:LONGEST]!r} is not a phone number")
