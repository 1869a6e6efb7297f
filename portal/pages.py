"""The public pages: meetings, one meeting, commitments, one commitment."""

import io
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import segno
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import meetings, public_record
from civic.columns import Text
from civic.meetings import Card
from civic.public_record import Attachment, History, Row, Standing
from civic.schema import Meeting, MeetingVersion
from messages import commitments as words
from messages.meetings import hours, size
from portal.fresh import fresh
from portal.reader import Reader

PICTURES: Final = frozenset({"png", "jpg", "jpeg"})
HEAVIEST_PICTURE: Final = 2 * 1024 * 1024
"""Bytes; a phone's data are paid for, and what is heavier is a tap away, its size stated."""


@dataclass(frozen=True)
class Moved:
    """What a meeting's date, hours and place were before they changed, and when they did."""

    at: datetime
    starts_at: datetime
    ends_at: datetime
    timezone: str
    venue: dict[str, Any]


@dataclass(frozen=True)
class MeetingPage:
    """Everything a meeting's page shows."""

    card: Card
    moved: Moved | None
    guide_questions: list[Text]
    faq: list[dict[str, Any]]
    commitments: list[Standing]


def add_pages(application: web.Application) -> None:
    """Serve the pages."""
    application.router.add_get("/", _index)
    application.router.add_get("/meetings/{code:[a-z0-9-]+}", _meeting)
    application.router.add_get("/meetings/{code:[a-z0-9-]+}/qr.svg", _qr)
    application.router.add_get("/commitments", _commitments)
    application.router.add_get("/commitments/{code:[a-z0-9-]+}/{slug:[a-z0-9-]+}", _commitment)


async def _index(request: web.Request) -> web.Response:
    reader = Reader(request)
    rows: list[Row] = await reader.look(public_record.all_meetings, reader.now)
    coming = [row for row in rows if row.ends_at > reader.now and row.state == "convened"]
    past = [row for row in rows if row not in coming]
    return reader.page("index.html", coming=coming[::-1], past=past)


async def _meeting(request: web.Request) -> web.Response:
    reader = Reader(request)
    found: MeetingPage | None = await reader.look(_look_at_meeting, request.match_info["code"], reader.now)
    if found is None:
        raise web.HTTPNotFound
    card = found.card
    return reader.page(
        "meeting.html",
        page=found,
        card=card,
        hours=hours(reader.voice, card),
        moved=found.moved,
        before=_before(reader, card, found.moved) if found.moved else [],
        size=size(reader.voice, card.report) if card.report else "",
        words=words,
        start=reader.portal.links.start,
        on_map=_on_map(card),
        call=_call(card),
    )


async def _qr(request: web.Request) -> web.Response:
    """Draw what the page's button opens, for paper and for another's phone."""
    reader = Reader(request)
    code = request.match_info["code"]
    if await reader.look(_public, code) is None:
        raise web.HTTPNotFound
    drawn = io.BytesIO()
    segno.make(reader.portal.links.start(f"m_{code}"), error="m", micro=False).save(
        drawn, kind="svg", border=2, light="#fff", omitsize=True, xmldecl=False, svgclass=None, lineclass=None
    )
    return fresh(request, drawn.getvalue(), "image/svg+xml")


def _before(reader: Reader, card: Card, moved: Moved) -> list[str]:
    """Say what was announced before, a line each: the hours, the place, whichever is another now."""
    voice = reader.voice
    old = replace(card, starts_at=moved.starts_at, ends_at=moved.ends_at, timezone=moved.timezone, venue=moved.venue)
    lines = [(hours(voice, old), hours(voice, card)), (_place(reader, old), _place(reader, card))]
    return [before for before, now in lines if before != now]


def _place(reader: Reader, card: Card) -> str:
    return ", ".join(reader.voice.plain(card.venue[part]) for part in ("name", "address") if card.venue.get(part))


def _on_map(card: Card) -> str | None:
    """Address a map at the venue; None where its place is not known."""
    latitude, longitude = card.venue.get("latitude"), card.venue.get("longitude")
    if latitude is None or longitude is None:
        return None
    return f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"


def _call(card: Card) -> str | None:
    """Address the phone so that a tap calls it; None where it is more than a number («ext. 12»)."""
    phone = str((card.contact or {}).get("phone", ""))
    return "tel:" + re.sub(r"[^+\d]", "", phone) if re.fullmatch(r"\+?[\d ().-]+", phone, re.ASCII) else None


async def _commitments(request: web.Request) -> web.Response:
    reader = Reader(request)
    found: list[Standing] = await reader.look(public_record.published, reader.now)
    by_meeting: dict[str, list[Standing]] = {}
    for each in found:
        by_meeting.setdefault(each.meeting_code, []).append(each)
    return reader.page("commitments.html", by_meeting=by_meeting, words=words, start=reader.portal.links.start)


async def _commitment(request: web.Request) -> web.Response:
    reader = Reader(request)
    code, slug = request.match_info["code"], request.match_info["slug"]
    found: History | None = await reader.look(public_record.history_of, code, slug, reader.now)
    if found is None:
        raise web.HTTPNotFound
    numbered = {step.number: step for step in found.steps}
    return reader.page(
        "commitment.html",
        standing=found.standing,
        steps=[(step, numbered.get(step.number - 1)) for step in found.steps],
        words=words,
        start=reader.portal.links.start,
        is_picture=_is_picture,
    )


def _is_picture(proof: Attachment) -> bool:
    """Tell whether evidence is a picture light enough to be seen on the page itself."""
    kind = proof.name.rpartition(".")[2].lower()
    return kind in PICTURES and proof.size is not None and proof.size <= HEAVIEST_PICTURE


def _public(session: Session, code: str) -> Meeting | None:
    """Find a meeting that was convened, also one cancelled since."""
    return session.scalar(select(Meeting).where(Meeting.code == code, Meeting.convened_at.is_not(None)))


def _look_at_meeting(session: Session, code: str, now: datetime) -> MeetingPage | None:
    meeting = _public(session, code)
    if meeting is None:
        return None
    return MeetingPage(
        card=meetings.card_of(session, meeting, None, now),
        moved=_moved(session, meeting),
        guide_questions=meeting.guide_questions,
        faq=meeting.faq,
        commitments=public_record.published(session, now, meeting_id=meeting.id),
    )


def _moved(session: Session, meeting: Meeting) -> Moved | None:
    """Say what people were told before the version that counts now; None where it is the first."""
    versions = session.scalars(
        select(MeetingVersion)
        .where(MeetingVersion.meeting_id == meeting.id, MeetingVersion.version <= meeting.version)
        .order_by(MeetingVersion.version.desc())
        .limit(2)
    ).all()
    if not versions or versions[-1].version == meeting.version or not versions[-1].told:
        return None
    now, before = versions[0], versions[-1]
    return Moved(
        at=now.at,
        starts_at=datetime.fromisoformat(before.told["starts_at"]),
        ends_at=datetime.fromisoformat(before.told["ends_at"]),
        timezone=before.told.get("timezone", meeting.timezone),
        venue=before.told["venue"],
    )
