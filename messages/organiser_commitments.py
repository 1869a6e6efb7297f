"""What we say to organisers about commitments: the list, a draft that is being written, and how it will go out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from babel.dates import format_date
from sqlalchemy.orm import Session

from civic import drafting, evidence_drafts, meetings, previews, public_record, staff
from civic.columns import Text
from civic.commitments import LARGEST_EVIDENCE
from civic.drafting import LONGEST
from civic.public_record import Line, News
from civic.schema import Commitment, Meeting
from locales import N_
from messages import news
from messages.commitments import LISTED, STATUS, brief, percent
from messages.kind import Kind, Who, nothing_to_look_up
from messages.message import Button, Message, Rows, column
from messages.organiser import QUESTION, back_to_meeting, meeting_for
from messages.voice import Voice, escape, shortened

PAGE: Final = 5
"""Commitments in one message."""
LABEL: Final = 44
NAME: Final = 36
"""Characters of a piece of evidence on its button."""
ENTITY: Final = 60
"""Characters of an entity on its button."""

EVIDENCE: Final = N_(
    "Send a photo or a document here (up to {size} MB), or write a link. Everybody will be able to see it."
)
ASKS: Final = {
    "text": N_("Write what is committed, in the words that everybody will read (at most {number} characters)."),
    "responsible": N_("Who answers for it? Write the person or the unit."),
    "due": N_("By when? Write the day, for example {example}."),
    "indicator": N_("How will people tell that it is fulfilled? Write something that anybody can verify."),
    "evidence": EVIDENCE,
}
CHANGES: Final = {
    "text": N_("Change the text"),
    "responsible": N_("Change who answers for it"),
    "due": N_("Change the due date"),
    "indicator": N_("Change how it is verified"),
}
OBSTACLES: Final = {
    "not_convened": N_("The meeting is still a draft: commitments are published once it is convened."),
    "cancelled": N_("The meeting was cancelled: nothing was committed there."),
    "responsible": N_("To publish it, it lacks who answers for it."),
    "due": N_("To publish it, it lacks the day by which it is due."),
    "indicator": N_("To publish it, it lacks how people will tell that it is fulfilled."),
    "text": N_("To publish it, it lacks its text."),
    "because": N_("To send it, it lacks why the due date changes."),
    "nothing": N_("There is nothing to send yet: it says nothing new."),
}
AGAIN: Final = {
    "too_long": N_("That is empty or too long: please say it in at most {number} characters."),
    "too_large": N_("That file is empty or too large: I take up to {number} MB."),
    "too_many": N_("An update takes up to {number} pieces of evidence, and it has them already."),
    "not_a_date": N_("I could not read that as a day. Please write it like {example}."),
    "past": N_("That day has passed. Please write one that is still to come."),
    "not_that_weekday": N_("That date is another day of the week. Please look again, and write it once more."),
    "point_kept": N_("Thank you: people will find it on the map."),
    "not_a_percentage": N_("I need a number from 0 to 100."),
    "not_an_address": N_("I need a link that begins with https://, a photo or a document."),
    "not_hours": N_("I could not read that as hours. Please write when it starts and ends, like this: 9:00 to 13:00."),
    "not_the_report": N_(
        "That is not the kind of file that the meeting's file names as its report. Please look again."
    ),
    "not_a_reason": N_("Everybody reads it as the reason: please say it in a few words."),
    "an_office_file": N_(
        "I cannot read spreadsheets or Word documents yet: a meeting's file is a plain text (.yaml or .txt)."
        " I can send you a model to fill in."
    ),
    "not_a_meeting_file": N_(
        "That is not a meeting's file. I need a text file whose name ends in .yaml or .txt, sent as a document."
    ),
    "meeting_file_too_large": N_("That file is too large for a meeting's file: I read up to {number} KB."),
    "not_received": N_("I could not get that file from Telegram. Nothing was changed; please send it again."),
}


@dataclass(frozen=True)
class Listed:
    """A page of a meeting's commitments as its organiser sees them, from 0."""

    meeting_id: int
    title: Text
    rows: tuple[Line, ...]
    page: int
    more: bool


Pieces = tuple[tuple[str, str], ...]
"""Key and name of each piece of evidence."""


@dataclass(frozen=True)
class Draft:
    """A draft of a commitment, with whom it may commit and what keeps it from going out."""

    row: Commitment
    meeting: Meeting
    entities: tuple[tuple[int, Text], ...]
    obstacles: tuple[str, ...]
    sign: str
    evidence: Pieces
    field: str = ""
    """Which is asked for."""


@dataclass(frozen=True)
class Preview:
    """How something will go out: the news in its very form, to how many, and from when if not at once."""

    news: News
    meeting_id: int
    commitment_id: int
    reach: int
    waits_until: datetime | None
    sign: str
    obstacles: tuple[str, ...]


@dataclass(frozen=True)
class Gone:
    """Something that went out."""

    meeting_id: int
    commitment_id: int
    reach: int


def example(voice: Voice) -> str:
    """Say a day as people may write it, some months ahead."""
    # Translators: a day without its weekday, in the letters of Unicode's dates: «15 March 2027».
    return format_date(date(voice.now.year + 1, 3, 15), voice.t.gettext("d MMMM y"), locale=voice.t.locale)


# The list --------------------------------------------------------------------------------------------------------


def _load_list(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Listed | None:
    del now
    meeting = meeting_for(session, who, params)
    if meeting is None:
        return None
    found = public_record.listing(session, meeting.code)
    page = min(params.get("page", 0), max(len(found) - 1, 0) // PAGE)
    rows = tuple(found[page * PAGE : (page + 1) * PAGE])
    return Listed(meeting.id, meeting.title, rows, page, len(found) > (page + 1) * PAGE)


def _list(voice: Voice, listed: Listed) -> list[Message]:
    t = voice.t
    title = escape(shortened(voice.plain(listed.title), QUESTION))
    lines = [t.gettext("<b>Commitments of «{title}»</b>").format(title=title)]
    if not listed.rows:
        lines.append(t.gettext("There is none yet."))
    for number, each in enumerate(listed.rows, 1):
        lines += ["", f"{number}. {escape(shortened(voice.plain(each.text), LISTED))}"]
        lines.append(f"<i>{escape(_state(voice, each))}</i>")
    labels = [f"{number}. {shortened(voice.plain(each.text), LABEL)}" for number, each in enumerate(listed.rows, 1)]
    stem = f"orgc:{listed.meeting_id}"
    rows = column(
        *(Button(label, choice=f"oc:{each.row.id}") for label, each in zip(labels, listed.rows, strict=True)),
        Button(t.gettext("More commitments"), choice=f"{stem}:{listed.page + 1}") if listed.more else None,
        Button(t.gettext("Earlier ones"), choice=f"{stem}:{listed.page - 1}") if listed.page else None,
        Button(t.gettext("New commitment"), choice=f"ocn:{listed.meeting_id}"),
        back_to_meeting(voice, listed.meeting_id),
    )
    return [Message("\n".join(lines), rows)]


def _state(voice: Voice, line: Line) -> str:
    """Say how one stands, not for HTML."""
    t = voice.t
    if line.status is None:
        return t.gettext("Draft: nobody sees it yet")
    if line.state == "withdrawn":
        return t.gettext("Withdrawn")
    status = t.gettext(STATUS[line.status])
    text = t.gettext("Published: {status}, {progress}")
    return text.format(status=status, progress=percent(voice, line.progress or 0))


# A draft ---------------------------------------------------------------------------------------------------------


def _load_draft(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Draft | None:
    del now
    row = _row(session, who, params)
    if row is None or row.published_at is not None:
        return None
    return Draft(
        row,
        session.get_one(Meeting, row.meeting_id),
        tuple((each.id, each.name) for each in meetings.entities(session, row.meeting_id)),
        tuple(drafting.obstacles(session, row)),
        drafting.fingerprint_of(session, row),
        pieces(evidence_drafts.of_commitment(session, row.id)),
        params.get("field", ""),
    )


def _row(session: Session, who: Who, params: Mapping[str, Any]) -> Commitment | None:
    row = session.get(Commitment, params["commitment"])
    return row if row and staff.organises(session, who.person_id, row.meeting_id) else None


def _draft(voice: Voice, draft: Draft) -> list[Message]:
    t, row = voice.t, draft.row
    unsaid = t.gettext("still missing")
    names = dict(draft.entities)
    due = voice.day(row.due_on) if row.due_on else unsaid
    lines = [
        t.gettext("<b>Draft of a commitment</b>"),
        brief(voice, row.text),
        "",
        t.gettext("Entity: {entity}").format(entity=brief(voice, names.get(row.entity_id, ""))),
        t.gettext("Who answers for it: {who}").format(who=brief(voice, row.responsible or unsaid)),
        t.gettext("Due: {day}").format(day=escape(due)),
        t.gettext("How to tell that it is fulfilled: {indicator}").format(
            indicator=brief(voice, row.indicator or unsaid)
        ),
        *evidence_said(voice, draft.evidence),
        "",
        t.gettext("It is saved, and nobody sees it before it is published."),
        t.gettext("You can also send a photo or a document right here."),
        *(t.gettext(OBSTACLES[each]) for each in draft.obstacles),
    ]
    shown = not {"responsible", "due", "indicator"} & set(draft.obstacles)
    rows = column(
        Button(t.gettext("See how it will go out"), choice=f"ocv:{row.id}") if shown else None,
        *_changes(voice, draft),
        *out_buttons(voice, draft.row.id, draft.evidence),
        Button(t.gettext("Delete this draft"), choice=f"ocd:{row.id}"),
        Button(t.gettext("All of this meeting"), choice=f"orgc:{row.meeting_id}"),
    )
    return [Message("\n".join(lines), rows)]


def _changes(voice: Voice, draft: Draft) -> list[Button]:
    t = voice.t
    buttons = [Button(t.gettext(text), choice=f"ocf:{draft.row.id}:{field}") for field, text in CHANGES.items()]
    if len(draft.entities) > 1:
        buttons.insert(1, Button(t.gettext("Change the entity"), choice=f"ocf:{draft.row.id}:entity"))
    return [*buttons, Button(t.gettext("Add evidence"), choice=f"ocf:{draft.row.id}:evidence")]


def pieces(evidence: Iterable[dict[str, Any]]) -> Pieces:
    """Take drafted evidence as it is shown."""
    return tuple((evidence_drafts.key_of(each), each["name"]) for each in evidence)


def evidence_said(voice: Voice, evidence: Pieces) -> list[str]:
    """Name drafted evidence on a line, in HTML; none without."""
    names = escape(", ".join(shortened(name, NAME) for _, name in evidence))
    return [voice.t.gettext("Evidence: {names}").format(names=names)] if evidence else []


def out_buttons(voice: Voice, commitment_id: int, evidence: Pieces) -> list[Button]:
    """Offer to take each piece of evidence out again."""
    text = voice.t.gettext("Take out {number}: {name}")
    return [
        Button(text.format(number=place, name=shortened(name, NAME)), choice=f"oux:{commitment_id}:{key}")
        for place, (key, name) in enumerate(evidence, 1)
    ]


def _new(voice: Voice, meeting: Meeting) -> list[Message]:
    t, asked = voice.t, ASKS["text"]
    lines = [
        t.gettext("<b>A new commitment</b>"),
        escape(shortened(voice.plain(meeting.title), QUESTION)),
        "",
        t.gettext(asked).format(number=voice.number(LONGEST)),
    ]
    return [Message("\n".join(lines), column(Button(t.gettext("Not now"), choice=f"orgc:{meeting.id}")))]


def _ask(voice: Voice, draft: Draft) -> list[Message]:
    """Ask for a field; what stands there already is said, as what is written replaces it."""
    t, row = voice.t, draft.row
    asked = t.gettext(ASKS[draft.field]).format(
        number=voice.number(LONGEST), example=example(voice), size=LARGEST_EVIDENCE // 1_000_000
    )
    due = voice.day(row.due_on) if row.due_on else None
    stands = {"text": row.text, "responsible": row.responsible, "indicator": row.indicator, "due": due}.get(draft.field)
    lines = [brief(voice, row.text), ""] if draft.field != "text" else []
    lines.append(asked)
    if stands:
        lines.append(t.gettext("Now it says: {text}").format(text=brief(voice, stands)))
    return [Message("\n".join(lines), column(Button(t.gettext("Later"), choice=f"oc:{row.id}")))]


def _entity(voice: Voice, draft: Draft) -> list[Message]:
    t = voice.t
    rows = column(
        *(
            Button(shortened(f"{number}. {voice.plain(name)}", ENTITY), choice=f"oce:{draft.row.id}:{entity_id}")
            for number, (entity_id, name) in enumerate(draft.entities, 1)
        )
    )
    asked = t.gettext("Which entity commits itself?")
    return [Message(f"{brief(voice, draft.row.text)}\n\n{asked}", rows)]


def _delete(voice: Voice, draft: Draft) -> list[Message]:
    t = voice.t
    rows = column(
        Button(t.gettext("Yes, delete it"), choice=f"ocd:{draft.row.id}:{draft.sign}"),
        Button(t.gettext("No, keep it"), choice=f"oc:{draft.row.id}"),
    )
    asked = t.gettext("Delete this draft? Nobody has seen it.")
    return [Message(f"{brief(voice, draft.row.text)}\n\n{asked}", rows)]


def _deleted(voice: Voice, meeting: Meeting) -> list[Message]:
    t = voice.t
    rows = column(Button(t.gettext("All of this meeting"), choice=f"orgc:{meeting.id}"))
    return [Message(t.gettext("The draft is deleted."), rows)]


def _load_meeting(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Meeting | None:
    del now
    return meeting_for(session, who, params)


# How it will go out, and that it did -----------------------------------------------------------------------------


def _load_preview(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Preview | None:
    row = _row(session, who, params)
    shown = previews.publication(session, row, now) if row and row.published_at is None else None
    if row is None or shown is None:
        return None
    meeting = session.get_one(Meeting, row.meeting_id)
    return Preview(
        shown,
        meeting.id,
        row.id,
        previews.reach(session, row),
        previews.waits_until(meeting, now),
        drafting.fingerprint_of(session, row),
        tuple(drafting.obstacles(session, row)),
    )


def _preview(voice: Voice, preview: Preview) -> list[Message]:
    t, number = voice.t, preview.commitment_id
    rows = column(
        None if preview.obstacles else Button(t.gettext("Publish"), choice=f"ocp:{number}:{preview.sign}"),
        Button(t.gettext("Change something"), choice=f"oc:{number}"),
        Button(t.gettext("Delete this draft"), choice=f"ocd:{number}"),
    )
    return shown_before(voice, preview, rows)


def shown_before(voice: Voice, preview: Preview, rows: Rows) -> list[Message]:
    """Show news exactly as people will get it, then to how many it will go, with the ways on."""
    t = voice.t
    say = news.published if preview.news.before is None else news.updated
    lines = [t.gettext("<b>This is what people will get, word for word.</b>"), reaches(voice, preview.reach)]
    if preview.waits_until:
        zone = preview.news.standing.timezone
        lines.append(
            t.gettext("At this hour nobody is written to: it goes out from {when} on.").format(
                when=escape(voice.when(preview.waits_until, zone))
            )
        )
    lines += [t.gettext(OBSTACLES[each]) for each in preview.obstacles]
    return [Message(say(voice, preview.news)), Message("\n".join(lines), rows)]


def reaches(voice: Voice, count: int) -> str:
    """Say to how many people something will go."""
    text = voice.t.ngettext("It will reach {number} person.", "It will reach {number} people.", count)
    return text.format(number=voice.number(count))


def _load_gone(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Gone | None:
    del now
    row = _row(session, who, params)
    return Gone(row.meeting_id, row.id, params["reach"]) if row else None


def _published(voice: Voice, gone: Gone) -> list[Message]:
    done = voice.t.gettext("<b>Published.</b>")
    return [Message(f"{done} {reaches(voice, gone.reach)}", after(voice, gone))]


def after(voice: Voice, gone: Gone) -> Rows:
    """Lead on from something that went out."""
    t = voice.t
    return column(
        Button(t.gettext("See this commitment"), choice=f"oc:{gone.commitment_id}"),
        Button(t.gettext("All of this meeting"), choice=f"orgc:{gone.meeting_id}"),
    )


def _again(voice: Voice, params: Mapping[str, Any]) -> list[Message]:
    text = AGAIN[params["why"]]
    return [Message(voice.t.gettext(text).format(number=voice.number(params.get("most", 0)), example=example(voice)))]


def _changed(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    return [
        Message(voice.t.gettext("The draft has changed since you saw it, so nothing went out. This is how it is now:"))
    ]


KINDS: Final[dict[str, Kind]] = {
    "org_commitments": Kind(_load_list, _list),
    "org_new": Kind(_load_meeting, _new),
    "org_draft": Kind(_load_draft, _draft),
    "org_ask": Kind(_load_draft, _ask),
    "org_entity": Kind(_load_draft, _entity),
    "org_delete": Kind(_load_draft, _delete),
    "org_deleted": Kind(_load_meeting, _deleted),
    "org_preview": Kind(_load_preview, _preview),
    "org_published": Kind(_load_gone, _published),
    "org_again": Kind(nothing_to_look_up, _again),
    "org_changed": Kind(nothing_to_look_up, _changed),
}
