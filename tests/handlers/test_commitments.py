"""Commitments in the chat: lists, histories, evidence, and following with its permission first."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import commitments, following, people
from civic.audit import BY_COMMAND, Actor
from civic.commitments import Change, Proof
from civic.schema import Commitment, Consent, Follow, Person
from messages import catalogue
from messages.kind import Who
from messages.message import Message
from messages.voice import Links
from tests import factories
from tests.civic import test_commitments as made
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, texts

ACCEPT = "Soy mayor de edad y acepto"


def published(session: Session) -> int:
    """Make a published commitment with an update, and give its id."""
    commitment = made.published(session)
    proofs = (
        Proof("acta <1>.pdf", b"%PDF-1.7 acta", "application/pdf"),
        Proof("foto", address="https://example.org/f"),
    )
    change = Change(status="in_progress", progress=40, note="Van 5 & <algo>", proofs=proofs)
    commitments.update(session, "agua", "pozos", change, actor=BY_COMMAND, now=NOW + timedelta(days=1))
    return commitment.id


def words(session: Session) -> list[tuple[bool, bool]]:
    return [(each.commitment_id is not None, each.wants) for each in session.scalars(select(Follow))]


async def test_from_the_command_to_the_evidence(talking: Talking) -> None:
    talking.store.write(published)
    maria = await talking.person()
    listed = await talking.say(maria, "/compromisos")
    assert "1. Limpiar los pozos" in only(texts(listed))
    assert "En marcha, 40 %" in listed[0]["text"]
    whole = await talking.say(maria, "1")
    assert "Secretaría de Aguas" in only(texts(whole))
    assert "Van 5 & <algo>" in whole[0]["text"]
    assert whole[0]["text"].index("Avance: 40 %") < whole[0]["text"].index("Se publicó")
    (document,) = await talking.tap(maria, "Evidencia: acta <1>.pdf (PDF, 1 KB)")
    assert document["document"]["name"] == "acta <1>.pdf"


async def test_nothing_published_says_so(talking: Talking) -> None:
    talking.store.write(lambda s: factories.meeting(s).id)
    maria = await talking.person(language="en")
    said = await talking.say(maria, "/commitments")
    assert "No commitments have been published yet" in only(texts(said))
    assert buttons(said) == ["Open meetings"]


async def test_following_asks_the_permission_and_keeps_nothing_without_it(talking: Talking) -> None:
    number = talking.store.write(published)
    maria = await talking.person()
    asked = await talking.say(maria, f"/start fc_{number}")
    assert "Un permiso" in only(texts(asked))
    assert "Alcaldía de Puerto Sereno" in asked[0]["text"]
    assert "Toque un nombre" in asked[0]["text"]
    refused = await talking.say(maria, "no")
    assert "no guardé nada" in only(texts(refused))
    assert talking.store.read(lambda s: s.scalars(select(Person)).all()) == []


async def test_no_data_policy_is_promised_where_there_is_none(talking: Talking) -> None:
    def without(session: Session) -> int:
        number = published(session)
        factories.entity(session).privacy = None
        return number

    maria = await talking.person()
    asked = await talking.say(maria, f"/start fc_{talking.store.write(without)}")
    assert "Toque un nombre" not in only(texts(asked))


async def test_following_and_not_any_more(talking: Talking) -> None:
    number = talking.store.write(published)
    maria = await talking.person()
    await talking.say(maria, f"/start fc_{number}")
    taken = await talking.tap(maria, ACCEPT)
    assert "Usted sigue este compromiso" in only(texts(taken))
    assert talking.store.read(words) == [(True, True)]
    assert talking.store.read(lambda s: s.scalars(select(Consent.purpose)).all()) == ["follow"]
    stopped = await talking.tap(maria, "Dejar de seguir")
    assert "No le avisaré más" in only(texts(stopped))
    assert talking.store.read(words) == [(True, False)]
    again = await talking.say(maria, "/start fm_agua")  # no second question: the permission is there
    assert "Usted sigue los compromisos de este encuentro" in only(texts(again))
    entity = await talking.say(maria, "/start fe_alcaldia")
    assert "esta entidad" in only(texts(entity))


@pytest.mark.parametrize("payload", ["fc_99", "fm_nada", "fe_nadie", "fc_x"])
async def test_a_link_to_nothing_is_answered_kindly(talking: Talking, payload: str) -> None:
    talking.store.write(published)
    maria = await talking.person()
    said = await talking.say(maria, f"/start {payload}")
    assert "No conozco" in only(texts(said))


async def test_pages_of_a_long_list(talking: Talking) -> None:
    def many(session: Session) -> None:
        factories.meeting(session)
        made.take_in(session, *(replace(made.DRAFT, slug=f"c{n}", text=f"Promesa {n}") for n in range(1, 8)))
        made.publish(session)

    talking.store.write(many)
    maria = await talking.person()
    first = await talking.say(maria, "/compromisos")
    assert "5. Promesa 5" in first[0]["text"]
    assert "Promesa 6" not in first[0]["text"]
    second = await talking.tap(maria, "Más compromisos")
    assert "2. Promesa 7" in second[0]["text"]
    assert "Los anteriores" in buttons(second)
    one = await talking.say(maria, "2")
    assert "Promesa 7" in one[0]["text"]
    assert "Cómo va" in one[0]["text"]


async def test_news_is_said_to_who_follows_and_dropped_for_who_muted_meanwhile(talking: Talking) -> None:
    def news(session: Session) -> tuple[int, int]:
        commitment = made.published(session)
        who = made.registered(session, commitment.meeting_id)
        change = Change(progress=10, due_on=date(2027, 6, 30), because="Llovió")
        done = commitments.update(session, "agua", "pozos", change, actor=BY_COMMAND, now=NOW)
        return who, done.update_id

    who, update_id = talking.store.write(news)
    links = Links("https://t.me/convoca_bot", None)

    def said(session: Session, language: str) -> list[str]:
        found = catalogue.render(session, Who(who, language), "updated", {"update": update_id}, now=NOW, links=links)
        return [message.text for message in found]

    (text,) = talking.store.read(said, "es")
    assert "Nuevo plazo: miércoles 30 de junio de 2027 (antes miércoles 31 de marzo de 2027)" in text
    assert "Motivo: Llovió" in text
    (text,) = talking.store.read(said, "en")
    assert "Progress: 10 % (it was 0 %)" in text
    talking.store.write(lambda s: people.hush(s, who, actor=BY_COMMAND, now=NOW))
    assert talking.store.read(said, "es") == []


async def test_news_of_one_minute_are_one_message_without_what_was_muted_meanwhile(talking: Talking) -> None:
    def news(session: Session) -> tuple[int, list[int]]:
        made_at = factories.meeting(session)
        made.take_in(session, *(replace(made.DRAFT, slug=f"c{n}", text=f"Promesa {n}") for n in range(1, 15)))
        who = made.registered(session, made_at.id)
        updates = [each.update_id for each in made.publish(session)]
        change = Change(progress=10, note="Ya casi")
        updates.append(commitments.update(session, "agua", "c1", change, actor=BY_COMMAND, now=NOW).update_id)
        return who, updates

    who, updates = talking.store.write(news)
    links = Links("https://t.me/convoca_bot", None)

    def said(session: Session, chosen: list[int]) -> Message | None:
        found = catalogue.render(session, Who(who, "es"), "news", {"updates": chosen}, now=NOW, links=links)
        return only(list(found)) if found else None

    few = talking.store.read(said, [*updates[:2], updates[-1]])
    assert few is not None
    assert few.text.startswith("<b>Novedades de los compromisos</b>\nDel encuentro «Agua para todas las veredas»")
    assert "1. <b>Un nuevo compromiso</b>\nPromesa 1\n" in few.text
    assert "Nota: Ya casi" in few.text
    assert "2. <b>Un nuevo compromiso</b>\nPromesa 2\n" in few.text
    assert [button.label for (button,) in few.rows] == [
        "Promesa 1", "Promesa 2", "Todos los de este encuentro", "Dejar de seguir este encuentro",
        "Para reenviar",
        "Mejor un resumen semanal",
    ]  # fmt: skip
    many = talking.store.read(said, updates)
    assert many is not None
    assert "10. <b>Un nuevo compromiso</b>\nPromesa 10\n" in many.text
    assert "Promesa 11" not in many.text
    assert many.text.endswith("Y 4 más.")

    def mute(session: Session, slug: str) -> None:
        row = session.scalars(select(Commitment).where(Commitment.slug == slug)).one()
        following.follow(session, who, "c", row.id, wants=False, actor=Actor(who, "chat"), now=NOW)

    talking.store.write(mute, "c1")
    left = talking.store.read(said, [*updates[:2], updates[-1]])
    assert left is not None
    assert left.text.startswith("<b>Un nuevo compromiso</b>\nDel encuentro")
    assert "Promesa 2" in left.text
    labels = ["Verlo completo", "Dejar de seguirlo", "Para reenviar", "Mejor un resumen semanal"]
    assert [button.label for (button,) in left.rows] == labels
    talking.store.write(mute, "c2")
    assert talking.store.read(said, [*updates[:2], updates[-1]]) is None


async def test_an_entity_is_followed_from_a_commitment_and_from_a_meetings_list(talking: Talking) -> None:
    number = talking.store.write(published)
    maria = await talking.person()
    await talking.say(maria, f"/start fc_{number}")
    await talking.tap(maria, ACCEPT)
    await talking.tap(maria, "Verlo completo")
    taken = await talking.tap(maria, "Seguir a Alcaldía de Puerto Sereno")
    assert "Usted sigue los compromisos de esta entidad" in only(texts(taken))
    listed = await talking.say(maria, "/compromisos")
    assert "Dejar de seguir a Alcaldía de Puerto Sereno" in buttons(listed)
    assert sorted(talking.store.read(words)) == [(False, True), (True, True)]


async def test_what_is_followed_is_listed_with_a_way_to_stop_each(talking: Talking) -> None:
    maria = await talking.person()
    assert "no sigue nada todavía" in only(texts(await talking.say(maria, "/siguiendo")))

    def follow_everything(session: Session) -> None:
        commitment = made.published(session)
        who = made.registered(session, commitment.meeting_id, telegram_id=maria)
        own: list[tuple[following.Subject, int]] = [("c", commitment.id), ("e", commitment.entity_id)]
        for subject, number in own:
            following.follow(session, who, subject, number, wants=True, actor=Actor(who, "chat"), now=NOW)

    talking.store.write(follow_everything)
    listed = await talking.say(maria, "lo que sigo")
    assert (
        "1. Los compromisos del encuentro «Agua para todas las veredas», porque tuvo puesto allí" in listed[0]["text"]
    )
    assert "2. Los compromisos de Alcaldía de Puerto Sereno" in listed[0]["text"]
    assert "3. El compromiso «Limpiar los pozos»" in listed[0]["text"]
    assert "no le avisaré más" in texts(await talking.say(maria, "1"))[0].casefold()
    assert "no le avisaré más" in texts(await talking.tap(maria, "Dejar de seguir: Limpiar los pozos"))[0].casefold()
    left = await talking.tap(maria, "Lo que sigo")
    stop = "Dejar de seguir: Alcaldía de Puerto Sereno"
    assert buttons(left) == [stop, "Mejor un resumen semanal", "Todos los compromisos"]


async def test_a_meeting_without_commitments_yet_is_followed_from_its_card(talking: Talking) -> None:
    talking.store.write(lambda s: factories.meeting(s).id)
    maria = await talking.person()
    await talking.say(maria, "/start m_agua")
    empty = await talking.tap(maria, "Sus compromisos")
    assert "Todavía no se ha publicado ninguno" in only(texts(empty))
    await talking.tap(maria, "Seguir los compromisos de este encuentro")
    taken = await talking.tap(maria, ACCEPT)
    assert "Usted sigue los compromisos de este encuentro" in only(texts(taken))

    def publish(session: Session) -> list[int | None]:
        made.take_in(session)
        return [each.told for each in made.publish(session)]

    assert talking.store.write(publish) == [1]
