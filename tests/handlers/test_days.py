"""Days as people write them."""

from datetime import date

import pytest

from handlers.days import day_written

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


@pytest.mark.parametrize("text", ["", "pronto", "31 de febrero de 2027", "99/99/2027", "en marzo", "15", "1" * 500])
def test_what_is_no_day_is_none(text: str) -> None:
    assert day_written(text, TODAY) is None
