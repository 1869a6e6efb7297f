"""The people of a meeting in the chat: who organises it by whose link, whom to call, the spreadsheet, the picture."""

import ast
import re
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import civic
from civic import announcements, moving, parties, registration, support
from civic.audit import BY_COMMAND, Actor
from civic.schema import (
    Announcement,
    Audit,
    Conversation,
    HandledUpdate,
    Meeting,
    Outbox,
    Person,
    Registration,
    Staff,
    Workshop,
)
from messages import catalogue
from messages.kind import Who
from messages.message import Message
from messages.trail import WORDS
from messages.voice import Links
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, texts
from tests.handlers.test_organiser import news, organiser
from tests.simulator_process import Json

LINKS = Links("https://t.me/convoca_bot", "https://convoca.example.org")
FORMULA = '=HYPERLINK("https://example.org";"Ana")'


def people(session: Session) -> int:
    """Let a family come whose companions have no Telegram, and one wait who has none either."""
    meeting = factories.meeting(session, capacity=3, needs=["wheelchair"])
    ana = factories.person(session, FORMULA, phone="3105550199")
    who: dict[str, Any] = {"person_id": ana.id, "actor": Actor(ana.id, "chat"), "now": NOW}
    own = registration.register(session, meeting.id, ana.id, name=FORMULA, actor=Actor(ana.id, "chat"), now=NOW)
    parties.bring(session, own.id, 2, **who)
    named = next(each for each in parties.of_party(session, own.party_id) if each.id != own.id)
    parties.name(session, named.id, "Yolanda <b>", **who)
    support.accept(session, own.id, person_id=ana.id, now=NOW)
    support.answer(session, own.id, ["wheelchair"], **who)
    registration.confirm(session, own.id, person_id=ana.id, actor=Actor(ana.id, "chat"), now=NOW)
    luis = factories.person(session, "Luis")
    registration.register(session, meeting.id, luis.id, name="Luis", actor=Actor(luis.id, "chat"), now=NOW)
    return meeting.id


async def desk(talking: Talking, chat: int) -> list[Json]:
    await talking.say(chat, "/organizar")
    return await talking.say(chat, "1")


async def link(talking: Talking, rosa: int, label: str = "Invitar a alguien a este encuentro") -> str:
    """Make a link; give what opens it."""
    await talking.tap(rosa, "Quién organiza")
    made, how = await talking.tap(rosa, label)
    assert "Sirve una vez" in how["text"]
    (payload,) = re.findall(r"start=(o_\S+)", made["text"])
    return str(payload)


def said(talking: Talking, kind: str, **params: Any) -> Message:
    """Give what an organiser is said, with its file."""

    def look(session: Session) -> Message:
        rosa = session.scalars(select(Person.id).where(Person.name == "Rosa")).one()
        (message,) = catalogue.render(session, Who(rosa, "es"), kind, params, now=talking.now, links=LINKS)
        return message

    return talking.store.read(look)


def acts(talking: Talking, *which: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    def look(session: Session) -> list[tuple[str, str, dict[str, Any] | None]]:
        rows = session.scalars(select(Audit).where(Audit.act.in_(which)).order_by(Audit.id))
        return [(each.act, each.subject, each.new) for each in rows]

    return talking.store.read(look)


# Invitations -----------------------------------------------------------------------------------------------------


async def test_an_invited_one_organises_and_a_link_serves_once(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session).id)
    rosa = await organiser(talking)
    await desk(talking, rosa)
    payload = await link(talking, rosa)

    pedro, eva = await talking.person("Pedro"), await talking.person("Eva")
    asked = await talking.say(pedro, f"/start {payload}")
    assert "Le invitan a organizar el encuentro «Agua para todas las veredas»" in asked[-1]["text"]
    assert "guardo su nombre y este chat" in asked[-1]["text"]
    await talking.say(eva, f"/start {payload}")  # a look uses nothing up
    (done,) = await talking.tap(pedro, "Acepto organizar")
    assert "Desde ahora usted organiza «Agua para todas las veredas»" in done["text"]
    assert "Cupos: 60" in only(texts(await desk(talking, pedro)))
    assert "ya se usó" in only(texts(await talking.tap(eva, "Acepto organizar")))
    assert "ya se usó" in only(texts(await talking.say(eva, f"/start {payload}")))
    assert "Eso es para quienes organizan" in only(texts(await talking.say(eva, "/organizar")))
    assert "ya organiza" in only(texts(await talking.say(pedro, f"/start {payload}")))
    assert [text for _, text in news(talking, "org_joined")] == [
        "<b>Pedro</b> aceptó su invitación y desde ahora organiza con usted: Agua para todas las veredas."
    ]
    ((wrong,), _who) = said(talking, "org_joined", role=2, meeting=1).rows
    assert (wrong.label, wrong.choice) == ("No es a quien invité", "ogr:2:1")
    assert [act for act, _, _ in acts(talking, "invite", "join_organisers")] == ["invite", "join_organisers"]
    assert "Pedro" in only(texts(await talking.tap(rosa, "Quién organiza")))


async def test_the_token_of_a_link_is_stored_nowhere(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session).id)
    rosa = await organiser(talking)
    await desk(talking, rosa)
    token = (await link(talking, rosa)).removeprefix("o_")
    pedro = await talking.person("Pedro")
    await talking.say(pedro, f"/start o_{token}")

    def kept(session: Session) -> str:
        rows = [*session.execute(select(HandledUpdate.replies)), *session.execute(select(Conversation.data))]
        return repr([*rows, *session.execute(select(Staff.invitation)), *session.execute(select(Audit.new))])

    assert token not in talking.store.read(kept)
    await talking.feed(talking.updates[-2])  # the tap that made it comes again
    again = only(texts(await talking.answered(rosa)))
    assert "se muestra una sola vez" in again


@pytest.mark.parametrize(
    ("spoil", "says"),
    [("late", "ya venció"), ("revoked", "la anuló"), ("typo", "no lleva a ninguna parte")],
)
async def test_a_link_that_serves_no_more_says_why(talking: Talking, spoil: str, says: str) -> None:
    talking.store.write(lambda session: factories.meeting(session).id)
    rosa = await organiser(talking)
    await desk(talking, rosa)
    payload = await link(talking, rosa)
    pedro = await talking.person("Pedro")
    await talking.say(pedro, f"/start {payload}")
    if spoil == "late":
        talking.now = NOW + timedelta(days=7)
    elif spoil == "revoked":
        await talking.tap(rosa, "Quién organiza")
        assert "ya no lleva" in only(texts(await talking.tap(rosa, "2. Anular el enlace")))
    else:
        payload += "x"
    if spoil != "typo":
        assert says in only(texts(await talking.tap(pedro, "Acepto organizar")))
    assert says in only(texts(await talking.say(pedro, f"/start {payload}")))
    assert talking.store.read(lambda s: s.scalar(select(Person.id).where(Person.telegram_id == pedro))) is None


async def test_who_declines_leaves_nothing_and_the_link_open(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session).id)
    rosa = await organiser(talking)
    await desk(talking, rosa)
    payload = await link(talking, rosa)
    pedro = await talking.person("Pedro")
    await talking.say(pedro, f"/start {payload}")
    assert "no guardé nada suyo" in only(texts(await talking.say(pedro, "No, gracias")))
    assert talking.store.read(lambda s: s.scalar(select(Person.id).where(Person.telegram_id == pedro))) is None
    assert "abra otra vez el enlace" in only(texts(await talking.tap(pedro, "Acepto organizar")))  # the old button
    await talking.say(pedro, f"/start {payload}")
    near = texts(await talking.say(pedro, "aceto organisar"))
    assert "Desde ahora" not in near[0]  # words that are only near permit nothing
    assert "Acepta" in near[-1]
    assert "Desde ahora" in only(texts(await talking.say(pedro, "Sí")))


async def test_nobody_invites_beyond_what_they_organise(talking: Talking) -> None:
    def world(session: Session) -> None:
        meeting = factories.meeting(session)
        eva = factories.person(session, "Eva")
        session.add(Staff(role="organiser", person_id=eva.id, entity_id=factories.entity(session).id))
        factories.meeting(session, code="luz", title="Luz", starts_in=timedelta(days=1))
        assert meeting.id

    talking.store.write(world)
    rosa, pedro = await organiser(talking), await talking.person("Pedro")
    await desk(talking, rosa)
    await talking.say(pedro, f"/start {await link(talking, rosa)}")
    await talking.tap(pedro, "Acepto organizar")
    await talking.tap(pedro, "Los números del encuentro")
    (listed,) = await talking.tap(pedro, "Quién organiza")
    assert re.sub("<.*?>", "", listed["text"]).splitlines()[-3:] == [
        "1. Eva · todo lo de Alcaldía de Puerto Sereno",
        "2. Rosa · todo",
        "3. Pedro (usted) · este encuentro",
    ]
    assert buttons([listed]) == ["3. Ya no organizo", "Invitar a alguien a este encuentro", "Los números del encuentro"]
    (given_up,) = await talking.tap(pedro, "3. Ya no organizo")
    assert "usted ya no organiza eso" in given_up["text"]
    assert "Eso es para quienes organizan" in only(texts(await talking.say(pedro, "/organizar")))
    assert "Quedó como antes: Pedro organiza." in only(texts(await talking.tap(pedro, "Fue un error")))
    await desk(talking, rosa)
    await talking.tap(rosa, "Quién organiza")
    await talking.tap(rosa, "3. Quitar a Pedro")  # what others take away she does not take back
    assert "Eso es para quienes organizan" in only(texts(await talking.tap(pedro, "Fue un error")))


async def test_a_role_is_taken_away_and_given_back(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session).id)
    rosa, pedro = await organiser(talking), await talking.person("Pedro")
    await desk(talking, rosa)
    await talking.say(pedro, f"/start {await link(talking, rosa, 'Invitar a todo lo de Alcaldía de Puerto…')}")
    await talking.tap(pedro, "Acepto organizar")
    await talking.tap(rosa, "Quién organiza")
    (away,) = await talking.tap(rosa, "2. Quitar a Pedro")
    assert away["text"] == "Pedro ya no organiza, desde este momento."
    assert "Eso es para quienes organizan" in only(texts(await talking.say(pedro, "/organizar")))
    ((_pedro, told),) = news(talking, "org_lost")
    assert told.startswith("Desde ahora usted ya no organiza «Alcaldía de Puerto Sereno»")
    talking.store.write(lambda session: session.execute(update(Outbox).values(state="sent")))
    look: dict[str, Any] = {"now": talking.now, "links": LINKS}
    joined = talking.store.read(catalogue.render, Who(1, "es"), "org_joined", {"role": 2, "meeting": 1}, **look)
    assert joined == ()  # she is away again by now
    assert "Quedó como antes: Pedro organiza." in only(texts(await talking.tap(rosa, "Fue un error")))
    ((_pedro, told),) = news(talking, "org_back")
    assert told.startswith("Usted vuelve a organizar «Alcaldía de Puerto Sereno»")
    assert "Los encuentros que usted organiza" in only(texts(await talking.say(pedro, "/organizar")))
    await talking.tap(rosa, "Quién organiza")
    assert "alguien tiene que quedar" in only(texts(await talking.tap(rosa, "1. Ya no organizo")))


async def test_so_many_links_are_open_at_once(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session).id)
    rosa = await organiser(talking)
    await desk(talking, rosa)
    await talking.tap(rosa, "Quién organiza")
    for _ in range(10):
        await talking.tap(rosa, "Invitar a alguien a este encuentro")
        await talking.tap(rosa, "Quién organiza")
    assert "Ya hay 10 enlaces abiertos" in only(texts(await talking.tap(rosa, "Invitar a alguien a este encuentro")))


# Whom to call, everybody, sign-ups -------------------------------------------------------------------------------


async def test_whom_to_call_with_phones_and_reasons_is_noted(talking: Talking) -> None:
    talking.store.write(people)
    rosa = await organiser(talking)
    (shown,) = await desk(talking, rosa)
    assert "3105550199" not in shown["text"]
    (calls,) = await talking.say(rosa, "¿A quién llamo?")
    for line in (
        " · 3105550199",
        "necesita un apoyo que ningún taller ofrece: acceso para silla de ruedas",
        "Queda anotado que los vio",
    ):
        assert line in calls["text"]
    assert "Yolanda" not in calls["text"]  # who brings her is told
    assert acts(talking, "call_list") == [("call_list", "m1", {"people": 1})]
    for words in ("qwx zrt", "plf mnk"):
        await talking.say(rosa, words)
    (again,) = await talking.tap(rosa, "Volver a donde iba")
    assert "3105550199" in again["text"]
    assert len(acts(talking, "call_list")) == 2
    talking.store.write(lambda session: session.execute(update(Staff).values(revoked_at=NOW)))
    assert "Eso es para quienes organizan" in only(texts(await talking.tap(rosa, "A quién llamar")))
    assert len(acts(talking, "call_list")) == 2


async def test_the_spreadsheet_holds_everybody_as_text_numbers_and_moments(talking: Talking) -> None:
    talking.store.write(people)

    def seated(session: Session) -> None:
        row = session.scalars(select(Registration).where(Registration.name == FORMULA)).one()
        row.workshop_id, row.badge = 1, 7
        session.scalars(select(Registration).where(Registration.name == "Luis")).one().name = "Águeda"

    talking.store.write(seated)
    rosa = await organiser(talking)
    await desk(talking, rosa)
    (sent,) = await talking.tap(rosa, "Lista de personas")
    assert "4 personas, a las 10:00 a. m." in re.sub(r"\s", " ", sent["text"])
    assert acts(talking, "people_list") == [("people_list", "m1", {"people": 4})]

    message = said(talking, "org_sheet", meeting=1)
    assert message.document
    assert message.document.name == "agua-personas.xlsx"
    book = load_workbook(BytesIO(await talking.telegram.file(sent["document"])))
    assert book.sheetnames == ["Todas las personas", "Taller 1", "Lista de espera"]
    sheet = book["Todas las personas"]
    headings = [cell.value for cell in sheet[1]]
    assert headings == [
        *("Código", "Nombre", "Estado", "Turno", "Taller", "Escarapela", "Grupo", "Apoyos", "Confirmó"),
        *("En Telegram", "Se inscribió"),
    ]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("C2", "A1:K5")
    rows = {row[1].value: row for row in sheet.iter_rows(min_row=2)}
    assert list(rows) == [FORMULA, "Águeda", "Yolanda <b>", None]
    ana = rows[FORMULA]
    assert (ana[1].data_type, ana[1].quotePrefix) == ("s", True)
    assert [cell.value for cell in ana[2:]] == [
        *("tiene puesto", None, 1, 7, 1, "acceso para silla de ruedas", "Sí", "Sí"),
        datetime(2026, 11, 1, 10),  # noqa: DTZ001 - spreadsheets know no zones; it is the meeting's clock
    ]
    assert [cell.value for cell in rows["Águeda"][2:9]] == ["en espera", 1, None, None, 2, None, None]
    assert [rows["Yolanda <b>"][column].value for column in (6, 8, 9)] == [1, "No", "No"]
    assert [row[1].value for row in book["Taller 1"].iter_rows(min_row=2)] == [FORMULA]
    assert [row[1].value for row in book["Lista de espera"].iter_rows(min_row=2)] == ["Águeda"]
    assert "3105550199" not in repr([[cell.value for cell in row] for each in book for row in each])


async def test_sign_ups_are_drawn_by_day_and_said_in_words(talking: Talking) -> None:
    def world(session: Session) -> None:
        people(session)
        rows = session.scalars(select(Registration).order_by(Registration.id)).all()
        for row in rows[1:]:
            row.registered_at = NOW + timedelta(days=2)

    talking.store.write(world)
    talking.now = NOW + timedelta(days=3)
    rosa = await organiser(talking)
    await desk(talking, rosa)
    (sent,) = await talking.tap(rosa, "Inscripciones por día")
    assert sent["photo"]
    assert sent["text"].splitlines()[2:] == [
        "4 personas para 3 cupos, sin contar a quienes se retiraron.",
        "martes 3 de noviembre: 3",
        "domingo 1 de noviembre: 1",
    ]
    message = said(talking, "org_days", meeting=1)
    assert message.document
    picture = Image.open(BytesIO(message.document.content))
    assert (picture.size, picture.format) == ((1080, 1080), "PNG")


async def test_a_draft_has_no_sign_ups_to_draw(talking: Talking) -> None:
    number = talking.store.write(lambda session: factories.meeting(session, state="draft").id)
    await organiser(talking)
    message = said(talking, "org_days", meeting=number)
    assert (message.document, "todavía no se ha convocado" in message.text) == (None, True)


# What was done ---------------------------------------------------------------------------------------------------


async def test_what_was_done_is_read_in_words_newest_first(talking: Talking) -> None:
    number = talking.store.write(people)

    def office(session: Session) -> None:
        meeting = session.get_one(Meeting, number)
        aim = moving.Aim(meeting.starts_at + timedelta(days=1), meeting.ends_at + timedelta(days=1), meeting.venue)
        moving.move(session, "agua", aim, actor=BY_COMMAND, now=NOW)

    talking.store.write(office)
    rosa = await organiser(talking)
    await desk(talking, rosa)
    await talking.tap(rosa, "A quién llamar")
    await talking.tap(rosa, "Los números del encuentro")
    (done,) = await talking.tap(rosa, "Qué se hizo")
    said = re.sub(r"\s[ap]\.\sm\.", "", done["text"]).split("\n\n")
    assert said[1].splitlines() == ["1 de nov de 2026, 10:00 · Rosa: miró a quién llamar, con teléfonos", "personas: 1"]
    moved = said[2].splitlines()
    assert moved[0] == "1 de nov de 2026, 10:00 · La oficina, por consola: cambió fecha, horas o lugar"
    assert "cuándo empieza: sábado 21 de noviembre, 10:00 → domingo 22 de noviembre, 10:00" in moved[1]
    assert "se inscribió" not in done["text"]
    (everybody,) = await talking.tap(rosa, "También lo de las personas")
    assert "Alguien: se inscribió" in everybody["text"]
    (earlier,) = await talking.tap(rosa, "Lo anterior")
    assert "Luis" not in everybody["text"] + earlier["text"]
    assert "Qué se hizo" in only(texts(await talking.tap(rosa, "Lo más nuevo")))


async def test_every_act_that_is_noted_has_words(talking: Talking) -> None:
    del talking
    noted: set[str] = set()
    for path in Path(civic.__file__).parent.glob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func).split(".")[-1]
            keywords = {each.arg: each.value for each in call.keywords}
            if name in {"leave", "_record"} or (name == "record" and ("meeting_id" in keywords or len(call.args) > 4)):
                said = [*call.args, *keywords.values()]
                noted |= {each.value for each in said if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    assert len(noted) > 30
    assert noted - {act for _, act in WORDS} == set()


async def test_acts_are_read_with_what_they_were_about(talking: Talking) -> None:
    number = talking.store.write(people)

    def work(session: Session) -> None:
        ana = session.scalars(select(Person.id).where(Person.name == FORMULA)).one()
        room = session.scalars(select(Workshop).where(Workshop.meeting_id == number)).one()
        room.number = 7
        seated = session.scalars(select(Registration).where(Registration.person_id == ana)).one()
        seated.workshop_id, seated.badge = room.id, 1
        rosa = session.scalars(select(Person.id).where(Person.name == "Rosa")).one()
        actor, row = Actor(rosa, "chat"), Announcement()
        for part, workshop in (("workshop", room.id), ("waiting", None)):
            row = announcements.begin(session, number, part, workshop_id=workshop, actor=actor, now=NOW)
            announcements.write(session, row.id, "Traigan sombrilla", actor=actor)
            announcements.confirm(session, row.id, announcements.sign_of(session, row), actor=actor, now=NOW)
        announcements.undo(session, row.id, actor=actor, now=NOW)
        registration.cancel(session, seated.id, person_id=ana, actor=Actor(ana, "chat"), now=NOW)

    rosa = await organiser(talking)
    talking.store.write(work)
    await desk(talking, rosa)
    await talking.tap(rosa, "Qué se hizo")
    (everybody,) = await talking.tap(rosa, "También lo de las personas")
    said = re.sub(r"\s[ap]\.\sm\.", "", everybody["text"]).split("\n\n")
    assert [each.splitlines()[1:] for each in said[1:5]] == [
        ["estado: tiene puesto (antes); taller: 7 (antes)"],
        ["«Traigan sombrilla»", "a quién: quienes esperan puesto"],
        ["«Traigan sombrilla»", "a quién: quienes esperan puesto; para: domingo 1 de noviembre, 10:01; personas: 1"],
        ["«Traigan sombrilla»", "a quién: un taller; para: domingo 1 de noviembre, 10:01; personas: 1; taller: 7"],
    ]
    (earlier,) = await talking.tap(rosa, "Lo anterior")
    assert "did" not in everybody["text"] + earlier["text"]
    assert "hizo:" not in everybody["text"] + earlier["text"]
    assert "acompañantes: 2" in earlier["text"]
