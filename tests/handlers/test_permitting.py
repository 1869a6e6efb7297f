"""What permits, and what does not."""

import pytest

from handlers.permitting import permits_clearly


@pytest.mark.parametrize(
    "words",
    ["si, soy mayor de 18 y acepto", "tengo 72 añitos y acepto", "I'm over 18 and I accept", "Sí señora, autorizo"],
)
def test_whole_words_permit(words: str) -> None:
    assert permits_clearly(words)


@pytest.mark.parametrize(
    "words",
    [
        *("sí", "claro que sí", "no acepto", "acepto pero no guarden mi nombre", "tengo 17 y acepto", "asepto"),
        *("¿acepto?", "si acepto, ¿qué pasa?", "tengo menos de 18 y acepto", "ella acepta", "acepto si es gratis"),
        *("I accept if it is free", "mi esposo no acepta", "", "18", "acepto solo los recordatorios"),
    ],
)
def test_what_could_mean_otherwise_does_not(words: str) -> None:
    assert not permits_clearly(words)


@pytest.mark.parametrize(
    ("words", "permits"),
    [("si ella acepto", True), ("sí, mi vecina acepta", True), ("ella no acepta", False), ("le pregunto", False)],
)
def test_somebody_else_permits_in_the_third_person(words: str, *, permits: bool) -> None:
    assert permits_clearly(words, for_another=True) == permits
