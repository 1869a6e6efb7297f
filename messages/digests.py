"""What we say of commitments once a week, and about how often one likes to hear of them (M14)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import digests
from civic.schema import CommitmentUpdate, Meeting
from messages import news
from messages.kind import Kind, Params, Who, nothing_to_look_up
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


def whole(week: Week) -> str:
    """Give the choice that shows a digest whole."""
    return f"week:{int(week.since.timestamp())}:{int(week.until.timestamp())}"


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


def _rhythm(voice: Voice, params: Params) -> list[Message]:
    t = voice.t
    if params["rhythm"] == digests.WEEKLY:
        text = t.gettext(
            "From now on I tell you of the commitments that you follow on Mondays, all in one message. A week without"
            " news has none."
        )
    else:
        text = t.gettext("From now on I tell you at once when a commitment that you follow changes.")
    rows = column(rhythm_button(voice, params["rhythm"]), Button(t.gettext("What I follow"), choice="fl"))
    return [Message(text, rows)]


KINDS: Final[dict[str, Kind]] = {
    "digest": Kind(_load, _say),
    "rhythm": Kind(nothing_to_look_up, _rhythm),
}
