"""Days as people write them: «15 de marzo de 2027», 15/3/2027, «mañana», «el martes», «el 3 a las 4 de la tarde».

What is read is always shown before it counts, with its day of the week.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache, partial
from typing import Final

from babel.dates import get_day_names, get_month_names

from civic.errors import NotTaken
from handlers.hours import hours_written, start_written
from handlers.understanding import plain
from locales import LANGUAGES
from messages.time_words import AMOUNTS, AROUND

CENTURY: Final = 100
WEEK: Final = 7
_YEARS: Final = 2000
_MOST: Final = 80
"""Characters of a day; more is a text."""


@dataclass(frozen=True)
class Said:
    """What a text says of when something is; what it leaves open is None."""

    day: date | None = None
    start: time | None = None
    end: time | None = None


def when_written(text: str, today: date) -> Said:
    """Read a day, hours, or both: «el martes de 2 a 5». Raises NotTaken for what is neither.

    A day without its year is the next such day from `today` on; a day of the week the next one after it. Numbers alone
    are day, month, year, as they are written here; with a month over 12 they are month, day, year. Raises NotTaken too
    where the day of the week that is named is not that of the date.
    """
    spelt = _spelt(text)
    if not spelt or len(text) > _MOST:
        raise NotTaken("not_a_date")
    day, rest, surely = _day_in(spelt, today)
    hours = hours_written(rest)
    start = hours[0] if hours else start_written(rest)
    left = set(re.findall(r"[^\W\d_]+", rest)) - AROUND
    if (day is None and start is None) or (left and not surely) or (start is None and re.search(r"\d", rest)):
        raise NotTaken("not_a_date")
    return Said(day, start, hours[1] if hours else None)


def day_written(text: str, today: date) -> date:
    """Read a day, as `when_written` does; hours beside it are passed over. Raises NotTaken."""
    day = when_written(text, today).day
    if day is None:
        raise NotTaken("not_a_date")
    return day


def _day_in(spelt: str, today: date) -> tuple[date | None, str, bool]:
    """Find the one day that a text names; give what is left, and whether it is a date by its month.

    Raises NotTaken for several days, and for one that is on no calendar.
    """
    for pattern, read, surely in _ways():
        found = pattern.search(spelt)
        if found is None:
            continue
        rest = f"{spelt[: found.start()]} | {spelt[found.end() :]}"
        day = read(found, today)
        named = found.groupdict().get("beside")
        if named is None and pattern is not _weekday() and (beside := _weekday().search(rest)):
            named, rest = beside["name"], f"{rest[: beside.start()]} | {rest[beside.end() :]}"
        if day is None or any(more.search(rest) for more, _, _ in _ways()):
            raise NotTaken("not_a_date")
        if named is not None and _weekdays()[named] != day.weekday():
            raise NotTaken("not_that_weekday")
        return day, rest, surely
    return None, spelt, False


def _spelt(text: str) -> str:
    """Write a text without case, accents and signs, but for those within dates and hours."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w:/.-]+", " ", bare).split())


# The ways to write a day -----------------------------------------------------------------------------------------


def _of_numbers(found: re.Match[str], _today: date) -> date | None:
    first, second, third = (int(each) for each in found.groups())
    if first >= CENTURY:
        return _made(first, second, third)
    return _made(third, second, first) or _made(third, first, second)


def _of_month(found: re.Match[str], today: date) -> date | None:
    day, month = int(found["day"]), _months()[found["month"].rstrip(".")]
    return _dated(day, month, found["year"], today)


def _without_year(found: re.Match[str], today: date) -> date | None:
    first, second = int(found[1]), int(found[2])
    return _dated(first, second, None, today) or _dated(second, first, None, today)


def _dated(day: int, month: int, year: str | None, today: date) -> date | None:
    if year:
        return _made(int(year), month, day)
    this_year = _made(today.year, month, day)
    return this_year if this_year and this_year >= today else _made(today.year + 1, month, day)


def _made(year: int, month: int, day: int) -> date | None:
    """Make a day of its numbers; a year of two digits is of this century. None for none of this century or the next."""
    whole = year + _YEARS if year < CENTURY else year
    try:
        return date(whole, month, day) if _YEARS <= whole < _YEARS + 2 * CENTURY else None
    except ValueError:
        return None


def _days_on(days: int, _found: re.Match[str], today: date) -> date:
    return today + timedelta(days=days)


def _after_a_while(found: re.Match[str], today: date) -> date:
    """Count days or weeks on; «en ocho días» is a week and «en quince» are two, as they are said here."""
    number = int(found["number"]) if found["number"].isdigit() else AMOUNTS[found["number"]]
    if found["unit"].startswith(("semana", "week")):
        return today + timedelta(weeks=number)
    return today + timedelta(days=_AS_SAID.get(number, number) if found["unit"] == "dias" else number)


def _of_the_week(found: re.Match[str], today: date) -> date:
    """Give the next such day after today; of next week, where that is said."""
    number = _weekdays()[found["name"]]
    if found["week"]:
        return today + timedelta(days=WEEK - today.weekday() + number)
    return today + timedelta(days=(number - today.weekday() - 1) % WEEK + 1)


def _of_the_calendar(found: re.Match[str], today: date) -> date | None:
    """Give the next day with that number, or that of next month."""
    number, first = int(found["day"]), today.replace(day=1)
    if found["month"] is None and number >= today.day and (day := _made(today.year, today.month, number)):
        return day
    following = (first + timedelta(days=31)).replace(day=1)
    return _made(following.year, following.month, number)


Way = tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None], bool]


@cache
def _ways() -> tuple[Way, ...]:
    """Know every way to write a day, what is clearer first; and whether other words may stand beside it."""
    months = "|".join(sorted(map(re.escape, _months()), key=len, reverse=True))
    between = r"(?:\s*[-/.]\s*|\s+(?:del?\s+)?)"
    amount = "|".join(AMOUNTS)
    ending = r"(?:st|nd|rd|th|o)?"
    year = r"(?:\s*(?:del?|of)?\s*(?P<year>\d{4}|\d{2}$))?"
    return (
        (_made_of(rf"\b(\d{{1,4}}){between}(\d{{1,2}}){between}(\d{{4}}|\d{{1,2}})(?![\d:])"), _of_numbers, True),
        (
            _made_of(rf"\b(?P<day>\d{{1,2}}){ending}[\s.-]+(?:(?:de|of)\s+)?(?P<month>{months})\b\.?-?{year}"),
            _of_month,
            True,
        ),
        (_made_of(rf"\b(?P<month>{months})\b\.?\s+(?P<day>\d{{1,2}}){ending}(?![\d:]){year}"), _of_month, True),
        (_made_of(r"\b(\d{1,2})/(\d{1,2})\b"), _without_year, True),
        (_made_of(r"\bpasado manana\b|\b(?:the )?day after tomorrow\b"), partial(_days_on, 2), False),
        (_made_of(r"(?<!la )\bmanana\b|\btomorrow\b"), partial(_days_on, 1), False),
        (
            _made_of(
                rf"\b(?:en|dentro de|in)\s+(?P<number>\d{{1,3}}|{amount})\s+(?P<unit>dias?|semanas?|days?|weeks?)\b"
            ),
            _after_a_while,
            False,
        ),
        (_made_of(r"\bhoy\b|\btoday\b"), partial(_days_on, 0), False),
        (
            _made_of(
                rf"(?:^|\b(?:el|dia|the|(?P<beside>{'|'.join(_weekdays())}))\s+)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
                r"(?P<month>\s+(?:del?\s+)?(?:(?:otro|proximo|siguiente)\s+mes|mes\s+(?:entrante|que viene|proximo))"
                r"|\s+of next month)?(?=$|\s+(?:a las?|de las?|de \d|desde|at|from|por la)\b)"
            ),
            _of_the_calendar,
            False,
        ),
        (_weekday(), _of_the_week, False),
    )


@cache
def _weekday() -> re.Pattern[str]:
    names = "|".join(_weekdays())
    week = r"(?:otra|proxima|siguiente)\s+semana|semana\s+(?:entrante|que viene|proxima|siguiente)|next week"
    return _made_of(
        rf"\b(?:proximo\s+|next\s+)?(?P<name>{names})\b(?:\s+(?:proximo|siguiente|entrante|que viene)\b)?"
        rf"(?P<week>\s+(?:de\s+la\s+|of\s+)?(?:{week}))?"
    )


_made_of: Final = partial(re.compile, flags=re.ASCII)
_AS_SAID: Final = {8: 7, 15: 14}


@cache
def _months() -> dict[str, int]:
    """Know the months by their names, whole and short, in every language of ours."""
    return {
        plain(name).strip("."): number
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=language).items()
    }


@cache
def _weekdays() -> dict[str, int]:
    """Know the days of the week by their whole names, Monday 0: «mar» would be a month too."""
    return {
        plain(name): number for language in LANGUAGES for number, name in get_day_names("wide", locale=language).items()
    }
