"""Who comes along, and how somebody is called, out of her own words."""

import pytest

from handlers.company import beside_the_name, companions_said, introduced, named_in


@pytest.mark.parametrize(
    ("text", "companions"),
    [
        ("con mi esposo y mis dos hijos", 3),
        ("vengo con 2", 2),
        ("somos 4", 3),
        ("sola", 0),
        ("voy yo y mi vecina", 1),
        ("yo boy con mi mamá y los 2 niños", 3),
        ("mis papás", 2),
        ("con mi hijo de 5 años y mi espoza", 2),
        ("los dos", 1),
        ("con 2 amigas y mi mamá", 3),
        ("somos tres con mi hija", 2),
        ("vamos a ir 4", 3),
        ("vamos en familia, somos 4", 3),
        ("sin acompañantes", 0),
        ("María Pérez, sin acompañantes", 0),
        ("with my husband and two kids", 3),
        ("there are 4 of us", 3),
        ("just me", 0),
        ("I'm coming alone", 0),
        ("me and two friends", 2),
        ("50 personas", 50),
        ("no sé todavía", None),
        ("mi esposo no viene", None),
        ("con mis hijos", None),
        ("con unos amigos", None),
        ("mi familia", None),
        ("¿puedo llevar dos niños?", None),
        ("", None),
        ("gracias", None),
        ("a" * 5000, None),
    ],
)
def test_companions_are_counted_out_of_words(text: str, companions: int | None) -> None:
    assert companions_said(text) == companions


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("me llamo Rosa Elvira", "Rosa Elvira"),
        ("Soy Rosa", "Rosa"),
        ("mi nombre es Ana y voy sola", "Ana"),
        ("con mi esposo, me llamo Rosa Peña", "Rosa Peña"),
        ("my name is Kate", "Kate"),
        ("I'm John Smith", "John Smith"),
        ("soy mujer", None),
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


def test_what_is_said_beside_a_name_is_no_part_of_it() -> None:
    assert beside_the_name("María Pérez, sin acompañantes") == "María Pérez"
    assert beside_the_name("Rosa, y tengo una queja") == "Rosa"
    assert beside_the_name("Pérez, María") == "Pérez, María"
