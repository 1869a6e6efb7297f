"""A place signed up from another's phone, taken over to one's own: who is asked, who is told, what goes along."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import parties, registration
from civic.audit import BY_COMMAND, Actor
from civic.schema import Consent, Need, Person, Registration
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, open_meeting, texts
from tests.handlers.test_others import delivered, rosa_signed_up, signed_up

MINE = "Es mío, pregúntele"
YES = "Sí, es esa persona"


def _code(session: Session) -> str:
    return session.scalars(select(Registration.code).where(Registration.name == "Rosa Gómez")).one() or ""


async def _asked(talking: Talking, how: str = "Por su cuenta") -> tuple[int, int, str]:
    """Let María sign Rosa up, and Rosa ask for her place from her own phone; give both chats and the code."""
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria, how)
    code = talking.store.read(_code)
    rosa = await talking.person("Rosa")
    seen = await talking.say(rosa, f"hola, mi código es {code.lower()}")
    assert "Rosa" not in texts(seen)[0]
    said = await talking.say(rosa, "sí, es mío")
    assert "Le pregunto a quien le inscribió" in only(texts(said))
    await delivered(talking)
    return maria, rosa, code


def _whose(session: Session) -> tuple[int | None, int | None]:
    own = session.scalars(select(Registration).where(Registration.name == "Rosa Gómez")).one()
    person = session.get_one(Person, own.person_id)
    return person.telegram_id, person.chat_id


@pytest.mark.parametrize("how", ["Por su cuenta", "Conmigo, en el mismo taller"])
async def test_by_her_code_and_a_yes_her_place_goes_to_her_phone(talking: Talking, how: str) -> None:
    maria, rosa, _ = await _asked(talking, how)
    asked = await talking.answered(maria)
    assert texts(asked)[0].startswith("Rosa Gómez quiere llevar su puesto a su propio teléfono. ¿Es")
    said = await talking.tap(maria, YES)
    assert "desde ahora Rosa Gómez lleva su puesto" in only(texts(said))
    await delivered(talking)
    done = await talking.answered(rosa)
    assert "Rosa Gómez, su puesto ya está en este teléfono" in texts(done)[0]
    assert talking.store.read(_whose) == (rosa, rosa)
    assert "su puesto está guardado" in texts(await talking.tap(rosa, "Mi puesto"))[0]
    mine = await talking.say(maria, "/mis")
    assert "Rosa" not in texts(mine)[0]
    await delivered(talking)
    assert await talking.answered(maria) == []


async def test_what_she_had_said_goes_along(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, needs=["wheelchair"]).id)
    maria = await signed_up(talking)
    await talking.tap(maria, "Ninguna")
    await rosa_signed_up(talking, maria)
    await talking.tap(maria, "Sí, y acepto que se guarde")
    await talking.say(maria, "silla de ruedas")
    code = talking.store.read(_code)
    rosa = await talking.person("Rosa")
    await talking.say(rosa, f"/start r_{code}")
    await talking.tap(rosa, MINE)
    await delivered(talking)
    await talking.tap(maria, YES)

    def kept(session: Session) -> tuple[set[str], set[str], bool]:
        person = session.scalars(select(Person).where(Person.telegram_id == rosa)).one()
        given = session.scalars(select(Consent).where(Consent.person_id == person.id)).all()
        own = session.scalars(select(Registration).where(Registration.person_id == person.id)).one()
        needs = session.scalars(select(Need.need).where(Need.registration_id == own.id))
        return {each.purpose for each in given}, set(needs), all(each.recorded_by for each in given)

    assert talking.store.read(kept) == ({"attend", "health"}, {"wheelchair"}, True)


async def test_a_no_changes_nothing_and_is_told(talking: Talking) -> None:
    maria, rosa, _ = await _asked(talking)
    said = await talking.tap(maria, "No")
    assert texts(said)[-1].startswith("Está bien, nada cambia")
    await delivered(talking)
    told = await talking.answered(rosa)
    assert "no confirmó que es usted" in only(texts(told))
    assert "601 555 0100" in only(texts(told))
    assert talking.store.read(_whose) == (None, maria)
    again = await talking.tap(maria, YES)  # the old button
    assert "nada cambia" in only(texts(again))


async def test_without_an_answer_she_is_told_after_a_day_and_the_question_is_closed(talking: Talking) -> None:
    maria, rosa, _ = await _asked(talking)
    talking.now = NOW + timedelta(days=1, minutes=1)
    await delivered(talking)
    assert "no ha respondido" in only(texts(await talking.answered(rosa)))
    said = await talking.tap(maria, YES)
    assert "ya no se puede responder" in texts(said)[-1]
    assert talking.store.read(_whose) == (None, maria)


async def test_who_blocked_the_bot_cannot_be_asked(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    await talking.telegram.block(maria, blocked=True)
    await talking.answered(maria)
    rosa = await talking.person("Rosa")
    await talking.say(rosa, talking.store.read(_code))
    said = await talking.tap(rosa, MINE)
    assert "No puedo preguntarle a quien le inscribió" in only(texts(said))
    assert "601 555 0100" in only(texts(said))


async def test_a_wrong_code_says_so_and_only_a_few_may_be_tried(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    own = talking.store.read(lambda session: session.scalars(select(Registration.code)).one()) or ""
    thief = await talking.person("Nadie")
    for code in ("ACDE3467", own, "acde 3467", "ACDE-3469", "ACDE3464"):  # somebody's own is as good as none
        seen = await talking.say(thief, code)
        assert "María" not in str(seen)
        said = await talking.tap(thief, MINE)
        assert "Con ese código no hay un puesto" in only(texts(said))
    await talking.say(thief, "ACDE3466")
    said = await talking.tap(thief, MINE)
    assert "ya son suficientes códigos" in only(texts(said))
    talking.now = NOW + timedelta(days=1, minutes=1)
    await talking.say(thief, "ACDE3466")
    assert "Con ese código no hay" in only(texts(await talking.tap(thief, MINE)))
    assert await talking.answered(maria) == []


async def test_who_has_her_own_place_there_keeps_both(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    rosa = await signed_up(talking, "Rosa")
    await talking.say(rosa, talking.store.read(_code))
    said = await talking.tap(rosa, MINE)
    assert "Usted ya tiene su propio puesto en ese encuentro" in only(texts(said))
    assert talking.store.read(_whose) == (None, maria)


async def test_who_is_known_already_gets_it_beside_what_she_has(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    code = talking.store.read(_code)
    rosa = await talking.person("Rosa")

    def elsewhere(session: Session) -> None:
        other = factories.meeting(session, code="parques", title="Parques")
        person = factories.person(session, "Rosita", telegram_id=rosa)
        registration.register(session, other.id, person.id, name="Rosita", actor=Actor(person.id, "chat"), now=NOW)

    talking.store.write(elsewhere)
    await talking.say(rosa, f"/start r_{code}")
    await talking.tap(rosa, MINE)
    await delivered(talking)
    await talking.tap(maria, YES)
    await delivered(talking)
    assert "a esa misma hora tiene puesto en «Parques»" in texts(await talking.answered(rosa))[0]
    mine = await talking.say(rosa, "/mis")
    assert [label.split(". ")[1] for label in buttons(mine)[:2]] == ["Agua para todas las veredas", "Parques"]
    people = talking.store.read(lambda session: set(session.scalars(select(Person.telegram_id))))
    assert people == {maria, rosa}


async def test_the_phone_itself_sees_the_place_of_its_code(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    said = await talking.say(maria, f"/start r_{talking.store.read(_code)}")
    assert texts(said)[0].startswith("Para Rosa Gómez:\nRosa Gómez, su puesto está guardado")
    talking.store.write(lambda session: _bring(session, talking.now))
    said = await talking.say(maria, only(talking.store.read(_companions)))
    assert texts(said)[0].startswith("Para Rosa Gómez:\nMis acompañantes")


def _bring(session: Session, now: datetime) -> None:
    """Let somebody come with Rosa."""
    own = session.scalars(select(Registration).where(Registration.name == "Rosa Gómez")).one()
    assert own.person_id is not None
    parties.bring(session, own.id, 1, person_id=own.person_id, actor=BY_COMMAND, now=now)


async def test_old_buttons_act_for_her_no_more(talking: Talking) -> None:
    maria, rosa, _ = await _asked(talking)
    mine = await talking.say(maria, "/mis")
    await talking.tap(maria, YES)
    said: list[Any] = await talking.tap(maria, "2. Rosa Gómez: Agua para todas las veredas", mine[-1]["message_id"])
    assert "No encuentro ahí un puesto suyo" in texts(said)[0]
    assert talking.store.read(_whose) == (rosa, rosa)


async def test_a_yes_to_something_else_is_asked_back_first(talking: Talking) -> None:
    maria, rosa, _ = await _asked(talking)
    said = await talking.say(maria, "sí")
    assert texts(said)[-1].startswith("Rosa Gómez quiere llevar su puesto")
    assert talking.store.read(_whose) == (None, maria)
    await talking.say(maria, "sí")
    assert talking.store.read(_whose) == (rosa, rosa)


async def test_a_companion_takes_her_place_over_by_its_code_and_agrees_herself(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    await talking.say(maria, "/start m_agua")
    for label in ("Quiero ir", "Soy mayor de edad y acepto", "2 personas más"):
        await talking.tap(maria, label)
    codes = talking.store.read(_companions)
    assert "Mis acompañantes" in texts(await talking.say(maria, codes[1]))[0]  # hers to see, whatever was asked
    pictures = await talking.tap(maria, "Sus códigos QR, para enviarlos")
    assert [code in each["text"] for code, each in zip(codes, pictures[:-1], strict=True)] == [True, True]
    rosa = await talking.person("Rosa")
    await talking.say(rosa, codes[1])
    await talking.tap(rosa, MINE)
    await delivered(talking)
    asked = await talking.answered(maria)
    assert texts(asked)[0].startswith(f"Su acompañante con el código {codes[1]} quiere llevar su puesto")
    assert "Mientras acepta" in only(texts(await talking.tap(maria, YES)))
    await delivered(talking)
    assert "María le guarda un puesto" in texts(await talking.answered(rosa))[0]
    assert "Un permiso" in texts(await talking.tap(rosa, "Quiero ir"))[0]
    place = await talking.tap(rosa, "Soy mayor de edad y acepto")
    assert f"Su código: {codes[1]}" in texts(place)[0]


def _companions(session: Session) -> list[str]:
    found = session.scalars(select(Registration.code).where(Registration.person_id.is_(None)).order_by(Registration.id))
    return [code for code in found if code]
