"""What people ask, and wish, in their own spelling; and what asks or wishes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.schema import Meeting
from handlers.asking import of_the_faq, topics
from handlers.nearness import closest
from handlers.wishing import wishes


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("buenas dotora ai parqueadero?", ["parking"]),
        ("soy sordo y mi señora ciega, podemos ir?", ["needs"]),
        ("I can't hear well", ["needs"]),
        ("y el qr?", ["code"]),
        ("can i cancel later?", ["instead"]),
        ("y si despues no puedo?", ["instead"]),
        ("cuando puedo cancelar la factura?", []),
        ("onde es la reunion", ["where"]),
        ("me da la direccion", ["where"]),
        ("a q hora es eso", ["when"]),
        ("k dia es", ["when"]),
        ("a qué hora y dónde es?", ["when", "where"]),
        ("hasta que horas va", ["until"]),
        ("when does it finish?", ["until"]),
        ("hasta cuándo me puedo inscribir", ["closing"]),
        ("como llego desde el terminal", ["how_to_get"]),
        ("quien organiza eso", ["who"]),
        ("toca pagar algo o es gratis", ["free"]),
        ("cual es mi codigo", ["code"]),
        ("en que taller quedé", ["workshop"]),
        ("puedo llevar a mis niños o no dejan", ["children"]),
        ("dan sertificado de asistencia?", ["certificate"]),
        ("puedo ir sin inscribirme", ["without_signup"]),
        ("can I come without signing up?", ["without_signup"]),
        ("cuanto toca esperar", ["waiting"]),
        ("puedo mandar a mi hijo en lugar mio", ["instead"]),
        ("el bus de la vereda a qué hora sale", ["transport"]),
        ("no sé dónde es", ["where"]),
        ("María de la Vereda Baja", []),
        ("José Mesa", []),
        ("con mi esposo y mis dos hijos", []),
        ("3005551234", []),
        ("tengo una queja: ¿dónde es?", []),
        ("?", []),
        ("", []),
    ],
)
def test_a_question_is_known_by_its_words(text: str, about: list[str]) -> None:
    assert topics(text, alone=False) == about


@pytest.mark.parametrize(
    "text",
    [
        "mi nieto toca el tambor",
        "mi hija tiene carro",
        "donde mi hermana no hay agua",
        "el agua no tiene precio",
        "no hay plata para el bus",
        "que los niños tengan agua",
        "ya sé dónde es",
        "ya tengo el codigo",
        "no necesito parqueadero",
        "when it rains the road is closed",
        "where I live there is no road",
        "I know where it is",
        "my daughter is sick",
    ],
)
def test_what_is_told_asks_nothing(text: str) -> None:
    assert topics(text) == []


def test_what_is_told_at_length_asks_nothing_amid_a_question() -> None:
    assert topics("la casa de mi mamá queda lejos", alone=False) == []


def test_a_word_alone_asks_where_nothing_else_takes_words() -> None:
    assert topics("niños") == ["children"]
    assert topics("niños", alone=False) == []


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("ya no voy a poder ir, disculpe", "leaving"),
        ("no quiero más mensajes", "hushask"),
        ("quiero darme de baja", "hushask"),
        ("borre mis datos", "erase"),
        ("please forget everything about me", "erase"),
        ("kiero ir", "signup"),
        ("quiero recibir avisos otra vez", "alta"),
        ("no me escriba tanto, mejor una vez a la semana", "rhythm:weekly"),
        ("prefiero un resumen por semana", "rhythm:weekly"),
        ("mándeme un resumen cada ocho días", "rhythm:weekly"),
        ("I'd rather hear once a week", "rhythm:weekly"),
        ("no quiero el resumen semanal", "rhythm:at_once"),
        ("abíseme enseguida", "rhythm:at_once"),
        ("I don't want the weekly digest", "rhythm:at_once"),
        ("tell me right away", "rhythm:at_once"),
        ("demasiados mensajes", "hushask"),
        ("too many messages", "hushask"),
    ],
)
def test_a_wish_is_known_by_its_words(text: str, wish: str) -> None:
    assert wishes(text)[:1] == [wish]


@pytest.mark.parametrize(
    "text",
    [
        "baja el volumen",
        "no puedo mas con la calle dañada",
        "si no puedo ir que pasa",
        "no sé si pueda ir",
        "what if I can't go",
        "¿cómo me doy de baja?",
        "ya no",
        "no confirmo todavia",
        "por la tarde le confirmo",
        "yo escribo cada semana al alcalde y nada",
        "prefiero ir una vez a la semana",
        "I go there once a week",
    ],
)
def test_what_is_no_clear_wish_is_none(text: str) -> None:
    assert wishes(text) == []


@pytest.mark.parametrize(
    "text", ["confirmo la de la vecina también", "lo tomo para mi hermana", "confirmo por mi mamá"]
)
def test_a_wish_for_somebody_else_is_none_of_her_own(text: str) -> None:
    assert wishes(text) == ["mine"]


@given(st.text(max_size=500))
def test_any_text_may_come(text: str) -> None:
    assert len(topics(text)) <= 3
    assert isinstance(wishes(text), list)


OPTIONS = [("Mujer", "femenino"), ("Hombre",), ("Otro",)]


@pytest.mark.parametrize(
    ("text", "place"), [("mugger", 0), ("muger", 0), ("ombre", 1), ("hambre", 1), ("nada", None), ("x", None)]
)
def test_the_nearest_option_is_meant(text: str, place: int | None) -> None:
    assert closest(text, OPTIONS) == place


def test_two_equally_near_are_asked_back() -> None:
    assert closest("tarifa", [("tarifas",), ("tarifar",)]) is None


def test_the_meetings_own_questions_come_first() -> None:
    meeting = Meeting(
        faq=[
            {"question": {"es": "¿Dan almuerzo o refrigerio?", "en": "Is there food?"}, "answer": "Sí"},
            {"question": "¿Hay parqueadero?", "answer": "En la plaza"},
            {"question": "¿Puedo llevar a mi mascota?", "answer": "Mejor no"},
        ]
    )
    assert of_the_faq("ai parqueadero?", ["parking"], meeting) == [("parking", 1)]
    assert of_the_faq("will there be lunch?", ["food"], meeting) == [("food", 0)]
    assert of_the_faq("¿y puedo llevar la mascota?", [], meeting) == [("faq", 2)]
    assert of_the_faq("donde es", ["where"], meeting) == [("where", None)]
    assert of_the_faq("la mascota", [], meeting) == []
