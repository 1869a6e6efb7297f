"""How somebody is called, out of her own words; and what is no name."""

import pytest

from civic.errors import AnswerUnclear
from handlers.calling import called_in, introduced, is_told, keeps, named_in


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("me llamo Rosa Elvira", "Rosa Elvira"),
        ("me llamo nina viejo", "nina viejo"),
        ("Soy Rosa", "Rosa"),
        ("mi nombre es Ana y voy sola", "Ana"),
        ("con mi esposo, me llamo Rosa Peña", "Rosa Peña"),
        ("my name is Kate", "Kate"),
        ("I'm John Smith", "John Smith"),
        ("the name's Bond", "Bond"),
        ("I'm a woman", None),
        ("no me llamo María", None),
        ("no, me llamo Rosa", "Rosa"),
        ("soy mujer", None),
        ("soy hombre", None),
        ("soy campesina", None),
        ("Soy de la vereda", None),
        ("soy 3", None),
        ("Rosa", None),
        ("Personas que soy", None),
    ],
)
def test_a_name_is_taken_out_of_an_introduction(text: str, name: str | None) -> None:
    assert introduced(text) == name


def test_a_whole_name_beside_an_answer_is_a_name() -> None:
    assert named_in("María Pérez, sin acompañantes") == "María Pérez"
    assert named_in("con mi esposo, mi hija") is None
    assert named_in("Voy Solo") is None


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("María Pérez, sin acompañantes", "María Pérez", "sin acompañantes"),
        ("Rosa, y tengo una queja", "Rosa", "y tengo una queja"),
        ("Rosa, mujer", "Rosa", "mujer"),
        ("Rosa, 34 años", "Rosa", "34 años"),
        ("Rosa y voy sola", "Rosa", "y voy sola"),
        ("soy rosa", "rosa", "soy"),
        ("Pérez, María", "Pérez, María", ""),
        ("Ana Nieto", "Ana Nieto", ""),
        ("Chepe", "Chepe", ""),
        ("María de la Vereda Baja", "María de la Vereda Baja", ""),
    ],
)
def test_what_is_said_beside_a_name_is_no_part_of_it(text: str, name: str, rest: str) -> None:
    called, left = called_in(text)
    assert (called, left.strip(" ,")) == (name, rest)


@pytest.mark.parametrize(
    "text",
    ["mujer", "rural", "fue un error", "mi nieto toca el tambor", "voy sola", "3 personas", "baja el volumen", "el 15"],
)
def test_what_says_something_else_is_no_name(text: str) -> None:
    with pytest.raises(AnswerUnclear):
        called_in(text)


def test_a_long_name_without_a_capital_is_said_back() -> None:
    assert is_told("ayer llovió mucho acá")
    assert not is_told("rosa elvira peña")


@pytest.mark.parametrize(
    ("text", "kept"), [("así está bien", True), ("déjelo igual", True), ("ese mismo", True), ("Marta", False)]
)
def test_a_name_is_kept_in_many_words(text: str, kept: bool) -> None:  # noqa: FBT001 - a parameter
    assert keeps(text) is kept
