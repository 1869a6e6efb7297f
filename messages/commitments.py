"""What we say about commitments: a meeting's list, one with its whole history, and the parts of their news."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import following, meetings, public_record
from civic.columns import Text
from civic.meetings import Report
from civic.public_record import Attachment, History, Meetings, Standing, Step
from civic.schema import Commitment, Entity, Meeting
from locales import N_
from messages.forwarding import forward_button
from messages.kind import Kind, Who
from messages.message import Button, Document, Message, Rows, column
from messages.voice import Voice, escape, shortened

LISTED: Final = 120
"""Characters of a commitment in a list."""
BRIEF: Final = 260
"""Characters of a text in a message that nobody asked for."""
LABEL: Final = 48
"""Characters of a commitment on its button."""
TITLE: Final = 40
"""Characters of a meeting on its button, before how many commitments it has."""
PROOF_LABEL: Final = 28
"""Characters of a file's name on its button."""
WHOLE: Final = 3500
"""Characters of one message of a history; Telegram takes 4096 after its markup is read."""
AT_ONCE: Final = 2
"""Messages of a history at once; the rest is a tap away."""
MOST_PROOFS: Final = 8
"""Evidence named by one message, and on its buttons; the page has all of it."""
MOST_CONVENERS: Final = 3
"""Entities with a button each."""
NAME: Final = 60
"""Characters of the name of evidence."""

STATUS: Final = {
    "not_started": N_("Not started"),
    "in_progress": N_("In progress"),
    "fulfilled": N_("Fulfilled"),
    "partly_fulfilled": N_("Partly fulfilled"),
    "not_fulfilled": N_("Not fulfilled"),
}


@dataclass(frozen=True)
class Convener:
    """An entity that can be followed, and whether the person who looks said that she does."""

    id: int
    name: Text
    followed: bool


@dataclass(frozen=True)
class Seen:
    """Something of commitments, and whether the person who looks follows it."""

    what: Any
    follows: bool
    page: int = 0
    """Of a long history, from 0."""
    entities: tuple[Convener, ...] = ()


@dataclass(frozen=True)
class Listed:
    """A page of a meeting's commitments, from 0."""

    meeting_id: int
    code: str
    title: Text
    rows: tuple[Standing, ...]
    page: int
    more: bool


Block = tuple[str, tuple[Attachment, ...]]
"""A part of a history in HTML, with the evidence that it names."""


# Words that pages use too ----------------------------------------------------------------------------------------


def status(voice: Voice, standing: Standing | Step) -> str:
    """Say how a commitment stands: «In progress, 40 %»."""
    word = voice.t.gettext(STATUS[standing.status])
    if standing.status in public_record.OPEN and standing.progress:
        return f"{word}, {percent(voice, standing.progress)}"
    return word


def percent(voice: Voice, progress: int) -> str:
    """Say progress."""
    return voice.t.gettext("{number} %").format(number=voice.number(progress))


def due(voice: Voice, standing: Standing) -> str:
    """Say by when, and whether that day has passed without an end."""
    day = voice.day(standing.due_on)
    if standing.overdue:
        return voice.t.gettext("Due: {day}. That date has passed.").format(day=day)
    return voice.t.gettext("Due: {day}").format(day=day)


def changes(voice: Voice, step: Step, before: Step | None) -> list[str]:
    """Say what a step changed, a line each, as plain text: status, progress, due date with its reason, note."""
    t = voice.t
    lines = []
    if before is None or before.status != step.status:
        lines.append(t.gettext("Now: {status}").format(status=t.gettext(STATUS[step.status])))
    if before is not None and before.progress != step.progress:
        text = t.gettext("Progress: {now} (it was {before})")
        lines.append(text.format(now=percent(voice, step.progress), before=percent(voice, before.progress)))
    if before is not None and before.due_on != step.due_on:
        text = t.gettext("New due date: {day} (it was {before})")
        lines.append(text.format(day=voice.day(step.due_on), before=voice.day(before.due_on)))
        if step.because:
            lines.append(t.gettext("Reason: {reason}").format(reason=step.because))
    if step.note:
        lines.append(t.gettext("Note: {note}").format(note=voice.plain(step.note)))
    return lines


def weight(voice: Voice, proof: Attachment) -> str:
    """Say how large a file of evidence is."""
    from messages.meetings import size  # it knows signing up, which this does not need

    return size(voice, Report(proof.name, proof.size, proof.sha256, proof.address))


# Parts of a message -----------------------------------------------------------------------------------------------


def proof_buttons(voice: Voice, evidence: Iterable[Attachment]) -> Rows:
    """Offer files of evidence, their size stated; addresses stand in the text as links."""
    buttons = []
    for proof in evidence:
        if proof.sha256:
            label = voice.t.gettext("Evidence: {name} ({size})")
            name = shortened(proof.name, PROOF_LABEL)
            buttons.append(Button(label.format(name=name, size=weight(voice, proof)), choice=f"ev:{proof.id}"))
    return column(*buttons[:MOST_PROOFS])


def evidence_named(voice: Voice, step: Step) -> list[str]:
    """Name the evidence of a step, in HTML, on a line; none without."""
    if not step.evidence:
        return []
    names = ", ".join(_link(each) for each in step.evidence[:MOST_PROOFS])
    more = len(step.evidence) - MOST_PROOFS
    if more > 0:
        names = voice.t.gettext("{names} and {number} more").format(names=names, number=voice.number(more))
    return [voice.t.gettext("Evidence: {names}").format(names=names)]


def _link(proof: Attachment) -> str:
    name = escape(shortened(proof.name, NAME))
    return f'<a href="{html.escape(proof.address)}">{name}</a>' if proof.address else name


def brief(voice: Voice, text: Text) -> str:
    """Say a text where there is little room, in HTML."""
    return escape(shortened(voice.plain(text), BRIEF))


def facts(voice: Voice, standing: Standing, *, first: Step | None = None) -> list[str]:
    """Say who answers for it, by when and how it will be verified (M13)."""
    t = voice.t
    shown = replace(standing, due_on=first.due_on) if first else standing
    return [
        t.gettext("Who answers for it: {who} ({entity})").format(
            who=brief(voice, standing.responsible), entity=voice.say(standing.entity)
        ),
        html.escape(due(voice, shown), quote=False),
        t.gettext("How to tell that it is fulfilled: {indicator}").format(indicator=brief(voice, standing.indicator)),
    ]


# A meeting's commitments -----------------------------------------------------------------------------------------


def _load_list(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Seen | None:
    meeting = session.get(Meeting, params["meeting"])
    if meeting is None or meeting.state == "draft":
        return None
    found = [
        each for each in public_record.published(session, now, meeting_id=meeting.id) if not each.withdrawn_because
    ]
    page = min(params.get("page", 0), max(len(found) - 1, 0) // public_record.PAGE)
    start = page * public_record.PAGE
    rows = tuple(found[start : start + public_record.PAGE])
    listed = Listed(meeting.id, meeting.code, meeting.title, rows, page, more=len(found) > start + public_record.PAGE)
    follows = following.said_yes(session, who.person_id, "m", meeting.id)
    return Seen(listed, follows=follows, entities=conveners(session, who, meetings.entities(session, meeting.id)))


def conveners(session: Session, who: Who, entities: Iterable[Entity]) -> tuple[Convener, ...]:
    """Say which entities can be followed, and which of them a person said that she does."""
    return tuple(
        Convener(each.id, each.name, following.said_yes(session, who.person_id, "e", each.id)) for each in entities
    )


def follow_buttons(voice: Voice, entities: Iterable[Convener]) -> list[Button]:
    """Offer to follow entities, or not any more."""
    t = voice.t
    buttons = []
    for each in entities:
        label = t.gettext("Stop following {entity}") if each.followed else t.gettext("Follow {entity}")
        said = label.format(entity=shortened(voice.plain(each.name), TITLE))
        buttons.append(Button(said, choice=f"{'u' if each.followed else 'f'}:e:{each.id}"))
    return buttons[:MOST_CONVENERS]


def _list(voice: Voice, seen: Seen) -> list[Message]:
    t = voice.t
    listed: Listed = seen.what
    lines = [t.gettext("<b>Commitments of «{title}»</b>").format(title=voice.say(listed.title))]
    if not listed.rows:
        lines.append(t.gettext("None has been published yet. If you follow this meeting, I will tell you when one is."))
    for number, each in enumerate(listed.rows, 1):  # as its button: what people type counts from the top
        lines += ["", f"{number}. {_short(voice, each.text)}", _state(voice, each)]
    choice = f"cs:{listed.meeting_id}"
    page = voice.links.page(f"/meetings/{listed.code}")
    if seen.follows:
        word = Button(t.gettext("Stop following this meeting"), choice=f"u:m:{listed.meeting_id}")
    else:
        word = Button(t.gettext("Follow this meeting's commitments"), choice=f"f:m:{listed.meeting_id}")
    rows = column(
        *(Button(shortened(voice.plain(each.text), LABEL), choice=f"c:{each.id}") for each in listed.rows),
        Button(t.gettext("More commitments"), choice=f"{choice}:{listed.page + 1}") if listed.more else None,
        Button(t.gettext("Earlier ones"), choice=f"{choice}:{listed.page - 1}") if listed.page else None,
        word,
        *follow_buttons(voice, seen.entities),
        Button(t.gettext("Open the page"), url=page) if page else None,
    )
    return [Message("\n".join(lines), rows)]


def _state(voice: Voice, standing: Standing) -> str:
    """Say in one line how it stands and by when."""
    return (
        f"<i>{html.escape(status(voice, standing), quote=False)}. {html.escape(due(voice, standing), quote=False)}</i>"
    )


def _short(voice: Voice, text: Text) -> str:
    return escape(shortened(voice.plain(text), LISTED))


def _load_meetings(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> tuple[int, Meetings]:
    del who, now
    page = params.get("page", 0)
    found = public_record.meetings_with(session, page)
    return (page, found) if found.rows else (0, public_record.meetings_with(session))


def _meetings(voice: Voice, data: tuple[int, Meetings]) -> list[Message]:
    t = voice.t
    page, found = data
    if not found.rows:
        text = t.gettext("No commitments have been published yet. They come out of the meetings.")
        return [Message(text, column(Button(t.gettext("Open meetings"), choice="open")))]
    buttons = []
    for meeting_id, title, _starts_at, _zone, count in found.rows:
        label = t.ngettext("{title} ({number} commitment)", "{title} ({number} commitments)", count)
        title_said = shortened(voice.plain(title), TITLE)
        buttons.append(Button(label.format(title=title_said, number=voice.number(count)), choice=f"cs:{meeting_id}"))
    rows = column(
        *buttons,
        Button(t.gettext("More meetings"), choice=f"cm:{page + 1}") if found.more else None,
        Button(t.gettext("Back"), choice=f"cm:{page - 1}") if page else None,
    )
    return [Message(t.gettext("<b>Commitments</b>\nOf which meeting?"), rows)]


# One, whole ------------------------------------------------------------------------------------------------------


def _load_one(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Seen | None:
    whole = public_record.history(session, params["commitment"], now)
    row = session.get(Commitment, params["commitment"])
    if whole is None or row is None:
        return None
    entity = session.get_one(Entity, row.entity_id)
    return Seen(
        whole,
        following.follows(session, who.person_id, row),
        page=params.get("page", 0),
        entities=conveners(session, who, [entity]),
    )


def _one(voice: Voice, seen: Seen) -> list[Message]:
    t = voice.t
    whole: History = seen.what
    standing = whole.standing
    head = [
        f"<b>{voice.say(standing.text)}</b>",
        t.gettext("From the meeting «{title}»").format(title=voice.say(standing.meeting_title)),
        "",
        t.gettext("How it stands: {status}").format(status=html.escape(status(voice, standing), quote=False)),
        *facts(voice, standing),
    ]
    if standing.withdrawn_because:
        head += [t.gettext("It was withdrawn: {reason}").format(reason=voice.say(standing.withdrawn_because))]
    older = {step.number: step for step in whole.steps}
    blocks: list[Block] = [("\n".join(head), ()), (t.gettext("<b>What has happened</b>"), ())]
    blocks += [(_step(voice, standing, each, older.get(each.number - 1)), each.evidence) for each in whole.steps]
    return _page_of(voice, _gathered(blocks), standing, seen)


def _page_of(voice: Voice, texts: list[Block], standing: Standing, seen: Seen) -> list[Message]:
    """Say so much of a history as a chat takes at once, and the ways on."""
    t = voice.t
    last = (len(texts) - 1) // AT_ONCE
    number = min(seen.page, last)
    shown = texts[number * AT_ONCE : (number + 1) * AT_ONCE]
    page = voice.links.page(f"/commitments/{standing.meeting_code}/{standing.slug}")
    if seen.follows:
        word = Button(t.gettext("Stop following it"), choice=f"u:c:{standing.id}")
    else:
        word = Button(t.gettext("Follow this commitment"), choice=f"f:c:{standing.id}")
    rows = proof_buttons(voice, (proof for _, proofs in shown for proof in proofs)) + column(
        Button(t.gettext("What happened before"), choice=f"c:{standing.id}:{number + 1}") if number < last else None,
        Button(t.gettext("The newest first"), choice=f"c:{standing.id}") if number else None,
        word,
        *follow_buttons(voice, seen.entities),
        Button(t.gettext("All of this meeting"), choice=f"cs:{standing.meeting_id}"),
        forward_button(voice, "c", standing.id),
        Button(t.gettext("Open the page"), url=page) if page else None,
    )
    return [*(Message(text) for text, _ in shown[:-1]), Message(shown[-1][0], rows)]


def _step(voice: Voice, standing: Standing, step: Step, before: Step | None) -> str:
    """Say one step of a history."""
    when = voice.day(step.at, standing.timezone)
    lines = [f"<b>{html.escape(when, quote=False)}</b>"]
    if before is None:
        lines.append(voice.t.gettext("Published. Due: {day}").format(day=voice.day(step.due_on)))
    else:
        lines += [html.escape(line, quote=False) for line in changes(voice, step, before)]
    return "\n".join(lines + evidence_named(voice, step))


def _gathered(blocks: list[Block]) -> list[Block]:
    """Put blocks together into as few messages as hold them."""
    texts: list[Block] = []
    for text, proofs in blocks:
        if texts and len(texts[-1][0]) + len(text) + 2 <= WHOLE:
            texts[-1] = (f"{texts[-1][0]}\n\n{text}", texts[-1][1] + proofs)
        else:
            texts.append((text, proofs))
    return texts


def _load_evidence(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Document | None:
    del who, now
    found = public_record.evidence(session, params["evidence"])
    return Document(found[0], found[1].content, found[1].sha256) if found else None


KINDS: Final[dict[str, Kind]] = {
    "commitments": Kind(_load_list, _list),
    "commitment_meetings": Kind(_load_meetings, _meetings),
    "commitment": Kind(_load_one, _one),
    "evidence": Kind(_load_evidence, lambda _voice, document: [Message("", document=document)]),
}
