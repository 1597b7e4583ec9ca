"""What a SIM may send in a day and in a month, whoever asks for it: the last guard of somebody's phone bill."""

from datetime import UTC, date, datetime, time, timedelta


class Budget:
    """Parts that the network took, counted from what the store knows on. per_day, per_month: 0 for any number.

    Days and months are those of UTC, as the store counts them. It outlives connections.
    """

    def __init__(self, per_day: int = 0, per_month: int = 0) -> None:
        self._per_day = per_day
        self._per_month = per_month
        self._day = date.min
        self._sent_today = 0
        self._sent_this_month = 0

    @property
    def limits(self) -> bool:
        return bool(self._per_day or self._per_month)

    def load(self, now: datetime, *, today: int, this_month: int) -> None:
        """What the store has counted so far."""
        self._day, self._sent_today, self._sent_this_month = now.date(), today, this_month

    def took_one(self, now: datetime) -> None:
        self._turn(now)
        self._sent_today += 1
        self._sent_this_month += 1

    def spent(self, now: datetime) -> str | None:
        """A sentence when there is nothing left, as ``until`` says."""
        self._turn(now)
        if self._per_month and self._sent_this_month >= self._per_month:
            return f"its SIM has sent the {self._per_month} parts of this month (parts_per_month)"
        if self._per_day and self._sent_today >= self._per_day:
            return f"its SIM has sent the {self._per_day} parts of today (parts_per_day, UTC)"
        return None

    def until(self, now: datetime) -> datetime:
        """When the day is over that holds it up, or the month."""
        first = now.astimezone(UTC).date()
        if self._per_month and self._sent_this_month >= self._per_month:
            first = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            first += timedelta(days=1)
        return datetime.combine(first, time(), UTC)

    def _turn(self, now: datetime) -> None:
        today = now.astimezone(UTC).date()
        if today == self._day:
            return
        if (today.year, today.month) != (self._day.year, self._day.month):
            self._sent_this_month = 0
        self._day, self._sent_today = today, 0
