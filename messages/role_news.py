"""What we tell who organised of their role: another took it away, or gave it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic.columns import Text
from civic.schema import Entity, Meeting, Staff
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.organiser import QUESTION
from messages.voice import Voice, escape, shortened


@dataclass(frozen=True)
class Role:
    """What somebody organises, or did: a meeting or an entity; None: all meetings."""

    named: Text | None


def _load(session: Session, who: Who, params: Mapping[str, Any], *, away: bool) -> Role | None:
    """Look again: a role that is as it was by now is no news to who holds it, nor is another's."""
    row = session.get(Staff, params["role"])
    if row is None or row.person_id is None or row.person_id != who.person_id or (row.revoked_at is not None) != away:
        return None
    meeting = session.get(Meeting, row.meeting_id) if row.meeting_id else None
    entity = session.get(Entity, row.entity_id) if row.entity_id else None
    return Role(meeting.title if meeting else entity.name if entity else None)


def _load_lost(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> Role | None:
    return _load(session, who, params, away=True)


def _load_back(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> Role | None:
    return _load(session, who, params, away=False)


def _what(voice: Voice, role: Role) -> str:
    if role.named is None:
        return voice.t.gettext("all meetings")
    return f"«{escape(shortened(voice.plain(role.named), QUESTION))}»"


def _lost(voice: Voice, role: Role) -> list[Message]:
    t = voice.t
    said = (
        t.gettext("From now on you do not organise {what} any more: somebody who organises it changed that."),
        t.gettext("Thank you for your work. If you think it is a mistake, please ask them: they can invite you again."),
    )
    rows = column(
        Button(t.gettext("My meetings"), choice="mine"),
        Button(t.gettext("Open meetings"), choice="open"),
    )
    return [Message("\n\n".join(said).format(what=_what(voice, role)), rows)]


def _back(voice: Voice, role: Role) -> list[Message]:
    t = voice.t
    text = t.gettext("You organise {what} again: taking it away was a mistake.")
    return [Message(text.format(what=_what(voice, role)), column(Button(t.gettext("Organise"), choice="orgl")))]


KINDS: Final[dict[str, Kind]] = {
    "org_lost": Kind(_load_lost, _lost),
    "org_back": Kind(_load_back, _back),
}
