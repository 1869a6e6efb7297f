"""What we say about who comes with somebody: how many, who they are, and who of them does not come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import parties, places
from civic.columns import Text
from civic.leaving import dropped_last, is_held, may_come_back
from civic.parties import MOST_COMPANIONS, Group, Member
from civic.schema import Meeting, Registration
from messages.for_whom import acting
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.voice import Voice, escape, shortened

LABEL: Final = 40
"""Characters of a name on its button."""


@dataclass(frozen=True)
class Choosing:
    """A party that must choose before so many come with it."""

    group: Group
    companions: int
    free: int


@dataclass(frozen=True)
class Brought:
    """A party once its number changed."""

    group: Group
    before: int
    """How many she had brought until then."""
    dropped: int | None
    """Who of them was dropped last, where that may be taken back."""


@dataclass(frozen=True)
class One:
    """A companion, as who answers for her sees her."""

    id: int
    name: str | None
    state: str
    held: bool
    """She was dropped, and what she had is held still."""
    may_come_back: bool
    """She was dropped, and comes again if that is taken back."""
    title: Text
    own_id: int
    """The registration of who looks; 0 without one."""


def load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Group | None:
    """Load the party of a registration of this person's; None for anybody else's."""
    return parties.group(session, params["registration"], who.person_id, now)


def _load_choosing(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Choosing | None:
    group = load(session, who, params, now)
    if group is None:
        return None
    free = places.free(session, session.get_one(Meeting, group.card.id), now)
    return Choosing(group, params["companions"], free)


def _load_brought(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Brought | None:
    group = load(session, who, params, now)
    if group is None or who.person_id is None:
        return None
    gone = dropped_last(session, group.party_id, who.person_id)
    back = gone is not None and may_come_back(session, gone, now)
    return Brought(group, params.get("before", 0), gone.id if gone is not None and back else None)


def _load_one(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> One | None:
    found = session.get(Registration, params["companion"])
    if found is None or who.person_id is None or found.person_id is not None or found.registered_by != who.person_id:
        return None
    meeting = session.get_one(Meeting, found.meeting_id)
    held = found.state == "cancelled" and is_held(found, now)
    back = may_come_back(session, found, now)
    return One(found.id, found.name, found.state, held, back, meeting.title, own_id(session, found, who.person_id))


def own_id(session: Session, other: Registration, person_id: int) -> int:
    """Say which registration a person has in the party of another; 0 for none."""
    own = parties.own_in(session, other.party_id, person_id)
    return own.id if own else 0


# How many ----------------------------------------------------------------------------------------------------------


def _companions(voice: Voice, group: Group) -> list[Message]:
    t = voice.t
    text = (
        t.gettext(
            "<b>Who else comes?</b>\nI keep a place for each of them, children too. I do not need to know who they are."
        )
        if group.state == "registered" and group.card.places_left
        else t.gettext(
            "<b>Who else comes?</b>\nNo place is left: each of them goes on the waiting list, children too. I do not"
            " need to know who they are."
        )
    )
    alone = Button(
        t.gettext("I come alone"),
        choice=f"bring:{group.registration_id}:0:ask",
        words=tuple(t.gettext("alone, nobody, nobody else, just me").split(", ")),
    )
    # Translators: four numbers; a number of several words has strokes between them: «una|uno».
    words = t.gettext("one, two, three, four").split(", ")
    more = (
        Button(
            t.ngettext("{number} more person", "{number} more people", number).format(number=number),
            choice=f"bring:{group.registration_id}:{number}:ask",
            words=tuple(words[number - 1].split("|")),
        )
        for number in range(1, MOST_COMPANIONS + 1)
    )
    return [Message(text, column(alone, *more))]


def _brought(voice: Voice, brought: Brought) -> list[Message]:
    t, group = voice.t, brought.group
    back = None
    if brought.before > group.brought and brought.dropped is not None:
        words = (t.gettext("mistake"),)
        back = Button(t.gettext("It was a mistake"), choice=f"undrop:{brought.dropped}:all", words=words)
    if not group.members:
        rows = column(back, to_party(voice, group.registration_id))
        return [Message(t.gettext("All right, you come alone."), rows)]
    lines = _numbers(voice, group)
    if any(each.hers for each in group.members):
        lines.append(
            t.gettext(
                "Each of them may take their place from their own Telegram with your link, or just come with you."
            )
        )
    rows = column(
        back,
        Button(t.gettext("The link for them"), choice=f"plink:{group.registration_id}"),
        to_party(voice, group.registration_id),
    )
    return [Message("\n\n".join(lines), rows)]


def _numbers(voice: Voice, group: Group) -> list[str]:
    """Say how many of the others have a place, and how many wait, where."""
    t = voice.t
    seated = sum(each.state == "registered" for each in group.members)
    waiting = [each for each in group.members if each.state != "registered"]
    lines = []
    if seated:
        lines.append(
            t.ngettext(
                "{number} person of your group has a place besides you.",
                "{number} people of your group have a place besides you.",
                seated,
            ).format(number=voice.number(seated))
        )
    if waiting:
        first = min(each.position or 1 for each in waiting)
        lines.append(
            t.ngettext(
                "{number} person of your group waits for a place: number {position} on the list. I write to you when"
                " one comes free.",
                "{number} people of your group wait for a place: from number {position} on the list. I write to you"
                " when places come free.",
                len(waiting),
            ).format(number=voice.number(len(waiting)), position=voice.number(first))
        )
        if group.state == "registered":
            lines.append(t.gettext("Your own place stays yours."))
    return lines


def _split(voice: Voice, choosing: Choosing) -> list[Message]:
    t, group = voice.t, choosing.group
    left = t.ngettext(
        "<b>Only {number} place is left</b>", "<b>Only {number} places are left</b>", choosing.free
    ).format(number=voice.number(choosing.free))
    asks = t.gettext(
        "Your own place stays yours. Shall your companions wait until there is a place for all of them, or shall I keep"
        " the places that there are, and the others wait?"
    )
    bring = f"bring:{group.registration_id}:{choosing.companions}"
    rows = column(
        Button(
            t.gettext("Let them wait together"),
            choice=f"{bring}:together",
            words=tuple(t.gettext("together, wait").split(", ")),
        ),
        Button(
            t.gettext("Take those there are"),
            choice=f"{bring}:any",
            words=tuple(t.gettext("take, take them, those there are").split(", ")),
        ),
        Button(t.gettext("I come alone"), choice=f"bring:{group.registration_id}:0") if not group.brought else None,
    )
    return [Message(f"{left}\n{asks}", rows)]


def _which(voice: Voice, group: Group) -> list[Message]:
    t = voice.t
    droppable = [each for each in group.members if each.hers]
    text = (
        t.gettext("Who does not come? Whoever has the place on their own Telegram decides there.")
        if droppable
        else t.gettext("Your companions have their places on their own Telegram: each decides there whether to come.")
    )
    drops = (Button(_label(voice, each), choice=f"drop:{each.id}") for each in droppable)
    return [Message(text, column(*drops, to_party(voice, group.registration_id)))]


# The party -----------------------------------------------------------------------------------------------------------


def _party(voice: Voice, group: Group) -> list[Message]:
    t = voice.t
    card = group.card
    lines = [
        t.gettext("<b>My companions</b>\n{title}, {day}").format(
            title=voice.say(card.title), day=voice.day(card.starts_at, card.timezone)
        ),
        "",
    ]
    if group.state == "cancelled":
        lines += [t.gettext("You do not come yourself, and they keep what they have."), ""]
    lines += [_line(voice, each) for each in group.members] or [t.gettext("Nobody else comes with you.")]
    rows: list[Button | None] = [
        Button(_called(voice, each), choice=acting(f"place:{each.id}", each.ward))
        for each in group.members
        if each.ward is not None
    ]
    may_change = card.state == "convened" and not card.started
    if may_change:
        for each in group.members:
            if each.hers:
                called = _called(voice, each)
                rows.append(
                    Button(t.gettext("Name of {name}").format(name=called), choice=f"pname:{each.id}")
                    if not each.name
                    else Button(t.gettext("{name}: another name").format(name=called), choice=f"pname:{each.id}")
                )
                rows.append(Button(t.gettext("{name} does not come").format(name=called), choice=f"drop:{each.id}"))
        rows += _changes(voice, group)
    rows.append(Button(t.gettext("Back to my place"), choice=f"place:{group.registration_id}"))
    return [Message("\n".join(lines), column(*rows))]


def _changes(voice: Voice, group: Group) -> list[Button | None]:
    """Offer what a party may change as a whole."""
    t = voice.t
    comes = group.state in places.AHEAD
    waits = any(each.state == "waiting" for each in group.members) or group.state == "waiting"
    own = group.registration_id
    add = (
        Button(t.gettext("One more person comes"), choice=f"bring:{own}:{group.brought + 1}")
        if comes and group.brought < MOST_COMPANIONS and not group.full
        else None
    )
    takes = None
    if waits and group.members:
        takes = (
            Button(t.gettext("Take any place that comes free"), choice=f"takes:{own}:any")
            if group.takes == "together"
            else Button(t.gettext("Wait for places together"), choice=f"takes:{own}:together")
        )
    take, no = None, None
    if group.offer_id is not None:
        take = Button(t.gettext("Take what is offered"), choice=f"take:{group.offer_id}")
        no = Button(t.gettext("No, thank you"), choice=f"pass:{group.offer_id}")
    link = Button(t.gettext("The link for them"), choice=f"plink:{own}") if comes else None
    theirs = any(each.hers and each.state == "registered" for each in group.members)
    pictures = Button(t.gettext("Their QR codes, to send on"), choice=f"tickets:{own}") if theirs else None
    return [take, no, add, takes, link, pictures]


def _line(voice: Voice, member: Member) -> str:
    """Say somebody of the party, her state and code."""
    t = voice.t
    name = escape(_called(voice, member))
    if member.state == "registered":
        if member.claimed:
            return t.gettext("• {name}: has a place, on their own Telegram").format(name=name)
        if member.code is None:
            return t.gettext("• {name}: has a place").format(name=name)
        return t.gettext("• {name}: has a place, code {code}").format(name=name, code=member.code)
    if member.state == "offered":
        return t.gettext("• {name}: a place is offered").format(name=name)
    return t.gettext("• {name}: waits, number {position} on the list").format(
        name=name, position=voice.number(member.position or 1)
    )


def _called(voice: Voice, member: Member) -> str:
    """Call somebody of the party by her name, or by number; plain text that fits a button."""
    if member.name:
        return shortened(member.name, LABEL)
    return voice.t.gettext("Companion {number}").format(number=member.number)


def _label(voice: Voice, member: Member) -> str:
    return voice.t.gettext("{name} does not come").format(name=_called(voice, member))


def _dropped(voice: Voice, one: One) -> list[Message]:
    t = voice.t
    name = escape(one.name) if one.name else t.gettext("Your companion")
    back = None
    if one.state == "cancelled":
        text = t.gettext("{name} does not come to «{title}» any more. Thank you for telling me.").format(
            name=name, title=voice.say(one.title)
        )
        if one.held:
            text += " " + t.gettext("I hold it for 2 minutes, in case it was a mistake.")
        if one.may_come_back:
            words = (t.gettext("mistake"),)
            back = Button(t.gettext("It was a mistake"), choice=f"undrop:{one.id}", words=words)
    else:
        text = t.gettext("{name} comes to «{title}».").format(name=name, title=voice.say(one.title))
    return [Message(text, column(back, to_party(voice, one.own_id) if one.own_id else None))]


def _ask_name(voice: Voice, one: One) -> list[Message]:
    t = voice.t
    text = t.gettext(
        "What is the name of the person who comes with you? Write it only if they allowed it: by writing it you say"
        " «they allowed me». You may also leave it out."
    )
    rows = column(
        Button(
            t.gettext("Without a name"),
            choice=f"noname:{one.id}",
            words=tuple(t.gettext("no name, none, skip").split(", ")),
        ),
        to_party(voice, one.own_id) if one.own_id else None,
    )
    return [Message(text, rows)]


def to_party(voice: Voice, registration_id: int) -> Button:
    """Offer to look at the party."""
    return Button(voice.t.gettext("My companions"), choice=f"party:{registration_id}")


# Leaving -----------------------------------------------------------------------------------------------------------


def _leave_whom(voice: Voice, group: Group) -> list[Message]:
    t = voice.t
    number = 1 + sum(each.hers for each in group.members)
    text = t.gettext("Who cannot come: only you, or none of the {number}?").format(number=voice.number(number))
    leave = f"leave:{group.registration_id}"
    rows = column(
        Button(
            t.gettext("Only I cannot come"),
            choice=f"{leave}:me",
            words=tuple(t.gettext("only me, just me, me").split(", ")),
        ),
        Button(
            t.gettext("None of the {number} of us can come").format(number=voice.number(number)),
            choice=f"{leave}:all",
            words=tuple(t.gettext("none of us, none, nobody").split(", ")),
        ),
        Button(
            t.gettext("We all come"),
            choice=f"place:{group.registration_id}",
            words=tuple(t.gettext("yes we come, everybody comes, it was a mistake, mistake").split(", ")),
        ),
    )
    return [Message(text, rows)]


KINDS: Final[dict[str, Kind]] = {
    "companions": Kind(load, _companions),
    "brought": Kind(_load_brought, _brought),
    "bring_split": Kind(_load_choosing, _split),
    "drop_which": Kind(load, _which),
    "party": Kind(load, _party),
    "dropped": Kind(_load_one, _dropped),
    "companion_name": Kind(_load_one, _ask_name),
    "leave_whom": Kind(load, _leave_whom),
}
