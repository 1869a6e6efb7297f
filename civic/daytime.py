"""Decent hours and calendar arithmetic in a meeting's zone. Pure: moments in, moments out, all aware.

Quiet hours are 20:00 to 8:00 in the meeting's zone: no unprompted message goes out, but for what cannot wait.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

MORNING = time(8)
EVENING = time(20)
BEFORE_EVENING = time(18)
"""When something goes that would have gone in the evening or at night, and may not come later."""

_OFFSET = re.compile(r"(?P<number>[1-9]\d{0,3})(?P<unit>[dh])", re.ASCII)


class Offset(NamedTuple):
    """A time before a meeting: `Nd` is N calendar days at its clock time, `Nh` N elapsed hours."""

    number: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Offset":
        """Read `15d` or `2h`; anything else raises ValueError."""
        match = _OFFSET.fullmatch(text)
        if not match:
            message = f"{text!r} is not a number of days or hours such as 15d or 2h"
            raise ValueError(message)
        return cls(int(match["number"]), match["unit"])

    def before(self, moment: datetime, zone: str) -> datetime:
        """Go back from a moment, by the calendar of a zone for days; in UTC."""
        if self.unit == "h":
            return (moment - timedelta(hours=self.number)).astimezone(UTC)
        local = moment.astimezone(ZoneInfo(zone))
        return at_clock(local.date() - timedelta(days=self.number), local.time(), zone)


def at_clock(day: date, clock: time, zone: str) -> datetime:
    """Say when a zone's clocks show a time on a day, in UTC; one that a clock change skips is as much later."""
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def local_date(moment: datetime, zone: str) -> date:
    """Say which day it is in a zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def is_quiet(moment: datetime, zone: str) -> bool:
    """Tell whether a moment lies in the quiet hours of a zone."""
    clock = moment.astimezone(ZoneInfo(zone)).time()
    return not MORNING <= clock < EVENING


def next_decent(moment: datetime, zone: str) -> datetime:
    """Say when something unplanned may go: now, or 8:00 of the morning to come."""
    if not is_quiet(moment, zone):
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=1) if local.time() >= EVENING else local.date()
    return at_clock(day, MORNING, zone)


def end_of_minute(moment: datetime) -> datetime:
    """Say when the minute that a moment lies in is over: what falls within it can be gathered by then."""
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)


def planned(offset: Offset, starts_at: datetime, zone: str) -> datetime:
    """Say when a reminder goes: planned around the quiet hours.

    An `Nd` before 8:00 goes at 8:00 and from 20:00 on at 18:00 that day; an `Nh` that falls in the quiet hours goes at
    18:00 before them.
    """
    moment = offset.before(starts_at, zone)
    if not is_quiet(moment, zone):
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    if offset.unit == "d":
        return at_clock(local.date(), MORNING if local.time() < MORNING else BEFORE_EVENING, zone)
    day = local.date() if local.time() >= EVENING else local.date() - timedelta(days=1)
    return at_clock(day, BEFORE_EVENING, zone)


def daytime_between(start: datetime, end: datetime, zone: str) -> timedelta:
    """Measure the daytime (8:00 to 20:00 in the zone) between two moments; nothing when they are in disorder."""
    total = timedelta()
    day = local_date(start, zone)
    last = local_date(end, zone)
    while day <= last:
        opens = max(start, at_clock(day, MORNING, zone))
        closes = min(end, at_clock(day, EVENING, zone))
        total += max(closes - opens, timedelta())
        day += timedelta(days=1)
    return total


def after_daytime(start: datetime, lasting: timedelta, zone: str) -> datetime:
    """Say when so much daytime will have passed since a moment."""
    left = lasting
    day = local_date(start, zone)
    while True:
        opens = max(start, at_clock(day, MORNING, zone))
        closes = at_clock(day, EVENING, zone)
        if closes - opens >= left:
            return opens + left
        left -= max(closes - opens, timedelta())
        day += timedelta(days=1)
