"""Thanks in numbers: only those that say something of the meeting."""

import pytest

from civic.thanks import Results
from locales import translator
from messages.results import people
from messages.voice import Links, Voice
from tests.factories import NOW

VOICE = Voice(translator("es"), Links("https://t.me/convoca_bot", None), NOW)


@pytest.mark.parametrize(
    ("came", "counted", "answered", "said"),
    [
        (1, False, 1, ""),
        (0, False, 4, ""),
        (40, True, 0, "Fuimos 40 personas."),
        (6, False, 5, "6 personas me contaron que estuvieron. 5 respondieron las preguntas."),
    ],
)
def test_what_few_said_of_themselves_is_no_number_of_the_meeting(
    came: int, *, counted: bool, answered: int, said: str
) -> None:
    assert people(VOICE, Results(1, "Agua", came, counted, answered, (), commitments=0, was_there=True)) == said
