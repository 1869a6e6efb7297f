"""A picture of sign-ups: a bar for each day as high as all until then, what came that day darker, and the places."""

import io
import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from babel.dates import format_skeleton

from civic.roll import SignUps
from messages.pictures import font, wrapped
from messages.voice import Voice

if TYPE_CHECKING:
    from PIL import ImageDraw

WIDTH: Final = 1080
HEIGHT: Final = 1080
MARGIN: Final = 56
BORDER: Final = 8
COLOURS: Final = 32
MOST_BARS: Final = 31
"""Of days; more are drawn by the week."""
WEEK: Final = 7
NUMBERED: Final = 16
"""Bars that have room for a number."""
STEPS: Final = (1, 2, 5)
LINES: Final = 4
INK: Final = "#263238"
WATER: Final = "#0b5f7d"
PALE: Final = "#9cc9d9"
GRID: Final = "#d9dfe2"
LIMIT: Final = "#b3261e"


@dataclass(frozen=True)
class Bar:
    """A day, or a week from that day on: who signed up then, and all until then."""

    day: date
    new: int
    total: int


def bars(seen: SignUps) -> list[Bar]:
    """Give the bars: a day each, or a week each where that were too many."""
    span = 1 if len(seen.days) <= MOST_BARS else WEEK
    made, total = [], 0
    for start in range(0, len(seen.days), span):
        days = seen.days[start : start + span]
        new = sum(number for _, number in days)
        total += new
        made.append(Bar(days[0][0], new, total))
    return made


def drawn(voice: Voice, seen: SignUps) -> bytes:
    """Draw it as a PNG that is read on a phone."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, WIDTH - 1, HEIGHT - 1), outline=WATER, width=BORDER)
    shown = bars(seen)
    top = _heading(voice, pen, seen, by_week=len(seen.days) > MOST_BARS)
    _chart(voice, pen, shown, seen.meeting.capacity, top + 40)
    content = io.BytesIO()
    picture.quantize(COLOURS).save(content, "PNG", optimize=True)
    return content.getvalue()


def _heading(voice: Voice, pen: "ImageDraw.ImageDraw", seen: SignUps, *, by_week: bool) -> int:
    """Write what it is; give where that ends."""
    t = voice.t
    down = MARGIN
    for line in wrapped(voice.plain(seen.meeting.title), font(46, bold=True), WIDTH - 2 * MARGIN, 2):
        pen.text((MARGIN, down), line, font=font(46, bold=True), fill=WATER)
        down += 58
    said = t.gettext("Sign-ups per week") if by_week else t.gettext("Sign-ups per day")
    whole = t.gettext("{what}: {number} so far").format(what=said, number=voice.number(seen.total))
    down += 10
    pen.text((MARGIN, down), whole, font=font(38, bold=True), fill=INK)
    down += 66
    right = MARGIN
    keys = (
        (WATER, t.gettext("new that week") if by_week else t.gettext("new that day")),
        (PALE, t.gettext("from before")),
    )
    for colour, text in keys:
        pen.rectangle((right, down + 4, right + 30, down + 34), fill=colour)
        pen.text((right + 44, down), text, font=font(30), fill=INK)
        right += 44 + int(font(30).getlength(text)) + 40
    for dash in (right, right + 18):
        pen.line((dash, down + 19, dash + 12, down + 19), fill=LIMIT, width=5)
    places = t.gettext("Places: {number}").format(number=voice.number(seen.meeting.capacity))
    pen.text((right + 44, down), places, font=font(30, bold=True), fill=LIMIT)
    return down + 40


def _chart(voice: Voice, pen: "ImageDraw.ImageDraw", shown: list[Bar], capacity: int, top: int) -> None:
    """Draw the bars over their days, the lines that say how many, and that of the places."""
    most = max(capacity, shown[-1].total)
    step = _step(most)
    highest = math.ceil(most * 1.06 / step) * step
    face = font(28)
    left = MARGIN + int(face.getlength(voice.number(highest))) + 18
    right, bottom = WIDTH - MARGIN, HEIGHT - MARGIN - 50

    def up(number: float) -> float:
        return bottom - (bottom - top) * number / highest

    for number in range(0, highest + 1, step):
        pen.line((left, up(number), right, up(number)), fill=GRID, width=2)
        pen.text((left - 14, up(number)), voice.number(number), font=face, fill=INK, anchor="rm")
    wide = (right - left) / len(shown)
    gap = min(wide * 0.2, 14)
    for place, bar in enumerate(shown):
        start, end = left + place * wide + gap / 2, left + (place + 1) * wide - gap / 2
        if bar.total > bar.new:
            pen.rectangle((start, up(bar.total - bar.new), end, bottom), fill=PALE)
        if bar.new:
            pen.rectangle((start, up(bar.total), end, up(bar.total - bar.new)), fill=WATER)
    for dash in range(left, right, 24):
        pen.line((dash, up(capacity), min(dash + 14, right), up(capacity)), fill=LIMIT, width=5)
    if len(shown) <= NUMBERED:
        for place, bar in enumerate(shown):
            if bar.new:
                middle = left + (place + 0.5) * wide
                text = f"+{voice.number(bar.new)}"
                pen.text(
                    (middle, up(bar.total) - 6),
                    text,
                    font=font(28, bold=True),
                    fill=INK,
                    anchor="mb",
                    stroke_width=4,
                    stroke_fill="white",
                )
    pen.line((left, bottom, right, bottom), fill=INK, width=4)
    _days(voice, pen, shown, left, wide, bottom + 14)


def _days(voice: Voice, pen: "ImageDraw.ImageDraw", shown: list[Bar], left: int, wide: float, down: float) -> None:
    """Write days under the bars, as many as fit beside each other; the last for sure."""
    face = font(28)
    labels = [format_skeleton("MMMd", bar.day, locale=voice.t.locale) for bar in shown]
    room = max(face.getlength(label) for label in labels) + 26
    each = max(1, math.ceil(room / wide))
    last = len(shown) - 1
    for place in range(last, -1, -each):
        middle = left + (place + 0.5) * wide
        half = face.getlength(labels[place]) / 2
        middle = min(max(middle, MARGIN / 2 + half), WIDTH - MARGIN / 2 - half)
        pen.text((middle, down), labels[place], font=face, fill=INK, anchor="ma")


def _step(most: int) -> int:
    """Give a round step (1, 2, 5, 10, 20, 50 and so on) of which few make the whole."""
    size = 1
    while True:
        for step in STEPS:
            if most <= step * size * LINES:
                return step * size
        size *= 10
