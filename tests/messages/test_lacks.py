"""What is missing in a meeting, in an organiser's words: everything that alerts tell of stands there too."""

from typing import Any

import pytest

from civic.organising import Lack
from locales import translator
from messages.lacks import lack_said
from messages.voice import Links, Voice
from tests.factories import NOW

VOICE = Voice(translator("es"), Links("https://t.me/convoca_bot", None), NOW)


@pytest.mark.parametrize(
    ("what", "params", "said"),
    [
        ("signed_up", {"number": 1, "places": 60}, "Solo se ha inscrito 1 persona, de 60 cupos"),
        ("signed_up", {"number": 39, "places": 1200}, "Solo se han inscrito 39 personas, de 1.200 cupos"),
        ("failed", {"number": 5}, "No se pudieron entregar 5 mensajes a la gente"),
        ("late", {"number": 12}, "12 mensajes a la gente llevan más de una hora esperando"),
        ("rooms", {"people": 2}, "2 personas están sin taller: su grupo no cabe en ninguno"),
        (
            "rooms",
            {"parties": 1, "people": 2, "rooms": 1},
            "1 grupo no cabe en ningún taller: hace falta 1 más, de 2 puestos",
        ),
        ("staff", {"role": "rapporteur", "workshops": [1, 2, 3, 7]}, "Los talleres 1–3, 7 no tienen relator(a)"),
    ],
)
def test_what_is_missing_is_said_in_numbers(what: str, params: dict[str, Any], said: str) -> None:
    assert lack_said(VOICE, Lack(what, params)) == said
