"""The commitment file: every fault at once, each with its place."""

from datetime import date

import pytest

from civic.commitment_file import parse
from civic.errors import Faults

WHOLE = """
meeting: agua-2026
commitments:
  - id: pozos
    text: {es: Limpiar los pozos, en: Clean the wells}
    entity: alcaldia
    responsible: Secretaría de Aguas
    due: 2027-03-31
    indicator: Pozos limpios de 12
    answers: [a1, a2]
  - {id: tarifas, text: Publicar las tarifas, entity: Alcaldía de Puerto Sereno}
"""


def test_a_whole_file_and_a_bare_draft() -> None:
    file = parse(WHOLE.encode())
    assert file.meeting == "agua-2026"
    first, second = file.commitments
    assert first.text == {"es": "Limpiar los pozos", "en": "Clean the wells"}
    assert first.due_on == date(2027, 3, 31)
    assert first.answers == ("a1", "a2")
    assert (second.responsible, second.due_on, second.indicator, second.answers) == (None, None, None, ())


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (("meeting: agua-2026", "meeting: Agua 2026"), "meeting: Agua 2026 is not a meeting's code"),
        (("meeting: agua-2026\n", ""), "meeting: is missing"),
        (("meeting: agua-2026", "meeting: agua-2026\nplace: aquí"), "place: unknown field"),
        (("id: pozos", "id: Los pozos"), "commitments[1].id: Los pozos is not 1 to 40"),
        (("id: tarifas", "id: pozos"), "commitments[2].id: pozos stands twice (also in commitments[1])"),
        (("due: 2027-03-31", "due: 31/3/2027"), "commitments[1].due: 31/3/2027 is no date"),
        (("due: 2027-03-31", "due: 2027-02-30"), "commitments[1].due: 2027-02-30 is no date"),
        (("due: 2027-03-31", "due: [2027-03-31]"), "commitments[1].due: "),
        (
            ("{es: Limpiar los pozos, en", "{es: Limpiar los pozos, xx"),
            "commitments[1].text.xx: is none of our languages",
        ),
        (("en: Clean the wells", "en: "), "commitments[1].text.en: one text is expected"),
        (("text: Publicar las tarifas, ", ""), "commitments[2].text: is missing"),
        (("text: Publicar las tarifas", "text: [a]"), "commitments[2].text: a text of 1 to"),
        (("    entity: alcaldia\n", ""), "commitments[1].entity: is missing"),
        (("answers: [a1, a2]", "answers: a1"), "commitments[1].answers: a list"),
        (("answers: [a1, a2]", "answer: a1"), "commitments[1].answer: unknown field"),
        (("  - {id: tarifas", "  - tarifas\n  - {id: tarifas"), "commitments[2]: fields are expected"),
    ],
)
def test_a_fault_is_named_with_its_place(broken: tuple[str, str], fault: str) -> None:
    assert broken[0] in WHOLE
    with pytest.raises(Faults) as caught:
        parse(WHOLE.replace(*broken).encode())
    (only,) = caught.value.faults
    assert only.startswith(fault)


@pytest.mark.parametrize("content", [b"- a\n", b"a text\n", b"meeting: agua\ncommitments: []\n", b"meeting: agua\n"])
def test_what_is_no_commitment_file(content: bytes) -> None:
    with pytest.raises(Faults):
        parse(content)


def test_every_fault_at_once() -> None:
    with pytest.raises(Faults) as caught:
        parse(b"meeting: X\ncommitments:\n  - {id: a, due: soon, who: me}\n")
    assert [fault.split(":")[0] for fault in caught.value.faults] == [
        "meeting",
        "commitments[1].who",
        "commitments[1].text",
        "commitments[1].entity",
        "commitments[1].due",
    ]
