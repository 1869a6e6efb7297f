"""The news of commitments (M14): a publication, an update, and all that fell within a minute as one message."""

import html
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import following, public_record
from civic.public_record import News, Standing
from civic.schema import Commitment, CommitmentUpdate
from messages.commitments import (
    LABEL,
    LISTED,
    WHOLE,
    brief,
    changes,
    due,
    evidence_named,
    facts,
    proof_buttons,
    status,
)
from messages.forwarding import forward_button
from messages.kind import Kind, Who
from messages.message import Button, Message, Rows, column
from messages.voice import Voice, escape, shortened

IN_FULL: Final = 3
"""Commitments whose news are said in full in one message, where they fit."""
FORWARDED: Final = 5
"""Commitments that one button offers to forward."""
MOST: Final = 10
"""Commitments named in one message; the rest is a tap away."""


@dataclass(frozen=True)
class Story:
    """All that is new of one commitment, oldest first."""

    news: tuple[News, ...]

    @property
    def standing(self) -> Standing:
        """How it stands now."""
        return self.news[-1].standing

    @property
    def is_new(self) -> bool:
        """Whether it was published in this."""
        return self.news[0].before is None


@dataclass(frozen=True)
class Gathered:
    """The stories that one message tells, and of how many more commitments there is news."""

    stories: tuple[Story, ...]
    more: int


def published(voice: Voice, news: News) -> str:
    """Say that a commitment was published, in HTML."""
    t = voice.t
    standing = news.standing
    lines = [
        t.gettext("<b>A new commitment</b>"),
        t.gettext("From the meeting «{title}»:").format(title=voice.say(standing.meeting_title)),
        "",
        brief(voice, standing.text),
        "",
        *facts(voice, standing, first=news.step),
        *evidence_named(voice, news.step),
    ]
    return "\n".join(lines)


def updated(voice: Voice, news: News) -> str:
    """Say what an update changed, in HTML."""
    lines = [voice.t.gettext("<b>News of a commitment</b>"), brief(voice, news.standing.text), ""]
    lines += _changed(voice, news)
    if news.before is None or news.before.due_on == news.step.due_on:
        lines.append(html.escape(due(voice, news.standing), quote=False))
    return "\n".join(lines)


def under(voice: Voice, news: News) -> Rows:
    """Offer evidence, the whole commitment, to hear no more of it, or weekly: what stands under news of one."""
    weekly = Button(voice.t.gettext("A weekly digest instead"), choice="rhythm:weekly")
    return proof_buttons(voice, news.step.evidence) + _ways(voice, news.standing) + column(weekly)


def _changed(voice: Voice, news: News) -> list[str]:
    """Say what a step changed, and its evidence, a line each, in HTML."""
    return [brief(voice, line) for line in changes(voice, news.step, news.before)] + evidence_named(voice, news.step)


def _ways(voice: Voice, standing: Standing) -> Rows:
    t = voice.t
    return column(
        Button(t.gettext("See it whole"), choice=f"c:{standing.id}", words=(t.gettext("whole"),)),
        Button(t.gettext("Stop following it"), choice=f"u:c:{standing.id}"),
        forward_button(voice, "c", standing.id),
    )


# What fell within a minute ---------------------------------------------------------------------------------------


def _gathered(voice: Voice, gathered: Gathered) -> list[Message]:
    """Say the news of several commitments in one message, and those of one as they are."""
    stories = gathered.stories
    if len(stories) == 1 and len(stories[0].news) == 1:
        return _one(voice, stories[0].news[0])
    weekly = Button(voice.t.gettext("A weekly digest instead"), choice="rhythm:weekly")
    return [told(voice, gathered, voice.t.gettext("<b>News of commitments</b>"), weekly)]


def told(voice: Voice, gathered: Gathered, headline: str, *others: Button, whole: int = WHOLE) -> Message:
    """Say the news of several commitments under a headline: in full where they fit, else in short."""
    stories = gathered.stories
    t = voice.t
    head = [headline]
    meetings = {story.standing.meeting_id: story.standing.meeting_title for story in stories}
    if len(meetings) == 1:
        (title,) = meetings.values()
        head.append(t.gettext("From the meeting «{title}»:").format(title=voice.say(title)))
    text = "\n\n".join(["\n".join(head), *(_in_full(voice, story, n) for n, story in enumerate(stories, 1))])
    full = len(stories) <= IN_FULL and len(text) <= whole
    if not full:
        text = "\n\n".join(["\n".join(head), *(in_short(voice, story, n) for n, story in enumerate(stories, 1))])
    if gathered.more:
        more = t.ngettext("And {number} more.", "And {number} more.", gathered.more)
        text += f"\n\n{more.format(number=voice.number(gathered.more))}"
    proofs = [proof for story in stories for news in story.news for proof in news.step.evidence] if full else []
    rows = column(*(_see(voice, story) for story in stories)) + proof_buttons(voice, proofs)
    forward = forward_button(voice, "c", *(story.standing.id for story in stories[:FORWARDED]))
    return Message(text, rows + column(*_ways_of_all(voice, list(meetings), stories), forward, *others))


def _in_full(voice: Voice, story: Story, number: int) -> str:
    lines = [f"{number}. {_headline(voice, story)}", brief(voice, story.standing.text)]
    if story.is_new:
        lines += facts(voice, story.standing)
    for news in story.news:
        lines += _changed(voice, news) if news.before else evidence_named(voice, news.step)
    first = story.news[0].before
    if first is not None and first.due_on == story.standing.due_on:
        lines.append(html.escape(due(voice, story.standing), quote=False))
    return "\n".join(lines)


def in_short(voice: Voice, story: Story, number: int) -> str:
    """Say a story in three lines, in HTML."""
    standing = story.standing
    text = escape(shortened(voice.plain(standing.text), LISTED))
    how = html.escape(f"{status(voice, standing)}. {due(voice, standing)}", quote=False)
    return f"{number}. {_headline(voice, story)}\n{text}\n<i>{how}</i>"


def _headline(voice: Voice, story: Story) -> str:
    t = voice.t
    return t.gettext("<b>A new commitment</b>") if story.is_new else t.gettext("<b>News of a commitment</b>")


def _see(voice: Voice, story: Story) -> Button:
    return Button(shortened(voice.plain(story.standing.text), LABEL), choice=f"c:{story.standing.id}")


def _ways_of_all(voice: Voice, meetings: list[int], stories: Sequence[Story]) -> list[Button]:
    t = voice.t
    if len(stories) == 1:
        return [Button(t.gettext("Stop following it"), choice=f"u:c:{stories[0].standing.id}")]
    if len(meetings) > 1:
        return [
            Button(t.gettext("All commitments"), choice="cm"),
            Button(t.gettext("What I follow"), choice="fl"),
        ]
    return [
        Button(t.gettext("All of this meeting"), choice=f"cs:{meetings[0]}"),
        Button(t.gettext("Stop following this meeting"), choice=f"u:m:{meetings[0]}"),
    ]


def _one(voice: Voice, news: News) -> list[Message]:
    say = published if news.before is None else updated
    return [Message(say(voice, news), under(voice, news))]


# Looking again ---------------------------------------------------------------------------------------------------


def _load(session: Session, _who: Who, params: Mapping[str, Any], now: datetime) -> News | None:
    return public_record.news(session, params["update"], now)


def _told(session: Session, people: Collection[int], params: Mapping[str, Any]) -> set[int]:
    """Look again: who muted it, or wants to hear nothing, is told no more."""
    commitment = session.scalar(
        select(Commitment)
        .join(CommitmentUpdate, CommitmentUpdate.commitment_id == Commitment.id)
        .where(CommitmentUpdate.id == params["update"])
    )
    return following.told_among(session, commitment, people) if commitment else set()


def _load_all(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Gathered | None:
    rows = select(CommitmentUpdate.id, CommitmentUpdate.commitment_id).where(CommitmentUpdate.id.in_(params["updates"]))
    by_commitment: dict[int, list[int]] = defaultdict(list)
    for update_id, commitment_id in session.execute(rows.order_by(CommitmentUpdate.id)):
        by_commitment[commitment_id].append(update_id)
    still = [updates for commitment_id, updates in by_commitment.items() if _is_told(session, who, commitment_id)]
    return gather(session, still, now)


def gather(session: Session, updates: Sequence[Sequence[int]], now: datetime, most: int = MOST) -> Gathered | None:
    """Look at the stories of some commitments, by the ids of each one's updates; None where there is none to tell."""
    found = [[public_record.news(session, each, now) for each in theirs] for theirs in updates[:most]]
    stories = tuple(Story(tuple(news)) for each in found if (news := [one for one in each if one]))
    return Gathered(stories, len(updates) - len(found)) if stories else None


def _is_told(session: Session, who: Who, commitment_id: int) -> bool:
    """Look again: withdrawn meanwhile, or muted, is news no more."""
    row = session.get(Commitment, commitment_id)
    return row is not None and row.withdrawn_because is None and following.is_told(session, who.person_id, row)


KINDS: Final[dict[str, Kind]] = {
    "published": Kind(_load, _one, _told),
    "updated": Kind(_load, _one, _told),
    "news": Kind(_load_all, _gathered),
}
