"""A place as a picture to show at the door, and as an appointment for the calendar."""

import io
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from civic.meetings import Card
from messages.message import Document, Message
from messages.voice import Voice, escape

QR_SCALE: Final = 10
"""Pixels a module: sharp on any phone."""


def ticket(voice: Voice, card: Card, code: str, name: str | None) -> Message:
    """Make the picture that opens the place when it is scanned; its caption says the code and the place in words."""
    import segno

    picture = io.BytesIO()
    segno.make(voice.links.start(f"r_{code}"), error="m", micro=False).save(
        picture, kind="png", scale=QR_SCALE, border=4
    )
    lines = [
        f"<b>{voice.say(card.title)}</b>",
        voice.when(card.starts_at, card.timezone),
        voice.say(card.venue["name"]) + ", " + voice.say(card.venue["address"]),
        voice.t.gettext("Code: <b>{code}</b>").format(code=code),
    ]
    if name:
        lines.append(escape(name))
    return Message("\n".join(lines), document=Document(f"{code}.png", picture.getvalue(), picture=True))


def appointment(voice: Voice, card: Card, registration_id: int, code: str | None) -> Message:
    """Make a calendar file; the same place keeps the same UID, so that opening it again replaces what was there."""
    from icalendar import Calendar, Event

    zone = ZoneInfo(card.timezone)
    event = Event()
    event.add("uid", f"place-{registration_id}@convoca")
    event.add("dtstamp", voice.now)
    event.add("dtstart", card.starts_at.astimezone(zone))
    event.add("dtend", card.ends_at.astimezone(zone))
    event.add("summary", voice.plain(card.title))
    event.add("location", _where(voice, card))
    event.add("description", _description(voice, card, code))
    page = voice.links.page(f"/meetings/{card.code}")
    if page:
        event.add("url", page)
    calendar = Calendar()
    calendar.add("prodid", "-//Convoca//Convoca//ES")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    calendar.add_missing_timezones(
        first_date=(card.starts_at - timedelta(days=1)).date(),
        last_date=(card.ends_at + timedelta(days=366)).date(),
    )
    text = voice.t.gettext("Open this file to put the meeting in your calendar.")
    return Message(text, document=Document(f"{card.code}.ics", calendar.to_ical()))


def _where(voice: Voice, card: Card) -> str:
    parts = (card.venue["name"], card.venue["address"], card.venue.get("landmark"))
    return ", ".join(voice.plain(part) for part in parts if part)


def _description(voice: Voice, card: Card, code: str | None) -> str:
    lines = [voice.plain(card.objective)]
    if code:
        lines.append(voice.t.gettext("Your code: {code}. Your name is enough too.").format(code=code))
    if card.contact and card.contact.get("phone"):
        lines.append(voice.t.gettext("Phone: {phone}").format(phone=voice.plain(card.contact["phone"])))
    return "\n".join(lines)
