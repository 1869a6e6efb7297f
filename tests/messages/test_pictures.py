"""Words in pictures: they fit the width, whatever they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.pictures import font, wrapped

FACE = font(30, bold=True)
WIDTH = 300


@given(st.text(max_size=200), st.integers(1, 4))
def test_lines_fit_and_are_no_more_than_there_is_room_for(text: str, most: int) -> None:
    lines = wrapped(text, FACE, WIDTH, most)
    assert len(lines) <= most
    assert all(FACE.getlength(line) <= WIDTH for line in lines)


def test_nothing_is_lost_where_there_is_room() -> None:
    text = "Agua para todas las veredas de la parte alta"
    assert " ".join(wrapped(text, FACE, WIDTH, 9)) == text


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Rosa 🌹 Gómez 👩‍👩‍👧", "Rosa Gómez"),
        ("王小明", ""),
        ("Ana 王 नमस्ते", "Ana"),
        ("فاطمة الزهراء", "فاطمة الزهراء"),
        ("«Zoë» — O'Higgins…", "«Zoë» — O'Higgins…"),
    ],
)
def test_what_the_font_lacks_is_left_out_and_no_box_drawn(text: str, drawn: str) -> None:
    assert " ".join(wrapped(text, FACE, WIDTH * 9, 9)) == drawn


def test_a_long_text_ends_with_dots_and_a_long_word_is_broken() -> None:
    assert wrapped("Agua para todas las veredas", FACE, WIDTH, 1)[0].endswith("…")
    broken = wrapped("Otorrinolaringologicamente", FACE, WIDTH, 9)
    assert (len(broken) > 1, "".join(broken)) == (True, "Otorrinolaringologicamente")
