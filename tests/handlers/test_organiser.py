"""The organiser in the chat: numbers, commitments drafted, published and updated; each shown before, and sent once."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from civic import files
from civic.schema import Answer as Said
from civic.schema import (
    Commitment,
    CommitmentUpdate,
    Evidence,
    File,
    MeetingEntity,
    Outbox,
    Person,
    Question,
    Registration,
    Staff,
    UpdateDraft,
)
from civic.staff import seed_organisers
from messages import catalogue
from messages.kind import Who
from messages.voice import Links
from tests import factories
from tests.civic import test_commitments as made
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, texts
from tests.simulator_process import labels

AFTER = NOW + timedelta(days=21)
LINKS = Links("https://t.me/convoca_bot", "https://convoca.example.org")
TEXT = "Limpiar los pozos de la vereda La Loma"


async def organiser(talking: Talking, *, language: str = "es") -> int:
    """Bring somebody who organises everything."""
    rosa = await talking.person("Rosa", language)

    def seed(session: Session) -> None:
        who = factories.person(session, "Rosa", telegram_id=rosa, language=language, consented=False)
        session.add(Staff(role="organiser", person_id=who.id))

    talking.store.write(seed)
    return rosa


@pytest.mark.parametrize("first", ["/organizar", "/start"])
async def test_who_was_named_in_the_settings_is_known_by_the_name_of_her_account(talking: Talking, first: str) -> None:
    rosa = await talking.person("Rosa")
    talking.store.write(lambda session: seed_organisers(session, [rosa], now=NOW))
    await talking.say(rosa, first)
    assert talking.store.read(lambda session: session.scalar(select(Person.name))) == "Rosa"


def revoke(session: Session) -> None:
    session.execute(update(Staff).values(revoked_at=NOW))


def news(talking: Talking, kind: str) -> list[tuple[int, str]]:
    """Give what the outbox would tell of this kind, to whom, as it is told now."""

    def look(session: Session) -> list[tuple[int, str]]:
        found = []
        for row in session.scalars(select(Outbox).where(Outbox.kind == kind).order_by(Outbox.person_id)):
            who = Who(row.person_id, "es")
            (message,) = catalogue.render(session, who, row.kind, row.params, now=talking.now, links=LINKS)
            found.append((row.person_id or 0, message.text))
        return found

    return talking.store.read(look)


def count(talking: Talking, table: Any) -> int:
    return talking.store.read(lambda s: s.scalar(select(func.count()).select_from(table)) or 0)


def photo() -> bytes:
    into = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(into, "JPEG")
    return into.getvalue()


def plain(html: str) -> str:
    from simulator.entities import parse_html

    return parse_html(html).text


async def drafted(talking: Talking, rosa: int) -> list[dict[str, Any]]:
    """Draft a commitment from the list to its preview."""
    await talking.say(rosa, "/organizar")
    await talking.tap(rosa, "1. Agua para todas las veredas")
    await talking.tap(rosa, "Compromisos (0)")
    await talking.tap(rosa, "Nuevo compromiso")
    assert "Quién responde" in only(texts(await talking.say(rosa, TEXT)))
    assert "Para cuándo" in only(texts(await talking.say(rosa, "Secretaría de Aguas")))
    assert "se cumplió" in only(texts(await talking.say(rosa, "15 de marzo de 2027")))
    return await talking.say(rosa, "Pozos limpios, de 12")


async def test_the_numbers_and_what_is_missing(talking: Talking) -> None:
    def world(session: Session) -> None:
        meeting = factories.meeting(session)
        for _ in range(3):
            made.registered(session, meeting.id)
        waits = made.registered(session, meeting.id, state="waiting", chat_id=None, phone="+57 300 555 0100")
        session.execute(update(Registration).where(Registration.person_id == waits).values(code="ABCD2345"))

    talking.store.write(world)
    rosa = await organiser(talking)
    listed = await talking.say(rosa, "/organizar")
    assert "Convocado: sábado 21 de noviembre, 10:00" in listed[0]["text"]
    (desk,) = await talking.say(rosa, "1")
    for line in (
        "Faltan 20 días.",
        "Cupos: 60",
        "Con puesto: 3",
        "En lista de espera: 1",
        "Libres: 57",
        "• Los talleres 1–2 no tienen facilitador(a)",
        "• No hay un informe para leer antes de venir",
        "A 1 persona hay que llamarla",
    ):
        assert line in desk["text"]
    assert "555 0100" not in desk["text"]  # a phone is shown to who asks for it


async def test_who_organises_nothing_is_told_so_kindly(talking: Talking) -> None:
    talking.store.write(made.published)
    maria = await talking.person()
    assert "Eso es para quienes organizan" in only(texts(await talking.say(maria, "/organizar")))
    assert "Organizar" not in buttons(await talking.say(maria, "/ayuda"))


async def test_start_and_help_lead_an_organiser_to_her_meetings(talking: Talking) -> None:
    talking.store.write(lambda s: factories.meeting(s).id)
    rosa = await organiser(talking)
    hello, _card = await talking.say(rosa, "/start")
    assert (hello["text"], labels(hello)) == ("Usted organiza 1 encuentro.", ["Organizar"])
    assert "Organizar" in buttons(await talking.say(rosa, "/ayuda"))
    assert "Los encuentros que usted organiza" in only(texts(await talking.say(rosa, "organizar")))
    assert "Qué se hizo" in only(texts(await talking.say(rosa, "que se ha hecho")))
    assert "¿Qué quiere cambiar?" in only(texts(await talking.say(rosa, "quiero cambiar la hora")))
    assert "Escribirle a la gente" in only(texts(await talking.say(rosa, "quiero avisarle algo a la gente")))


async def test_from_a_draft_to_its_followers_word_for_word(talking: Talking) -> None:
    def world(session: Session) -> list[int]:
        meeting = factories.meeting(session)
        there = made.registered(session, meeting.id)
        made.registered(session, meeting.id, unreachable_since=NOW)
        made.registered(session, meeting.id, tell="nothing")
        return [there]

    (maria,) = talking.store.write(world)
    rosa = await organiser(talking)
    preview, ask = await drafted(talking, rosa)
    assert "Llegará a 1 persona." in ask["text"]
    assert talking.store.read(lambda s: s.scalars(select(Commitment.slug)).all()) == [
        "limpiar-los-pozos-de-la-vereda-la"
    ]
    assert count(talking, CommitmentUpdate) == 0
    (done,) = await talking.tap(rosa, "Publicar")
    assert "Publicado. Llegará a 1 persona." in done["text"]
    told = dict(news(talking, "published"))
    assert plain(told[maria]) == preview["text"]
    assert talking.store.read(lambda s: s.scalars(select(Commitment.due_on)).all()) == [date(2027, 3, 15)]
    again = await talking.tap(rosa, "Publicar", ask["message_id"])
    assert "Eso ya salió, una vez" in again[0]["text"]
    assert count(talking, CommitmentUpdate) == 1


async def test_a_draft_waits_for_its_organiser_and_an_old_preview_publishes_nothing_else(talking: Talking) -> None:
    talking.store.write(lambda s: factories.meeting(s).id)
    rosa = await organiser(talking)
    _, old = await drafted(talking, rosa)
    await talking.say(rosa, "/ayuda")
    talking.now += timedelta(days=3)
    await talking.say(rosa, "/organizar")
    await talking.tap(rosa, "1. Agua para todas las veredas")
    await talking.tap(rosa, "Compromisos (1)")
    await talking.tap(rosa, f"1. {TEXT}")
    await talking.tap(rosa, "Cambiar el plazo")
    assert "Ese ya pasó" not in only(texts(await talking.tap(rosa, "Cambiar el plazo")))
    past, _asked = await talking.say(rosa, "1/1/2020")
    assert "Ese día ya pasó" in past["text"]
    unclear, _asked = await talking.say(rosa, "cuando se pueda")
    assert "No entendí qué día es" in unclear["text"]
    preview, _ = await talking.say(rosa, "30/6/2027")
    assert "30 de junio de 2027" in preview["text"]
    changed, now_so, _ = await talking.tap(rosa, "Publicar", old["message_id"])
    assert "El borrador cambió" in changed["text"]
    assert now_so["text"] == preview["text"]
    assert count(talking, CommitmentUpdate) == 0


async def test_a_commitment_is_published_with_its_photo_for_who_follows_the_meeting_from_afar(talking: Talking) -> None:
    talking.store.write(lambda s: factories.meeting(s).id)
    ines = await talking.person("Inés")
    await talking.say(ines, "/start fm_agua")
    await talking.tap(ines, "Soy mayor de edad y acepto")
    rosa = await organiser(talking)
    await drafted(talking, rosa)
    await talking.telegram.send_file(rosa, "photo", "IMG_1.jpg", photo())
    preview, ask = await talking.answered(rosa)
    assert "foto.jpg" in preview["text"]
    assert "Llegará a 1 persona." in ask["text"]
    await talking.tap(rosa, "Publicar")
    assert [plain(text) for _, text in news(talking, "published")] == [preview["text"]]
    assert (count(talking, Evidence), count(talking, UpdateDraft)) == (1, 0)


async def test_a_draft_is_deleted_once_asked(talking: Talking) -> None:
    talking.store.write(lambda s: factories.meeting(s).id)
    rosa = await organiser(talking)
    await drafted(talking, rosa)
    await talking.tap(rosa, "Borrar este borrador")
    assert count(talking, Commitment) == 1
    gone = await talking.tap(rosa, "Sí, borrarlo")
    assert "El borrador se borró" in only(texts(gone))
    assert count(talking, Commitment) == 0
    late = await talking.tap(rosa, "Publicar")
    assert "No conozco ese compromiso" in only(texts(late))


async def test_several_entities_choose_which_commits_itself(talking: Talking) -> None:
    def two(session: Session) -> None:
        meeting = factories.meeting(session)
        second = factories.entity(session, "hospital", name="Hospital San José")
        session.add(MeetingEntity(meeting_id=meeting.id, entity_id=second.id, number=2))

    talking.store.write(two)
    rosa = await organiser(talking)
    await talking.say(rosa, "/organizar")
    await talking.tap(rosa, "1. Agua para todas las veredas")
    await talking.tap(rosa, "Compromisos (0)")
    await talking.tap(rosa, "Nuevo compromiso")
    asked = await talking.say(rosa, TEXT)
    assert "Qué entidad se compromete" in asked[0]["text"]
    await talking.say(rosa, "2")
    await talking.say(rosa, "Dirección médica")
    await talking.say(rosa, "2027-03-15")
    preview, _ = await talking.say(rosa, "Un turno más por semana")
    assert "Dirección médica (Hospital San José)" in preview["text"]


async def test_an_update_with_a_photo_a_link_and_a_reason_reaches_followers_as_shown(talking: Talking) -> None:
    def world(session: Session) -> int:
        commitment = made.published(session)
        return made.registered(session, commitment.meeting_id)

    maria = talking.store.write(world)
    rosa = await organiser(talking)
    await to_update(talking, rosa)
    await talking.tap(rosa, "Estado: Sin empezar")
    await talking.tap(rosa, "En marcha")
    await talking.tap(rosa, "Avance: 0 %")
    await talking.say(rosa, "40")
    await talking.telegram.send_file(rosa, "photo", "IMG_1.jpg", photo(), caption="Van 5 de 12 <pozos>")
    (with_photo,) = await talking.answered(rosa)
    assert "Nota: Van 5 de 12 <pozos>" in with_photo["text"]
    assert "foto.jpg" in with_photo["text"]
    await talking.tap(rosa, "Agregar evidencia")
    refused, _ = await talking.say(rosa, "en la alcaldía")
    assert "https://" in refused["text"]
    await talking.say(rosa, "https://example.org/acta?a=1&b=2")
    await talking.tap(rosa, "Nuevo plazo")
    assert "Por qué cambia el plazo" in only(texts(await talking.say(rosa, "15 de abril de 2027")))
    await talking.say(rosa, "Hubo quejas y llovió mucho")
    preview, ask = await talking.tap(rosa, "Ver cómo saldrá")
    assert "Llegará a 1 persona." in ask["text"]
    (done,) = await talking.tap(rosa, "Enviar")
    assert "Enviado." in done["text"]
    told = dict(news(talking, "updated"))
    assert plain(told[maria]) == preview["text"]
    for part in ("En marcha", "40 %", "15 de abril de 2027", "Hubo quejas y llovió mucho", "foto.jpg"):
        assert part in preview["text"]
    kept = talking.store.read(lambda s: [files.fetch(s, each) for each in s.scalars(select(Evidence.sha256)) if each])
    assert [each.media_type for each in kept if each] == ["image/jpeg"]
    twice = await talking.tap(rosa, "Enviar", ask["message_id"])
    assert "Eso ya salió, una vez" in twice[0]["text"]
    assert (count(talking, CommitmentUpdate), count(talking, UpdateDraft)) == (2, 0)


async def to_update(talking: Talking, rosa: int) -> list[dict[str, Any]]:
    """Go to the draft of an update of the one commitment."""
    await talking.say(rosa, "/organizar")
    await talking.tap(rosa, "1. Agua para todas las veredas")
    await talking.tap(rosa, "Compromisos (1)")
    await talking.tap(rosa, "1. Limpiar los pozos")
    return await talking.tap(rosa, "Escribir un avance")


async def test_an_update_says_something_or_is_not_sent(talking: Talking) -> None:
    talking.store.write(made.published)
    rosa = await organiser(talking)
    (draft,) = await to_update(talking, rosa)
    assert "El avance todavía no dice nada" in draft["text"]
    assert "Ver cómo saldrá" not in labels(draft)


async def test_an_old_update_preview_sends_nothing_that_was_not_shown(talking: Talking) -> None:
    talking.store.write(made.published)
    rosa = await organiser(talking)
    await to_update(talking, rosa)
    await talking.tap(rosa, "Agregar una nota")
    await talking.say(rosa, "Van dos")
    _, old = await talking.tap(rosa, "Ver cómo saldrá")
    await talking.tap(rosa, "Cambiar algo")
    await talking.tap(rosa, "Cambiar la nota")
    await talking.say(rosa, "Van tres")
    changed, preview, _ = await talking.tap(rosa, "Enviar", old["message_id"])
    assert "no salió nada" in changed["text"]
    assert "Van tres" in preview["text"]
    assert count(talking, CommitmentUpdate) == 1


async def test_a_document_is_evidence_by_its_name_and_can_be_taken_out(talking: Talking) -> None:
    talking.store.write(made.published)
    rosa = await organiser(talking)
    await to_update(talking, rosa)
    await talking.telegram.send_file(rosa, "document", "acta <1>.pdf", b"%PDF-1.7 acta")
    (draft,) = await talking.answered(rosa)
    assert "Evidencias: acta <1>.pdf" in draft["text"]
    assert count(talking, File) == 1
    (draft,) = await talking.tap(rosa, "Quitar 1: acta <1>.pdf")
    assert "acta" not in draft["text"]
    assert count(talking, File) == 0


async def test_a_file_that_does_not_come_changes_nothing_and_is_said(talking: Talking) -> None:
    talking.store.write(made.published)
    rosa = await organiser(talking)
    await to_update(talking, rosa)
    await talking.telegram.control(
        "POST", "faults", {"method": "getFile", "status": 500, "body": {"ok": False, "error_code": 500}, "times": 1}
    )
    await talking.telegram.send_file(rosa, "document", "acta.pdf", b"%PDF-1.7 acta")
    fault, again = await talking.answered(rosa)
    assert "No pude recibir ese archivo" in fault["text"]
    assert "Borrador de un avance" in again["text"]
    assert (count(talking, File), count(talking, UpdateDraft)) == (0, 0)


async def test_a_photo_that_nobody_asked_for_is_kept_nowhere(talking: Talking) -> None:
    talking.store.write(made.published)
    rosa = await organiser(talking)
    await talking.say(rosa, "/organizar")
    await talking.telegram.send_file(rosa, "photo", "IMG_1.jpg", photo())
    assert "no puedo ver fotos" in only(texts(await talking.answered(rosa)))
    assert count(talking, File) == 0


async def test_who_organises_no_more_changes_and_sends_nothing(talking: Talking) -> None:
    talking.store.write(made.published)
    rosa = await organiser(talking)
    await to_update(talking, rosa)
    await talking.tap(rosa, "Agregar una nota")
    await talking.say(rosa, "Van dos")
    _, ask = await talking.tap(rosa, "Ver cómo saldrá")
    talking.store.write(revoke)
    assert "Eso es para quienes organizan" in only(texts(await talking.tap(rosa, "Enviar", ask["message_id"])))
    assert "Eso es para quienes organizan" in only(texts(await talking.tap(rosa, "Descartar")))
    assert count(talking, CommitmentUpdate) == 1


async def test_feedback_is_counted_from_five_answers_on(talking: Talking) -> None:
    def world(session: Session) -> None:
        meeting = factories.meeting(session)
        kinds = (("heard", "scale"), ("in_your_words", "text"), ("come_again", "yes_no"))
        for number, (slug, kind) in enumerate(kinds, 1):
            question = Question(meeting_id=meeting.id, number=number, slug=slug, kind=kind, text=None, options=[])
            session.add(question)
            session.flush()
            for place in range(4 if kind == "yes_no" else 6):
                person = made.registered(session, meeting.id)
                row = session.scalars(select(Registration).where(Registration.person_id == person)).one()
                values = {"scale": str(1 + place % 5), "text": f"Más sillas <{place}>", "yes_no": "yes"}
                session.add(Said(registration_id=row.id, question_id=question.id, value=values[kind]))

    talking.store.write(world)
    talking.now = AFTER
    rosa = await organiser(talking)
    await talking.say(rosa, "/organizar")
    await talking.tap(rosa, "1. Agua para todas las veredas")
    (heard,) = await talking.tap(rosa, "Lo que respondieron")
    assert "En promedio 2,7 de 5" in heard["text"]
    assert "4 respuestas · muy pocas para mostrarlas" in heard["text"]
    assert "Sí: 4" not in heard["text"]
    (first,) = await talking.tap(rosa, "Leer los comentarios (6)")
    (second,) = await talking.tap(rosa, "Más comentarios")
    assert "«Más sillas <0>»" in first["text"]
    assert "«Más sillas <5>»" in second["text"]
