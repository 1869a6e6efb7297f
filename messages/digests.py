"""What we say of commitments once a week, and about how often one likes to hear of them (M14)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import digests
from civic.schema import CommitmentUpdate, Meeting, Person
from messages import news
from messages.kind import Kind, Params, Who
from messages.message import Button, Message, column
from messages.news import Gathered
from messages.voice import Voice

MOST: Final = 4
"""Commitments that are told of a week; the rest is a tap away."""
WHOLE: Final = 600
"""Characters of a digest in which each is told in full; a longer one tells them in short."""


@dataclass(frozen=True)
class Week:
    """What there was in a week, or in several when the clock came late."""

    news: Gathered
    since: datetime
    until: datetime
    timezone: str


class Rhythm(NamedTuple):
    """How often she hears of commitments by now, and of what she is told at all."""

    rhythm: str
    tell: str


def whole(week: Week) -> str:
    """Give the choice that shows a digest whole."""
    return f"week:{int(week.since.timestamp())}:{int(week.until.timestamp())}"


def hushed(voice: Voice, tell: str) -> str:
    """Say that no news come, of whatever she follows, as she wants to hear little (`Person.tell`); else nothing."""
    t = voice.t
    if tell == "changes":
        return t.gettext(
            "But for now I write to you on my own only when a meeting of yours moves or is cancelled, as you asked."
        )
    return t.gettext("But for now I write you nothing on my own, as you asked.") if tell == "nothing" else ""


def again_button(voice: Voice, tell: str) -> Button | None:
    """Offer to hear of everything again, to who hears little."""
    return None if tell == "all" else Button(voice.t.gettext("Receive messages again"), choice="alta")


def rhythm_button(voice: Voice, rhythm: str) -> Button:
    """Offer the other way to hear of commitments than the one that she has."""
    if rhythm == digests.WEEKLY:
        return Button(voice.t.gettext("Tell me at once instead"), choice=f"rhythm:{digests.AT_ONCE}")
    return Button(voice.t.gettext("A weekly digest instead"), choice=f"rhythm:{digests.WEEKLY}")


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Week | None:
    """Look again: nothing of what she follows no more, or was told at once, or is told to others on her phone."""
    since, until = (datetime.fromisoformat(params[word]) for word in ("since", "until"))
    mine = digests.of_week_in_chat(session, who.person_id, since, until)
    if not mine:
        return None
    rows = select(CommitmentUpdate.id, CommitmentUpdate.commitment_id).where(CommitmentUpdate.id.in_(mine))
    by_commitment: dict[int, list[int]] = defaultdict(list)
    for update_id, commitment_id in session.execute(rows.order_by(CommitmentUpdate.id)):
        by_commitment[commitment_id].append(update_id)
    gathered = news.gather(session, [*by_commitment.values()], now, MOST)
    if gathered is None:
        return None
    zone = session.get_one(Meeting, gathered.stories[0].standing.meeting_id).timezone
    return Week(gathered, since, until, zone)


def _say(voice: Voice, week: Week) -> list[Message]:
    t = voice.t
    last = week.until - timedelta(seconds=1)
    head = t.gettext("<b>The week of your commitments</b>\nFrom {first} to {last}").format(
        first=voice.day(week.since, week.timezone), last=voice.day(last, week.timezone)
    )
    return [news.told(voice, week.news, head, rhythm_button(voice, digests.WEEKLY), whole=WHOLE)]


def _load_rhythm(session: Session, who: Who, params: Params, _now: datetime) -> Rhythm:
    person = session.get(Person, who.person_id) if who.person_id is not None else None
    return Rhythm(params["rhythm"], person.tell if person else "all")


def _rhythm(voice: Voice, chosen: Rhythm) -> list[Message]:
    t = voice.t
    if chosen.rhythm == digests.WEEKLY:
        text = t.gettext(
            "From now on I tell you of the commitments that you follow on Mondays, all in one message. A week without"
            " news has none."
        )
    else:
        text = t.gettext("From now on I tell you at once when a commitment that you follow changes.")
    rows = column(
        again_button(voice, chosen.tell),
        rhythm_button(voice, chosen.rhythm),
        Button(t.gettext("What I follow"), choice="fl"),
    )
    return [Message("\n\n".join(filter(None, (text, hushed(voice, chosen.tell)))), rows)]


KINDS: Final[dict[str, Kind]] = {
    "digest": Kind(_load, _say),
    "rhythm": Kind(_load_rhythm, _rhythm),
}
