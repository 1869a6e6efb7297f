"""What people wish in their own words, a thought at a time: and what they do not wish, though it sounds alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.wishing import of_the_desk, plainly, wishes, withdraws


@pytest.mark.parametrize(
    ("wish", "texts"),
    [
        ("leaving", ["por favor retírenme", "ya no estoy interesada en ir", "can't come on the day"]),
        ("hushask", ["deshabilite las notificaciones", "cancelen los mensajes"]),
        ("pass", ["déselo a una persona que lo necesite más"]),
        ("leaving", ["me toca desistir del encuentro", "ese sábado no puedo", "tuve un percance y no llego"]),
        (
            "leaving",
            ["quiero ir pero no puedo ir", "no me va a dar tiempo", "anule mi inscripción", "I have to pull out"],
        ),
        ("decline", ["esa fecha no me sirve", "imposible, estoy hospitalizada", "that doesn't work for me"]),
        ("hushask", ["no sean tan intensos con los mensajes", "prefiero que no me escriban", "quit texting me"]),
        ("hushask", ["quítenme de esa lista de mensajes", "me tienen cansada con tanto mensaje"]),
        ("confirm", ["no hay problema, sí puedo", "cuente con nosotros", "listo, asistencia confirmada", "I'm coming"]),
        ("take", ["hágale, guárdemelo", "yo lo cojo", "acepto el cupo", "keep it for me"]),
        ("pass", ["páselo al siguiente", "que lo aproveche otra persona", "let somebody else have it"]),
        ("missed", ["no pudimos", "me fue imposible ir", "I wasn't able to"]),
        ("came", ["llegué tarde pero estuve", "estuve toda la mañana", "fui pero no me gustó"]),
        ("unfollow", ["deje de seguirlo", "I no longer want to follow it"]),
        ("lang:en", ["I don't speak Spanish", "sólo hablo inglés", "do you speak English?"]),
        ("lang:es", ["no hablo inglés", "I don't speak English"]),
        ("other", ["mi suegra quiere ir, cómo hago", "ayúdeme a inscribir a una señora del barrio"]),
    ],
)
def test_a_wish_is_heard_in_other_words(wish: str, texts: list[str]) -> None:
    assert [text for text in texts if wish not in wishes(text)] == []


@pytest.mark.parametrize(
    ("wish", "texts"),
    [
        ("take", ["déjelo para otro", "guárdelo para otra persona", "no lo quiero", "si lo tomo, qué pasa"]),
        (
            "confirm",
            ["no confirmo", "mañana confirmo", "confirmo la de la vecina", "casi confirmo", "quiero ir pero no puedo"],
        ),
        (
            "leaving",
            ["no voy a cancelar", "no vaya a cancelarme el puesto", "casi no puedo ir pero sí", "I'm not pulling out"],
        ),
        ("leaving", ["mi esposa no puede ir", "ya no puedo con este calor"]),
        ("hushask", ["no me llame vieja", "que no me quiten el puesto", "no dejen de mandarme mensajes"]),
        ("erase", ["no borren mis datos", "bórreme de la lista de asistentes"]),
        ("take", ["mi hermana lo acepta", "I'll take it to my husband first"]),
        ("confirm", ["mi vecina confirmó", "quién confirmó", "my husband will be there"]),
        ("leaving", ["no libere mi puesto", "el alcalde debe renunciar", "estoy cansada de esperar el bus"]),
        ("erase", ["no me olvide", "que no me borren", "olviden la política"]),
        ("came", ["no fui", "mi hermano fue"]),
        ("lang:es", ["I don't speak Spanish"]),
    ],
)
def test_what_sounds_like_a_wish_may_be_none(wish: str, texts: list[str]) -> None:
    assert [text for text in texts if wish in wishes(text)] == []


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("no, se me olvidó", "no"),
        ("sí estuvo muy bueno", "yes"),
        ("la verdad no", "no"),
        ("gracias pero no", "no"),
        ("qué alegría, sí", "yes"),
        ("claro que volvería", "yes"),
        ("sadly not, I was ill", "no"),
        ("no, sí voy", None),
        ("sí, pero no puedo", None),
        ("sí, mañana le digo", None),
        ("si me dan permiso, voy", None),
        ("no, ¿dónde es?", None),
    ],
)
def test_a_yes_or_no_is_borne_out_by_the_rest(text: str, plain: str | None) -> None:
    assert plainly(text) == plain


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("no quiero más mensajes", "hushask"),
        ("dejen de escribirme", "hushask"),
        ("please stop writing to me", "hushask"),
        ("borren mis datos", "erase"),
        ("que no manden tantos mensajes a última hora", None),
        ("no más promesas, queremos agua", None),
        ("que paren de talar los árboles", None),
        ("dejen hablar a la gente y bajen el tono", None),
        ("stop the mayor talking so much", None),
        ("no me dejaron hablar, no vuelvo", None),
        ("los mensajes llegaron tarde y nunca me avisaron que se movía, no me escriban más", None),
    ],
)
def test_stop_is_no_opinion_and_an_opinion_no_stop(text: str, wish: str | None) -> None:
    assert withdraws(text) == wish


@pytest.mark.parametrize(
    ("verb", "texts"),
    [
        ("ogx", ["necesito la lista en excel", "muéstreme el listado de inscritos", "download the list"]),
        ("ogc", ["a quién tengo que llamar", "who should I call"]),
        ("org", ["cuántos van inscritos", "quién ha confirmado", "how many have signed up", "qué está pendiente"]),
    ],
)
def test_what_organisers_wish_is_heard(verb: str, texts: list[str]) -> None:
    assert [text for text in texts if of_the_desk(text)[:1] != [verb]] == []


@given(st.text(max_size=500))
def test_any_text_may_wish(text: str) -> None:
    assert isinstance(wishes(text), list)
    assert plainly(text) in {None, "yes", "no"}
    assert withdraws(text) in {None, "hushask", "erase"}
    assert isinstance(of_the_desk(text), list)
