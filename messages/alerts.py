"""What we tell organisers on their own account: something that only they can mend."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import meetings, staff
from civic.meetings import Card
from civic.schema import Meeting
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.needs import need
from messages.voice import Voice


@dataclass(frozen=True)
class Alert:
    """What is to be mended, and where."""

    card: Card
    what: str
    params: Mapping[str, Any]


Saying = Callable[[Voice, Alert], str]
"""Says an alert in HTML, below the meeting's title."""


def _need(voice: Voice, alert: Alert) -> str:
    """Say which need is not met: heard of just now, asked for by the meeting, or unmet a week before."""
    t = voice.t
    people = alert.params.get("people", 0)
    said = {
        "convened": t.gettext("People are asked whether they need {need}, and no workshop offers it yet."),
        "week": t.ngettext(
            "{people} person needs {need}, and as things stand will not have it.",
            "{people} people need {need}, and as things stand will not have it.",
            people,
        ),
    }
    heard = t.gettext("Somebody needs {need}, and no workshop offers it yet. Nobody loses a place over it.")
    text = said.get(alert.params.get("when", ""), heard)
    return text.format(need=need(voice, alert.params["need"]), people=voice.number(people))


def _rooms(voice: Voice, alert: Alert) -> str:
    """Say which room more would keep every party together."""
    t = voice.t
    parties, people = alert.params.get("parties", 1), alert.params["people"]
    fit = t.ngettext(
        "{number} group fits in no workshop as it is.", "{number} groups fit in no workshop as they are.", parties
    ).format(number=voice.number(parties))
    rooms = alert.params.get("rooms", 1)
    if rooms > 1:
        do = t.gettext("{rooms} more rooms for {people} people each would do.")
    else:
        do = t.ngettext(
            "One more room for {people} person would do.", "One more room for {people} people would do.", people
        )
    would = do.format(rooms=voice.number(rooms), people=voice.number(people))
    keep = t.gettext("Nobody loses a place, and no group is split. Add the room to the meeting's file and import it.")
    return f"{fit} {would}\n\n{keep}"


SAYING: Final[dict[str, Saying]] = {"need": _need, "rooms": _rooms}


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Alert | None:
    """Look again: who organises no more is told nothing."""
    meeting = session.get(Meeting, params["meeting"])
    if meeting is None or not staff.organises(session, who.person_id, meeting.id):
        return None
    return Alert(meetings.card_of(session, meeting, who.person_id, now), params["what"], params)


def _alert(voice: Voice, alert: Alert) -> list[Message]:
    text = f"<b>{voice.say(alert.card.title)}</b>\n{SAYING[alert.what](voice, alert)}"
    rows = column(Button(voice.t.gettext("The meeting's numbers"), choice=f"org:{alert.card.id}"))
    return [Message(text, rows)]


KINDS: Final[dict[str, Kind]] = {"alert": Kind(_load, _alert)}
