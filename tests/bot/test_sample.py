"""The sample that everybody sees first."""

import pytest

from bot.sample import HERE, MEETING
from civic import meeting_file
from handlers.asking import on_topic, topics
from tests.factories import NOW


@pytest.mark.parametrize(
    "asked", ["buenas dotora ai parqueadero?", "¿los niños pueden ir?", "toca pagar algo?", "is there a bus?"]
)
def test_the_sample_answers_what_people_ask_first(asked: str) -> None:
    parsed, _ = meeting_file.parse(MEETING.read_bytes(), HERE, now=NOW)
    faq = [each.model_dump() for each in parsed.faq]
    assert any(on_topic(topic, faq) is not None for topic in topics(asked))
