"""Coming with others, by chat: a family of four, one by the link, one dropped; the last places; who leaves."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import offers
from civic.audit import BY_COMMAND
from civic.registration import register
from civic.schema import Consent, Outbox, Party, Person, Registration
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, texts

ACCEPT = "Soy mayor de edad y acepto"


def _meeting(talking: Talking, *, capacity: int = 60, taken: int = 0) -> None:
    """Let there be one meeting, with so many places taken by others who come alone."""

    def make(session: Session) -> None:
        made = factories.meeting(session, capacity=capacity)
        for _ in range(taken):
            other = factories.person(session, "Vecina")
            register(session, made.id, other.id, name="Vecina", actor=BY_COMMAND, now=NOW)

    talking.store.write(make)


async def _signed_up(talking: Talking, name: str = "María") -> int:
    chat = await talking.person(name)
    await talking.say(chat, "/start m_agua")
    await talking.tap(chat, "Quiero ir")
    await talking.tap(chat, ACCEPT)
    return chat


def _rows(talking: Talking) -> list[tuple[str | None, str]]:
    """Give who is in the first party of who wrote, by name and state, in the order in which they came."""

    def read(session: Session) -> list[tuple[str | None, str]]:
        with_chat = select(Registration.party_id).join(Person, Person.id == Registration.person_id)
        rows = session.scalars(
            select(Registration)
            .where(Registration.party_id.in_(with_chat.where(Person.name != "Vecina")))
            .order_by(Registration.id)
        )
        return [(row.name, row.state) for row in rows]

    return talking.store.read(read)


def _link(talking: Talking) -> str:
    def read(session: Session) -> str:
        own = select(Registration.party_id).where(Registration.name == "María")
        return session.scalars(select(Party.link).where(Party.id.in_(own))).one()

    return talking.store.read(read)


async def test_who_comes_along_is_asked_right_after_the_place(talking: Talking) -> None:
    _meeting(talking)
    maria = await talking.person("María")
    await talking.say(maria, "/start m_agua")
    await talking.tap(maria, "Quiero ir")
    place, asked = await talking.tap(maria, ACCEPT)
    assert "su puesto está guardado" in place["text"]
    assert asked["text"].startswith("¿Quién más viene?")
    assert buttons([asked]) == [
        "Voy solo(a)",
        "1 persona más",
        "2 personas más",
        "3 personas más",
        "4 personas más",
    ]
    assert "¿Cómo le gusta que le digan?" in (await talking.tap(maria, "Voy solo(a)"))[0]["text"]
    assert _rows(talking) == [("María", "registered")]


@pytest.mark.parametrize("said", ["3", "tres", "3 personas más"])
async def test_a_number_is_a_number_of_people(talking: Talking, said: str) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    brought, asked = await talking.say(maria, said)
    assert "3 personas de su grupo tienen puesto" in brought["text"]
    assert "¿Cómo le gusta que le digan?" in asked["text"]
    await talking.say(maria, "/mis")
    assert "Con usted vienen 3 personas." in (await talking.tap(maria, "1. Agua para todas las veredas"))[0]["text"]


async def test_a_family_of_four_one_joins_by_link_one_is_dropped(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    await talking.tap(maria, "3 personas más")
    await talking.say(maria, "Mis acompañantes")
    view = await talking.tap(maria, "Mis acompañantes")
    assert "Acompañante 1: tiene puesto, código" in view[0]["text"]
    asked = await talking.tap(maria, "Nombre de Acompañante 1")
    assert "me autorizaron" in asked[0]["text"]
    assert "Luisa Pérez: tiene puesto" in (await talking.say(maria, "Luisa Pérez"))[0]["text"]
    forward, _ = await talking.tap(maria, "El enlace para ellos")
    link = _link(talking)
    assert f"p_{link}" in forward["text"]

    luisa = await talking.person("Luchita")
    card = (await talking.say(luisa, f"/start p_{link}"))[-1]
    assert "María le guarda un puesto" in card["text"]
    assert "Luisa" in card["text"]
    assert "Pérez" not in card["text"]
    consent = await talking.tap(luisa, "Quiero ir")
    assert buttons(consent) == [ACCEPT, "Tengo menos de 18", "No acepto"]
    who = await talking.tap(luisa, ACCEPT)
    assert buttons(who) == ["Luisa", "Otra persona"]
    place, asked_name = await talking.tap(luisa, "Luisa")
    assert "Luchita, su puesto está guardado" in place["text"]
    assert "Con usted vienen 3 personas." in place["text"]
    assert "¿Cómo le gusta que le digan?" in asked_name["text"]

    def told(session: Session) -> list[tuple[int | None, str]]:
        rows = session.scalars(select(Outbox).where(Outbox.kind == "joined"))
        return [(session.get_one(Person, row.person_id).telegram_id, row.cause.split("/")[1]) for row in rows]

    assert talking.store.read(told) == [(maria, "joined")]
    seen = (await talking.tap(luisa, "Mis acompañantes"))[0]["text"]
    assert "• María: tiene puesto, y responde desde su propio Telegram" in seen
    assert "• Acompañante 3: tiene puesto\n" in f"{seen}\n"  # with no code, as she does not answer for her
    await talking.say(maria, "/mis")
    await talking.tap(maria, "1. Agua para todas las veredas")
    await talking.tap(maria, "Mis acompañantes")
    dropped = await talking.tap(maria, "Acompañante 2 no viene")
    assert "ya no viene" in dropped[0]["text"]
    assert _rows(talking) == [
        ("María", "registered"),
        ("Luchita", "registered"),
        (None, "cancelled"),
        (None, "registered"),
    ]
    await talking.tap(maria, "Fue un error")
    assert [state for _, state in _rows(talking)] == ["registered"] * 4


async def test_a_companions_permission_is_recorded_and_ends_when_she_comes_herself(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    await talking.tap(maria, "1 persona más")
    await talking.tap(maria, "Mis acompañantes")
    await talking.tap(maria, "Nombre de Acompañante 1")
    await talking.say(maria, "Ana")

    def recorded(session: Session) -> list[tuple[str, bool, bool]]:
        rows = session.scalars(select(Consent).where(Consent.registration_id.is_not(None)))
        return [(row.purpose, row.recorded_by is not None, row.withdrawn_at is not None) for row in rows]

    assert talking.store.read(recorded) == [("attend", True, False)]
    ana = await talking.person("Ana")
    await talking.say(ana, f"/start p_{_link(talking)}")
    await talking.tap(ana, "Quiero ir")
    await talking.tap(ana, ACCEPT)
    await talking.tap(ana, "Ana")
    assert talking.store.read(recorded) == [("attend", True, True)]


async def test_the_last_place_meets_a_couple_who_wait_together(talking: Talking) -> None:
    _meeting(talking, capacity=4, taken=2)
    maria = await _signed_up(talking)
    asked = await talking.tap(maria, "2 personas más")
    assert "Solo queda 1 puesto" in asked[0]["text"]
    assert buttons(asked)[:2] == ["Que esperen juntos", "Tomar los que hay"]
    brought, _ = await talking.tap(maria, "Que esperen juntos")
    assert "2 personas de su grupo esperan puesto: desde el número 1" in brought["text"]
    assert "Su propio puesto sigue siendo suyo." in brought["text"]
    assert [state for _, state in _rows(talking)] == ["registered", "waiting", "waiting"]
    other = await _signed_up(talking, "Vecino")
    assert "su puesto está guardado" in await talking.transcript(other)


async def test_the_last_place_meets_a_couple_who_take_what_there_is(talking: Talking) -> None:
    _meeting(talking, capacity=4, taken=2)
    maria = await _signed_up(talking)
    await talking.tap(maria, "2 personas más")
    brought, _ = await talking.say(maria, "tomar los que hay")
    assert "1 persona de su grupo tiene puesto" in brought["text"]
    assert "1 persona de su grupo espera un puesto: número 1" in brought["text"]
    assert [state for _, state in _rows(talking)] == ["registered", "registered", "waiting"]


async def test_companions_of_who_finds_no_place_wait_and_it_says_so(talking: Talking) -> None:
    _meeting(talking, capacity=2, taken=1)
    maria = await _signed_up(talking)
    brought, _ = await talking.tap(maria, "1 persona más")
    assert "espera un puesto: número 1 de la lista" in brought["text"]


async def test_an_offer_for_companions_leaves_her_own_place_alone(talking: Talking) -> None:
    _meeting(talking, capacity=2, taken=1)
    maria = await _signed_up(talking)
    await talking.tap(maria, "1 persona más")

    def freed(session: Session) -> int | None:
        one = session.scalars(select(Registration).where(Registration.name == "Vecina")).one()
        one.state, one.cancelled_at, one.cancelled_from = "cancelled", NOW, None
        session.flush()
        offers.lapse_due(session, one.meeting_id, NOW)
        (row,) = session.scalars(select(Outbox).where(Outbox.kind == "offer"))
        return session.get_one(Person, row.person_id).telegram_id

    assert talking.store.write(freed) == maria
    assert [state for _, state in _rows(talking)] == ["registered", "offered"]
    await talking.say(maria, "/mis")
    view = await talking.tap(maria, "1. Agua para todas las veredas")
    assert "1 persona de su grupo espera" in view[0]["text"]
    view = await talking.tap(maria, "Mis acompañantes")
    assert "se le ofrece un puesto" in view[0]["text"]
    passed = await talking.tap(maria, "No, gracias")
    assert "Su propio puesto sigue siendo suyo." in passed[0]["text"]
    assert [state for _, state in _rows(talking)] == ["registered", "cancelled"]
    await talking.tap(maria, "Fue un error")
    await talking.tap(maria, "Mis acompañantes")
    assert "Con usted viene 1 persona." in (await talking.tap(maria, "Tomar lo que se ofrece"))[0]["text"]
    assert [state for _, state in _rows(talking)] == ["registered", "registered"]


async def test_leaving_with_companions_asks_who_leaves(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    await talking.tap(maria, "2 personas más")
    assert "Mis acompañantes" in (await talking.say(maria, "la vecina no puede ir"))[0]["text"]
    await talking.tap(maria, "Volver a mi puesto")
    asked = await talking.tap(maria, "No puedo ir")
    assert asked[0]["text"] == "¿Quién no puede ir: solo usted, o ninguno de los 3?"
    unclear = await talking.say(maria, "todos")  # come, or stay away?
    assert unclear[-1]["text"] == asked[0]["text"]
    kept = await talking.say(maria, "ay no, fue un herror")
    assert "su puesto está guardado" in kept[-1]["text"]
    await talking.tap(maria, "No puedo ir")
    left = await talking.tap(maria, "Ninguno de los 3 va")
    assert "ninguno de los 3" in left[0]["text"]
    assert [state for _, state in _rows(talking)] == ["cancelled"] * 3
    await talking.tap(maria, "Fue un error")
    assert [state for _, state in _rows(talking)] == ["registered"] * 3
    await talking.tap(maria, "No puedo ir")
    left = await talking.say(maria, "solo yo")
    assert "Sus acompañantes conservan lo que tienen." in left[0]["text"]
    assert [state for _, state in _rows(talking)] == ["cancelled", "registered", "registered"]
    mine = await talking.say(maria, "/mis")
    assert "Usted no va, pero vienen 2 acompañantes suyos." in mine[0]["text"]


async def test_who_comes_alone_leaves_at_once(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    left = await talking.tap(maria, "No puedo ir")
    assert "quedó libre" in left[0]["text"]
    assert _rows(talking) == [("María", "cancelled")]


async def test_a_renewed_link_makes_the_old_one_lead_nowhere(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    await talking.tap(maria, "1 persona más")
    await talking.tap(maria, "El enlace para ellos")
    old = _link(talking)
    ana = await talking.person("Ana")
    await talking.say(ana, f"/start p_{old}")
    await talking.tap(maria, "Hacer un enlace nuevo")
    assert _link(talking) != old
    assert "Ese enlace ya no sirve" in (await talking.tap(ana, "Quiero ir"))[0]["text"]
    assert "Ese enlace ya no sirve" in (await talking.say(ana, f"/start p_{old}"))[-1]["text"]


async def test_a_link_opened_by_who_comes_already_changes_nothing(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    await talking.tap(maria, "1 persona más")
    own = await talking.say(maria, f"/start p_{_link(talking)}")
    assert own[-1]["text"].startswith("Mis acompañantes")
    luis = await _signed_up(talking, "Luis")
    said = await talking.say(luis, f"/start p_{_link(talking)}")
    assert "Usted ya viene a «Agua para todas las veredas»" in only(texts(said))


async def test_a_further_place_only_when_all_are_taken(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    await talking.tap(maria, "1 persona más")
    for name in ("Ana", "Beto"):
        chat = await talking.person(name)
        await talking.say(chat, f"/start p_{_link(talking)}")
        await talking.tap(chat, "Quiero ir")
        await talking.tap(chat, ACCEPT)
    assert _rows(talking) == [("María", "registered"), ("Ana", "registered"), ("Beto", "registered")]


async def test_once_the_meeting_has_started_its_link_says_so(talking: Talking) -> None:
    _meeting(talking)
    await _signed_up(talking)
    talking.now = NOW + timedelta(days=20)
    ana = await talking.person("Ana")
    assert "ya empezó" in (await talking.say(ana, f"/start p_{_link(talking)}"))[-1]["text"]


async def test_a_lower_number_asks_who_does_not_come_where_they_are_named(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    await talking.tap(maria, "2 personas más")
    await talking.tap(maria, "Mis acompañantes")
    for number, name in ((1, "Ana"), (2, "Beto")):
        await talking.tap(maria, f"Nombre de Acompañante {number}")
        assert f"• {name}: tiene puesto" in (await talking.say(maria, f"Se llama {name}"))[0]["text"]
    await talking.tap(maria, "1 persona más")
    await talking.tap(maria, "Cambiar")
    asked = await talking.tap(maria, "1 persona más")
    assert "¿Quién no viene?" in asked[0]["text"]
    assert buttons(asked) == ["Ana no viene", "Beto no viene", "Mis acompañantes"]
    assert [state for _, state in _rows(talking)] == ["registered"] * 3


async def test_nobody_else_drops_none_of_those_who_come_already(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    await talking.tap(maria, "2 personas más")
    await talking.tap(maria, "1 persona más")
    for said in ("no", "ninguno", "nadie más", "solo yo"):
        await talking.tap(maria, "Cambiar")
        assert "Acompañante 2: tiene puesto" in (await talking.say(maria, said))[-1]["text"], said
    await talking.tap(maria, "Cambiar")
    await talking.tap(maria, "Voy solo(a)")
    assert [state for _, state in _rows(talking)] == ["registered", "cancelled", "cancelled"]


async def test_who_would_wait_is_told_so_and_promised_no_place(talking: Talking) -> None:
    _meeting(talking, capacity=2, taken=1)
    maria = await _signed_up(talking)
    asked = only([each for each in texts(await talking.say(maria, "hola")) if "¿Quién más viene?" in each])
    assert "Ya no quedan puestos: cada persona queda en la lista de espera" in asked
    await talking.say(maria, "una")
    forward, _ = await talking.tap(maria, "El enlace para ellos")
    assert "tomar su puesto, o su número en la lista de espera" in forward["text"]
    assert "guardo" not in forward["text"]
    await talking.tap(maria, "Mis acompañantes")
    await talking.tap(maria, "Nombre de Acompañante 1")
    await talking.say(maria, "Luisa Pérez")

    luisa = await talking.person("Luisa")
    opened = (await talking.say(luisa, f"/start p_{_link(talking)}"))[-1]["text"]
    assert opened.startswith("Usted está en la lista de espera\n")
    assert "En la lista de espera: Luisa" in opened
    assert "guarda" not in opened
    for label in ("Quiero ir", ACCEPT, "Luisa"):
        await talking.tap(luisa, label)
    ana = await talking.person("Ana")
    opened = (await talking.say(ana, f"/start p_{_link(talking)}"))[-1]["text"]
    assert "usted quedaría en la lista de espera" in opened
    assert "Le invito a «Agua para todas las veredas»" in (await talking.tap(maria, "El enlace para ellos"))[0]["text"]


async def test_an_old_button_never_drops_anybody_in_silence(talking: Talking) -> None:
    _meeting(talking, capacity=3)
    maria = await _signed_up(talking)
    await talking.tap(maria, "2 personas más")
    said, _asked = await talking.tap(maria, "Voy solo(a)")
    assert "Con usted vienen 2 personas." in said["text"]
    await talking.tap(maria, "Cambiar")
    said, _asked = await talking.tap(maria, "Voy solo(a)")
    assert (said["text"], buttons([said])) == (
        "De acuerdo, viene usted sin acompañantes.",
        ["Fue un error", "Mis acompañantes"],
    )
    talking.now += timedelta(minutes=5)  # nobody else has what they had
    back, _asked = await talking.tap(maria, "Fue un error")
    assert "2 personas de su grupo tienen puesto" in back["text"]
    assert [state for _, state in _rows(talking)] == ["registered"] * 3
    await talking.tap(maria, "1 persona más")
    await talking.tap(maria, "Cambiar")
    said, _asked = await talking.tap(maria, "1 persona más")
    assert ("1 persona de su grupo tiene puesto" in said["text"], buttons([said])[0]) == (True, "Fue un error")


async def test_an_old_button_for_the_link_leads_to_none_once_the_meeting_has_started(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    await talking.tap(maria, "1 persona más")
    talking.now = NOW + timedelta(days=20, hours=1)
    said = only(texts(await talking.tap(maria, "El enlace para ellos")))
    assert said.startswith("Ese encuentro ya empezó, así que los puestos ya no cambian.")
    assert "p_" not in said


async def test_who_erases_herself_is_told_first_what_becomes_of_her_companions(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    await talking.tap(maria, "2 personas más")
    kept = texts(await talking.say(maria, "/privacidad"))[0]  # and what was asked, again
    assert "Quiénes vienen con usted, el apoyo que hace falta y su teléfono" in kept
    asked = only(await talking.tap(maria, "Borrar mis datos"))["text"]
    assert "También se libera lo que guardo para las 2 personas que vienen con usted" in asked
    await talking.tap(maria, "Sí, borrar mis datos")
    assert {state for _, state in _everybody(talking)} == {"cancelled"}


async def test_the_mistake_button_of_a_place_given_up_for_another_says_nothing_untrue(talking: Talking) -> None:
    _meeting(talking)
    maria = await _signed_up(talking)
    await talking.tap(maria, "1 persona más")
    beto = await _signed_up(talking, "Beto")
    await talking.tap(beto, "Voy solo(a)")
    await talking.tap(beto, "No puedo ir")
    await talking.say(beto, f"/start p_{_link(talking)}")
    await talking.tap(beto, "Quiero ir")
    assert "No encuentro ahí un puesto suyo." in texts(await talking.tap(beto, "Fue un error"))[0]
    assert ("Beto", "registered") in _rows(talking)


def _everybody(talking: Talking) -> list[tuple[str | None, str]]:
    """Give everybody's name and state, also of who is erased."""
    rows = select(Registration.name, Registration.state)
    return talking.store.read(lambda session: [(name, state) for name, state in session.execute(rows)])
