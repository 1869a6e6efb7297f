"""Old buttons, and what was answered since: each says how things stand now, and nothing is done by mistake."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic.audit import BY_COMMAND
from civic.registration import register
from civic.schema import Follow, Meeting, Party, Registration
from messages.message import Button, Message
from messages.telegram import send
from tests import factories
from tests.handlers.conftest import Talking, buttons, only, open_meeting, texts

ACCEPT = "Soy mayor de edad y acepto"
ZONES: dict[str, Any] = {"zone": ["urbana", "rural"]}
LATER = timedelta(minutes=3)


async def _signed_up(talking: Talking, code: str = "agua", name: str = "María") -> int:
    chat = await talking.person(name)
    await talking.say(chat, f"/start m_{code}")
    await talking.tap(chat, "Quiero ir")
    await talking.tap(chat, ACCEPT)
    return chat


def _zone(session: Session) -> Any:
    return session.scalars(select(Registration.attributes)).one().get("zone")


async def _answers_the_zone(talking: Talking) -> int:
    """Sign up, come alone, keep the name, live in the countryside; the phone is asked then."""
    talking.store.write(lambda session: factories.meeting(session, attributes=ZONES))
    maria = await _signed_up(talking)
    await talking.tap(maria, "Voy solo(a)")
    await talking.tap(maria, "Así está bien")
    await talking.tap(maria, "Zona rural")
    return maria


async def test_a_button_of_a_question_answered_since_says_what_was_answered_and_changes_nothing(
    talking: Talking,
) -> None:
    maria = await _answers_the_zone(talking)
    said = await talking.tap(maria, "Zona urbana")
    assert said[0]["text"] == "Eso ya lo había respondido, para «Agua para todas las veredas»:\n¿Dónde vive? Zona rural"
    assert buttons(said[:1]) == ["Cambiar", "Mi puesto"]
    assert "¿Nos deja un teléfono?" in said[1]["text"]  # what was asked waits still
    assert talking.store.read(_zone) == "rural"


async def test_an_answer_is_changed_by_its_button_and_then_the_same_button_counts(talking: Talking) -> None:
    maria = await _answers_the_zone(talking)
    await talking.tap(maria, "Zona urbana")
    await talking.tap(maria, "Cambiar")
    await talking.tap(maria, "Zona urbana")
    assert talking.store.read(_zone) == "urbana"


async def test_the_word_on_that_button_is_understood_too(talking: Talking) -> None:
    maria = await _answers_the_zone(talking)
    await talking.tap(maria, "Zona urbana")
    assert "¿Dónde vive?" in only(texts(await talking.say(maria, "cambiar")))


async def test_an_old_i_come_alone_drops_nobody(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    asked = (await talking.telegram.messages(maria))[-1]["message_id"]
    await talking.tap(maria, "2 personas más")
    said = await talking.tap(maria, "Voy solo(a)", asked)
    assert "Con usted vienen 2 personas." in said[0]["text"]
    assert buttons(said[:1]) == ["Cambiar", "Mi puesto"]
    rows = talking.store.read(lambda session: session.scalars(select(Registration.state)).all())
    assert rows == ["registered"] * 3
    assert "¿Quién más viene?" in only(texts(await talking.tap(maria, "Cambiar")))


async def test_a_name_and_a_ranking_that_were_answered_are_shown(talking: Talking) -> None:
    topics = [{"capacity": 30, "topic": "Tarifas"}, {"capacity": 30, "topic": "Cobertura"}]
    talking.store.write(lambda session: factories.meeting(session, workshops=topics))
    maria = await _signed_up(talking)
    await talking.tap(maria, "Voy solo(a)")
    await talking.say(maria, "Mari")
    await talking.tap(maria, "2. Cobertura")
    await talking.tap(maria, "Listo")
    assert "Su nombre: Mari" in (await talking.tap(maria, "Así está bien"))[0]["text"]
    assert "Sus temas: Cobertura" in (await talking.tap(maria, "Ninguno en especial"))[0]["text"]
    ranked = talking.store.read(lambda session: session.scalars(select(Party.choices)).one())
    assert ranked == [2]


async def test_a_no_to_a_permission_that_was_given_since_shows_the_place(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    assert "su puesto está guardado" in only(texts(await talking.tap(maria, "No acepto")))
    assert "su puesto está guardado" in only(texts(await talking.tap(maria, "Tengo menos de 18")))


async def test_a_no_to_following_after_the_yes_says_that_it_is_followed(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    await talking.say(maria, "/start fm_agua")
    await talking.tap(maria, ACCEPT)
    assert "Usted sigue los compromisos" in only(texts(await talking.tap(maria, "No acepto")))
    assert talking.store.read(lambda session: session.scalars(select(Follow.wants)).all()) == [True]


async def test_a_button_that_can_do_nothing_any_more_says_how_her_place_stands(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.tap(maria, "No puedo ir")
    said = only(await talking.tap(maria, "1 persona más"))
    assert "Agua para todas las veredas" in said["text"]
    assert "no tiene puesto ahí" in said["text"]
    assert buttons([said]) == ["Fue un error", "Quiero ir", "Mis encuentros"]


async def test_after_the_start_an_old_button_says_what_there_is_to_see(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    talking.now += timedelta(days=20, hours=1)
    said = only(await talking.tap(maria, "No puedo ir"))
    assert "ya empezó" in said["text"]
    assert "Tiene puesto. Código" in said["text"]
    assert buttons([said])[0] == "Ver mi puesto"


async def test_a_cancelled_meetings_button_says_so_once(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)

    def off(session: Session) -> None:
        meeting = session.scalars(select(Meeting)).one()
        meeting.state, meeting.cancelled_at, meeting.cancelled_because = "cancelled", talking.now, "Llueve"

    talking.store.write(off)
    said = only(await talking.tap(maria, "Voy solo(a)"))
    assert "se canceló" in said["text"]
    assert buttons([said]) == ["Sobre este encuentro", "Mis encuentros"]


async def test_who_never_had_a_place_is_led_to_the_meeting(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    await talking.say(maria, "/start m_agua")
    talking.now += timedelta(days=21)
    said = only(await talking.tap(maria, "Quiero ir"))
    assert "ya empezó" in said["text"]
    assert "sábado 21 de noviembre" in said["text"]
    assert buttons([said])[0] == "Sobre este encuentro"


async def test_a_place_that_went_to_somebody_else_leaves_a_way_to_the_list(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, capacity=1))
    maria = await _signed_up(talking)
    await talking.tap(maria, "No puedo ir")
    talking.now += LATER

    def come(session: Session) -> None:
        other = factories.person(session, "Eva")
        meeting = session.scalars(select(Meeting.id)).one()
        register(session, meeting, other.id, name="Eva", actor=BY_COMMAND, now=talking.now)

    talking.store.write(come)
    said = only(await talking.tap(maria, "Fue un error"))
    assert buttons([said]) == ["Entrar a la lista de espera", "Mis encuentros"]
    assert "número 1 en la lista" in (await talking.tap(maria, "Entrar a la lista de espera"))[0]["text"]


async def test_a_button_of_another_meeting_notes_it_there_and_goes_on_here(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, attributes=ZONES))
    talking.store.write(lambda session: factories.meeting(session, code="vias", title="Vías", starts_in=timedelta(30)))
    maria = await _signed_up(talking)
    await talking.tap(maria, "Voy solo(a)")
    await talking.tap(maria, "Así está bien")
    await talking.say(maria, "/start m_vias")
    await talking.tap(maria, "Quiero ir")
    noted, asked = await talking.tap(maria, "Zona rural")
    assert noted["text"] == "Anotado para «Agua para todas las veredas»:\n¿Dónde vive? Zona rural"
    assert "¿Quién más viene?" in asked["text"]
    assert "¿Cómo le gusta que le digan?" in only(texts(await talking.say(maria, "Voy solo(a)")))
    answered = talking.store.read(
        lambda session: session.scalars(select(Registration.answered).order_by(Registration.id)).all()
    )
    assert answered == [["companions", "name", "attr:zone"], ["companions"]]


async def test_a_stale_button_leaves_the_open_question_open(talking: Talking) -> None:
    talking.store.write(open_meeting)
    talking.store.write(lambda session: factories.meeting(session, code="vias", title="Vías", starts_in=timedelta(30)))
    maria = await _signed_up(talking)
    place = next(each for each in await talking.telegram.messages(maria) if "su puesto está guardado" in each["text"])
    talking.now += timedelta(days=21)
    await talking.say(maria, "/start m_vias")
    await talking.tap(maria, "Quiero ir")
    await talking.tap(maria, "Voy solo(a)")
    said = await talking.tap(maria, "No puedo ir", place["message_id"])
    assert "ya empezó" in said[0]["text"]
    assert "¿Cómo le gusta que le digan?" in said[1]["text"]
    await talking.say(maria, "Mari")
    names = talking.store.read(lambda session: session.scalars(select(Registration.name)).all())
    assert sorted(each or "" for each in names) == ["Mari", "María"]


async def test_an_answer_written_when_all_was_answered_on_the_other_phone_says_what_is_noted(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.tap(maria, "Voy solo(a)")
    await talking.tap(maria, "Así está bien")
    await talking.say(maria, "Ahora no")
    said = only(await talking.say(maria, "Xiomarita"))
    assert "Esto es lo que tengo:\nSu nombre: María" in said["text"]
    assert buttons([said])[:2] == ["Mi puesto", "Cambiar mis respuestas"]
    assert talking.store.read(lambda session: session.scalars(select(Registration.name)).one()) == "María"
    assert "¿Qué respuesta" in only(texts(await talking.say(maria, "cambiar mis respuestas")))


async def test_a_button_of_no_kind_that_we_know_says_so_and_the_question_stays(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)

    await send(talking.bot, maria, Message("Antes", ((Button("De antes", choice="antes:1"),),)))
    await talking.answered(maria)
    said, asked = texts(await talking.tap(maria, "De antes"))
    assert "ya no está abierta" in said
    assert "¿Quién más viene?" in asked
