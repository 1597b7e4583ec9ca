"""What a SIM may send in a day and in a month, whoever asks for it: the last guard of somebody's phone bill."""

from datetime import UTC, date, datetime, time, timedelta


class Budget:
    """Parts that the network took, counted from what the store knows on. Days and months are those of UTC, as the store
    counts them. It outlives connections.
    """

    def __init__(self, per_day: int = 0, per_month: int = 0, for_alerts: int = 0) -> None:
        self.set(per_day, per_month, for_alerts)
        self.told = False  # that it is spent
        self._day = date.min
        self._sent_today = 0
        self._sent_this_month = 0

    def set(self, per_day: int, per_month: int, for_alerts: int = 0) -> None:
        """per_day, per_month: 0 for any number; for_alerts: of either, what only alerts may use."""
        self._per_day, self._per_month, self._for_alerts = per_day, per_month, for_alerts

    def load(self, now: datetime, *, today: int, this_month: int) -> None:
        """What the store has counted so far."""
        self._day, self._sent_today, self._sent_this_month = now.astimezone(UTC).date(), today, this_month

    def took_one(self, now: datetime) -> None:
        self._turn(now)
        self._sent_today += 1
        self._sent_this_month += 1

    def spent(self, now: datetime, *, alert: bool = False) -> str | None:
        """A sentence when there is nothing left, as ``until`` says. alert: for one, which may use all of it."""
        self._turn(now)
        but = " that are not kept for alerts" if self._for_alerts and not alert else ""
        if self._is_over(self._per_month, self._sent_this_month, alert):
            allowed = self._allowed(self._per_month, alert)
            return f"its SIM has sent the {allowed} parts of this month{but} (parts_per_month)"
        if self._is_over(self._per_day, self._sent_today, alert):
            allowed = self._allowed(self._per_day, alert)
            return f"its SIM has sent the {allowed} parts of today{but} (parts_per_day, UTC)"
        return None

    def until(self, now: datetime, *, alert: bool = False) -> datetime:
        """When the day is over that holds it up, or the month."""
        first = now.astimezone(UTC).date()
        if self._is_over(self._per_month, self._sent_this_month, alert):
            first = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            first += timedelta(days=1)
        return datetime.combine(first, time(), UTC)

    def _allowed(self, limit: int, alert: bool) -> int:
        return limit if alert else max(limit - self._for_alerts, 0)

    def _is_over(self, limit: int, sent: int, alert: bool) -> bool:
        return limit > 0 and sent >= self._allowed(limit, alert)

    def _turn(self, now: datetime) -> None:
        today = now.astimezone(UTC).date()
        if today == self._day:
            return
        if (today.year, today.month) != (self._day.year, self._day.month):
            self._sent_this_month = 0
        self._day, self._sent_today = today, 0
