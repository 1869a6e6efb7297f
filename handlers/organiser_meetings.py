"""Meetings run from the chat: a file is sent, or an act is begun; it is shown with its reach, confirmed, undone."""

import mimetypes
from typing import Any, Final

import structlog
from aiogram import F, Router
from aiogram.filters import Filter
from aiogram.types import Document, Message
from sqlalchemy.orm import Session

from civic import organising, planned_acts, staff
from civic.commitments import LARGEST_EVIDENCE
from civic.conversation import Reply
from civic.daytime import local_date
from civic.errors import ActWaiting, DraftChanged, NothingOpen, NotTaken
from civic.schema import Meeting, PlannedAct
from civic.yaml_file import LARGEST
from handlers.chat import Chat, Choice
from handlers.courtesy import agrees, is_none
from handlers.days import when_written
from handlers.fetching import NotReceived, Received, received
from handlers.filters import Answering, on_choice
from handlers.organiser_commitments import asking_again
from handlers.organiser_updates import on_screen
from handlers.understanding import plain

log = structlog.get_logger(__name__)
router = Router(name="organiser meetings")

BEGINS: Final = {"oac": "convene", "oam": "move", "oax": "cancel"}
"""What each choice about a meeting begins."""
FIELDS: Final = ("because", "late_because", "day", "hours", "name", "address", "landmark")
"""What is asked for in words, one at a time."""
AFTER: Final = {"name": "address", "address": "landmark"}
"""What is asked next of a place."""
ENDINGS: Final = (".yaml", ".yml")
OFFICE: Final = (".xlsx", ".xls", ".ods", ".csv", ".numbers", ".docx", ".doc", ".odt")
"""What somebody writes a meeting down in who does not know our files."""
TEXTS: Final = (".txt", ".text")
"""What a phone may make of a meeting's file."""
WAITING_FOR_FILES: Final = frozenset({"org_import", "org_import_report"})


class SendsFile(Filter):
    """A meeting's file from an organiser, or what may be meant for one; or any file where one is asked for."""

    async def __call__(self, event: Message, chat: Chat) -> bool:
        """Match it by its name, or by what was said last."""
        if not (event.document or event.photo):
            return False
        meant = ENDINGS if on_screen(chat) else (*ENDINGS, *TEXTS, *OFFICE)
        if not (_asked(chat) in WAITING_FOR_FILES or _is_named(event.document, meant)):
            return False
        return await chat.services.store.reading(staff.is_organiser, chat.person_id)


class Pinpoints(Filter):
    """Where the last question about a new place is open: its name and address are known."""

    async def __call__(self, _event: Message, chat: Chat) -> bool:
        """Match it by the step."""
        return (chat.standing.step or "").startswith("oaf:") and (chat.standing.step or "").endswith(":landmark")


class Betters(Filter):
    """A day or hours, written where an act on a meeting is shown: it was to be on another day."""

    async def __call__(self, event: Message, chat: Chat, choice: Choice | None = None) -> bool:
        """Match it by its words; which days they are is looked at by the meeting's own clocks."""
        if choice is not None or _asked(chat) != "org_act_preview":
            return False
        try:
            return bool(when_written(event.text or "", chat.now.date()))
        except NotTaken:
            return False


@on_choice(router, "oim")
async def ask_file(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask for a meeting's file: a new one, or one that changes a meeting."""

    def look(session: Session) -> list[Reply]:
        organising.listing(session, chat.person_id, chat.now)  # refuses who organises nothing
        if not choice.args:
            return [Reply("org_import")]
        return [Reply("org_import", {"meeting": organising.check(session, choice.number(), chat.person_id).id})]

    await chat.do(look)


@on_choice(router, "oif")
async def send_file(_event: object, chat: Chat, choice: Choice) -> None:
    """Send a model of a meeting's file, or the file of a meeting as it is now."""

    def look(session: Session) -> list[Reply]:
        organising.listing(session, chat.person_id, chat.now)  # refuses who organises nothing
        if not choice.args:
            return [Reply("org_model")]
        return [Reply("org_file", {"meeting": organising.check(session, choice.number(), chat.person_id).id})]

    await chat.do(look)


@router.message(SendsFile())
async def file(event: Message, chat: Chat) -> None:
    """Fetch a file from Telegram, and then take it: as a meeting's, or as the report that one names."""
    wants_report = _asked(chat) == "org_import_report"
    is_meeting_file = _is_named(event.document, ENDINGS if wants_report else (*ENDINGS, *TEXTS))
    if not (wants_report or is_meeting_file):
        why = "an_office_file" if _is_named(event.document, OFFICE) else "not_a_meeting_file"
        return await _refuse(chat, NotTaken(why))
    if is_meeting_file and event.document and (event.document.file_size or 0) > LARGEST:
        return await _refuse(chat, NotTaken("meeting_file_too_large", LARGEST // 1024))
    try:
        found = await received(chat, event)
    except NotReceived as fault:
        log.warning("meeting_file.not_received", reason=fault.reason)
        return await _refuse(chat, NotTaken(fault.why, LARGEST_EVIDENCE // 1_000_000))
    take = _meeting_file if is_meeting_file else _report
    return await chat.do(asking_again(chat, lambda session: take(session, chat, found)))


@on_choice(router, "oaw")
async def without_report(_event: object, chat: Chat, choice: Choice) -> None:
    """Go on without the report that a file names."""
    await chat.do(lambda session: _saved(session, chat, choice.number(), without_report=True))


@on_choice(router, "och")
async def what_changes(_event: object, chat: Chat, choice: Choice) -> None:
    """Show what of a meeting could be changed."""
    number = choice.number()

    def look(session: Session) -> list[Reply]:
        meeting = organising.check(session, number, chat.person_id)
        if meeting.state == "cancelled" or meeting.ends_at <= chat.now:
            return [Reply("org_meeting", {"meeting": meeting.id})]
        return [Reply("org_changes", {"meeting": meeting.id})]

    await chat.do(look)


@on_choice(router, *BEGINS)
async def begin(_event: object, chat: Chat, choice: Choice) -> None:
    """Begin to convene, move or cancel a meeting; nothing of it is done before it was shown."""
    number, act = choice.number(), BEGINS[choice.verb]
    field = choice.args[1] if len(choice.args) > 1 else "because"

    def go(session: Session) -> list[Reply]:
        organising.check(session, number, chat.person_id)
        try:
            row = planned_acts.begin(session, number, act, actor=chat.actor, now=chat.now)
        except NothingOpen:  # it is no draft any more, cancelled or over: this is how it stands
            return [Reply("org_meeting", {"meeting": number})]
        return _next(session, chat, row.id) if act == "convene" else [_ask(row.id, field)]

    await chat.do(go)


@on_choice(router, "oaf")
async def ask(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask for a part of what is planned."""
    number, field = choice.number(), choice.args[1] if len(choice.args) > 1 else ""

    def look(session: Session) -> list[Reply]:
        row = planned_acts.own(session, number, chat.actor)
        if row.state != "proposed":
            return [_stands(row)]
        return [_lacking(row, field) if field == "report" and row.params.get("report") else _ask(number, field)]

    await chat.do(look)


@router.message(Answering("oaf"))
async def write(event: Message, chat: Chat) -> None:
    """Save what was written, and ask for the next, or show what would be done."""
    words = event.text or ""
    step = Choice.parse(chat.standing.step or "")
    number, field = step.number(), step.args[1]

    def save(session: Session) -> list[Reply]:
        row = planned_acts.own(session, number, chat.actor)
        if row.state != "proposed":
            return [_stands(row)]
        said = _read(session, chat, row, field, words)
        planned_acts.write(session, number, actor=chat.actor, now=chat.now, **said)
        return [_ask(number, AFTER[field])] if field in AFTER else _next(session, chat, number)

    await chat.do(asking_again(chat, save))


@router.message(F.location, Pinpoints())
async def point(event: Message, chat: Chat) -> None:
    """Keep where a place is on the map, and ask on."""
    step, shared = Choice.parse(chat.standing.step or ""), event.location
    where = (shared.latitude, shared.longitude) if shared else (0.0, 0.0)

    def keep(session: Session) -> list[Reply]:
        row = planned_acts.own(session, step.number(), chat.actor)
        if row.state != "proposed":
            return [_stands(row)]
        planned_acts.write(session, row.id, actor=chat.actor, now=chat.now, point=where)
        return [Reply("org_again", {"why": "point_kept"}), _ask(row.id, "landmark")]

    await chat.do(keep)


@router.message(Betters())
async def better(event: Message, chat: Chat) -> None:
    """Take another day or other hours that were written instead of a yes or a no."""
    about = chat.standing.asked.params if chat.standing.asked else {}
    await chat.do(asking_again(chat, lambda session: _bettered(session, chat, about["act"], event.text or "")))


@on_choice(router, "oas")
async def no_landmark(_event: object, chat: Chat, choice: Choice) -> None:
    """Name nothing near the place."""
    await chat.do(lambda session: _saved(session, chat, choice.number(), landmark=None))


@on_choice(router, "oap")
async def preview(_event: object, chat: Chat, choice: Choice) -> None:
    """Show what would be done now."""
    await chat.do(lambda session: _next(session, chat, choice.number()))


@on_choice(router, "oago")
async def confirm(_event: object, chat: Chat, choice: Choice) -> None:
    """Do what was shown, or let it wait; what would be otherwise by now is shown anew instead."""
    number, sign = choice.number(), choice.args[1] if len(choice.args) > 1 else ""
    await chat.do(lambda session: _confirmed(session, chat, number, sign))


@on_choice(router, "oau")
async def undo(_event: object, chat: Chat, choice: Choice) -> None:
    """Undo what waits; what is settled is said as it stands."""

    def go(session: Session) -> list[Reply]:
        return [_stands(planned_acts.undo(session, choice.number(), actor=chat.actor, now=chat.now))]

    await chat.do(go)


@on_choice(router, "oad")
async def leave(_event: object, chat: Chat, choice: Choice) -> None:
    """Leave everything as it is."""
    number = choice.number()

    def go(session: Session) -> list[Reply]:
        row = planned_acts.own(session, number, chat.actor)
        if row.state != "proposed":
            return [_stands(row)]
        return [Reply("org_act_left", {"meeting": planned_acts.discard(session, number, actor=chat.actor)})]

    await chat.do(go)


# Behind them -----------------------------------------------------------------------------------------------------


def _next(session: Session, chat: Chat, act_id: int) -> list[Reply]:
    """Ask for what is still lacking, else show what would be done. A new draft is nobody's business: it is saved."""
    row = planned_acts.show(session, act_id, actor=chat.actor, now=chat.now)
    lacking, shown = planned_acts.lacks(row), row.shown or {}
    if row.state != "proposed":
        return [_stands(row)]
    if lacking:
        return [_lacking(row, lacking)]
    if "late" in shown:
        return [_ask(row.id, "late_because")]
    if row.act == "import" and "sent" in shown and shown["before"] is None:
        return _confirmed(session, chat, row.id, row.sign or "")
    same = row.act == "import" and shown.get("changed") == []
    if "sent" in shown:
        return [Reply("org_import_same" if same else "org_act_preview", {"act": row.id})]
    obstacle = "obstacles" in shown
    step = f"oaf:{row.id}:day" if obstacle and row.act == "move" else None  # another day or hours may be written
    return [Reply("org_act_cannot" if obstacle else "org_act_faults", {"act": row.id}, step)]


def _bettered(session: Session, chat: Chat, act_id: int, words: str) -> list[Reply]:
    """Let a move that is shown lead to another day or other hours; of another act nothing changes."""
    row = planned_acts.own(session, act_id, chat.actor)
    if row.act == "move" and row.state == "proposed":
        said = _read(session, chat, row, "day", words)
        planned_acts.write(session, row.id, actor=chat.actor, now=chat.now, **said)
    return _next(session, chat, row.id)


def _lacking(row: PlannedAct, what: str) -> Reply:
    """Ask for what an act lacks."""
    if what == "report":
        return Reply("org_import_report", {"act": row.id})
    return Reply("org_changes", {"meeting": row.meeting_id}) if what == "change" else _ask(row.id, what)


def _confirmed(session: Session, chat: Chat, act_id: int, sign: str) -> list[Reply]:
    try:
        row = planned_acts.confirm(session, act_id, sign, actor=chat.actor, now=chat.now)
    except DraftChanged:
        return [Reply("org_act_stale"), *_next(session, chat, act_id)]
    except ActWaiting as other:
        return [Reply("org_act_busy", {"act": act_id, "other": other.act_id})]
    if row.act == "import" and row.state == "done" and (row.shown or {}).get("before") is None:
        about = {"meeting": row.meeting_id}
        return [Reply("org_imported", about), Reply("org_meeting", about)]
    return [_stands(row)]


def _stands(row: PlannedAct) -> Reply:
    """Say how an act stands; of a file with faults, those."""
    faulty = row.state == "failed" and row.due_at is None
    return Reply("org_act_faults" if faulty else "org_act", {"act": row.id})


def _saved(session: Session, chat: Chat, act_id: int, **said: Any) -> list[Reply]:
    row = planned_acts.own(session, act_id, chat.actor)
    if row.state != "proposed":
        return [_stands(row)]
    planned_acts.write(session, act_id, actor=chat.actor, now=chat.now, **said)
    return _next(session, chat, act_id)


def _ask(act_id: int, field: str) -> Reply:
    if field not in FIELDS:
        raise NothingOpen
    return Reply("org_act_ask", {"act": act_id, "field": field}, f"oaf:{act_id}:{field}")


def _read(session: Session, chat: Chat, row: PlannedAct, field: str, words: str) -> dict[str, Any]:
    """Take an answer as what it says; of when, a day and hours in one. Raises NotTaken."""
    if field in ("because", "late_because") and (not plain(words) or agrees(words) or is_none(words)):
        raise NotTaken("not_a_reason")
    if field == "landmark" and is_none(words):
        return {field: None}
    if field not in ("day", "hours"):
        return {field: words}
    today = local_date(chat.now, session.get_one(Meeting, row.meeting_id).timezone)
    try:
        said = when_written(words, today)
    except NotTaken as fault:
        raise NotTaken("not_hours" if field == "hours" and fault.why == "not_a_date" else fault.why) from fault
    if field == "hours" and said.start is None:
        raise NotTaken("not_hours")
    hours = {"start": said.start, "end": said.end} if said.start else {}
    return {**({"day": said.day} if said.day else {}), **hours}


def _meeting_file(session: Session, chat: Chat, found: Received) -> list[Reply]:
    zone = chat.services.zone
    row = planned_acts.receive(session, found.content, zone=zone, actor=chat.actor, now=chat.now)
    return _next(session, chat, row.id) if row.state == "proposed" else [_stands(row)]


def _report(session: Session, chat: Chat, found: Received) -> list[Reply]:
    act_id = chat.standing.asked.params["act"] if chat.standing.asked else 0
    kind = mimetypes.guess_type(found.name)[0] or found.media_type
    actor, now = chat.actor, chat.now
    planned_acts.take_report(session, act_id, found.name, found.content, kind, actor=actor, now=now)
    return _next(session, chat, act_id)


def _is_named(document: Document | None, endings: tuple[str, ...]) -> bool:
    return bool(document and (document.file_name or "").casefold().endswith(endings))


def _asked(chat: Chat) -> str | None:
    return chat.standing.asked.kind if chat.standing.asked else None


async def _refuse(chat: Chat, fault: NotTaken) -> None:
    """Say what cannot be taken, and ask for a meeting's file, or again."""
    asked = chat.standing.asked if _asked(chat) in WAITING_FOR_FILES else None
    again = Reply("org_again", {"why": fault.why, "most": fault.most})
    await chat.do(lambda _session: [again, asked or Reply("org_import")])
