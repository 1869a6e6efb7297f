"""What we say about following commitments: the permission first, and the word that was taken."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import digests, following
from civic.columns import Text
from civic.following import Followed as Subscription
from civic.following import Subject
from civic.schema import Commitment, Entity, Meeting, Person
from messages.commitments import brief
from messages.digests import again_button, hushed, rhythm_button
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.voice import Voice, escape, shortened

PAGE: Final = 8
"""Things followed on one page."""
LABEL: Final = 44
"""Characters of a title in the list, and on its button after «Stop:»."""


@dataclass(frozen=True)
class Listed:
    """A page of what a person follows, from 0."""

    rows: tuple[Subscription, ...]
    page: int
    more: bool
    rhythm: str
    """at_once or weekly"""
    tell: str


@dataclass(frozen=True)
class Followed:
    """What is followed, or could be."""

    subject: Subject
    id: int
    title: Text
    entities: tuple[tuple[Text, str | None], ...]
    """Name and data policy of each."""
    tell: str
    """Of what who reads this is told at all (`Person.tell`)."""


def _load_followed(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Followed | None:
    del now
    subject: Subject = params["subject"]
    number: int = params["id"]
    table, title = {"c": (Commitment, "text"), "m": (Meeting, "title"), "e": (Entity, "name")}[subject]
    row = session.get(table, number)
    if row is None:
        return None
    convening = following.entities_of(session, subject, number)
    entities = session.scalars(select(Entity).where(Entity.id.in_(convening)).order_by(Entity.id))
    person = session.get(Person, who.person_id) if who.person_id is not None else None
    return Followed(
        subject,
        number,
        getattr(row, title),
        tuple((each.name, each.privacy) for each in entities),
        person.tell if person else "all",
    )


def _follow_consent(voice: Voice, followed: Followed) -> list[Message]:
    t = voice.t
    names = ", ".join(
        f'<a href="{html.escape(policy)}">{voice.say(name)}</a>' if policy else voice.say(name)
        for name, policy in followed.entities
    )
    lines = [
        t.gettext("<b>One permission before I keep you informed</b>"),
        brief(voice, followed.title),
        "",
        t.gettext("<b>Who keeps your data:</b> {entities}").format(entities=names),
        t.gettext("<b>What:</b> your name, this chat and what you follow."),
        t.gettext("<b>What for:</b> to tell you when a commitment is published or changes."),
        t.gettext("<b>Your rights:</b> to see, correct or erase your data and to take this permission back: /privacy"),
    ]
    if any(policy for _, policy in followed.entities):
        lines += ["", t.gettext("Tap a name to read its data policy.")]
    key = f"{followed.subject}:{followed.id}"
    rows = column(
        Button(
            t.gettext("I am of age and I accept"),
            choice=f"fy:{key}",
            words=_words(t.gettext("yes, I accept, accept")),
        ),
        Button(t.gettext("I do not accept"), choice=f"fn:{key}", words=_words(t.gettext("no, not, I don't accept"))),
    )
    return [Message("\n".join(lines), rows)]


def _following(voice: Voice, followed: Followed) -> list[Message]:
    t = voice.t
    saying = {
        "c": t.gettext("You follow this commitment. I will tell you when something changes:"),
        "m": t.gettext("You follow this meeting's commitments. I will tell you when one is published or changes:"),
        "e": t.gettext("You follow this entity's commitments. I will tell you when one is published or changes:"),
    }
    stop = Button(t.gettext("Stop following"), choice=f"u:{followed.subject}:{followed.id}")
    return [_word_taken(voice, followed, saying[followed.subject], stop, tell=followed.tell)]


def _unfollowed(voice: Voice, followed: Followed) -> list[Message]:
    t = voice.t
    saying = {
        "c": t.gettext("I will not tell you about this commitment any more:"),
        "m": t.gettext("I will not tell you about this meeting's commitments any more:"),
        "e": t.gettext("I will not tell you about this entity's commitments any more:"),
    }
    again = Button(t.gettext("Follow again"), choice=f"f:{followed.subject}:{followed.id}")
    return [_word_taken(voice, followed, saying[followed.subject], again)]


def _not_followed(voice: Voice, followed: Followed) -> list[Message]:
    text = voice.t.gettext(
        "That is all right: I will not tell you about it, and I have kept nothing. You can look at it here whenever"
        " you want."
    )
    return [Message(text, column(_look(voice, followed)))]


def _word_taken(voice: Voice, followed: Followed, text: str, other: Button, *, tell: str = "all") -> Message:
    everything = Button(voice.t.gettext("What I follow"), choice="fl")
    said = (text, f"<b>{brief(voice, followed.title)}</b>", hushed(voice, tell))
    rows = column(_look(voice, followed), again_button(voice, tell), other, everything)
    return Message("\n\n".join(filter(None, said)), rows)


def _look(voice: Voice, followed: Followed) -> Button:
    t = voice.t
    return {
        "c": Button(t.gettext("See it whole"), choice=f"c:{followed.id}"),
        "m": Button(t.gettext("See its commitments"), choice=f"cs:{followed.id}"),
        "e": Button(t.gettext("All commitments"), choice="cm"),
    }[followed.subject]


# All of it -------------------------------------------------------------------------------------------------------


def _load_all(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Listed:
    del now
    found = following.followed(session, who.person_id)
    page = min(params.get("page", 0), max(len(found) - 1, 0) // PAGE)
    start = page * PAGE
    person = session.get(Person, who.person_id) if who.person_id is not None else None
    rhythm = person.rhythm if person else digests.AT_ONCE
    tell = person.tell if person else "all"
    return Listed(tuple(found[start : start + PAGE]), page, len(found) > start + PAGE, rhythm, tell)


def _all(voice: Voice, listed: Listed) -> list[Message]:
    t = voice.t
    commitments = Button(t.gettext("All commitments"), choice="cm")
    if not listed.rows:
        text = t.gettext(
            "You follow nothing yet. Under every commitment, and every meeting's commitments, there is a button to"
            " follow them."
        )
        return [Message(text, column(commitments))]
    lines = [
        t.gettext("<b>What you follow</b>\nI tell you on Mondays what was published or has changed.")
        if listed.rhythm == digests.WEEKLY
        else t.gettext("<b>What you follow</b>\nI tell you when a commitment is published or changes.")
    ]
    buttons = []
    for number, each in enumerate(listed.rows, 1):  # as its button: what people type counts from the top
        lines += ["", f"{number}. {_described(voice, each)}"]
        label = t.gettext("Stop: {title}").format(title=shortened(voice.plain(each.title), LABEL))
        buttons.append(Button(label, choice=f"u:{each.subject}:{each.id}"))
    rows = column(
        *buttons,
        Button(t.gettext("More of what I follow"), choice=f"fl:{listed.page + 1}") if listed.more else None,
        Button(t.gettext("Back"), choice=f"fl:{listed.page - 1}") if listed.page else None,
        again_button(voice, listed.tell),
        rhythm_button(voice, listed.rhythm),
        commitments,
    )
    if listed.tell != "all":
        lines += ["", hushed(voice, listed.tell)]
    return [Message("\n".join(lines), rows)]


def _described(voice: Voice, each: Subscription) -> str:
    t = voice.t
    saying = {
        "c": t.gettext("The commitment «{title}»"),
        "m": t.gettext("The commitments of the meeting «{title}»"),
        "e": t.gettext("The commitments of {title}"),
    }
    said = saying[each.subject].format(title=escape(shortened(voice.plain(each.title), LABEL)))
    if not each.by_place:
        return said
    return t.gettext("{what}, because you had a place").format(what=said)


def _words(said: str) -> tuple[str, ...]:
    """Split what people type instead of a button; translators separate by commas."""
    return tuple(word.strip() for word in said.split(","))


KINDS: Final[dict[str, Kind]] = {
    "followed": Kind(_load_all, _all),
    "follow_consent": Kind(_load_followed, _follow_consent),
    "following": Kind(_load_followed, _following),
    "unfollowed": Kind(_load_followed, _unfollowed),
    "not_followed": Kind(_load_followed, _not_followed),
}
