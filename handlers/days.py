"""Days as people write them: «15 de marzo de 2027», 15/3/2027, 2027-03-15, «15 March»."""

import re
from datetime import date
from functools import cache
from typing import Final

from babel.dates import get_month_names

from handlers.understanding import plain
from locales import LANGUAGES

CENTURY: Final = 100
_YEARS: Final = 2000
_NUMBERS: Final = re.compile(r"\D*(\d{1,4})\D+(\d{1,2})\D+(\d{1,4})\D*", re.ASCII)
_MOST: Final = 80
"""Characters of a day; more is a text."""


def day_written(text: str, today: date) -> date | None:
    """Read a day; without a year it is the next such day from `today` on. None for what is none.

    Numbers alone are day, month, year, as they are written here; with a month over 12 they are month, day, year.
    """
    said = text.strip()
    if len(said) > _MOST:
        return None
    month = next((number for word in plain(said).split() if (number := _months().get(word))), None)
    if month is None:
        found = _NUMBERS.fullmatch(said)
        return _of_numbers(*map(int, found.groups())) if found else None
    numbers = [int(each) for each in re.findall(r"\d{1,4}", said, re.ASCII)]
    match numbers:
        case [day, year]:
            return _made(year, month, day) if day <= 31 else _made(day, month, year)  # noqa: PLR2004 - of a month
        case [day]:
            this_year = _made(today.year, month, day)
            return this_year if this_year and this_year >= today else _made(today.year + 1, month, day)
    return None


def _of_numbers(first: int, second: int, third: int) -> date | None:
    if first >= CENTURY:
        return _made(first, second, third)
    return _made(third, second, first) or _made(third, first, second)


def _made(year: int, month: int, day: int) -> date | None:
    """Make a day of its numbers; a year of two digits is of this century."""
    try:
        return date(year + _YEARS if year < CENTURY else year, month, day)
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    """Know the months by their names, whole and short, in every language of ours."""
    return {
        plain(name).strip("."): number
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=language).items()
    }
