"""What permits, and what does not."""

import pytest

from handlers.permitting import is_under_age, permits_clearly, refuses_clearly


@pytest.mark.parametrize(
    "words",
    [
        *(
            "si, soy mayor de 18 y acepto",
            "tengo 72 añitos y acepto",
            "I'm over 18 and I accept",
            "Sí señora, autorizo",
        ),
        *("buenas tardes, acepto", "sí, les doy permiso", "tienen mi autorización", "estoy de acuerdo", "I do agree"),
        *("acepto, sí señora", "acepto que guarden mis datos", "I give my permission", "acepto, Dios la bendiga"),
    ],
)
def test_whole_words_permit(words: str) -> None:
    assert permits_clearly(words)


@pytest.mark.parametrize(
    "words",
    [
        *("sí", "claro que sí", "no acepto", "acepto pero no guarden mi nombre", "tengo 17 y acepto", "asepto"),
        *("¿acepto?", "si acepto, ¿qué pasa?", "tengo menos de 18 y acepto", "ella acepta", "acepto si es gratis"),
        *(
            "acepto si estoy de acuerdo",
            "la señora aceptó",
            "mi senora acepto",
            "no estoy de acuerdo",
            "tengo permiso de mi mamá",
        ),
        *("doy mi nombre", "luego acepto", "acepto si tengo permiso", "tiene permiso", "I will accept later"),
        *("I accept if it is free", "mi esposo no acepta", "", "18", "acepto solo los recordatorios"),
    ],
)
def test_what_could_mean_otherwise_does_not(words: str) -> None:
    assert not permits_clearly(words)


@pytest.mark.parametrize(
    ("words", "permits"),
    [
        *(("si ella acepto", True), ("sí, mi vecina acepta", True), ("ella dice q si acepta y tiene 70", True)),
        *(("ella no acepta", False), ("le pregunto", False), ("ella dice que no acepta", False)),
    ],
)
def test_somebody_else_permits_in_the_third_person(words: str, *, permits: bool) -> None:
    assert permits_clearly(words, for_another=True) == permits


@pytest.mark.parametrize(
    ("words", "refuses"),
    [
        *(
            (each, True)
            for each in ("no autorizo", "no quiero dar mis datos", "me niego", "I don't agree", "prefiero no")
        ),
        *((each, True) for each in ("no les doy permiso", "yo no acepto eso", "I do not give permission", "jamás")),
        *((each, False) for each in ("no sé si acepto", "todavía no acepto", "acepto", "no entiendo eso de los datos")),
        *((each, False) for each in ("no acepto, ¿qué pasa?", "no", "I'm not sure if I agree", "no voy a ir")),
    ],
)
def test_whole_words_refuse(words: str, *, refuses: bool) -> None:
    assert refuses_clearly(words) == refuses


@pytest.mark.parametrize(
    ("words", "young"),
    [
        *((each, True) for each in ("soy menor de edad", "tengo quince años", "I'm 16", "seventeen", "no soy mayor")),
        *((each, True) for each in ("todavía no tengo 18", "me faltan dos meses para los 18", "I'm not an adult")),
        *((each, False) for each in ("tengo 18", "soy mayor de edad", "mi hijo es menor", "tengo 16 nietos", "2")),
        *((each, False) for each in ("no soy menor", "tengo 71", "I'm an adult", "somos 17", "¿puede ir un menor?")),
    ],
)
def test_who_is_under_age_says_so(words: str, *, young: bool) -> None:
    assert is_under_age(words) == young
