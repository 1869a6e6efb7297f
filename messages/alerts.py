"""What we tell organisers on their own account: something that only they can mend."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import alerts, meetings, staff
from civic.meetings import Card
from civic.schema import Meeting
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.needs import need
from messages.organiser import back_to_meeting, meeting_for
from messages.voice import Voice, escape, shortened

MOST: Final = 4
"""Alerts in one message; the rest stands in the meetings' numbers."""
TITLE: Final = 80
LABEL: Final = 44
"""Characters of a meeting on its button."""


@dataclass(frozen=True)
class Alert:
    """What is to be mended, and where."""

    card: Card
    what: str
    params: Mapping[str, Any]


Saying = Callable[[Voice, Alert], tuple[str, str]]
"""Says an alert in HTML, below the meeting's title; and what to do about it, where it is said alone."""


def _need(voice: Voice, alert: Alert) -> tuple[str, str]:
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
    return text.format(need=need(voice, alert.params["need"]), people=voice.number(people)), ""


def _rooms(voice: Voice, alert: Alert) -> tuple[str, str]:
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
    return f"{fit} {would}", keep


def _few(voice: Voice, alert: Alert) -> tuple[str, str]:
    """Say how few have a place a week before, in numbers."""
    t = voice.t
    people, places = alert.params["people"], alert.params["capacity"]
    text = t.ngettext(
        "A week before, {people} person has signed up, of {places} places.",
        "A week before, {people} people have signed up, of {places} places.",
        people,
    ).format(people=voice.number(people), places=voice.number(places))
    advice = t.gettext("What helps: share the page again, put up posters, and call those who came before.")
    return text, advice


def _cut_off(voice: Voice, alert: Alert) -> tuple[str, str]:
    """Say how many people blocked the bot."""
    t, people = voice.t, alert.params["people"]
    text = t.ngettext(
        "My messages do not reach {people} person of {all} to come: they blocked me, or their chat is gone.",
        "My messages do not reach {people} people of {all} to come: they blocked me, or their chat is gone.",
        people,
    ).format(people=voice.number(people), all=voice.number(alert.params["of"]))
    return text, t.gettext("Please call them: «Whom to call» in the numbers has their phones.")


def _failed(voice: Voice, alert: Alert) -> tuple[str, str]:
    """Say how many messages did not get out."""
    t, number = voice.t, alert.params["people"]
    text = t.ngettext(
        "{number} message to the people of this meeting could not be delivered.",
        "{number} messages to the people of this meeting could not be delivered.",
        number,
    ).format(number=voice.number(number))
    return text, t.gettext("Please tell whoever runs this bot, and call those for whom it is urgent.")


def _late(voice: Voice, alert: Alert) -> tuple[str, str]:
    """Say how many messages wait for long."""
    t, number = voice.t, alert.params["people"]
    text = t.ngettext(
        "At least {number} message to the people of this meeting has waited for more than an hour.",
        "At least {number} messages to the people of this meeting have waited for more than an hour.",
        number,
    ).format(number=voice.number(number))
    return text, t.gettext("They still go out, what is urgent first. Please tell whoever runs this bot.")


SAYING: Final[dict[str, Saying]] = {
    "need": _need,
    "rooms": _rooms,
    "few": _few,
    "cut_off": _cut_off,
    "failed": _failed,
    "late": _late,
}


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Alert | None:
    """Look again: who organises no more is told nothing, nor who muted the meeting meanwhile."""
    meeting = session.get(Meeting, params["meeting"])
    if meeting is None or not staff.organises(session, who.person_id, meeting.id):
        return None
    if alerts.is_muted(session, meeting.id, who.person_id):
        return None
    return Alert(meetings.card_of(session, meeting, who.person_id, now), params["what"], params)


def _alert(voice: Voice, alert: Alert) -> list[Message]:
    text = "\n\n".join(filter(None, SAYING[alert.what](voice, alert)))
    text = f"<b>{voice.say(alert.card.title)}</b>\n{text}"
    rows = column(back_to_meeting(voice, alert.card.id), _mute(voice, alert.card.id))
    return [Message(text, rows)]


def _mute(voice: Voice, *meeting_ids: int) -> Button:
    t = voice.t
    words = tuple(t.gettext("mute, no more alerts").split(", "))
    label = t.ngettext("No more alerts of this meeting", "No more alerts of these meetings", len(meeting_ids))
    return Button(label, choice=_about("oqm", meeting_ids), words=words)


def _about(verb: str, meeting_ids: Iterable[int]) -> str:
    return ":".join((verb, *map(str, meeting_ids)))


def _load_all(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> list[Alert] | None:
    found = [_load(session, who, each, now) for each in params["alerts"]]
    return [each for each in found if each] or None


def _all(voice: Voice, found: list[Alert]) -> list[Message]:
    """Say several alerts in one message, by meeting; of more than a few, that there are more."""
    t = voice.t
    if len({each.card.id for each in found}) == 1:
        shown, card = found[:MOST], found[0].card
        lines = [f"<b>{voice.say(card.title)}</b>", *(f"• {SAYING[each.what](voice, each)[0]}" for each in shown)]
        lines += _more(voice, len(found) - len(shown))
        return [Message("\n".join(lines), column(back_to_meeting(voice, card.id), _mute(voice, card.id)))]
    by_meeting: dict[int, list[Alert]] = {}
    for each in found:
        by_meeting.setdefault(each.card.id, []).append(each)
    lines, rows, said = [t.gettext("<b>Your meetings need you</b>")], [], 0
    for meeting_id, of_it in list(by_meeting.items())[:MOST]:
        card, shown = of_it[0].card, of_it[: max(MOST - said, 1)]
        title = shortened(voice.plain(card.title), TITLE)
        lines += ["", f"<b>{escape(title)}</b>", *(f"• {SAYING[each.what](voice, each)[0]}" for each in shown)]
        said += len(shown)
        rows.append(Button(shortened(voice.plain(card.title), LABEL), choice=f"org:{meeting_id}"))
    lines += _more(voice, len(found) - said)
    rows += [_mute(voice, *list(by_meeting)[:MOST]), Button(t.gettext("My other meetings"), choice="orgl")]
    return [Message("\n".join(lines), column(*rows))]


def _more(voice: Voice, number: int) -> list[str]:
    if number <= 0:
        return []
    text = voice.t.ngettext("And {number} more thing.", "And {number} more things.", number)
    return ["", text.format(number=voice.number(number))]


def _load_muted(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> tuple[list[Card], bool] | None:
    named = (params["meeting"], *params.get("also", ()))
    found = [each for each in (meeting_for(session, who, {"meeting": number}) for number in named) if each]
    muted = all(alerts.is_muted(session, each.id, who.person_id) for each in found)
    return ([meetings.card_of(session, each, None, now) for each in found], muted) if found else None


def _muted(voice: Voice, seen: tuple[list[Card], bool]) -> list[Message]:
    """Say whether alerts of a meeting, or of several, are heard, and how it is changed."""
    t, (cards, muted) = voice.t, seen
    several, ids = len(cards), [each.id for each in cards]
    if muted:
        text = t.ngettext(
            "No more alerts of {titles}. What is missing still stands in its numbers.",
            "No more alerts of {titles}. What is missing still stands in their numbers.",
            several,
        )
        again = t.gettext("Hear its alerts again") if several == 1 else t.gettext("Hear their alerts again")
        other = Button(again, choice=_about("oqu", ids))
    else:
        text = t.gettext("From now on I tell you again when something is missing in {titles}.")
        other = _mute(voice, *ids)
    titles = ", ".join(f"«{escape(shortened(voice.plain(each.title), TITLE))}»" for each in cards)
    on = back_to_meeting(voice, ids[0]) if several == 1 else Button(t.gettext("My other meetings"), choice="orgl")
    return [Message(text.format(titles=titles), column(other, on))]


KINDS: Final[dict[str, Kind]] = {
    "alert": Kind(_load, _alert),
    "alerts": Kind(_load_all, _all),
    "org_muted": Kind(_load_muted, _muted),
}
