"""Every fault that a meeting's file can have is said in the organiser's language, its values as they stand."""

from datetime import datetime

import pytest

from civic import meeting_file
from civic.errors import Faults
from locales import LANGUAGES, translator
from messages.file_faults import SAYINGS, fault_said
from messages.meeting_model import Convening, model
from messages.voice import Links, Voice
from tests.factories import NOW

BAD = """
entities: []
meeting:
  code: NO
  title: ""
  policy: [a]
  objectiv: so
  venue: {name: Casa, address: Calle 5, latitude: 400}
  contact: {phone: "abc"}
  starts_at: ayer
  ends_at: 2026-02-31T09:00
  timezone: Bogota
  capacity: dos
  reminders: [15x]
workshops:
  - {number: 1, capacity: 2000}
  - {number: 1, capacity: "0"}
"""


def _faults(raw: str, now: datetime = NOW) -> tuple[str, ...]:
    with pytest.raises(Faults) as found:
        meeting_file.parse_alone(raw, now=now)
    return found.value.faults


def _voice(language: str) -> Voice:
    return Voice(translator(language), Links("https://t.me/convoca_bot", None), NOW)


@pytest.mark.parametrize("raw", [BAD, "", "a: [", "\tb: c", "a: b: c", "- a", "a: *b"])
def test_each_fault_is_said_in_spanish(raw: str) -> None:
    for fault in _faults(raw):
        place = fault.partition(": ")[0]
        said = fault_said(_voice("es"), fault)
        assert said != fault
        assert fault_said(_voice("en"), fault) in {fault, f"{place}: the form of the file breaks here ({fault[8:]})"}
        assert said.startswith((place, "línea", "el archivo"))


def test_a_fault_without_words_of_ours_stays_and_values_are_kept() -> None:
    es = _voice("es")
    assert fault_said(es, "meeting.x: who knows") == "meeting.x: who knows"
    assert fault_said(es, 'meeting.capacity: "{0} : {a}" is not a whole number') == (
        "meeting.capacity: «{0} : {a}» no es un número entero"
    )
    assert fault_said(es, "workshops[1].minimum: 5 is over its capacity (3)") == (
        "workshops[1].minimum: 5 es más que sus cupos (3)"
    )
    assert fault_said(es, "meeting.code: luz is taken by a meeting that you do not organise") == (
        "meeting.code: luz ya lo tiene un encuentro que usted no organiza"
    )
    assert len(set(SAYINGS)) == len(SAYINGS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_model_that_organisers_fill_in_is_a_meetings_file(language: str) -> None:
    names = {"es": 'Alcaldía "La 9" # 3: ¿sí?', "en": "Town Hall"}
    convening = Convening("alcaldia", names)
    parsed, report = meeting_file.parse_alone(model(_voice(language), convening), now=NOW)
    assert report is None
    assert parsed.entities[0].name == names  # as it is: sent back, the model renames nobody
    assert parsed.meeting.starts_at.said == "2026-12-01T09:00"
    assert parsed.meeting.capacity == sum(each.capacity for each in parsed.workshops)
    assert set(parsed.meeting.needs) <= {feature for each in parsed.workshops for feature in each.features}
    nobody = meeting_file.parse_alone(model(_voice(language), Convening("alcaldia", None)), now=NOW)[0]
    assert nobody.meeting == parsed.meeting
