"""Hours as people write them: «9:00 a 13:00», «de 9 a 1», «de dos a cinco y media de la tarde», «9 am to 1 pm»."""

import re
from datetime import time
from typing import Final

from handlers.understanding import plain
from messages.time_words import NUMBERS

NOON: Final = 12
DAY: Final = 24
EARLIEST: Final = 7
"""Hours before it, said without more, are of the afternoon: nobody convenes people at 2 in the night."""
_MOST: Final = 60
"""Characters of hours; more is a text."""
_HOUR: Final = re.compile(r"(?<!\d)(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|m)?(?![a-z0-9])", re.ASCII)
_FRACTIONS: Final = (
    (r"(\d{1,2}) y media\b", "30"),
    (r"(\d{1,2}) y cuarto\b", "15"),
    (r"\bhalf past (\d{1,2})\b", "30"),
    (r"\bquarter past (\d{1,2})\b", "15"),
)
_ALONE: Final = re.compile(r"(?:a|desde|sobre|tipo) las? \d|\b(?:at|from) \d|\d:\d|\d\s*(?:am|pm|m)\b", re.ASCII)
"""What makes one number an hour."""
_MARKS: Final = (
    (r"(?:de|por|en) la manana|in the morning", "am"),
    (r"(?:de|por|en) la (?:tarde|noche)|in the (?:afternoon|evening)", "pm"),
    (r"(?:del? )?\bmediodia\b|\bnoon\b|\bmidday\b", "12 pm"),
)


def hours_written(text: str) -> tuple[time, time] | None:
    """Read when something starts and ends; None for what is not two times of a day.

    Without more, «2 a 5» is of the afternoon, and an end before its start is of the half day after it.
    """
    if len(text) > _MOST:
        return None
    said = _spelt(text)
    found = _HOUR.findall(said)
    if len(found) != 2:  # noqa: PLR2004 - a start and an end
        return None
    (first, first_minutes, first_mark), (last, last_minutes, last_mark) = found
    minutes = (int(first_minutes or 0), int(last_minutes or 0))
    marked = [_of_day(int(hour), mark) for hour, mark in ((first, first_mark), (last, last_mark))]
    end = marked[1]
    start = marked[0]
    if not first_mark:
        start = _alike(int(first), minutes[0], end, minutes[1]) if last_mark else _of_afternoon(int(first))
    if not last_mark and start is not None and end is not None and (end, minutes[1]) <= (start, minutes[0]):
        later = (end + NOON, minutes[1])
        end = end + NOON if end < NOON and later > (start, minutes[0]) else end
    if start is None or end is None or max(start, end) >= DAY or max(minutes) > 59:  # noqa: PLR2004 - of an hour
        return None
    begins, ends = time(start, minutes[0]), time(end, minutes[1])
    return None if begins == ends else (begins, ends)


def start_written(text: str) -> time | None:
    """Read the one hour that a text names: «a las 3 de la tarde», «4 pm», «15:30»; None for what is none, or more."""
    said = _spelt(text) if len(text) <= _MOST else ""
    found = _HOUR.findall(said)
    if len(found) != 1 or not _ALONE.search(said):
        return None
    ((hour, minutes, mark),) = found
    start = _of_day(int(hour), mark) if mark else _of_afternoon(int(hour))
    if start is None or int(minutes or 0) > 59:  # noqa: PLR2004 - of an hour
        return None
    return time(start, int(minutes or 0))


def _spelt(text: str) -> str:
    """Write half days as am and pm, whatever the spelling."""
    kept = re.sub(r"(\d)\s*[:.hH]\s*(\d{2})(?!\d)", r"\1COLON\2", text)
    said = plain(kept.replace(".", " . ")).replace("colon", ":")
    said = re.sub(r"(?<=\d)\s*a m\b", "am", re.sub(r"(?<=\d)\s*p m\b", "pm", said))
    for pattern, mark in _MARKS:
        said = re.sub(pattern, mark, said)
    said = re.sub(r"[a-z]+", lambda word: str(NUMBERS.get(word[0], word[0])), said)
    for pattern, minutes in _FRACTIONS:
        said = re.sub(pattern, rf"\1:{minutes}", said)
    return said


def _of_day(hour: int, mark: str) -> int | None:
    """Give the hour of the day that is meant; None for none."""
    if not mark:
        return hour if hour < DAY else None
    if not 1 <= hour <= NOON:
        return hour if mark == "pm" and NOON < hour < DAY else None
    if mark == "am":
        return hour % NOON
    return hour % NOON + NOON  # «12 m» is noon


def _of_afternoon(hour: int) -> int | None:
    if hour >= DAY:
        return None
    return hour + NOON if 1 <= hour < EARLIEST else hour


def _alike(hour: int, minutes: int, end: int | None, end_minutes: int) -> int | None:
    """Take a start without a mark as the last such hour before its end: «9 a 1 pm» is from the morning."""
    if end is None or hour >= DAY:
        return None
    for candidate in (hour + NOON, hour):
        if hour <= NOON and candidate < DAY and (candidate, minutes) < (end, end_minutes):
            return candidate
    return hour
