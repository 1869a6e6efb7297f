"""Support and phones by chat: asked after the place, kept with a permission of its own, and told as it truly stands."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import meetings, needs
from civic.privacy import my_data
from civic.schema import Consent, Meeting, Need, Outbox, Person, Registration, Workshop
from messages.catalogue import render
from messages.kind import Who
from messages.voice import Links
from tests import factories
from tests.handlers.conftest import Talking, buttons, only, texts
from tests.simulator_process import Json, labels

ACCEPT = "Soy mayor de edad y acepto"
YES = "Sí, y acepto que se guarde"
SIGNS = "Intérprete de lengua de señas"


def _asking(session: Session) -> Meeting:
    return factories.meeting(session, needs=["sign_language", "wheelchair"], workshops=[{"capacity": 30}] * 2)


async def _asked(talking: Talking, company: str = "Voy solo(a)") -> tuple[int, list[Json]]:
    """Let María sign up and answer all that comes before her needs; give her chat and that question."""
    talking.store.write(_asking)
    maria = await talking.person("María")
    await talking.say(maria, "/start m_agua")
    await talking.tap(maria, "Quiero ir")
    asked = await talking.tap(maria, ACCEPT)
    while "necesidad de apoyo" not in asked[-1]["text"]:
        asked = await talking.tap(maria, {"¿Quién": company}.get(asked[-1]["text"][:6], "Así está bien"))
    return maria, asked


def _needs(session: Session) -> dict[str, str | None]:
    return dict(session.execute(select(Need.need, Need.told)).all())


def _purposes(session: Session) -> list[str]:
    return sorted(session.scalars(select(Consent.purpose).where(Consent.withdrawn_at.is_(None))))


async def _shown(talking: Talking, chat: int) -> list[str]:
    """Give the buttons under the newest message that has any, as they are now."""
    said = [each for each in (await talking.telegram.transcript(chat))["messages"] if each.get("buttons")]
    return [button["label"] for row in said[-1]["buttons"] for button in row]


def _told(session: Session, talking: Talking) -> list[str]:
    """Say what is owed of needs now, in words, and settle it."""
    rows = session.scalars(select(Outbox).where(Outbox.kind == "needs_told", Outbox.state == "pending")).all()
    links = Links("https://t.me/convoca_bot", None)
    said = [
        message.text
        for row in rows
        for message in render(session, Who(row.person_id, "es"), row.kind, row.params, now=talking.now, links=links)
    ]
    for row in rows:
        row.state = "sent"
    return said


async def test_it_is_asked_with_a_permission_of_its_own(talking: Talking) -> None:
    maria, asked = await _asked(talking)
    text = asked[-1]["text"]
    for said in ("Es un dato de salud", "opcional", "quienes organizan el encuentro", "El puesto es suyo"):
        assert said in text
    assert buttons(asked) == [YES, "Ninguna", "Ahora no"]
    assert talking.store.read(_purposes) == ["attend"]
    await talking.tap(maria, YES)
    assert talking.store.read(_purposes) == ["attend", "health"]
    assert await _shown(talking, maria) == [SIGNS, "Silla de ruedas", "Ninguna"]


async def test_a_deaf_person_has_her_place_where_no_interpreter_is_offered_and_hears_when_one_is(
    talking: Talking,
) -> None:
    maria, _ = await _asked(talking)
    await talking.tap(maria, YES)
    await talking.tap(maria, SIGNS)
    assert await _shown(talking, maria) == [f"{SIGNS}: sí", "Silla de ruedas", "Listo", "Ninguna"]
    await talking.tap(maria, "Listo")
    chat = await talking.transcript(maria)
    day = "sábado 14 de noviembre"
    assert f"Aún no tenemos intérprete de lengua de señas; le avisaremos el {day}." in chat
    assert "El puesto se mantiene de todos modos" in chat
    own = talking.store.read(lambda session: session.scalars(select(Registration)).one())
    assert (own.state, talking.store.read(_needs)) == ("registered", {"sign_language": "not_yet"})

    def hire(session: Session) -> int:
        meeting = meetings.lock(session, own.meeting_id)
        session.scalars(select(Workshop).where(Workshop.number == 2)).one().features = ["sign_language"]
        return needs.changed(session, meeting, now=talking.now)

    assert talking.store.write(hire) == 1
    told = only(talking.store.write(_told, talking))
    assert "Hay intérprete de lengua de señas en los talleres" in told
    assert talking.store.write(hire) == 0


async def test_needs_in_words_and_by_number(talking: Talking) -> None:
    maria, _ = await _asked(talking)
    unclear, again = texts(await talking.say(maria, "silla de ruedas"))
    assert "que me lo diga claro" in unclear
    assert "necesidad de apoyo" in again
    await talking.say(maria, "1")
    for theirs in ("silla de ruedas para mi esposo", "mi mamá usa silla de ruedas"):
        whose, again = texts(await talking.say(maria, theirs))
        assert whose == "Aquí pregunto solo por usted."
        assert "¿Qué apoyo necesita?" in again
    assert talking.store.read(_needs) == {}
    said = await talking.say(maria, "Silla de ruedas, e intérprete por favor")
    noted, phone = texts(said)
    assert "intérprete de lengua de señas y acceso para silla de ruedas" in noted
    assert labels(said[0]) == ["Cambiar"]
    assert "teléfono" in phone
    assert sorted(talking.store.read(_needs)) == ["sign_language", "wheelchair"]


async def test_no_more_keeps_what_was_ticked(talking: Talking) -> None:
    maria, _ = await _asked(talking)
    await talking.tap(maria, YES)
    await talking.tap(maria, SIGNS)
    noted, _following = texts(await talking.say(maria, "no"))
    assert "intérprete de lengua de señas" in noted
    assert list(talking.store.read(_needs)) == ["sign_language"]


async def test_none_is_an_answer_and_keeps_nothing(talking: Talking) -> None:
    maria, _ = await _asked(talking)
    await talking.say(maria, "ninguna")
    own = talking.store.read(lambda session: session.scalars(select(Registration)).one())
    assert "needs" in own.answered
    assert (talking.store.read(_needs), talking.store.read(_purposes)) == ({}, ["attend"])


@pytest.mark.parametrize("how", ["Ninguno de mis acompañantes", "ninguno de ellos"])
async def test_one_answer_does_for_all_companions(talking: Talking, how: str) -> None:
    maria, own = await _asked(talking, "3 personas más")
    assert "Ninguno de mis acompañantes" not in buttons(own)
    await talking.tap(maria, YES)
    whose, _again = texts(await talking.say(maria, "silla de ruedas para mi esposo"))
    assert whose == "Aquí pregunto solo por usted; por quienes vienen con usted pregunto enseguida."
    first = await talking.say(maria, "ninguna")
    assert "Acompañante 1" in first[-1]["text"]
    second = await talking.tap(maria, "Ahora no")
    assert "Acompañante 2" in second[-1]["text"]
    _noted, phone = texts(await talking.say(maria, how))
    assert "teléfono" in phone
    party = talking.store.read(lambda s: list(s.scalars(select(Registration).order_by(Registration.id))))
    assert [set(each.answered) & {"needs", "needs?"} for each in party] == [{"needs"}, {"needs?"}, {"needs"}, {"needs"}]


async def test_taking_all_back_takes_the_permission_back(talking: Talking) -> None:
    maria, _ = await _asked(talking)
    await talking.tap(maria, YES)
    await talking.tap(maria, "Silla de ruedas")
    await talking.tap(maria, "Listo")
    await talking.say(maria, "Ahora no")
    await talking.tap(maria, "Cambiar mis respuestas")
    await talking.tap(maria, "El apoyo que necesito")
    await talking.tap(maria, "Ninguna")
    assert (talking.store.read(_needs), talking.store.read(_purposes)) == ({}, ["attend"])


async def test_an_old_button_says_what_it_said(talking: Talking) -> None:
    maria, _ = await _asked(talking)
    await talking.tap(maria, YES)
    await talking.tap(maria, SIGNS)
    old = talking.updates[-1].model_copy(update={"update_id": talking.updates[-1].update_id + 5000})
    await talking.feed(old)
    assert list(talking.store.read(_needs)) == ["sign_language"]


async def test_what_was_skipped_is_asked_once_more_and_just_that(talking: Talking) -> None:
    maria, _ = await _asked(talking)
    phone = await talking.tap(maria, "Ahora no")
    assert "¿Nos deja un teléfono?" in phone[-1]["text"]
    await talking.say(maria, "Ahora no")
    own = talking.store.read(lambda session: session.scalars(select(Registration)).one())
    assert {"needs?", "phone?"} <= set(own.answered)
    fill = await _fill(talking, maria, own.meeting_id)
    assert "necesidad de apoyo" in only(fill)
    assert "eso es todo" in texts(await talking.tap(maria, "Ninguna"))[-1]
    assert "eso es todo" in only(await _fill(talking, maria, own.meeting_id))


async def _fill(talking: Talking, chat: int, meeting_id: int) -> list[str]:
    """Tap the button of the message that asks again: any tap of hers with its words."""
    tap = talking.updates[-1]
    newest = max(update.update_id for update in talking.updates)
    query = next(each.callback_query for each in reversed(talking.updates) if each.callback_query)
    changed = query.model_copy(update={"data": f"fill:{meeting_id}"})
    await talking.feed(tap.model_copy(update={"update_id": newest + 9000, "message": None, "callback_query": changed}))
    return texts(await talking.answered(chat))


async def test_a_phone_is_her_own_shared_or_written_and_can_be_removed(talking: Talking) -> None:
    maria, _ = await _asked(talking)
    asked = await talking.tap(maria, "Ninguna")
    assert asked[-1]["keyboard"][0] == [{"label": "Compartir mi número", "request_contact": True}]
    await talking.telegram.send_contact(maria, "+57 300 555 0101", user_id=1)
    refused, again = texts(await talking.answered(maria))
    assert "solo guardo su propio número" in refused
    assert "¿Nos deja un teléfono?" in again
    assert "7 a 15 cifras" in texts(await talking.say(maria, "mañana"))[0]
    await talking.telegram.send_contact(maria, "573005550101")
    thanks, end = await talking.answered(maria)
    assert "el número que termina en 0101. Lo guardo solo por si" in thanks["text"]
    assert thanks["remove_keyboard"]
    assert "eso es todo" in end["text"]
    assert "Cambiar mis respuestas" in buttons([end])
    assert "5550101" not in await talking.transcript(maria)
    assert _phone(talking) == "573005550101"
    assert talking.store.read(_purposes) == ["attend", "phone"]
    await talking.tap(maria, "Cambiar mis respuestas")
    await talking.tap(maria, "Mi teléfono")
    await talking.say(maria, "+57 (601) 555-0102")
    assert _phone(talking) == "+576015550102"
    person = talking.store.read(lambda session: session.scalars(select(Person)).one())
    talking.now += timedelta(days=1)
    assert talking.store.read(my_data, person.id, talking.now)["person"]["phone"] == "+576015550102"
    await talking.tap(maria, "Cambiar mis respuestas")
    await talking.tap(maria, "Mi teléfono")
    await talking.say(maria, "Borrar mi número")
    assert _phone(talking) is None
    assert talking.store.read(_purposes) == ["attend"]


async def test_a_number_is_taken_also_after_something_else_was_said(talking: Talking) -> None:
    maria, _ = await _asked(talking)
    await talking.telegram.send_contact(maria, "573005550101")
    assert "solo por si" in texts(await talking.answered(maria))[0]
    assert _phone(talking) == "573005550101"
    stranger = await talking.person("Eva")
    await talking.telegram.send_contact(stranger, "573005550102")
    assert "Ese contacto no lo necesito, y no lo guardé." in only(texts(await talking.answered(stranger)))
    await talking.say(maria, "mis encuentros")
    await talking.telegram.send_contact(maria, "573005550103", user_id=1)
    assert "Ese contacto no lo necesito" in only(texts(await talking.answered(maria)))


def _phone(talking: Talking) -> str | None:
    return talking.store.read(lambda session: session.scalars(select(Person.phone)).one())
