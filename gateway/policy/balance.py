"""The money in what a network says about it. Pure."""

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

AGAIN = timedelta(hours=1)  # after the first question that came to nothing
PATTERN = r"(-?\d[\d ',.]*)"  # the first number of the text


def amount_of(text: str, pattern: str = PATTERN) -> Decimal | None:
    """The number that the pattern's first group, or the whole pattern where it has none, finds in the text.

    Of several separators the last is the decimal one; a single one is, unless three digits follow it.
    """
    found = re.search(pattern, text)
    if found is None:
        return None
    number = (found[1] if found.re.groups else found[0]) or ""
    return _read(re.sub(r"[\s']", "", number).strip(".,"))


def _read(number: str) -> Decimal | None:
    point = max(number.rfind("."), number.rfind(","))
    separators = number.count(".") + number.count(",")
    if separators == 1 and len(number) - point == 4 and not number.lstrip("-").startswith("0"):
        point = -1  # 1,234 are thousands
    if separators > 1 and number.count(number[point]) > 1:
        point = -1  # 1.234.567
    whole, fraction = (number, "") if point < 0 else (number[:point], number[point + 1 :])
    try:
        return Decimal(f"{re.sub('[.,]', '', whole)}.{fraction or '0'}")
    except InvalidOperation:
        return None


def next_question(
    answered_at: datetime | None, asked_at: datetime | None, misses: int, every: timedelta
) -> datetime | None:
    """When to ask again; None: now. misses: questions since then that came to nothing, the last one at asked_at.

    A code that is not answered is asked after an hour, then after two, and so on, at the longest as one that is: each
    time may take the modem three minutes, and a line that is set up again and again would do little else.
    """
    if misses and asked_at is not None:
        return asked_at + min(AGAIN * float(2 ** min(misses - 1, 20)), every)
    return None if answered_at is None else answered_at + every
