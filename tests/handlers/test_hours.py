"""Hours as people write them."""

import pytest

from handlers.hours import hours_written


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("9:00 a 13:00", "09:00 13:00"),
        ("de 9 a 1", "09:00 13:00"),
        ("9 a 12", "09:00 12:00"),
        ("De 9:30 a.m. a 1:00 p.m.", "09:30 13:00"),
        ("9:00 a. m. a 1:00 p. m.", "09:00 13:00"),
        ("9 am - 12 m", "09:00 12:00"),
        ("9am to 1pm", "09:00 13:00"),
        ("2 a 5 de la tarde", "14:00 17:00"),
        ("2 a 5", "14:00 17:00"),
        ("10 a 2", "10:00 14:00"),
        ("9 a 1 pm", "09:00 13:00"),
        ("8 de la mañana a mediodía", "08:00 12:00"),
        ("14:00-17:30", "14:00 17:30"),
        ("14h00 a 17h30", "14:00 17:30"),
        ("6 pm a 9 pm", "18:00 21:00"),
        ("8 a 11 de la noche", "20:00 23:00"),
        ("from 9 in the morning until noon", "09:00 12:00"),
        ("desde las 7 hasta las 11", "07:00 11:00"),
        ("22:00 a 1:00", "22:00 01:00"),
        ("9", None),
        ("9 a 9", "09:00 21:00"),
        ("25 a 26", None),
        ("9:75 a 10:00", None),
        ("temprano", None),
        ("", None),
        ("9 a 10 a 11", None),
        ("el 5 a las 9 y media de la mañana del otro día que viene, más o menos", None),
    ],
)
def test_hours_as_people_write_them(text: str, hours: str | None) -> None:
    found = hours_written(text)
    assert (f"{found[0]:%H:%M} {found[1]:%H:%M}" if found else None) == hours
