"""Questions at any moment, what is no words, near words, and being at a loss: the conversation goes on where it was."""

from typing import Any

import pytest
from aiogram.types import Update
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic.schema import Consent, Person, Registration
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, open_meeting, texts

ACCEPT = "Soy mayor de edad y acepto"
PHONE = "+57 601 555 0100 (lunes a viernes de 8 a 17)"


def _asking(session: Session) -> None:
    factories.meeting(
        session,
        needs=["wheelchair", "childcare"],
        attributes={"gender": ["mujer", "hombre", "otro"], "zone": ["urbana", "rural"]},
        faq=[{"question": "¿Hay parqueadero?", "answer": {"es": "Detrás de la iglesia.", "en": "Behind the church."}}],
    )


async def _signed_up(talking: Talking, name: str = "María") -> int:
    chat = await talking.person(name)
    await talking.say(chat, "/start m_agua")
    await talking.say(chat, "quiero ir")
    await talking.tap(chat, ACCEPT)
    return chat


async def _at_gender(talking: Talking) -> int:
    maria = await _signed_up(talking)
    for label in ("Voy solo(a)", "Así está bien", "Ninguna"):
        await talking.tap(maria, label)
    return maria


def _own(session: Session) -> Registration:
    return session.scalars(select(Registration).order_by(Registration.id)).first() or Registration()


def _sent(talking: Talking, chat: int, **what: Any) -> Update:
    """Make an update that the local Telegram's own clients do not send."""
    newest = talking.updates[-1].update_id
    who = {"id": chat, "is_bot": False, "first_name": "María", "language_code": "es"}
    message = {"message_id": 900, "date": 1, "chat": {"id": chat, "type": "private"}, "from": who, **what}
    made = Update.model_validate({"update_id": newest + 50_000, "message": message}, context={"bot": talking.bot})
    talking.updates.append(made.model_copy(update={"update_id": newest}))
    return made


async def test_a_question_amid_the_sign_up_is_answered_and_asked_on(talking: Talking) -> None:
    talking.store.write(_asking)
    maria = await _signed_up(talking)
    for text, says in (
        ("buenas dotora ai parqueadero?", "Detrás de la iglesia."),
        ("dónde es?", "Casa de la Cultura"),
        ("a qué hora y dónde es?", "10:00"),
        ("quien organiza", "Alcaldía de Puerto Sereno"),
        ("dan certificado?", PHONE),
        ("¿puedo llevar a mi perro?", PHONE),
        ("me dice la fecha, dónde es y si hay parqueadero?", "10:00"),
    ):
        answer, question = texts(await talking.say(maria, text))
        assert says in answer
        assert "¿Quién más viene?" in question
    assert "¿Cómo le gusta" in texts(await talking.say(maria, "sola"))[-1]


async def test_a_question_before_consent_leaves_the_permission_open(talking: Talking) -> None:
    talking.store.write(_asking)
    maria = await talking.person()
    await talking.say(maria, "/start m_agua")
    await talking.tap(maria, "Quiero ir")
    said = await talking.say(maria, "y eso es gratis?")
    assert "no cuesta nada" in said[0]["text"]
    assert buttons(said)[0] == ACCEPT
    assert talking.store.read(lambda session: session.scalar(select(func.count(Consent.id)))) == 0


async def test_her_code_is_told_to_her_and_the_place_of_others_to_nobody(talking: Talking) -> None:
    talking.store.write(_asking)
    maria = await _signed_up(talking)
    code = talking.store.read(lambda session: _own(session).code) or ""
    assert code in texts(await talking.say(maria, "cual es mi codigo"))[0]
    ana = await talking.person("Ana")
    assert code not in "".join(texts(await talking.say(ana, "cual es mi codigo")))


async def test_which_of_several_meetings_is_asked(talking: Talking) -> None:
    def two(session: Session) -> None:
        factories.meeting(session)
        factories.meeting(
            session, code="salud", title="Salud y parques", venue={"name": "La escuela", "address": "Calle 9"}
        )

    talking.store.write(two)
    maria = await talking.person()
    assert "¿Por cuál encuentro pregunta?" in only(texts(await talking.say(maria, "donde es")))
    assert "La escuela" in only(texts(await talking.say(maria, "salud y parque")))
    await talking.say(maria, "encuentros")
    assert "Calle 9" in only(texts(await talking.say(maria, "el de los parques")))


async def test_companions_in_words_are_said_back_before_they_count(talking: Talking) -> None:
    talking.store.write(_asking)
    maria = await _signed_up(talking)
    said = await talking.say(maria, "con mi esposo y mis dos hijos")
    assert "vienen 3 personas más. ¿Es así?" in only(texts(said))
    assert buttons(said) == ["Sí", "Cambiar"]
    count = select(func.count(Registration.id))
    assert talking.store.read(lambda session: session.scalar(count)) == 1
    assert "¿Quién más viene?" in only(texts(await talking.say(maria, "no")))
    await talking.say(maria, "somos 3")
    await talking.say(maria, "si claro")
    assert talking.store.read(lambda session: session.scalar(count)) == 3


async def test_two_answers_in_one_message_are_both_taken(talking: Talking) -> None:
    talking.store.write(_asking)
    maria = await _signed_up(talking)
    named, alone, following = await talking.say(maria, "María Pérez, sin acompañantes")
    assert "María Pérez" in named["text"]
    assert "Cambiar" in buttons([named])
    assert "Cambiar" in buttons([alone])
    assert "necesidad de apoyo" in following["text"]
    assert talking.store.read(lambda session: _own(session).name) == "María Pérez"


async def test_a_clear_permission_with_a_name_is_taken_with_it(talking: Talking) -> None:
    talking.store.write(_asking)
    maria = await talking.person()
    await talking.say(maria, "/start m_agua")
    await talking.tap(maria, "Quiero ir")
    said = await talking.say(maria, "acepto, pero no guarden mi nombre")
    assert buttons(said)[0] == ACCEPT
    place, named, question = texts(await talking.say(maria, "sí acepto, soy Rosa"))
    assert "su puesto está guardado" in place
    assert "Rosa" in named
    assert "¿Quién más viene?" in question
    assert talking.store.read(lambda session: _own(session).name) == "Rosa"


async def test_two_options_in_one_message_answer_two_questions(talking: Talking) -> None:
    talking.store.write(_asking)
    maria = await _at_gender(talking)
    noted, following = texts(await talking.say(maria, "mujer, y vivo en el campo"))
    assert "Zona rural" in noted
    assert "teléfono" in following
    assert talking.store.read(lambda session: _own(session).attributes) == {"gender": "mujer", "zone": "rural"}


async def test_what_near_words_were_taken_for_is_said_back_and_can_be_changed(talking: Talking) -> None:
    talking.store.write(_asking)
    maria = await _at_gender(talking)
    understood, following = await talking.say(maria, "mugger")
    assert understood["text"] == "Entendí: «Mujer»."
    assert "¿Dónde vive?" in following["text"]
    assert "género" in only(texts(await talking.tap(maria, "Cambiar")))
    await talking.say(maria, "ombre")
    assert talking.store.read(lambda session: _own(session).attributes) == {"gender": "hombre"}
    answer, phone = texts(await talking.say(maria, "rural, ¿y a qué hora es?"))
    assert "10:00" in answer
    assert "teléfono" in phone
    assert talking.store.read(lambda session: _own(session).attributes)["zone"] == "rural"


async def test_a_place_is_lost_by_clear_words_alone(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    for words in ("voy sola", "así está bien", "ahora no"):
        await talking.say(maria, words)
    for text in ("no puedo ir ya", "ya no voy", "no", "cancelar mi puesto", "no puedo hir"):
        assert await talking.say(maria, text)
        assert talking.store.read(lambda session: _own(session).state) == "registered"
        await talking.say(maria, "mis encuentros")


async def test_a_need_is_kept_after_a_clear_yes_alone(talking: Talking) -> None:
    talking.store.write(_asking)
    maria = await _signed_up(talking)
    for words in ("voy sola", "así está bien"):
        await talking.say(maria, words)
    clearly, question = texts(await talking.say(maria, "mi mamá anda en silla de ruedas"))
    assert "que me lo diga claro" in clearly
    assert "necesidad de apoyo" in question
    purposes = select(Consent.purpose)
    assert talking.store.read(lambda session: list(session.scalars(purposes))) == ["attend"]


async def test_silence_is_asked_first_where_it_is_not_the_one_word(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    said = await talking.say(maria, "no quiero mas mensajes")
    less = ["Avisarme solo si cambia", "Mejor un resumen semanal"]
    assert buttons(said) == ["Sí, no me escriba", *less, "No, siga como antes"]
    tell = select(Person.tell)
    assert talking.store.read(lambda session: session.scalar(tell)) == "all"
    assert "¿Quién más viene?" in only(texts(await talking.tap(maria, "No, siga como antes")))
    await talking.say(maria, "no quiero mas mensajes")
    await talking.say(maria, "si")
    assert talking.store.read(lambda session: session.scalar(tell)) == "nothing"


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ({"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}}, "no puedo oír notas de voz"),
        ({"dice": {"emoji": "🎲", "value": 3}}, "no sirvo"),
        ({"location": {"latitude": 4.6, "longitude": -74.1}}, "no necesito saber dónde está"),
        (
            {
                "sticker": {
                    "file_id": "s",
                    "file_unique_id": "s",
                    "type": "regular",
                    "width": 5,
                    "height": 5,
                    "is_animated": False,
                    "is_video": False,
                }
            },
            "stickers",
        ),
        ({"photo": [{"file_id": "p", "file_unique_id": "p", "width": 5, "height": 5}]}, "no puedo ver fotos"),
        (
            {
                "text": "BAJA",
                "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Nadie"},
            },
            "mensajes reenviados",
        ),
    ],
    ids=["voice", "dice", "location", "sticker", "photo", "forwarded"],
)
async def test_what_is_no_words_is_named_with_what_to_do(talking: Talking, what: dict[str, Any], says: str) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.feed(_sent(talking, maria, **what))
    line, question = texts(await talking.answered(maria))
    assert says in line
    assert f"Escriba, toque o llame al {PHONE}" in line
    assert "¿Quién más viene?" in question
    assert talking.store.read(lambda session: session.scalar(select(Person.tell))) == "all"


async def test_after_two_misunderstandings_in_a_row_there_is_the_phone_and_one_way_back(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.say(maria, "qwerty uiop")
    said = await talking.say(maria, "zxcvb nm")
    assert PHONE in only(texts(said))
    assert buttons(said) == ["Volver a donde iba"]
    assert "¿Quién más viene?" in only(texts(await talking.tap(maria, "Volver a donde iba")))
    assert "No le entendí" in texts(await talking.say(maria, "qwerty uiop"))[0]
    await talking.say(maria, "lkjh gfds")
    assert "¿Cómo le gusta" in texts(await talking.say(maria, "voy sola"))[-1]  # it waited all the time


async def test_being_understood_ends_the_row(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    for text in ("qwerty uiop", "donde es", "qwerty uiop", "gracias"):
        said = texts(await talking.say(maria, text))
        assert "no le estoy entendiendo" not in "".join(said)
        assert "¿Quién más viene?" in said[-1]


async def test_a_question_beside_a_picture_is_answered_and_nothing_else_that_stands_there(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    photo = {"photo": [{"file_id": "p", "file_unique_id": "p", "width": 5, "height": 5}]}
    for caption, says in (("¿dónde es?", "Es aquí:"), ("BAJA", "no puedo ver fotos"), ("2", "no puedo ver fotos")):
        await talking.feed(_sent(talking, maria, **photo, caption=caption))
        said, question = texts(await talking.answered(maria))
        assert says in said
        assert "¿Quién más viene?" in question
    assert talking.store.read(lambda session: session.scalar(select(Person.tell))) == "all"


async def test_anger_is_answered_kindly_and_is_no_name(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.tap(maria, "Voy solo(a)")
    sorry, question = texts(await talking.say(maria, "vayan a comer mierda"))
    assert "Siento que" in sorry
    assert "¿Cómo le gusta" in question
    assert talking.store.read(lambda session: _own(session).name) == "María"


async def test_in_english_too(talking: Talking) -> None:
    talking.store.write(_asking)
    kate = await talking.person("Kate", language="en")
    await talking.say(kate, "/start m_agua")
    await talking.say(kate, "sign me up please")
    await talking.tap(kate, "I am of age and I accept")
    assert texts(await talking.say(kate, "is there parking?"))[0].endswith("\nBehind the church.")
    assert "Shall I count 3 people with you?" in only(texts(await talking.say(kate, "my husband and two kids")))
    await talking.say(kate, "yes")
    await talking.say(kate, "my name is Kate Moss")
    own = talking.store.read(_own)
    assert (own.name, own.registered_at) == ("Kate Moss", NOW)
