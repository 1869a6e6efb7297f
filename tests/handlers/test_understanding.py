"""What people type instead of tapping: words without case or accents, numbers on the screen, rankings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.errors import AnswerUnclear
from handlers.complaints import is_complaint
from handlers.signup import ranking
from handlers.understanding import chosen, plain
from messages.message import Button, Message

ASKED = [
    Message(
        "¿?",
        (
            (Button("Copiar", copy="X"), Button("Sí, acepto", choice="yes:1", words=("acepto",))),
            (Button("No", choice="no:1"),),
        ),
    )
]


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        ("Sí, acepto", "yes:1"),
        ("  SI ACEPTO!! ", "yes:1"),
        ("acepto", "yes:1"),
        ("no.", "no:1"),
        ("1", None),
        ("2", "yes:1"),
        ("3", "no:1"),
        ("4", None),
        ("9" * 5000, None),
        ("0", None),
        ("copiar", None),
        ("no acepto", None),
        ("", None),
        ("2️⃣", "yes:1"),
    ],
)
def test_words_and_numbers_name_a_button(typed: str, choice: str | None) -> None:
    button = chosen(typed, ASKED, numbers=True)
    assert (button.choice if button else None) == choice


def test_where_a_number_is_an_answer_it_names_no_button() -> None:
    assert chosen("2", ASKED, numbers=False) is None


@given(st.text())
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(
    st.lists(st.integers(1, 999), min_size=1, max_size=8, unique=True),
    st.sampled_from([", ", ",", " ", " y ", "; ", " and ", ". "]),
)
def test_a_ranking_is_read_in_its_order(numbers: list[int], between: str) -> None:
    assert ranking(between.join(map(str, numbers))) == numbers


@pytest.mark.parametrize("text", ["ninguno", "None", "NADA", "no"])
def test_no_ranking_is_an_answer_too(text: str) -> None:
    assert ranking(text) is None


@pytest.mark.parametrize("text", ["el agua", "2 o 3", "", "dos", "y", "-"])
def test_what_is_no_ranking_is_unclear(text: str) -> None:
    with pytest.raises(AnswerUnclear):
        ranking(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Tengo una QUEJA.", True),
        ("¡quejas!", True),
        ("una denuncia contra el alcalde", True),
        ("I have a complaint", True),
        ("me quejaba del calor", False),
        ("quejarse", False),
        ("", False),
    ],
)
def test_a_complaint_is_a_word_of_its_own(text: str, *, is_one: bool) -> None:
    assert is_complaint(text) is is_one
