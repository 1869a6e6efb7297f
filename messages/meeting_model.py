"""Meeting files that we send to organisers: a model to fill in, and the file of a meeting as it is now."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import meetings, staff, written_file
from civic.columns import Text
from civic.meetings import Card
from civic.schema import Entity
from locales import N_, Translator
from messages.acts import for_organiser, mine, one_meeting, title
from messages.kind import Kind, Who
from messages.message import Button, Document, Message, column
from messages.organiser import back_to_meeting
from messages.voice import Voice

AHEAD: Final = timedelta(days=30)
"""How far ahead the meeting of the model is."""
_CODE: Final = "alcaldia"
HEAD: Final = (
    N_("This is the model of a meeting's file. Write your own after each colon, and send the file back to me."),
    N_("What stands behind a # explains it, and is not read. Leave the spaces at the beginning of the lines."),
)
REMARKS: Final = {
    "code": N_("a name of its own for the links: small letters, numbers and hyphens"),
    "starts_at": N_("year-month-day, a T, and the hour; at least 15 days after you convene it"),
    "capacity": N_("how many people; not more than all workshops together"),
    "needs": N_("the support that people are asked about; put [] for none"),
    "report": N_("the name of the file that people read before, such as report.pdf; I ask you for it then"),
    "at_most": N_("30 at most"),
    "features": N_("the support that this workshop offers"),
    "staff": N_("the name of who leads it; below, of who takes notes and of the public servant"),
    "phone": N_("who answers people that I cannot help"),
}
TEXTS: Final = {
    "entity": N_("The name of your entity"),
    "title": N_("The title of the meeting"),
    "policy": N_("The public policy that it is about"),
    "objective": N_("What people will talk about, and what for"),
    "point": N_("A central point of the report"),
    "method": N_("How it goes: results, workshops, plenary"),
    "venue": N_("The name of the place"),
    "address": N_("Its address"),
    "landmark": N_("What it is near"),
    "hours": N_("Monday to Friday, 8 to 17"),
    "room": N_("The name of the room"),
    "guide": N_("A question for the workshops?"),
    "question": N_("Does it cost anything?"),
    "answer": N_("No, it is free."),
}


@dataclass(frozen=True)
class Convening:
    """Who convenes in the model: code and name."""

    code: str
    name: Text | None


@dataclass(frozen=True)
class Written:
    """A meeting with its file as it is now."""

    card: Card
    content: str


def _load_model(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Convening | None:
    """Name an entity for which somebody may bring meetings; for who organises everything, that of their newest."""
    if for_organiser(session, who, params, now) is None:
        return None
    theirs = staff.entities_of(session, who.person_id)
    newest = next(iter(staff.meetings_of(session, who.person_id)), None)
    here = meetings.entities(session, newest.id) if newest is not None else []
    entity = next((each for each in here if theirs is None or each.id in theirs), None)
    if entity is None and theirs:
        entity = session.get(Entity, min(theirs))
    return Convening(entity.code, entity.name) if entity else Convening(_CODE, None)


def _model(voice: Voice, convening: Convening) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext("<b>This is a model of a meeting's file.</b>"),
        t.gettext(
            "It is a text: open it on a computer or on your phone, write what is yours, save it, and send it to me"
            " here."
        ),
        t.gettext("If anything in it does not fit, I say what and where."),
    ]
    name = t.pgettext("in a file name", "meeting")
    return [Message("\n\n".join(lines), column(mine(voice)), document=_text(name, model(voice, convening)))]


def model(voice: Voice, convening: Convening) -> str:
    """Write the model of a meeting's file, in the organiser's words."""
    t = voice.t
    return "\n".join([*(f"# {t.gettext(each)}" for each in HEAD), "", *_lines(voice, convening), ""])


def _lines(voice: Voice, convening: Convening) -> Iterator[str]:
    day = f"{voice.now + AHEAD:%Y-%m-%d}"

    def text(name: str) -> str:
        return _quoted(voice.t.gettext(TEXTS[name]))

    def remark(name: str) -> str:
        return f"  # {voice.t.gettext(REMARKS[name])}"

    yield "entities:"
    yield f"  - code: {convening.code}"
    yield f"    name: {_quoted(convening.name) if convening.name else text('entity')}"
    yield ""
    yield "meeting:"
    yield f"  code: {_slug(voice.t)}-{day[:4]}{remark('code')}"
    for field in ("title", "policy", "objective"):
        yield f"  {field}: {text(field)}"
    yield f"  central_points: [{text('point')}]"
    yield f"  method: {text('method')}"
    yield "  venue:"
    yield f"    name: {text('venue')}"
    yield f"    address: {text('address')}"
    yield f"    landmark: {text('landmark')}"
    yield "  contact:"
    yield f'    phone: "+57 601 000 0000"{remark("phone")}'
    yield f"    hours: {text('hours')}"
    yield f"  starts_at: {day}T09:00{remark('starts_at')}"
    yield f"  ends_at: {day}T13:00"
    yield f"  capacity: 60{remark('capacity')}"
    yield f"  guide_questions: [{text('guide')}]"
    yield f"  needs: [wheelchair, sign_language]{remark('needs')}"
    yield f"  report:{remark('report')}"
    yield ""
    yield "workshops:"
    for number in (1, 2):
        yield f"  - number: {number}"
        yield f"    room: {text('room')}"
        yield f"    capacity: 30{remark('at_most') if number == 1 else ''}"
        yield f"    features: [wheelchair, sign_language]{remark('features')}" if number == 1 else "    features: []"
        yield f"    facilitator:{remark('staff') if number == 1 else ''}"
        yield "    rapporteur:"
        yield "    public_servant:"
    yield ""
    yield "faq:"
    yield f"  - question: {text('question')}"
    yield f"    answer: {text('answer')}"


def _slug(t: Translator) -> str:
    return t.pgettext("a meeting's code", "my-meeting")


def _quoted(text: Text) -> str:
    """Write a text, or one by language, as YAML reads it whatever it holds."""
    return json.dumps(text, ensure_ascii=False)


def _load_file(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Written | None:
    card = one_meeting(session, who, params, now)
    return Written(card, written_file.written(session, meetings.by_code(session, card.code))) if card else None


def _file(voice: Voice, seen: Written) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext("<b>The meeting's file, as it is now</b>"),
        title(voice, seen.card),
        t.gettext("Change in it what you want, and send it to me here: first I show you what would change."),
    ]
    rows = column(
        Button(t.gettext("What should change?"), choice=f"och:{seen.card.id}"), back_to_meeting(voice, seen.card.id)
    )
    return [Message("\n".join(lines), rows, document=_text(seen.card.code, seen.content))]


def _text(name: str, content: str) -> Document:
    """Make a text file that old editors read and save as it is, too: with its mark, and their ends of lines."""
    return Document(f"{name}.txt", content.replace("\n", "\r\n").encode("utf-8-sig"))


KINDS: Final[dict[str, Kind]] = {
    "org_model": Kind(_load_model, _model),
    "org_file": Kind(_load_file, _file),
}
