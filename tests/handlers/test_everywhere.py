"""What holds wherever the conversation is: BAJA, language, privacy, complaints, what is not understood, blocks."""

import json
from datetime import timedelta

import pytest
from aiogram.types import Update
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic.audit import BY_COMMAND
from civic.registration import register
from civic.schema import Audit, Consent, Conversation, Offer, Outbox, Person, Registration
from locales import LANGUAGES, translator
from messages.introduction import introduction
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, open_meeting, texts

ACCEPT = "Soy mayor de edad y acepto"


async def _signed_up(talking: Talking, name: str = "María") -> int:
    chat = await talking.person(name)
    await talking.say(chat, "/start m_agua")
    await talking.say(chat, "quiero ir")
    await talking.tap(chat, ACCEPT)
    await talking.tap(chat, "Voy solo(a)")
    return chat


def _tell(session: Session) -> str:
    return session.scalars(select(Person.tell)).one()


@pytest.mark.parametrize("word", ["BAJA", "baja", "  ¡Baja! ", "STOP", "stop."])
async def test_baja_stops_what_is_unprompted_and_says_that_the_place_is_kept(talking: Talking, word: str) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    said = await talking.say(maria, word)
    assert "Su puesto sigue siendo suyo" in only(texts(said))
    assert talking.store.read(_tell) == "nothing"
    await talking.say(maria, "hola")
    assert talking.store.read(_tell) == "nothing"
    await talking.tap(maria, "Volver a recibir avisos")
    assert talking.store.read(_tell) == "all"


async def test_alta_undoes_it(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.say(maria, "BAJA")
    await talking.say(maria, "alta")
    assert talking.store.read(_tell) == "all"


async def test_inside_a_longer_answer_it_is_just_a_word(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.say(maria, "María de la Vereda Baja")
    own = talking.store.read(lambda session: session.scalars(select(Registration.name)).one())
    assert (talking.store.read(_tell), own) == ("all", "María de la Vereda Baja")


async def test_baja_before_any_sign_up_says_that_nothing_is_sent(talking: Talking) -> None:
    maria = await talking.person()
    assert "No le envío nada por mi cuenta" in only(texts(await talking.say(maria, "BAJA")))
    assert talking.store.read(lambda session: session.scalar(select(func.count(Person.id)))) == 0


async def test_the_language_can_be_changed_before_consent_and_holds_after(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    await talking.say(maria, "/idioma")
    assert "in English" in only(texts(await talking.tap(maria, "English")))
    await talking.say(maria, "/start m_agua")
    await talking.tap(maria, "I want to go")
    place = await talking.tap(maria, "I am of age and I accept")
    assert "your place is kept" in place[0]["text"]
    assert "De ahora en adelante" in texts(await talking.say(maria, "español"))[0]


async def test_my_data_is_a_file_with_everything(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.say(maria, "/privacidad")
    sent = only(await talking.tap(maria, "Envíeme mis datos"))
    data = json.loads(await talking.telegram.file(sent["document"]))
    assert data["person"]["name"] == "María"
    assert [each["purpose"] for each in data["consents"]] == ["attend"]
    assert [(each["meeting"]["code"], each["state"]) for each in data["registrations"]] == [("agua", "registered")]


async def test_erasing_asks_once_and_leaves_nothing_of_her_but_the_count(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.say(maria, "Mariana Secreta")
    await talking.say(maria, "/privacidad")
    await talking.tap(maria, "Borrar mis datos")
    assert "Borrar mis datos" in buttons(await talking.say(maria, "no"))
    await talking.tap(maria, "Borrar mis datos")
    assert talking.store.read(lambda session: session.scalar(select(func.count(Person.id)))) == 1
    assert "ya no guardo nada" in only(texts(await talking.tap(maria, "Sí, borrar mis datos")))

    def left(session: Session) -> tuple[object, ...]:
        own = session.scalars(select(Registration)).one()
        talk = session.scalars(select(Conversation)).one()
        return (
            (own.state, own.name, own.code, own.person_id, own.registered_at.hour),
            session.scalar(select(func.count(Person.id))),
            session.scalar(select(func.count(Consent.id))),
            session.scalar(select(func.count(Outbox.id))),
            "Secreta" in str(talk.data) or "Secreta" in str([row.new for row in session.scalars(select(Audit))]),
        )

    assert talking.store.read(left) == (("cancelled", None, None, None, 0), 0, 0, 0, False)
    await talking.feed(talking.updates[-1])
    assert "ya no guardo nada" in only(texts(await talking.answered(maria)))


async def test_erasing_frees_the_place_at_once_for_who_waits(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, capacity=1))
    maria = await _signed_up(talking)

    def wait(session: Session) -> None:
        other = factories.person(session, "Ana", telegram_id=900_200)
        own = session.scalars(select(Registration)).one()
        register(session, own.meeting_id, other.id, name="Ana", actor=BY_COMMAND, now=NOW)

    talking.store.write(wait)
    await talking.say(maria, "/privacidad")
    await talking.tap(maria, "Borrar mis datos")
    await talking.tap(maria, "Sí, borrar mis datos")
    assert talking.store.read(lambda session: session.scalars(select(Offer.state)).all()) == ["open"]


async def test_a_past_place_stays_in_the_count_without_her(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)

    def attend(session: Session) -> None:
        session.scalars(select(Registration)).one().state = "attended"

    talking.store.write(attend)
    talking.now = NOW + timedelta(days=30)
    await talking.say(maria, "/privacidad")
    await talking.tap(maria, "Borrar mis datos")
    await talking.tap(maria, "Sí, borrar mis datos")
    own = talking.store.read(lambda session: session.scalars(select(Registration)).one())
    assert (own.state, own.person_id, own.name) == ("attended", None, None)


@pytest.mark.parametrize("text", ["Tengo una queja por el agua", "quiero poner un RECLAMO", "I have a complaint!"])
async def test_a_complaint_is_pointed_to_its_channel(talking: Talking, text: str) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    said = await talking.say(maria, text)
    assert "tienen su propio canal" in only(texts(said))
    assert buttons(said) == ["Queja: Alcaldía de Puerto Sereno"]


async def test_a_complaint_while_a_question_is_open_is_saved_first_and_the_next_question_stays_open(
    talking: Talking,
) -> None:
    talking.store.write(lambda session: factories.meeting(session, attributes={"zone": ["urbana", "rural"]}))
    maria = await _signed_up(talking)
    noted, pointer, question = texts(await talking.say(maria, "Rosa, y tengo una queja"))
    assert "Su nombre: Rosa" in noted
    assert "tienen su propio canal" in pointer
    assert "¿Dónde vive?" in question
    await talking.say(maria, "1")
    assert "Gracias, eso es todo" in texts(await talking.say(maria, "Ahora no"))[-1]
    own = talking.store.read(lambda session: session.scalars(select(Registration)).one())
    assert (own.name, own.attributes) == ("Rosa", {"zone": "urbana"})


async def test_what_is_not_understood_shows_a_way_on(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    said = await talking.say(maria, "xyzzy")
    assert buttons(said) == ["Mis encuentros", "Encuentros abiertos", "Ayuda"]
    assert "Lo que puedo hacer" in only(texts(await talking.say(maria, "3")))


async def test_what_is_not_understood_asks_the_open_question_again(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    await talking.say(maria, "/start m_agua")
    await talking.tap(maria, "Quiero ir")
    assert "Lo que guardo de usted" in (await talking.say(maria, "/privacidad"))[0]["text"]
    said = await talking.say(maria, "¿y eso para qué?")
    assert buttons(said) == [ACCEPT, "Tengo menos de 18", "No acepto"]
    assert "Un permiso" in said[-1]["text"]


async def test_media_is_not_kept_and_the_open_question_stays_open(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.telegram.send_file(maria, "document", "carta.pdf", b"%PDF-1.7 una carta")
    said = texts(await talking.answered(maria))
    assert said[0].startswith("Aquí no puedo leer archivos. Escriba, toque o llame al +57 601 555 0100")
    assert "¿Cómo le gusta que le digan?" in said[1]
    await talking.say(maria, "Mari")
    assert talking.store.read(lambda session: session.scalars(select(Registration.name)).one()) == "Mari"


async def test_what_somebody_pins_or_sets_in_the_chat_is_no_message_to_us(talking: Talking) -> None:
    maria = await talking.person()
    said = {
        "message_id": 7,
        "date": 1,
        "chat": {"id": maria, "type": "private"},
        "from": {"id": maria, "is_bot": False, "first_name": "María"},
    }
    pinned = said | {"pinned_message": said | {"text": "hola"}}
    timed = said | {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86_400}}
    for number, message in enumerate((pinned, timed), 9_500_000):
        update = Update.model_validate({"update_id": number, "message": message}, context={"bot": talking.bot})
        await talking.feed(update)
    assert await talking.answered(maria) == []


async def test_who_blocks_is_unreachable_until_she_comes_back(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.telegram.block(maria, blocked=True)
    await talking.answered(maria)
    since = talking.store.read(lambda session: session.scalars(select(Person.unreachable_since)).one())
    assert since == NOW
    await talking.telegram.block(maria, blocked=False)
    await talking.answered(maria)
    assert talking.store.read(lambda session: session.scalars(select(Person.unreachable_since)).one()) is None


@pytest.mark.parametrize("command", ["/ayuda", "/help", "/HELP", "ayuda"])
async def test_help_is_there_in_any_words(talking: Talking, command: str) -> None:
    maria = await talking.person()
    assert "Lo que puedo hacer" in only(texts(await talking.say(maria, command)))


@pytest.mark.parametrize("said", ["/help", "ayuda", "/cancelar"])
async def test_help_amid_a_question_asks_it_again(talking: Talking, said: str) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    helped, asked = texts(await talking.say(maria, said))
    assert "Lo que puedo hacer" in helped
    assert "¿Cómo le gusta que le digan?" in asked
    await talking.say(maria, "Mari")
    assert talking.store.read(lambda session: session.scalars(select(Registration.name)).one()) == "Mari"


async def test_a_link_that_leads_nowhere_shows_the_open_meetings(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    said = texts(await talking.say(maria, "/start m_no-such-meeting"))
    assert "Ese enlace ya no lleva a nada" in said[-2]
    assert "Agua para todas las veredas" in said[-1]


async def test_several_open_meetings_are_listed_and_chosen_by_number(talking: Talking) -> None:
    def two(session: Session) -> None:
        factories.meeting(session)
        factories.meeting(session, code="salud", title="Salud rural", starts_in=timedelta(days=30))

    talking.store.write(two)
    maria = await talking.person()
    await talking.say(maria, "/start")
    assert "Salud rural" in only(texts(await talking.say(maria, "2")))


@pytest.mark.parametrize("word", ["hola", "gracias", "Buenos días"])
async def test_a_courtesy_days_later_is_no_name(talking: Talking, word: str) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    said = await talking.say(maria, word)
    assert "¿Cómo le gusta que le digan?" in said[-1]["text"]
    await talking.say(maria, "1")
    own = talking.store.read(lambda session: session.scalars(select(Registration)).one())
    assert (own.name, own.answered) == ("María", ["companions", "name"])


async def test_another_language_asks_the_open_question_again(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    await talking.say(maria, "/start m_agua")
    await talking.tap(maria, "Quiero ir")
    said = await talking.say(maria, "English")
    assert buttons(said) == ["I am of age and I accept", "I am under 18", "I do not accept"]
    assert "your place is kept" in texts(await talking.say(maria, ACCEPT))[0]  # as it stands further up, in Spanish


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_command_of_the_menu_is_understood(talking: Talking, language: str) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person(language=language)
    for command, _ in introduction(translator(language)).commands:
        said = texts(await talking.say(maria, f"/{command}"))
        assert said
        assert not any("No le entendí" in text or "did not understand" in text for text in said), command


async def test_a_reply_that_cannot_be_said_now_is_owed(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.telegram.fault("sendMessage", status=500, times=9, chat_id=maria)
    await talking.say(maria, "/ayuda")
    await talking.telegram.no_faults()
    owed = talking.store.read(
        lambda session: [
            (row.kind, row.priority, row.state) for row in session.scalars(select(Outbox).order_by(Outbox.id))
        ]
    )
    assert owed == [("help", 0, "pending"), ("question", 0, "pending")]


async def test_a_long_complaint_is_no_name_and_is_pointed_all_the_same(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    pointer, question = texts(await talking.say(maria, "Quiero poner una queja " + "porque no hay agua " * 20))
    assert "tienen su propio canal" in pointer
    assert "¿Cómo le gusta que le digan?" in question
    assert talking.store.read(lambda session: session.scalars(select(Registration.name)).one()) == "María"
