"""What we say once a meeting's feedback has closed: thanks, with what was said in numbers."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import thanks
from civic.feedback import ENOUGH, Summary
from civic.schema import Registration
from civic.thanks import Results
from messages.feedback import question
from messages.forwarding import forward_button
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.voice import Voice, escape, shortened

MOST: Final = 4
"""Questions that are told; the organiser has them all."""
ASKED: Final = 70
"""Characters of a question."""
OPTION: Final = 40
"""Characters of an answer to choose."""


def headline(voice: Voice, results: Results) -> str:
    """Thank who was there; to who may not have been, say how it went."""
    t = voice.t
    return t.gettext("<b>Thank you for your voice</b>") if results.was_there else t.gettext("<b>How it went</b>")


def people(voice: Voice, results: Results) -> str:
    """Say how many came, and how many answered, in a line; what few said of themselves is no number of the meeting."""
    t = voice.t
    lines = []
    came_enough = bool(results.came) and (results.counted or results.came >= ENOUGH)
    if results.counted:
        came = t.ngettext("{number} person came.", "{number} people came.", results.came)
    else:
        came = t.ngettext(
            "{number} person told me of being there.", "{number} people told me of being there.", results.came
        )
    if came_enough:
        lines.append(came.format(number=voice.number(results.came)))
    if results.answered >= ENOUGH:
        answered = t.ngettext("{number} answered the questions.", "{number} answered the questions.", results.answered)
        lines.append(answered.format(number=voice.number(results.answered)))
    return " ".join(lines)


def commitments(voice: Voice, results: Results) -> str:
    """Say how many commitments are published; nothing while there are none."""
    if not results.commitments:
        return ""
    text = voice.t.ngettext(
        "{number} commitment is published: here you can follow it.",
        "{number} commitments are published: here you can follow them.",
        results.commitments,
    )
    return text.format(number=voice.number(results.commitments))


def _load(session: Session, _who: Who, params: Mapping[str, Any], _now: datetime) -> Results | None:
    numbers = {word: params[word] for word in ("came", "counted", "answered", "was_there") if word in params}
    return thanks.results(session, params["meeting"], **numbers)


def _told(session: Session, people: Collection[int], params: Mapping[str, Any]) -> set[int]:
    """Look again: who had a place to the end."""
    there = select(Registration.person_id).where(
        Registration.meeting_id == params["meeting"],
        Registration.person_id.in_(people),
        Registration.state.in_(thanks.CAME),
    )
    return {person_id for person_id in session.scalars(there) if person_id is not None}


def as_read(voice: Voice, results: Results) -> str:
    """Say what a meeting came to, in HTML."""
    t = voice.t
    said = [f"• {_line(voice, each)}" for each in results.said[:MOST]]
    parts = [
        f"{headline(voice, results)}\n{escape(shortened(voice.plain(results.title), ASKED))}",
        people(voice, results),
        "\n".join([t.gettext("What was said:"), *said]) if said else "",
        commitments(voice, results),
    ]
    return "\n\n".join(filter(None, parts))


def _say(voice: Voice, results: Results) -> list[Message]:
    numbers = (results.came, int(results.counted), results.answered)
    rows = column(
        Button(voice.t.gettext("Its commitments"), choice=f"cs:{results.meeting_id}"),
        forward_button(voice, "t", results.meeting_id, *numbers),
    )
    return [Message(as_read(voice, results), rows)]


def _line(voice: Voice, said: Summary) -> str:
    """Say a question and what was answered to it, in HTML."""
    asked = escape(shortened(question(voice, said), ASKED))
    return f"{asked} <b>{_figure(voice, said)}</b>"


def _figure(voice: Voice, said: Summary) -> str:
    t = voice.t
    counts = said.counts or {}
    if said.mean is not None:
        return t.gettext("{mean} of 5").format(mean=voice.number(round(said.mean, 1)))
    if said.kind == "yes_no":
        return t.gettext("{number} of {all} say yes").format(
            number=voice.number(counts.get("yes", 0)), all=voice.number(said.answers)
        )
    most = max(counts, key=lambda value: counts[value])
    return t.gettext("{option}: {number} of {all}").format(
        option=escape(shortened(voice.plain(said.options[int(most)]), OPTION)),
        number=voice.number(counts[most]),
        all=voice.number(said.answers),
    )


KINDS: Final[dict[str, Kind]] = {"results": Kind(_load, _say, _told)}
