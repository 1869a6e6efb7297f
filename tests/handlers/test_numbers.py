"""Numbers in words, alone and in lists."""

import pytest

from handlers.numbers import listed_numbers, means_all, numbers_in


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("tengo setenta y dos", [72]),
        ("seventy-one years", [71]),
        ("veintidós años", [22]),
        ("entre 18 y 28", [18, 28]),
        ("3005551234", []),
        ("una pregunta", []),
    ],
)
def test_numbers_are_read_in_digits_and_words(text: str, numbers: list[int]) -> None:
    assert numbers_in(text) == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("la primera y la tercera", [1, 3]),
        ("primero la tres y después la uno", [3, 1]),
        ("first and third", [1, 3]),
        ("the second one", [2]),
        ("number 2", [2]),
        ("2, 4", [2, 4]),
        ("una pregunta", None),
        ("2 y me llamo Ana", None),
        ("setenta y dos", None),
        ("", None),
    ],
)
def test_a_list_of_numbers_says_nothing_else(text: str, numbers: list[int] | None) -> None:
    assert listed_numbers(text) == numbers


def test_all_of_a_list_is_meant_by_its_size() -> None:
    assert means_all("las tres", 3)
    assert means_all("todas, por favor", 3)
    assert not means_all("la tres", 3)
    assert not means_all("las tres", 4)
