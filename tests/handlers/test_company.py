"""Who comes along, out of her own words."""

import pytest

from handlers.company import companions_said, speaks_of_company


@pytest.mark.parametrize(
    ("text", "companions"),
    [
        ("con mi esposo y mis dos hijos", 3),
        ("vengo con 2", 2),
        ("somos 4", 3),
        ("cero", 0),
        ("no señora, voy sola", 0),
        ("mi persona nada más", 0),
        ("I'm not bringing anyone", 0),
        ("una sola persona", 1),
        ("solo mi esposa", 1),
        ("my mother who is 90", 1),
        ("un par de amigas", 2),
        ("two friends are coming with me", 2),
        ("con mis hermanas, que son tres", 3),
        ("a family of four", 3),
        ("con el marido, los dos pelaos y la abuela", 4),
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
        ("no, son 3", 3),
        ("no son 3", 3),
        ("no, con mi esposo y un hijo", 2),
        ("perdón, voy sola", 0),
        ("no voy con mi esposo", None),
        ("el 15 de diciembre", None),
        ("no, 4", 4),
        ("sorry, we are 3", 2),
        ("éramos cuatro pero ya vamos solo dos", 1),
        ("voy sola pero mi hija llega después", 1),
        ("conmigo son tres", 2),
        ("party of four", 3),
        ("my husband can't come, so only me", None),
        ("no voy sola, voy con mi hija", 1),
        ("cuatro personas en total", 3),
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
    ("text", "speaks"),
    [("somos 4", True), ("voy sola", True), ("voy con mi mamá", True), ("mi mamá anda en silla de ruedas", False)],
)
def test_company_is_spoken_of_by_its_words(text: str, speaks: bool) -> None:  # noqa: FBT001 - a parameter
    assert speaks_of_company(text) is speaks
