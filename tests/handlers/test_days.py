"""Days as people write them."""

from datetime import date

import pytest

from civic.errors import NotTaken
from handlers.days import day_written, when_written

TODAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    "text",
    [
        "15 de marzo de 2027",
        "15 de Marzo del 2027",
        "lunes 15 de marzo de 2027",
        "15 marzo 2027",
        "15 mar 2027",
        "15 March 2027",
        "March 15, 2027",
        "2027-03-15",
        "15/3/2027",
        "15-03-27",
        "15.3.2027",
        "3/15/2027",
        " el 15 de marzo ",
        "Monday, 15 March",
    ],
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert day_written(text, TODAY) == date(2027, 3, 15)


def test_a_day_without_its_year_is_the_next_one() -> None:
    assert day_written("1 de noviembre", TODAY) == TODAY
    assert day_written("31 de octubre", TODAY) == date(2027, 10, 31)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hoy", "2026-11-01 None None"),
        ("mañana", "2026-11-02 None None"),
        ("mañana por la mañana a las 9", "2026-11-02 09:00 None"),
        ("pasado mañana de dos a cinco", "2026-11-03 14:00 17:00"),
        ("el martes", "2026-11-03 None None"),
        ("Mejor el próximo martes por la tarde", "2026-11-03 None None"),
        ("domingo", "2026-11-08 None None"),
        ("el viernes de la otra semana", "2026-11-06 None None"),
        ("el 3 a las 4 de la tarde", "2026-11-03 16:00 None"),
        ("martes 3 de 2 a 5", "2026-11-03 14:00 17:00"),
        ("el 31", "2026-12-31 None None"),
        ("15", "2026-11-15 None None"),
        ("el 15 del mes entrante", "2026-12-15 None None"),
        ("25/11", "2026-11-25 None None"),
        ("25 de noviembre de 9 a 1", "2026-11-25 09:00 13:00"),
        ("2026-11-25T14:00", "2026-11-25 14:00 None"),
        ("en ocho días", "2026-11-08 None None"),
        ("en 3 semanas", "2026-11-22 None None"),
        ("el jueves a la una", "2026-11-05 13:00 None"),
        ("a las nueve y media", "None 09:30 None"),
        ("tomorrow at 9", "2026-11-02 09:00 None"),
        ("next Tuesday at half past two", "2026-11-03 14:30 None"),
        ("on the 15th at 3 pm", "2026-11-15 15:00 None"),
        ("November 25, 2026 from 2 to 5", "2026-11-25 14:00 17:00"),
        ("in 8 days", "2026-11-09 None None"),
    ],
)
def test_days_and_hours_are_read_as_people_say_them(text: str, said: str) -> None:
    found = when_written(text, TODAY)
    start, end = (f"{each:%H:%M}" if each else None for each in (found.start, found.end))
    assert f"{found.day} {start} {end}" == said


@pytest.mark.parametrize(
    "text",
    [
        *("", "pronto", "31 de febrero de 2027", "99/99/2027", "en marzo", "el 32", "1" * 500, "a las 44"),
        *("31/12/9999", "el martes o el jueves", "mañana le digo", "quién sabe", "1.500"),
    ],
)
def test_what_is_no_day_is_not_taken(text: str) -> None:
    with pytest.raises(NotTaken) as refused:
        day_written(text, TODAY)
    assert refused.value.why == "not_a_date"


@pytest.mark.parametrize("text", ["viernes 25 de noviembre", "martes 4", "Monday 25/11/2026"])
def test_a_day_of_the_week_that_is_not_that_of_the_date_is_said(text: str) -> None:
    with pytest.raises(NotTaken) as refused:
        day_written(text, TODAY)
    assert refused.value.why == "not_that_weekday"
