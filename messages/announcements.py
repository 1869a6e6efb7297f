"""What organisers tell a part of a meeting's people, as people read it; and choosing, writing, showing it before."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import announcements, audience, meetings, staff
from civic.audience import Part, Reach, Seen
from civic.daytime import local_date
from civic.meetings import Card
from civic.schema import Announcement, Meeting, Workshop
from locales import N_
from messages.acts import for_organiser, one_meeting, title
from messages.forwarding import forward_button
from messages.kind import Kind, Who
from messages.message import Button, Message, Rows, column
from messages.organiser import back_to_meeting, meeting_for
from messages.voice import Voice, escape, shortened

PAGE: Final = 8
"""Parts of the people on one message."""
LABEL: Final = 30
"""Characters of a workshop's topic on a button."""
ENTITIES: Final = 120
"""Characters of who says it."""
BRIEF: Final = 120
"""Characters of an announcement in brief."""
TITLE: Final = 120

TO: Final = {
    "all": N_("everybody"),
    "unconfirmed": N_("those who have not confirmed"),
    "waiting": N_("those waiting for a place"),
    "workshop": N_("workshop {number}"),
}
WORDS: Final = {
    "all": N_("everybody, all, to everybody, to all, everyone, to everyone"),
    "unconfirmed": N_(
        "not confirmed, who has not confirmed, those who have not confirmed, to those who have not confirmed"
    ),
    "waiting": N_("waiting, who waits, those waiting, to those waiting, the waiting list, to the waiting list"),
    "workshop": N_("workshop {number}, to workshop {number}, those of workshop {number}"),
}
"""What people type instead of tapping a part of the people, with commas between."""
ENOUGH: Final = N_("{number} messages of this meeting go out that day already, and more would be too many for people.")
OBSTACLES: Final = {
    "enough": ENOUGH,
    "over": N_("It would come too late for them. Nothing goes out."),
    "nobody": N_("There is nobody now whom it would reach. Nothing goes out."),
}
FAILED: Final = {
    "not_an_organiser": N_("Your message went to nobody: you do not organise that meeting any more."),
    "over": N_("Your message went to nobody: the meeting was cancelled, or it came too late for them."),
}


@dataclass(frozen=True)
class Chooser:
    """The parts to whom one may write, a page from 0; what waits to go out; what is being written."""

    card: Card
    parts: tuple[Seen, ...]
    page: int
    more: bool
    waiting: tuple[Announcement, ...]
    left: int
    announcement: int | None


@dataclass(frozen=True)
class Said:
    """An announcement, as its organisers see it at this moment."""

    row: Announcement
    card: Card
    number: int | None
    """The workshop's."""
    reach: Reach
    goes_at: datetime
    """When it goes out if it is confirmed now."""
    obstacle: str | None
    sign: str
    numbers: Mapping[str, int]


# What people read ------------------------------------------------------------------------------------------------


def _load_told(session: Session, _who: Who, params: Mapping[str, Any], now: datetime) -> tuple[int, str, Card] | None:
    row = session.get(Announcement, params["announcement"])
    meeting = session.get(Meeting, row.meeting_id) if row else None
    if row is None or row.text is None or meeting is None or meeting.state != "convened":
        return None
    return row.id, row.text, meetings.card_of(session, meeting, None, now)


def _still(session: Session, people: Collection[int], params: Mapping[str, Any]) -> set[int]:
    return announcements.still_told(session, people, params["announcement"])


def _told(voice: Voice, told: tuple[int, str, Card]) -> list[Message]:
    number, text, card = told
    return [Message(as_read(voice, text, card), column(_about(voice, card), forward_button(voice, "a", number)))]


def _about(voice: Voice, card: Card) -> Button:
    return Button(voice.t.gettext("About this meeting"), choice=f"m:{card.code}")


def as_read(voice: Voice, text: str, card: Card) -> str:
    """Say an announcement in HTML: who says it, of which meeting, and its words as they were written."""
    t = voice.t
    entities = shortened(", ".join(voice.plain(each.name) for each in card.entities), ENTITIES)
    about = t.gettext("About «{title}», {day}.").format(
        title=escape(shortened(voice.plain(card.title), TITLE)), day=voice.day(card.starts_at, card.timezone)
    )
    head = t.gettext("<b>A message from {who}</b>").format(who=escape(entities))
    return f"{head}\n{about}\n\n{escape(text)}"


# Chosen, written -------------------------------------------------------------------------------------------------


def _load_chooser(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Chooser | None:
    meeting = meeting_for(session, who, params)
    if meeting is None:
        return None
    found = audience.seen(session, meeting, now)
    page = min(params.get("page", 0), max(len(found) - 1, 0) // PAGE)
    return Chooser(
        meetings.card_of(session, meeting, None, now),
        tuple(found[page * PAGE : (page + 1) * PAGE]),
        page,
        len(found) > (page + 1) * PAGE,
        tuple(announcements.waiting(session, meeting.id)),
        announcements.left(session, meeting, now),
        params.get("announcement"),
    )


def _chooser(voice: Voice, seen: Chooser) -> list[Message]:
    t, card = voice.t, seen.card
    lines = [t.gettext("<b>Write to the people</b>"), title(voice, card), ""]
    for each in seen.waiting:
        lines += [f"«{_brief(each)}»", _goes(voice, each.sends_at, card), ""]
    offers = bool(seen.left and seen.parts)
    if offers:
        lines.append(t.gettext("To whom? First I show it to you as they will read it, and to how many it goes."))
    elif seen.left:
        lines.append(t.gettext("There is nobody to write to now."))
    else:
        lines.append(_enough(voice))
    begun, stem = seen.announcement or 0, f"onw:{card.id}:{seen.announcement or 0}"
    rows = column(
        *(
            Button(t.gettext("Undo «{text}»").format(text=shortened(each.text or "", LABEL)), choice=f"onu:{each.id}")
            for each in seen.waiting
        ),
        *(
            Button(
                _part(voice, each),
                choice=f"ona:{card.id}:{each.part.what}:{each.part.workshop_id or 0}:{begun}",
                words=_words(t.gettext(WORDS[each.part.what]).format(number=each.number)),
            )
            for each in (seen.parts if offers else ())
        ),
        Button(t.gettext("More of them"), choice=f"{stem}:{seen.page + 1}") if offers and seen.more else None,
        Button(t.gettext("Back"), choice=f"{stem}:{seen.page - 1}") if offers and seen.page else None,
        back_to_meeting(voice, card.id),
    )
    return [Message("\n".join(lines), rows)]


def _part(voice: Voice, seen: Seen) -> str:
    """Name a part on its button, with how many people are in it."""
    t = voice.t
    labels = {
        "all": t.gettext("Everybody ({people})"),
        "unconfirmed": t.gettext("Not confirmed ({people})"),
        "waiting": t.gettext("Waiting ({people})"),
        "workshop": t.gettext("Workshop {number} ({people})"),
    }
    said = {"people": voice.number(seen.reach.people), "number": seen.number}
    label = labels[seen.part.what].format(**said)
    return f"{label}: {shortened(voice.plain(seen.topic), LABEL)}" if seen.topic else label


def _ask(voice: Voice, said: Said) -> list[Message]:
    t = voice.t
    text = t.gettext(
        "Write the message for {whom} as they should read it, in up to {most} characters. Links may stand in it."
    ).format(whom=_whom(voice, said), most=voice.number(announcements.LONGEST))
    rows = column(
        Button(t.gettext("To other people"), choice=f"onw:{said.card.id}:{said.row.id}"),
        Button(t.gettext("Send nothing"), choice=f"ond:{said.row.id}"),
    )
    return [Message(text, rows)]


# Shown before ----------------------------------------------------------------------------------------------------


def _load_own(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Said | None:
    """Load what was not confirmed yet, for its author."""
    said = _load_said(session, who, params, now)
    return said if said and said.row.state == "proposed" and said.row.author_id == who.person_id else None


def _load_written(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Said | None:
    said = _load_own(session, who, params, now)
    return said if said and said.row.text else None


def _load_said(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Said | None:
    """Load an announcement for who organises its meeting; its author also hears that it was not hers to send."""
    row = session.get(Announcement, params["announcement"])
    if row is None:
        return None
    own = row.author_id is not None and row.author_id == who.person_id and row.state == "failed"
    if not own and not staff.organises(session, who.person_id, row.meeting_id):
        return None
    meeting = session.get_one(Meeting, row.meeting_id)
    workshop = session.get(Workshop, row.workshop_id) if row.workshop_id else None
    return Said(
        row,
        meetings.card_of(session, meeting, None, now),
        workshop.number if workshop else None,
        audience.reach(session, meeting, Part(row.audience, row.workshop_id), now),
        announcements.goes_at(meeting, now),
        announcements.obstacle(session, row, now),
        announcements.sign_of(session, row),
        announcements.numbers(session, row),
    )


def _preview(voice: Voice, said: Said) -> list[Message]:
    t, number = voice.t, said.row.id
    shown = Message(as_read(voice, said.row.text or "", said.card))  # its own buttons would take the first numbers
    lines = [t.gettext("This is how they will read it. It goes to {whom}.").format(whom=f"<b>{_whom(voice, said)}</b>")]
    if said.obstacle in OBSTACLES:
        lines += ["", _enough(voice) if said.obstacle == "enough" else t.gettext(OBSTACLES[said.obstacle])]
    else:
        lines += [*_reach(voice, said.reach), "", _timing(voice, said)]
    rows = column(
        None if said.obstacle else _yes(voice, said),
        Button(
            t.gettext("Write it another way"),
            choice=f"ont:{number}",
            words=_words(t.gettext("another way, write it again, change it")),
        ),
        Button(
            t.gettext("To other people"),
            choice=f"onw:{said.card.id}:{number}",
            words=_words(t.gettext("to others, other people")),
        ),
        Button(
            t.gettext("Send nothing"), choice=f"ond:{number}", words=_words(t.gettext("no, do not send it, nothing"))
        ),
    )
    return [shown, Message("\n".join(lines), rows)]


def _yes(voice: Voice, said: Said) -> Button:
    t, number = voice.t, said.reach.reached
    label = t.ngettext("Yes, send it to {number} person", "Yes, send it to {number} people", number)
    words = _words(t.gettext("yes, send it, yes send it, send"))
    return Button(_count(voice, label, number), choice=f"ongo:{said.row.id}:{said.sign}", words=words)


def _timing(voice: Voice, said: Said) -> str:
    t = voice.t
    if said.goes_at - voice.now <= announcements.UNDONE_FOR:
        return t.gettext("It goes out a minute after your yes, and until then you can undo it.")
    late = t.gettext("It is late now: it goes out {when}, and until then you can undo it.")
    lines = [late.format(when=_moment(voice, said.goes_at, said.card))]
    if voice.now < said.card.starts_at <= said.goes_at:
        lines.append(t.gettext("By then the meeting has begun: whoever must know before has to be called."))
    return "\n".join(lines)


# How it stands ---------------------------------------------------------------------------------------------------


def _stands(voice: Voice, said: Said) -> list[Message]:
    t, row = voice.t, said.row
    back = back_to_meeting(voice, said.card.id)
    if row.state == "failed":
        rows = column(Button(t.gettext("Organise"), choice="orgl"))
        return [Message(f"{t.gettext(FAILED[row.trouble or 'over'])}\n\n«{_brief(row)}»", rows)]
    head = t.gettext("Your message for {whom}:").format(whom=_whom(voice, said))
    lines = [head, f"«{_brief(row)}»", ""]
    match row.state:
        case "waiting":
            lines += [_goes(voice, row.sends_at, said.card), *_reach(voice, said.reach)]
            words = _words(t.gettext("undo it, it was a mistake, do not send it"))
            rows = column(Button(t.gettext("Undo"), choice=f"onu:{row.id}", words=words), back)
        case "undone":
            lines.append(t.gettext("It did not go out: nobody was told anything."))
            rows = _again(voice, said)
        case "proposed":
            lines.append(t.gettext("It was not sent yet."))
            rows = column(Button(t.gettext("See it again"), choice=f"onp:{row.id}"), back)
        case _:
            lines += _went(voice, said)
            rows = _again(voice, said)
    return [Message("\n".join(lines), rows)]


def _went(voice: Voice, said: Said) -> list[str]:
    """Say how many were reached by now."""
    t, numbers = voice.t, said.numbers
    lines = []
    if numbers["reached"] or not numbers["to_go"]:
        text = t.ngettext("It reached {number} person.", "It reached {number} people.", numbers["reached"])
        lines.append(_count(voice, text, numbers["reached"]))
    if numbers["to_go"] or said.row.state == "sending":
        lines.append(t.gettext("It is still going out."))
    if numbers["missed"]:
        text = t.ngettext(
            "{number} person could not be reached.", "{number} people could not be reached.", numbers["missed"]
        )
        lines.append(_count(voice, text, numbers["missed"]))
    return lines


def _again(voice: Voice, said: Said) -> Rows:
    again = Button(voice.t.gettext("Write another message"), choice=f"onw:{said.card.id}")
    return column(again, back_to_meeting(voice, said.card.id))


def _left(voice: Voice, card: Card) -> list[Message]:
    text = voice.t.gettext("Good: nothing was sent, and what you wrote is gone.")
    return [Message(text, column(back_to_meeting(voice, card.id)))]


def _stale(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    return [
        Message(
            voice.t.gettext("Something has changed since you saw it, so nothing was sent. This is how it stands now:")
        )
    ]


# Words -----------------------------------------------------------------------------------------------------------


def _whom(voice: Voice, said: Said) -> str:
    return voice.t.gettext(TO[said.row.audience]).format(number=said.number or "—")


def _reach(voice: Voice, reach: Reach) -> list[str]:
    """Say whom it reaches, a line each: who gets it, who hears it from them, and who does not."""
    t = voice.t
    reached = t.ngettext("It reaches {number} person now.", "It reaches {number} people now.", reach.reached)
    brought = t.ngettext(
        "{number} companion hears it from whoever brings them.",
        "{number} companions hear it from whoever brings them.",
        reach.brought,
    )
    missed = t.ngettext(
        "It does not reach {number} person: without Telegram, blocked, or asked for silence.",
        "It does not reach {number} people: without Telegram, blocked, or asked for silence.",
        reach.missed,
    )
    others = [each for each in ((brought, reach.brought), (missed, reach.missed)) if each[1]]
    return [_count(voice, text, number) for text, number in ((reached, reach.reached), *others)]


def _enough(voice: Voice) -> str:
    return voice.t.gettext(ENOUGH).format(number=voice.number(announcements.A_DAY))


def _goes(voice: Voice, moment: datetime | None, card: Card) -> str:
    when = _moment(voice, moment, card) if moment else ""
    return voice.t.gettext("It goes out {when}, and until then it can be undone.").format(when=when)


def _moment(voice: Voice, moment: datetime, card: Card) -> str:
    """Say a moment by the meeting's clocks, with its day where that is not today."""
    t = voice.t
    if local_date(moment, card.timezone) == local_date(voice.now, card.timezone):
        return voice.at(moment, card.timezone)
    return t.gettext("on {when}").format(when=voice.when(moment, card.timezone))


def _brief(row: Announcement) -> str:
    return escape(shortened(row.text or "", BRIEF))


def _words(listed: str) -> tuple[str, ...]:
    """Give what people type instead of tapping."""
    return tuple(listed.split(", "))


def _count(voice: Voice, text: str, number: int) -> str:
    return text.format(number=voice.number(number))


KINDS: Final[dict[str, Kind]] = {
    announcements.KIND: Kind(_load_told, _told, _still),
    "org_say_whom": Kind(_load_chooser, _chooser),
    "org_say_ask": Kind(_load_own, _ask),
    "org_say_preview": Kind(_load_written, _preview),
    "org_say": Kind(_load_said, _stands),
    "org_say_left": Kind(one_meeting, _left),
    "org_say_stale": Kind(for_organiser, _stale),
}
