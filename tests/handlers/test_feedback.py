"""Feedback in the chat: a tap each or words, changed later, a complaint pointed on without losing the answer."""

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import agenda, registration
from civic.audit import Actor
from civic.schema import Answer, Conversation, Person, Question, Registration
from tests.factories import NOW, meeting, person
from tests.handlers.conftest import Talking, buttons, texts

AFTER = NOW + timedelta(days=20, hours=6)


@pytest_asyncio.fixture
async def maria(talking: Talking) -> int:
    """Bring María, who had a place in a meeting that is over, and was asked whether she came."""
    chat = await talking.person()
    await talking.say(chat, "hola")

    def had_a_place(session: Session) -> None:
        made = meeting(session)
        questions = (("heard", "scale"), ("come_again", "yes_no"), ("in_your_words", "text"))
        for number, (slug, kind) in enumerate(questions, 1):
            session.add(Question(meeting_id=made.id, number=number, slug=slug, kind=kind, text=None, options=[]))
        maria = person(session, telegram_id=chat)
        registration.register(session, made.id, maria.id, name="María", actor=Actor(maria.id, "chat"), now=NOW)
        talk = session.scalars(select(Conversation).where(Conversation.chat_id == chat)).one()
        asked = {"kind": "feedback", "params": {"meeting": made.id}, "step": None}
        talk.state, talk.data = None, {**talk.data, "asked": asked}

    talking.store.write(had_a_place)
    talking.now = AFTER
    return chat


def answers(talking: Talking) -> dict[str, str]:
    found = select(Question.slug, Answer.value).join(Answer, Answer.question_id == Question.id)
    return talking.store.read(lambda session: dict(session.execute(found).all()))


def state(talking: Talking) -> str:
    return talking.store.read(lambda session: session.scalars(select(Registration.state)).one())


async def test_all_of_it_in_words_without_a_tap(talking: Talking, maria: int) -> None:
    assert "¿Pudo decir lo que piensa" in texts(await talking.say(maria, "Sí"))[0]
    assert "¿Volvería" in texts(await talking.say(maria, "4"))[0]
    assert "En sus palabras" in texts(await talking.say(maria, "no"))[0]
    assert "Gracias, eso es todo" in texts(await talking.say(maria, "Más sillas <3"))[0]
    assert answers(talking) == {"heard": "4", "come_again": "no", "in_your_words": "Más sillas <3"}
    assert state(talking) == "attended"


@pytest.mark.parametrize(
    ("text", "asks"), [("no quiero más mensajes", "Sí, no me escriba"), ("borren mis datos", "Sí, borrar mis datos")]
)
async def test_who_wants_no_more_messages_gives_no_opinion(talking: Talking, maria: int, text: str, asks: str) -> None:
    for words in ("Sí", "4", "no"):
        await talking.say(maria, words)
    assert asks in buttons(await talking.say(maria, text))
    assert "in_your_words" not in answers(talking)
    assert talking.store.read(lambda session: session.scalars(select(Person.tell)).one()) == "all"


async def test_who_could_not_go_is_asked_no_more(talking: Talking, maria: int) -> None:
    (thanks,) = texts(await talking.say(maria, "no pude"))
    assert "Gracias por contarme" in thanks
    assert (state(talking), answers(talking)) == ("no_show", {})


async def test_an_old_button_shows_the_answer_and_a_second_tap_changes_it(talking: Talking, maria: int) -> None:
    (first,) = await talking.say(maria, "sí")
    await talking.tap(maria, "2")
    (again,) = await talking.tap(maria, "3", first["message_id"])
    assert "2 (su respuesta)" in buttons([again])
    assert answers(talking) == {"heard": "2"}
    (words,) = await talking.tap(maria, "3")
    assert "¿Volvería" in words["text"]
    assert answers(talking) == {"heard": "3"}


async def test_answers_are_listed_and_changed_at_the_end(talking: Talking, maria: int) -> None:
    for word in ("sí", "5", "sí", "Nada que decir"):
        await talking.say(maria, word)
    listed = await talking.tap(maria, "Cambiar una respuesta")
    assert buttons(listed) == ["1. 5", "2. Sí", "3. Nada que decir", "Así está bien"]
    again = await talking.tap(maria, "1. 5")
    assert "5: del todo (su respuesta)" in buttons(again)
    assert "eso es todo" in texts(await talking.tap(maria, "2"))[0]
    assert answers(talking)["heard"] == "2"


async def test_questions_can_be_skipped(talking: Talking, maria: int) -> None:
    for word in ("sí", "omitir", "ninguna"):
        await talking.say(maria, word)
    assert "eso es todo" in texts(await talking.say(maria, "nada"))[0]
    assert answers(talking) == {}


async def test_an_answer_that_is_too_long_may_be_said_again(talking: Talking, maria: int) -> None:
    for word in ("sí", "5", "sí"):
        await talking.say(maria, word)
    long, again = texts(await talking.say(maria, "x" * 1001))
    assert "1000" in long
    assert "En sus palabras" in again
    assert "eso es todo" in texts(await talking.say(maria, "corto"))[0]
    assert answers(talking)["in_your_words"] == "corto"


async def test_a_complaint_in_an_answer_is_saved_and_pointed_to_its_channel(talking: Talking, maria: int) -> None:
    for word in ("sí", "5", "sí"):
        await talking.say(maria, word)
    said = texts(await talking.say(maria, "Tengo una queja por el ruido"))
    assert answers(talking)["in_your_words"] == "Tengo una queja por el ruido"
    assert "su propio canal" in said[0]
    assert "eso es todo" in said[-1]


async def test_a_repeated_tap_answers_the_same_and_changes_nothing(talking: Talking, maria: int) -> None:
    await talking.say(maria, "sí")
    first = texts(await talking.tap(maria, "4"))
    await talking.feed(talking.updates[-1])
    assert texts(await talking.answered(maria)) == first
    assert answers(talking) == {"heard": "4"}


async def test_after_14_days_it_is_closed_kindly(talking: Talking, maria: int) -> None:
    (first,) = await talking.say(maria, "sí")
    talking.now = NOW + timedelta(days=20 + agenda.FEEDBACK_DAYS, hours=5)
    (closed,) = texts(await talking.tap(maria, "4", first["message_id"]))
    assert "cerr" in closed
    assert answers(talking) == {}
