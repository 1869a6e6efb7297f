"""What we say to organisers of who organises with them, and of the links by which they invite."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import inviting
from civic.inviting import Invited, Role
from civic.schema import Entity, Meeting, Staff
from locales import N_
from messages.kind import Kind, Who, nothing_to_look_up
from messages.message import Button, Message, column
from messages.organiser import QUESTION, back_to_meeting, meeting_for
from messages.voice import Voice, escape, shortened

PAGE: Final = 6
"""Roles in one message."""
NAME: Final = 40
SHORT: Final = 24
"""Characters of a name on a button."""
GONE: Final = {
    "used": N_("That invitation was used already: it works once. Please ask who sent it for another."),
    "expired": N_("That invitation is too old by now. Please ask who sent it for another."),
    "revoked": N_("That invitation was closed by who organises. If that is a mistake, please ask for another."),
    "unknown": N_(
        "That invitation leads nowhere. Please open the whole link that was sent to you, or ask for another."
    ),
}


@dataclass(frozen=True)
class Organisers:
    """Who organises a meeting, a page from 0, and for what else one may invite."""

    meeting: Meeting
    roles: tuple[Role, ...]
    entities: tuple[Entity, ...]
    page: int


@dataclass(frozen=True)
class Link:
    """A link that was made; its token is known once."""

    meeting: Meeting
    """From which it was made."""
    invited: Invited
    token: str | None


@dataclass(frozen=True)
class OfRole:
    """A role of a meeting, or a link: its row, the name of who holds it, the meeting from which it is looked at."""

    row: Staff
    name: str | None
    meeting: Meeting


# Who organises ---------------------------------------------------------------------------------------------------


def _load_organisers(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Organisers | None:
    meeting = meeting_for(session, who, params)
    if meeting is None:
        return None
    roles = inviting.listing(session, meeting, who.person_id, now)
    page = min(params.get("page", 0), max(len(roles) - 1, 0) // PAGE)
    return Organisers(meeting, tuple(roles), tuple(inviting.inviting_for(session, meeting, who.person_id)), page)


def _organisers(voice: Voice, seen: Organisers) -> list[Message]:
    t, meeting_id = voice.t, seen.meeting.id
    shown = seen.roles[seen.page * PAGE : (seen.page + 1) * PAGE]
    lines = [t.gettext("<b>Who organises</b>"), _title(voice, seen.meeting), ""]
    lines += [f"{number}. {_role(voice, seen, each)}" for number, each in enumerate(shown, seen.page * PAGE + 1)]
    more = len(seen.roles) > (seen.page + 1) * PAGE
    rows = column(
        *(
            Button(_take_away(voice, number, each), choice=f"ogr:{each.id}:{meeting_id}")
            for number, each in enumerate(shown, seen.page * PAGE + 1)
            if each.revocable
        ),
        Button(t.gettext("More of them"), choice=f"ogp:{meeting_id}:{seen.page + 1}") if more else None,
        Button(t.gettext("Back"), choice=f"ogp:{meeting_id}:{seen.page - 1}") if seen.page else None,
        Button(t.gettext("Invite somebody for this meeting"), choice=f"ogi:{meeting_id}"),
        *(
            Button(
                t.gettext("Invite for all of {entity}").format(entity=shortened(voice.plain(each.name), SHORT)),
                choice=f"ogi:{meeting_id}:{each.id}",
            )
            for each in seen.entities[:3]
        ),
        back_to_meeting(voice, meeting_id),
    )
    return [Message("\n".join(lines), _distinct(rows))]


def _distinct(rows: tuple[tuple[Button, ...], ...]) -> tuple[tuple[Button, ...], ...]:
    """Leave out a button whose label another has."""
    seen: dict[str, tuple[Button, ...]] = {}
    for row in rows:
        seen.setdefault(row[0].label, row)
    return tuple(seen.values())


def _role(voice: Voice, seen: Organisers, role: Role) -> str:
    """Say who organises what, or a link that is open, in HTML."""
    t = voice.t
    if not role.held:
        until = voice.when(role.until, seen.meeting.timezone) if role.until else ""
        text = t.gettext("A link that nobody has used, until {when}").format(when=until)
        return f"{text} · {_of(voice, role)}"
    name = escape(shortened(role.name, NAME)) if role.name else t.gettext("somebody without a name")
    you = t.gettext("you")
    return " · ".join((f"<b>{name}</b> ({you})" if role.own else f"<b>{name}</b>", _of(voice, role)))


def _of(voice: Voice, role: Role) -> str:
    t = voice.t
    if role.scope == "entity":
        return t.gettext("all of {entity}").format(entity=escape(shortened(voice.plain(role.entity), NAME)))
    return t.gettext("this meeting") if role.scope == "meeting" else t.gettext("everything")


def _take_away(voice: Voice, number: int, role: Role) -> str:
    t = voice.t
    if not role.held:
        return t.gettext("{number}. Close the link").format(number=number)
    if role.own:
        return t.gettext("{number}. I do not organise any more").format(number=number)
    name = shortened(role.name, SHORT) if role.name else t.gettext("somebody without a name")
    return t.gettext("{number}. Take away {name}").format(number=number, name=name)


def _title(voice: Voice, meeting: Meeting) -> str:
    return escape(shortened(voice.plain(meeting.title), QUESTION))


# Links -----------------------------------------------------------------------------------------------------------


def _load_link(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Link | None:
    meeting = meeting_for(session, who, params)
    invited = inviting.look(session, params["role"], now) if meeting else None
    return Link(meeting, invited, params.get("token")) if meeting and invited else None


def _link(voice: Voice, link: Link) -> list[Message]:
    t = voice.t
    list_of_them = Button(t.gettext("Who organises"), choice=f"ogp:{link.meeting.id}")
    if link.token is None:
        text = t.gettext("The link was made, and shown once. Make another, and close this one in «Who organises».")
        return [Message(text, column(list_of_them))]
    address = voice.links.start(f"o_{link.token}")
    until = voice.when(link.invited.until, link.meeting.timezone) if link.invited.until else ""
    send = t.gettext("You are invited to organise with Convoca: {what}. Open this link on your phone, until {when}:")
    text = f"{escape(send.format(what=_what(voice, link.invited), when=until))}\n\n{escape(address)}"
    how = t.gettext(
        "Forward the message above to that one person. It works once: whoever opens it first and accepts, organises."
    )
    return [Message(text), Message(how, column(list_of_them, back_to_meeting(voice, link.meeting.id)))]


def _what(voice: Voice, invited: Invited) -> str:
    """Name what somebody is invited to organise, in plain text."""
    title = invited.meeting.title if invited.meeting else invited.entity
    return f"«{shortened(voice.plain(title), QUESTION)}»"


def _load_invited(session: Session, _who: Who, params: Mapping[str, Any], now: datetime) -> tuple[int, Invited] | None:
    invited = inviting.look(session, params["role"], now)
    return (params["role"], invited) if invited else None


def _invited(voice: Voice, seen: tuple[int, Invited]) -> list[Message]:
    t = voice.t
    role_id, invited = seen
    if invited.state != "open":
        return _gone(voice, {"why": invited.state})
    if invited.scope == "entity":
        text = t.gettext("You are invited to organise all meetings of <b>{what}</b>.")
    else:
        text = t.gettext("You are invited to organise the meeting <b>{what}</b>.")
    said = (
        text.format(what=escape(_what(voice, invited))),
        t.gettext("You will see its numbers and its people, whom to call with their phones, and can write to them."),
        t.gettext("If you accept I keep your name and this chat, and note what you do as an organiser. Do you accept?"),
    )
    rows = column(
        Button(
            t.gettext("I accept to organise"),
            choice=f"ogok:{role_id}",
            words=tuple(t.gettext("yes, accept, I accept").split(", ")),
        ),
        Button(t.gettext("No, thank you"), choice=f"ogno:{role_id}", words=(t.gettext("no"),)),
    )
    return [Message("\n\n".join(said), rows)]


def _gone(voice: Voice, params: Mapping[str, Any]) -> list[Message]:
    t = voice.t
    rows = column(
        Button(t.gettext("Open meetings"), choice="open"),
        Button(t.gettext("Help"), choice="help"),
    )
    text = GONE[params["why"]]
    return [Message(t.gettext(text), rows)]


def _again(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    text = voice.t.gettext("To accept an invitation, please open the link once more that was sent to you.")
    return [Message(text, column(Button(voice.t.gettext("Help"), choice="help")))]


def _declined(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    t = voice.t
    text = t.gettext("All right: I have kept nothing about you. If you change your mind, open the link once more.")
    return [Message(text, column(Button(t.gettext("Open meetings"), choice="open")))]


def _welcome(voice: Voice, seen: tuple[int, Invited]) -> list[Message]:
    t = voice.t
    _, invited = seen
    text = t.gettext("Thank you. From now on you organise {what}. /organise brings you there whenever you want.")
    first = invited.meeting
    there = back_to_meeting(voice, first.id) if first else Button(t.gettext("Organise"), choice="orgl")
    return [Message(text.format(what=escape(_what(voice, invited))), column(there))]


def _already(voice: Voice, seen: tuple[int, Invited]) -> list[Message]:
    t = voice.t
    text = t.gettext("You organise {what} already. If the link is still open, it stays so for somebody else.")
    return [
        Message(text.format(what=escape(_what(voice, seen[1]))), column(Button(t.gettext("Organise"), choice="orgl")))
    ]


def _many(voice: Voice, params: Mapping[str, Any]) -> list[Message]:
    t = voice.t
    text = t.gettext("{number} links are open already. Close one of them first, or wait until they are used.")
    rows = column(Button(t.gettext("Who organises"), choice=f"ogp:{params['meeting']}"))
    return [Message(text.format(number=voice.number(params["most"])), rows)]


def _load_role(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> OfRole | None:
    """Load a role for an organiser of the meeting, or who just gave up her own."""
    row, meeting = session.get(Staff, params["role"]), session.get(Meeting, params["meeting"])
    if row is None or meeting is None:
        return None
    own = who.person_id is not None and row.person_id == who.person_id
    if not own and meeting_for(session, who, params) is None:
        return None
    return OfRole(row, inviting.holder(session, row), meeting)


def _removed(voice: Voice, role: OfRole) -> list[Message]:
    t, row, meeting_id = voice.t, role.row, role.meeting.id
    if row.revoked_at is None:
        text = (
            t.gettext("It is as before: {name} organises.") if row.person_id else t.gettext("The link is open again.")
        )
    else:
        held = t.gettext("{name} does not organise any more, from this moment.")
        text = held if row.person_id else t.gettext("That link leads nowhere any more.")
    name = escape(shortened(role.name, NAME)) if role.name else t.gettext("somebody without a name")
    rows = column(
        Button(t.gettext("It was a mistake"), choice=f"ogu:{row.id}:{meeting_id}") if row.revoked_at else None,
        Button(t.gettext("Who organises"), choice=f"ogp:{meeting_id}"),
    )
    return [Message(text.format(name=f"<b>{name}</b>"), rows)]


def _given_up(voice: Voice, role: OfRole) -> list[Message]:
    t = voice.t
    mistake = Button(t.gettext("It was a mistake"), choice=f"ogu:{role.row.id}:{role.meeting.id}")
    text = t.gettext("Done: you do not organise that any more. Whoever organises it can invite you again.")
    return [Message(text, column(mistake, Button(t.gettext("Open meetings"), choice="open")))]


def _load_joined(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> OfRole | None:
    role = _load_role(session, who, params, now)
    return role if role and role.row.revoked_at is None else None


def _joined(voice: Voice, role: OfRole) -> list[Message]:
    t = voice.t
    name = escape(shortened(role.name, NAME)) if role.name else t.gettext("somebody without a name")
    text = t.gettext("{name} accepted your invitation and organises with you from now on: {meeting}.")
    said = text.format(name=f"<b>{name}</b>", meeting=_title(voice, role.meeting))
    rows = column(
        Button(t.gettext("It is not who I invited"), choice=f"ogr:{role.row.id}:{role.meeting.id}"),
        Button(t.gettext("Who organises"), choice=f"ogp:{role.meeting.id}"),
    )
    return [Message(said, rows)]


KINDS: Final[dict[str, Kind]] = {
    "org_people": Kind(_load_organisers, _organisers),
    "org_link": Kind(_load_link, _link),
    "org_link_many": Kind(nothing_to_look_up, _many),
    "org_invited": Kind(_load_invited, _invited),
    "org_invite_gone": Kind(nothing_to_look_up, _gone),
    "org_invite_again": Kind(nothing_to_look_up, _again),
    "org_declined": Kind(nothing_to_look_up, _declined),
    "org_joins": Kind(_load_invited, _welcome),
    "org_holds": Kind(_load_invited, _already),
    "org_removed": Kind(_load_role, _removed),
    "org_given_up": Kind(_load_role, _given_up),
    "org_joined": Kind(_load_joined, _joined),
}
