"""How texts are cut where there is little room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.voice import shortened


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


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_what_is_cut_fits(text: str, most: int) -> None:
    assert len(shortened(text, most)) <= most
