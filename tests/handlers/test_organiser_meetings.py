"""A meeting run from the chat: its file sent, convened, moved, changed, cancelled; shown before, undone, done once."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from civic import agenda, due
from civic.audit import Actor
from civic.registration import register
from civic.schema import Meeting, Outbox, Person, PlannedAct, Staff
from tests import factories
from tests.civic.test_planned_acts import written
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, texts
from tests.handlers.test_organiser import news, organiser, plain
from tests.simulator_process import Json, labels

TEN = timedelta(minutes=10)
AGUA = "1. Agua para todas las veredas"


async def desk(talking: Talking, chat: int) -> list[Json]:
    await talking.say(chat, "/organizar")
    return await talking.tap(chat, AGUA)


async def send(talking: Talking, chat: int, content: bytes, name: str = "encuentro.yaml") -> list[Json]:
    await talking.telegram.send_file(chat, "document", name, content)
    return await talking.answered(chat)


def held(talking: Talking, *, people: int = 3, **columns: Any) -> int:
    """Let there be a convened meeting with people."""

    def make(session: Session) -> int:
        meeting = factories.meeting(session, **columns)
        for _ in range(people):
            who = factories.person(session)
            register(session, meeting.id, who.id, name="María", actor=Actor(who.id, "chat"), now=NOW)
        session.execute(delete(Outbox))
        return meeting.id

    return talking.store.write(make)


def tick(talking: Talking) -> None:
    """Let the clock do what is due now."""
    for agenda_id in talking.store.read(agenda.due, talking.now):
        talking.store.write(due.run, agenda_id, now=talking.now)


def owed(talking: Talking, kind: str) -> int:
    of_kind = select(func.count()).where(Outbox.kind == kind, Outbox.state == "pending")
    return talking.store.read(lambda session: session.scalar(of_kind) or 0)


def the_meeting(talking: Talking) -> Meeting:
    return talking.store.read(lambda session: session.scalars(select(Meeting)).one())


async def moved_to(talking: Talking, rosa: int, day: str) -> list[Json]:
    await desk(talking, rosa)
    await talking.tap(rosa, "Mover, cambiar o cancelar")
    await talking.tap(rosa, "Otro día")
    return await talking.say(rosa, day)


async def test_from_a_file_to_a_convened_meeting(talking: Talking) -> None:
    rosa = await organiser(talking)
    listed = await talking.say(rosa, "/organizar")
    assert "Importar un encuentro" in buttons(listed)
    (asked,) = await talking.say(rosa, "subir un archivo")
    assert "Envíeme aquí el archivo del encuentro" in asked["text"]
    saved, numbers = await send(talking, rosa, written(title="Agua para todas las veredas"))
    assert "Guardado como borrador. Nadie ve «Agua para todas las veredas»" in saved["text"]
    assert {"Convocar", "Cambiar algo"} < set(labels(numbers))
    card, preview = await talking.tap(rosa, "Convocar")
    assert "Agua para todas las veredas" in card["text"]
    assert "No se le escribe a nadie" in preview["text"]
    assert "espera 10 minutos" in preview["text"]
    (waits,) = await talking.tap(rosa, "Sí, convocarlo")
    assert "Se convoca a las 10:10" in waits["text"]
    assert the_meeting(talking).state == "draft"
    maria = await talking.person()
    assert "Agua para todas" not in "\n".join(texts(await talking.say(maria, "/start m_agua")))
    talking.now += TEN
    tick(talking)
    assert the_meeting(talking).state == "convened"
    assert owed(talking, "org_act_done") == 1
    assert "Agua para todas las veredas" in "\n".join(texts(await talking.say(maria, "/start m_agua")))


async def test_every_fault_at_once_and_nothing_changed(talking: Talking) -> None:
    rosa = await organiser(talking)
    (said,) = await send(talking, rosa, written(capacity="muchos", starts="mañana"))
    assert "El archivo tiene 2 errores, así que no se cambió nada" in said["text"]
    assert "meeting.capacity: «muchos» no es un número entero" in said["text"]
    assert "meeting.starts_at" in said["text"]
    assert labels(said) == ["Enviar el archivo otra vez", "Mis otros encuentros"]
    (latin,) = await send(talking, rosa, "título: áéí".encode("latin-1"))
    assert "UTF-8" in latin["text"]
    many = b"entities: []\nmeeting:\n" + b"".join(b"  field_%d: x\n" % number for number in range(90))
    (long,) = await send(talking, rosa, many)
    assert "Todos están en el archivo adjunto" in long["text"]
    assert long["document"]["name"] == "faults.txt"
    assert talking.store.read(lambda session: session.scalar(select(func.count(Meeting.id)))) == 0


async def test_a_file_of_another_kind_or_too_large_is_asked_for_again(talking: Talking) -> None:
    rosa = await organiser(talking)
    await talking.say(rosa, "/organizar")
    await talking.tap(rosa, "Importar un encuentro")
    wrong, asked = await send(talking, rosa, b"PK", "encuentro.xlsx")
    assert "Todavía no leo hojas de cálculo" in wrong["text"]
    assert "Envíeme aquí" in asked["text"]
    photo, _asked = await send(talking, rosa, b"PK", "encuentro.zip")
    assert "Ese no es el archivo de un encuentro" in photo["text"]
    (model,) = await talking.say(rosa, "de dónde lo saco?")
    assert model["document"]["name"] == "encuentro.txt"
    assert (await talking.telegram.file(model["document"])).startswith("\ufeff# Este es el modelo".encode())
    large, _asked = await send(talking, rosa, b"#" * (512 * 1024 + 1))
    assert "leo hasta 512 KB" in large["text"]
    saved, _desk = await send(talking, rosa, written(), "encuentro.txt")
    assert "Guardado como borrador" in saved["text"]
    unasked, asked = await send(talking, rosa, b"PK", "agua.docx")
    assert "Todavía no leo" in unasked["text"]
    assert "Enviarme un modelo para llenar" in labels(asked)


async def test_a_meeting_gives_its_file_as_it_is_to_be_changed_and_sent_again(talking: Talking) -> None:
    rosa = await organiser(talking)
    await send(talking, rosa, written(title='"Agua: «¿cuál?» # 3"'))
    await talking.tap(rosa, "Cambiar algo")
    await talking.tap(rosa, "Otra cosa: enviar el archivo")
    (given,) = await talking.tap(rosa, "Enviarme su archivo como está")
    assert given["document"]["name"] == "agua.txt"
    content = await talking.telegram.file(given["document"])
    (same,) = await send(talking, rosa, content)
    assert "no hay nada que cambiar" in same["text"]
    shown = await send(talking, rosa, content.replace(b"capacity: 60", b"capacity: 59"))
    assert "el número de cupos: 60 → 59" in shown[-1]["text"]


async def test_a_report_that_is_named_is_asked_for(talking: Talking) -> None:
    rosa = await organiser(talking)
    (asked,) = await send(talking, rosa, written(more="report: informe-agua.pdf"))
    assert "informe-agua.pdf" in asked["text"]
    again, _asked = await send(talking, rosa, b"JPEG", "foto.jpg")
    assert "No es el tipo de archivo" in again["text"]
    saved, _desk = await send(talking, rosa, b"%PDF-1.7", "Informe final (2).pdf")
    assert "Guardado como borrador" in saved["text"]
    meeting = the_meeting(talking)
    assert meeting.report_name == "informe-agua.pdf"
    assert meeting.report_sha256 is not None
    (same,) = await send(talking, rosa, written(more="report: informe-agua.pdf"))
    assert "no hay nada que cambiar" in same["text"]
    await talking.tap(rosa, "Enviar otra vez el informe")
    (anew,) = await send(talking, rosa, b"%PDF-1.7 corregido", "informe.pdf")
    assert "el informe" in anew["text"]
    await talking.tap(rosa, "Sí, guardar los cambios")
    assert the_meeting(talking).report_sha256 not in (None, meeting.report_sha256)
    preview = await send(talking, rosa, written(more="report: otro.pdf"))
    assert "otro.pdf" in only(texts(preview))
    (without,) = await talking.tap(rosa, "Seguir sin el informe")
    assert "el informe" in without["text"]


async def test_a_file_again_shows_first_what_it_changes(talking: Talking) -> None:
    rosa = await organiser(talking)
    await send(talking, rosa, written(title="Agua"))
    (shown,) = await send(talking, rosa, written(title="Agua & <b>pozos</b>", capacity=90))
    assert "el título: «Agua» → «Agua & <b>pozos</b>»" in shown["text"]
    assert "el número de cupos: 60 → 90" in shown["text"]
    assert "Todavía es un borrador: cambia enseguida" in shown["text"]
    assert the_meeting(talking).title == "Agua"
    (done,) = await talking.tap(rosa, "Sí, guardar los cambios")
    assert "Ya se hizo" in done["text"]
    assert the_meeting(talking).title == "Agua & <b>pozos</b>"


async def test_a_move_word_for_word_to_how_many_and_undone(talking: Talking) -> None:
    held(talking)
    rosa = await organiser(talking)
    news_of, preview = await moved_to(talking, rosa, "25 de noviembre")
    assert "Antes: sábado 21 de noviembre" in news_of["text"]
    assert "Ahora: miércoles 25 de noviembre" in news_of["text"]
    assert "les llega a 3 personas" in preview["text"]
    (waits,) = await talking.tap(rosa, "Sí, cambiarlo")
    assert "Se envía a las 10:10" in waits["text"]
    assert "A 3 personas" in waits["text"]
    assert labels(waits)[0] == "Deshacer"
    (numbers,) = await desk(talking, rosa)
    assert "Se envía a las 10:10" in numbers["text"]
    talking.now += timedelta(minutes=9)
    (undone,) = await talking.tap(rosa, "Deshacer", waits["message_id"])
    assert "Deshecho. No se le avisó a nadie" in undone["text"]
    talking.now += TEN
    tick(talking)
    assert owed(talking, "moved") == 0
    assert the_meeting(talking).version == 1
    (late,) = await talking.tap(rosa, "Sí, cambiarlo", preview["message_id"])
    assert "Deshecho" in late["text"]
    assert owed(talking, "moved") == 0


async def test_a_move_goes_out_as_it_was_shown_and_its_undo_comes_too_late(talking: Talking) -> None:
    held(talking)
    rosa = await organiser(talking)
    shown, _ = await moved_to(talking, rosa, "25/11/2026")
    await talking.tap(rosa, "También las horas")
    unclear, _asked = await talking.say(rosa, "tempranito")
    assert "No entendí las horas" in unclear["text"]
    await talking.say(rosa, "de 2 a 6")
    await talking.tap(rosa, "También el lugar")
    await talking.say(rosa, "Polideportivo <Norte>")
    await talking.say(rosa, "Carrera 9 # 1-20")
    await talking.telegram.send_location(rosa, 4.61, -74.08)
    kept, _asked = await talking.answered(rosa)
    assert "en el mapa" in kept["text"]
    shown, _preview = await talking.say(rosa, "ninguno")
    assert "Polideportivo <Norte>, Carrera 9 # 1-20" in shown["text"]
    (waits,) = await talking.tap(rosa, "Sí, cambiarlo")
    talking.now += TEN
    tick(talking)
    assert {plain(text) for _, text in news(talking, "moved")} == {shown["text"]}
    assert owed(talking, "moved") == 3
    (late,) = await talking.tap(rosa, "Deshacer", waits["message_id"])
    assert "Ya se hizo" in late["text"]
    assert owed(talking, "moved") == 3
    meeting = the_meeting(talking)
    assert meeting.starts_at == datetime.fromisoformat("2026-11-25T14:00-05:00")
    place = {"name": "Polideportivo <Norte>", "address": "Carrera 9 # 1-20"}
    assert meeting.venue == {**place, "latitude": 4.61, "longitude": -74.08}


async def test_a_cancelling_takes_a_reason_and_goes_at_once_within_a_day(talking: Talking) -> None:
    held(talking, starts_in=timedelta(hours=20))
    rosa = await organiser(talking)
    await desk(talking, rosa)
    await talking.say(rosa, "Quiero cancelar el encuentro")  # shows what could be changed
    (asked,) = await talking.tap(rosa, "Cancelar el encuentro")
    assert "¿Por qué se cancela?" in asked["text"]
    for unclear in ("sí", "ninguna", "🤷"):
        said, _asked = await talking.say(rosa, unclear)
        assert "Todos la leen como la razón" in said["text"]
    news_of, preview = await talking.say(rosa, "Se dañó el puente")
    assert "La razón: Se dañó el puente" in news_of["text"]
    assert "les llega a 3 personas" in preview["text"]
    assert "Faltan menos de 24 horas" in preview["text"]
    assert the_meeting(talking).state == "convened"
    (done,) = await talking.tap(rosa, "Sí, cancelar el encuentro")
    assert "Ya se hizo" in done["text"]
    assert owed(talking, "cancelled") == 3
    assert {plain(text) for _, text in news(talking, "cancelled")} == {news_of["text"]}
    (again,) = await talking.tap(rosa, "Sí, cancelar el encuentro", preview["message_id"])
    assert "Ya se hizo" in again["text"]
    assert owed(talking, "cancelled") == 3


async def test_a_stale_preview_is_shown_anew(talking: Talking) -> None:
    held(talking)
    rosa = await organiser(talking)
    _news, preview = await moved_to(talking, rosa, "25/11/2026")
    talking.store.write(factories.meeting, code="luz", title="Luz", starts_in=timedelta(days=25, hours=4))
    news_of, bettered = await talking.say(rosa, "mejor el jueves 26 a las 3")  # instead of a yes
    assert "Ahora: jueves 26 de noviembre" in news_of["text"]
    assert "a esa hora también es «Luz», en el mismo lugar" in bettered["text"]
    talking.store.write(lambda session: session.execute(update(Meeting).values(title="Agua y saneamiento")))
    said = await talking.tap(rosa, "Sí, cambiarlo", preview["message_id"])
    assert "Ya no es como usted lo vio" in said[0]["text"]
    assert "Agua y saneamiento" in said[1]["text"]
    assert talking.store.read(lambda session: session.scalars(select(PlannedAct.state)).all()) == ["proposed"]
    (waits,) = await talking.tap(rosa, "Sí, cambiarlo")
    assert "Se envía a las" in waits["text"]


async def test_two_organisers_at_once(talking: Talking) -> None:
    held(talking)
    rosa, luis = await organiser(talking), await organiser(talking)
    named = update(Person).where(Person.telegram_id == luis).values(name="Luis")
    talking.store.write(lambda session: session.execute(named))
    await moved_to(talking, rosa, "25/11/2026")
    await moved_to(talking, luis, "26/11/2026")
    await talking.tap(rosa, "Sí, cambiarlo")
    (busy,) = await talking.tap(luis, "Sí, cambiarlo")
    assert "Otra cosa de este encuentro está en espera" in busy["text"]
    assert "Se envía a las 10:10" in busy["text"]
    await talking.tap(luis, "Deshacer eso")
    ((_, told),) = news(talking, "org_act_failed")  # Rosa hears who it was
    assert "Luis lo deshizo." in told
    assert "Deshecho. No se le avisó a nadie" in told
    await talking.tap(luis, "Ver lo mío otra vez", busy["message_id"])
    await talking.tap(luis, "Sí, cambiarlo")
    talking.now += TEN
    tick(talking)
    assert the_meeting(talking).starts_at == datetime.fromisoformat("2026-11-26T10:00-05:00")
    assert owed(talking, "moved") == 3


async def test_convening_late_asks_for_the_reason_that_people_read(talking: Talking) -> None:
    held(talking, people=0, state="draft", starts_in=timedelta(days=9))
    rosa = await organiser(talking)
    await desk(talking, rosa)
    (asked,) = await talking.tap(rosa, "Convocar")
    assert "Faltan menos de 15 días" in asked["text"]
    card, _preview = await talking.say(rosa, "La sequía no espera")
    assert "La sequía no espera" in card["text"]
    await talking.tap(rosa, "Sí, convocarlo")
    talking.now += TEN
    tick(talking)
    assert the_meeting(talking).late_because == "La sequía no espera"


async def test_what_is_left_or_makes_no_sense_changes_nothing(talking: Talking) -> None:
    held(talking)
    rosa = await organiser(talking)
    where, asked = await moved_to(talking, rosa, "¿y dónde queda eso?")
    assert "Es aquí:" in where["text"]
    assert "¿Qué día será?" in asked["text"]
    past, _asked = await talking.say(rosa, "1/10/2026")
    assert "Ese día ya pasó" in past["text"]
    (same,) = await talking.say(rosa, "21/11/2026")
    assert "Ya es ese día" in same["text"]
    assert labels(same)[-1] == "Dejarlo como está"
    said = await talking.say(rosa, "mejor el jueves 26 de noviembre a las 3")  # what it asks for is taken
    assert "Ahora: jueves 26 de noviembre" in said[0]["text"]
    assert "Ahora: de 3:00" in said[0]["text"]
    await talking.tap(rosa, "Escribir otro día")
    (left,) = await talking.tap(rosa, "Dejarlo como está")
    assert "Todo queda como está" in left["text"]
    assert talking.store.read(lambda session: session.scalars(select(PlannedAct.id)).all()) == []
    (gone,) = await talking.tap(rosa, "Escribir otro día", same["message_id"])
    assert "ya no está abierta" in gone["text"]


async def test_who_organises_nothing_sends_a_file_in_vain(talking: Talking) -> None:
    held(talking)
    maria = await talking.person()
    said = await send(talking, maria, written())
    assert "archivo" not in said[0]["text"] or "no" in said[0]["text"].casefold()
    assert talking.store.read(lambda session: session.scalars(select(PlannedAct.id)).all()) == []


async def test_a_role_taken_away_while_it_waits(talking: Talking) -> None:
    held(talking)
    rosa = await organiser(talking)
    await moved_to(talking, rosa, "25/11/2026")
    (waits,) = await talking.tap(rosa, "Sí, cambiarlo")
    talking.store.write(lambda session: session.execute(update(Staff).values(revoked_at=NOW)))
    (refused,) = await talking.tap(rosa, "Deshacer", waits["message_id"])
    assert "Eso es para quienes organizan" in refused["text"]
    talking.now += TEN
    tick(talking)
    assert owed(talking, "moved") == 0


async def test_who_organises_one_entity_brings_meetings_of_that_one_alone(talking: Talking) -> None:
    rosa = await organiser(talking)
    entity = talking.store.write(lambda session: factories.entity(session).id)
    talking.store.write(lambda session: session.execute(update(Staff).values(entity_id=entity)))
    theirs = written().replace(b"code: alcaldia", b"code: hospital")
    (said,) = await send(talking, rosa, theirs)
    assert "entities[1].code: usted no organiza por hospital" in said["text"]
    saved, _desk = await send(talking, rosa, written())
    assert "Guardado como borrador" in saved["text"]


async def test_in_english_with_a_yes_in_words_and_a_bot_that_begins_anew(talking: Talking) -> None:
    held(talking)
    rosa = await organiser(talking, language="en")
    await desk(talking, rosa)
    await talking.tap(rosa, "Move, change or cancel it")
    (asked,) = await talking.tap(rosa, "Other hours")
    assert "For example: 9:00 to 13:00" in asked["text"]
    again = Talking(talking.telegram, talking.store, talking.bot)  # all it knows is in the database
    again.updates = talking.updates
    *_said, preview = await again.say(rosa, "2 to 5 pm")
    assert "goes to 3 people" in preview["text"]
    (waits,) = await again.say(rosa, "yes")
    assert "It goes out at 10:10" in waits["text"]
    (undone,) = await again.say(rosa, "undo")
    assert "Undone. Nobody was told anything" in undone["text"]


async def test_a_no_in_words_leaves_everything_as_it_is(talking: Talking) -> None:
    held(talking)
    rosa = await organiser(talking)
    await moved_to(talking, rosa, "25/11/2026")
    (left,) = await talking.say(rosa, "no")
    assert "Todo queda como está" in left["text"]
    (stale,) = await talking.tap(rosa, "Sí, cambiarlo")
    assert "ya no está abierta" in stale["text"]


async def test_a_draft_is_moved_at_once_as_nobody_knows_of_it(talking: Talking) -> None:
    held(talking, people=0, state="draft")
    rosa = await organiser(talking)
    await desk(talking, rosa)
    await talking.tap(rosa, "Cambiar algo")
    await talking.tap(rosa, "Otro día")
    (shown,) = await talking.say(rosa, "25/11/2026")
    assert "Antes: sábado 21 de noviembre" in shown["text"]
    assert "Todavía es un borrador: cambia enseguida" in shown["text"]
    (done,) = await talking.tap(rosa, "Sí, cambiarlo")
    assert "Ya se hizo" in done["text"]
    assert the_meeting(talking).starts_at == datetime.fromisoformat("2026-11-25T10:00-05:00")
