"""What an organiser plans to do to a meeting, as they see it at this moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from civic import meetings, people, planned_acts, previews, staff
from civic.meetings import Card
from civic.schema import Meeting, PlannedAct
from messages.kind import Who
from messages.message import Button
from messages.organiser import QUESTION, meeting_for
from messages.voice import Voice, escape, shortened


@dataclass(frozen=True)
class Act:
    """What an organiser plans, as they see it."""

    row: PlannedAct
    meeting: Meeting | None
    card: Card | None
    """The meeting as it is now."""
    waits_until: datetime | None
    """From when news go out, where they would wait for the morning."""
    field: str = ""
    """Which is asked for."""
    other: PlannedAct | None = None
    """What waits on the same meeting."""
    undone_by: str = ""
    """The name of who undid it, where that was not its author."""
    to_call: int = 0
    """People of the meeting who hear nothing of it from us: would, before it is done."""

    @property
    def shown(self) -> Mapping[str, Any]:
        """Give what it would do, or did."""
        return self.row.shown or {}


def any_act(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Act | None:
    """Load an act in any state, for who organises its meeting; its author also hears that it was not hers to do."""
    row = session.get(PlannedAct, params["act"])
    if row is None:
        return None
    meeting = session.get(Meeting, row.meeting_id) if row.meeting_id else None
    own = row.author_id == who.person_id and (meeting is None or row.state == "failed")
    if not (own or (meeting and staff.organises(session, who.person_id, meeting.id))):
        return None
    by = (row.trouble or {}).get("by")
    return Act(
        row,
        meeting,
        meetings.card_of(session, meeting, None, now) if meeting else None,
        previews.act_waits_until(row, meeting, now) if meeting else None,
        params.get("field", ""),
        planned_acts.waiting(session, row.meeting_id),
        people.name_of(session, by) if by not in (None, row.author_id) else "",
    )


def proposed(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Act | None:
    """Load an act that was not confirmed yet, for its author."""
    act = any_act(session, who, params, now)
    return act if act and act.row.state == "proposed" and act.row.author_id == who.person_id else None


def one_meeting(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Card | None:
    """Load a meeting for who organises it."""
    meeting = meeting_for(session, who, params)
    return meetings.card_of(session, meeting, None, now) if meeting else None


def for_organiser(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Mapping[str, Any] | None:
    """Load nothing more, for who organises anything."""
    del now
    return params if staff.is_organiser(session, who.person_id) else None


def mine(voice: Voice) -> Button:
    """Lead back to one's meetings."""
    return Button(voice.t.gettext("My other meetings"), choice="orgl")


def title(voice: Voice, card: Card) -> str:
    """Say a meeting's title short, in HTML."""
    return escape(shortened(voice.plain(card.title), QUESTION))
