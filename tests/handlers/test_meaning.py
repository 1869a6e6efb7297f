"""Near words: what they may choose, and that they never permit, lose or end anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.chat import Choice
from handlers.choices import ASKED_FIRST, NOTES, SHOWS, TAKEN_BACK, asks_again, said_back
from handlers.filters import taker
from handlers.meaning import ON_A_BUTTON
from handlers.near_words import nearly
from messages.message import Button, Message
from messages.wished_words import WISHES

LOSING = {
    "leave:1": "No puedo ir",
    "drop:1": "Ella no viene",
    "pass:1": "No lo tomo",
    "hush": "No me escriba",
    "eraseyes": "Sí, borrar mis datos",
    "u:c:1": "Dejar de seguirlo",
    "yes:1": "Soy mayor de edad y acepto",
    "pyes:abc": "Acepto que me guarden el puesto",
    "nyes:1": "Sí, y acepto que se guarde",
    "fy:m:1": "Acepto y quiero seguirlo",
    "rmphone:1": "Borrar mi número",
    "ougo:1": "Enviar el avance",
    "ocp:1": "Publicar el compromiso",
    "noname:1": "Sin nombre",
}
KEPT = {"clearly", "leaving", "passask", "hushask"}
"""What asks first, or for a clear word."""
ASKED = [(Message("¿?", tuple((Button(label, choice=choice),) for choice, label in LOSING.items())), True)]
SEEN = [([message], numbers) for message, numbers in ASKED]


def _misspelt(label: str) -> st.SearchStrategy[str]:
    """Write a label with a letter left out, doubled or changed."""
    places = st.integers(0, len(label) - 1)
    return st.builds(
        lambda place, how: label[:place] + {"out": "", "twice": label[place] * 2, "x": "x"}[how] + label[place + 1 :],
        places,
        st.sampled_from(["out", "twice", "x"]),
    )


@given(st.one_of(*map(_misspelt, LOSING.values()), st.text(max_size=40)))
def test_near_words_lose_and_permit_nothing(words: str) -> None:
    meant = nearly(words, SEEN)
    assert meant is None or meant.verb in KEPT


@pytest.mark.parametrize("words", ["si", "claro que sí", "👍", "ok", "la primera", "acepo", "no", "nop", "no gracias"])
def test_a_yes_or_no_loses_and_permits_nothing(words: str) -> None:
    meant = nearly(words, SEEN)
    assert meant is None or meant.verb in KEPT


def test_what_near_words_may_choose_is_something_of_ours() -> None:
    wished = {wish.split(":")[0] for wish in WISHES if wish not in ON_A_BUTTON}
    wished |= {begins.split(":")[0] for each in ON_A_BUTTON.values() for begins in each}
    for verb in {*SHOWS, *TAKEN_BACK, *NOTES, *ASKED_FIRST, *ASKED_FIRST.values(), *wished, "signup"}:
        assert taker(verb) is not None, verb


def test_each_noted_answer_says_how_to_change_it() -> None:
    for verb in NOTES:
        again = asks_again(Choice(verb, ("7", "2")))
        assert again is not None
        assert taker(again.split(":")[0]) is not None
    said = said_back(Choice("attr", ("7", "2", "0"), meant="Mujer"))
    assert said is not None
    assert said.params == {"label": "Mujer", "again": "ask:7:2"}
    assert said_back(Choice("attr", ("7", "2", "0"))) is None


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        ("tengo 34 años", "attr:1:0:1"),
        ("entre 18 y 28", "attr:1:0:0"),
        ("75", "attr:1:0:2"),
        ("12", None),
        ("paso", "attr:1:0:none"),
        ("la segunda", "attr:1:0:1"),
        ("número uno", "attr:1:0:0"),
    ],
)
def test_an_age_is_found_in_its_range(words: str, choice: str | None) -> None:
    labels = ("18-28", "29-59", "60+")
    rows = tuple((Button(label, choice=f"attr:1:0:{number}"),) for number, label in enumerate(labels))
    skip = ((Button("Prefiero no decirlo", choice="attr:1:0:none", words=("omitir",)),),)
    meant = nearly(words, [([Message("¿?", rows + skip)], True)])
    assert (":".join((meant.verb, *meant.args)) if meant else None) == choice


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        ("el del sábado", "m:rio"),
        ("la del 23 de noviembre", "m:agua"),
        ("el de noviembre", None),
        ("el del río limpio", "m:rio"),
        ("el lunes 21", None),
    ],
)
def test_a_meeting_of_a_list_is_named_by_its_title_or_day(words: str, choice: str | None) -> None:
    days = {"agua": ("Agua para todos", "lunes 23 de noviembre"), "rio": ("El río limpio", "sábado 21 de noviembre")}
    rows = tuple((Button(title, choice=f"m:{code}", words=(title, day)),) for code, (title, day) in days.items())
    meant = nearly(words, [([Message("¿?", rows)], True)])
    assert (":".join((meant.verb, *meant.args)) if meant else None) == choice
