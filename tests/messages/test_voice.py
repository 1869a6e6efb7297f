"""How texts are cut where there is little room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import translator
from messages.voice import Links, Voice, shortened
from tests.factories import NOW


@pytest.mark.parametrize(
    ("text", "most", "said"),
    [
        ("Agua para todas", 20, "Agua para todas"),
        ("Agua para todas las veredas", 20, "Agua para todas las…"),
        ("acta_de_la_reunion_de_marzo.pdf", 20, "acta_de_la_reunion_…"),
        ("dos\nrenglones", 20, "dos renglones"),
    ],
)
def test_a_text_is_cut_where_it_reads_best(text: str, most: int, said: str) -> None:
    assert shortened(text, most) == said


def test_one_o_clock_takes_its_own_article() -> None:
    voice = Voice(translator("es"), Links("https://t.me/bot", None), NOW)
    said = [voice.at(NOW.replace(hour=hour, minute=30), "UTC") for hour in (1, 9, 13)]
    assert [each.split(":")[0] for each in said] == ["a la 1", "a las 9", "a la 1"]


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_what_is_cut_fits(text: str, most: int) -> None:
    assert len(shortened(text, most)) <= most
