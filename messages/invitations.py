"""What we say about a party's link: the text to forward, what who opens it reads, and who came by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import invitations, places
from civic.columns import Text
from civic.errors import Problem
from civic.invitations import Invitation
from civic.parties import Group
from civic.people import first_name
from civic.schema import Meeting, Registration
from messages.companions import LABEL, load, own_id, to_party
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.places import where_and_when
from messages.signup import permission
from messages.voice import Voice, escape, shortened


@dataclass(frozen=True)
class Joined:
    """Somebody who took her place over, as another of the party sees it."""

    name: str | None
    title: Text
    own_id: int


def _load_invitation(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Invitation | None:
    try:
        return invitations.opened(session, params["link"], who.person_id, now, companion_id=params.get("companion"))
    except Problem:
        return None


def _load_joined(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> Joined | None:
    found = session.get(Registration, params["registration"])
    if found is None or found.person_id is None or found.state not in places.AHEAD or who.person_id is None:
        return None
    meeting = session.get_one(Meeting, found.meeting_id)
    return Joined(first_name(found.name), meeting.title, own_id(session, found, who.person_id))


def _link(voice: Voice, group: Group) -> list[Message]:
    t, card = voice.t, group.card
    held = [each for each in group.members if not each.claimed and each.ward is None]
    if any(each.state != "registered" for each in held):
        said = t.gettext(
            "You are in my group for «{title}», {when}, {venue}. Open this link to take your place, or your number on"
            " the waiting list, from your own Telegram:\n{link}"
        )
    elif held:
        said = t.gettext(
            "I keep a place for you in «{title}», {when}, {venue}. Open this link to take it from your own Telegram:"
            "\n{link}"
        )
    else:
        said = t.gettext(
            "You are invited to «{title}», {when}, {venue}. Open this link to come along from your own Telegram:"
            "\n{link}"
        )
    forward = said.format(
        title=voice.say(card.title),
        when=voice.when(card.starts_at, card.timezone),
        venue=voice.say(card.venue["name"]),
        link=escape(voice.links.start(f"p_{group.link}")),
    )
    about = t.gettext(
        "Forward the message above to who comes with you. Who opens it sees first names only. If it fell into the wrong"
        " hands, make a new link: this one leads nowhere then."
    )
    rows = column(
        Button(t.gettext("Make a new link"), choice=f"renew:{group.registration_id}"),
        to_party(voice, group.registration_id),
    )
    return [Message(forward), Message(about, rows)]


def _invitation(voice: Voice, found: Invitation) -> list[Message]:
    t, card = voice.t, found.card
    if any(each.sure for each in found.held):
        head = (
            t.gettext("<b>{name} keeps a place for you</b>").format(name=escape(found.by))
            if found.by
            else t.gettext("<b>A place is kept for you</b>")
        )
    elif found.held:
        head = t.gettext("<b>You are on the waiting list</b>")
    else:
        head = (
            t.gettext("<b>{name} invites you to come along</b>").format(name=escape(found.by))
            if found.by
            else t.gettext("<b>You are invited to come along</b>")
        )
    parts = [f"{head}\n{voice.say(card.title)}", where_and_when(voice, card)]
    if kept := _names(found, sure=True):
        parts.append(t.gettext("Places are kept for: {names}").format(names=kept))
    if waiting := _names(found, sure=False):
        parts.append(t.gettext("On the waiting list: {names}").format(names=waiting))
    if not found.held:
        parts.append(_besides(voice, found))
    joins = found.held or not found.full
    rows = column(
        Button(t.gettext("I want to go"), choice=_to(found, "join")) if joins else None,
        Button(t.gettext("About this meeting"), choice=f"m:{card.code}"),
    )
    return [Message("\n\n".join(parts), rows)]


def _names(found: Invitation, *, sure: bool) -> str:
    """List the first names of those for whom there is a place, or who wait for one, in HTML."""
    return ", ".join(escape(each.first_name) for each in found.held if each.first_name and each.sure == sure)


def _besides(voice: Voice, found: Invitation) -> str:
    """Say what there is for somebody of whom the group did not know."""
    t = voice.t
    if found.full:
        return t.gettext("This group has as many people as it may have. You can sign up on your own.")
    if found.waits:
        return t.gettext("All the places kept for the group are taken, so you would go on the waiting list.")
    return t.gettext("All the places kept for the group are taken, so yours would be one more.")


def _permission(voice: Voice, found: Invitation) -> list[Message]:
    return permission(voice, found.card, _to(found, "pyes"))


def _to(found: Invitation, verb: str) -> str:
    """Make a choice that goes on to the place that is meant."""
    return f"{verb}:{found.link}" + (f":{found.chosen}" if found.chosen is not None else "")


def _who_are_you(voice: Voice, found: Invitation) -> list[Message]:
    t = voice.t
    named = [each for each in found.held if each.first_name]
    buttons = [
        Button(
            shortened(each.first_name or "", LABEL),
            choice=f"iam:{found.link}:{each.id}",
            words=(each.first_name or "",),
        )
        for each in named
    ]
    other = len(found.held) > len(named)
    text = t.gettext("Who are you?")
    if not other:
        text += "\n" + t.gettext("If you are none of these, please ask who sent you the link.")
    words = tuple(t.gettext("other, none of these, none").split(", "))
    another = Button(t.gettext("Somebody else"), choice=f"iam:{found.link}:0", words=words) if other else None
    nobody = not (buttons or another)
    about = Button(t.gettext("About this meeting"), choice=f"m:{found.card.code}") if nobody else None
    return [Message(text, column(*buttons, another, about))]


def _joined(voice: Voice, found: Joined) -> list[Message]:
    t = voice.t
    name = escape(found.name) if found.name else t.gettext("Somebody of your group")
    text = t.gettext(
        "{name} comes to «{title}» with you and took the place over from their own Telegram. From now on they are told"
        " themselves."
    ).format(name=name, title=voice.say(found.title))
    return [Message(text, column(to_party(voice, found.own_id) if found.own_id else None))]


def _already(voice: Voice, group: Group) -> list[Message]:
    t = voice.t
    text = t.gettext("You come to «{title}» already, so nothing changes: your place is yours.").format(
        title=voice.say(group.card.title)
    )
    return [Message(text, column(Button(t.gettext("My place"), choice=f"place:{group.registration_id}")))]


KINDS: Final[dict[str, Kind]] = {
    "party_link": Kind(load, _link),
    "invitation": Kind(_load_invitation, _invitation),
    "party_consent": Kind(_load_invitation, _permission),
    "who_are_you": Kind(_load_invitation, _who_are_you),
    "joined": Kind(_load_joined, _joined),
    "already_coming": Kind(load, _already),
}
