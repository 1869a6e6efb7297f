"""A place as a picture to show at the door, and as an appointment for the calendar."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from civic.meetings import Card
from civic.registration import Place
from messages.message import Document, Message
from messages.pictures import font, wrapped
from messages.voice import Voice, escape, shortened

if TYPE_CHECKING:
    from PIL import ImageDraw

QR_SCALE: Final = 12
"""Pixels a module: sharp on any phone."""
QUIET: Final = 3
"""Modules of white around the QR code, with what the picture leaves white beside."""
WIDTH: Final = 900
MARGIN: Final = 56
GAP: Final = 20
BORDER: Final = 8
COLOURS: Final = 32
"""Few keep the picture small, for slow networks."""
CAPTION_TITLE: Final = 300
CAPTION_PART: Final = 160
"""Characters: the picture says it whole, and a caption has 1,024."""
INK: Final = "#263238"
WATER: Final = "#0b5f7d"


@dataclass(frozen=True)
class Line:
    """Something that a ticket says: plain text, its size in pixels, and how many lines it may take."""

    text: str
    size: int
    most: int = 1
    bold: bool = False
    colour: str = INK
    above: int = 12
    """Pixels of room over it."""


def ticket(voice: Voice, place: Place) -> Message:
    """Make the picture that opens the place when it is scanned; its caption says the same in words."""
    card, code = place.card, place.code or ""
    lines = [
        f"<b>{escape(shortened(voice.plain(card.title), CAPTION_TITLE))}</b>",
        voice.when(card.starts_at, card.timezone),
        ", ".join(escape(shortened(voice.plain(card.venue[part]), CAPTION_PART)) for part in ("name", "address")),
        voice.t.gettext("Code: <b>{code}</b>").format(code=code),
    ]
    if seat := _workshop(voice, place):
        lines.insert(3, escape(shortened(seat, CAPTION_PART)))
    if place.name:
        lines.append(escape(shortened(place.name, CAPTION_PART)))
    content = _drawn(_above(voice, place), voice.links.start(f"r_{code}"), _below(voice, place))
    return Message("\n".join(lines), document=Document(f"{code}.png", content, picture=True))


def _above(voice: Voice, place: Place) -> list[Line]:
    """Say over the QR code what, when and where, for years to come as well."""
    t, card, venue = voice.t, place.card, place.card.venue
    year = replace(voice, years=True)
    hours = t.gettext("{start} to {end}").format(
        start=voice.clock(card.starts_at, card.timezone), end=voice.clock(card.ends_at, card.timezone)
    )
    address = ", ".join(voice.plain(venue[part]) for part in ("address", "landmark") if venue.get(part))
    said = [
        Line(voice.plain(card.title), 46, most=4, bold=True, colour=WATER, above=0),
        Line(year.day(card.starts_at, card.timezone), 34, most=2, bold=True, above=28),
        Line(hours, 34),
        Line(voice.plain(venue["name"]), 34, most=2, bold=True, above=24),
        Line(address, 28, most=3),
    ]
    if seat := _workshop(voice, place):
        said.append(Line(seat, 32, most=3, bold=True, above=24))
    return said


def _below(voice: Voice, place: Place) -> list[Line]:
    """Say under it the code and the name, large, and that the name is enough."""
    said = [Line(" ".join((place.code or "")[at : at + 4] for at in (0, 4)), 60, bold=True, colour=WATER, above=0)]
    if place.name:
        said.append(Line(place.name, 44, most=3, bold=True, above=16))
    said.append(Line(voice.t.gettext("Show it at the door. Your name is enough, too."), 26, most=2, above=24))
    return said


def _workshop(voice: Voice, place: Place) -> str:
    """Say the workshop: number, topic and room, not for HTML; nothing without one."""
    if place.workshop_number is None:
        return ""
    parts = [voice.plain(part) for part in (place.workshop_topic, place.workshop_room) if part]
    return ", ".join([voice.t.gettext("Workshop {number}").format(number=place.workshop_number), *parts])


def _drawn(above: Sequence[Line], opens: str, below: Sequence[Line]) -> bytes:
    """Draw lines, a QR code that opens something, and more lines, each in the middle."""
    import segno
    from PIL import Image, ImageDraw

    code = io.BytesIO()
    segno.make(opens, error="m", micro=False).save(code, kind="png", scale=QR_SCALE, border=QUIET)
    square = Image.open(code).convert("RGB")
    height = _height(above) + GAP + square.height + GAP + _height(below)
    picture = Image.new("RGB", (WIDTH, height + 2 * MARGIN), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, WIDTH - 1, picture.height - 1), outline=WATER, width=BORDER)
    down = _write(pen, above, MARGIN) + GAP
    picture.paste(square, ((WIDTH - square.width) // 2, down))
    _write(pen, below, down + square.height + GAP)
    content = io.BytesIO()
    picture.quantize(COLOURS).save(content, "PNG", optimize=True)
    return content.getvalue()


def _set(line: Line) -> list[str]:
    return wrapped(line.text, font(line.size, bold=line.bold), WIDTH - 2 * MARGIN, line.most)


def _height(lines: Sequence[Line]) -> int:
    return sum(line.above + len(_set(line)) * _leading(line) for line in lines)


def _leading(line: Line) -> int:
    return line.size * 5 // 4


def _write(pen: "ImageDraw.ImageDraw", lines: Sequence[Line], down: int) -> int:
    """Write lines from so far down, and say where they end."""
    for line in lines:
        down += line.above
        for text in _set(line):
            face = font(line.size, bold=line.bold)
            pen.text((WIDTH / 2, down), text, font=face, fill=line.colour, anchor="ma")
            down += _leading(line)
    return down


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
