"""The feed (Atom 1.0, RFC 4287): what was published and what has moved, newest first, in the reader's language."""

import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import public_record
from civic.public_record import News
from civic.schema import Meeting
from messages import commitments as words
from portal.fresh import fresh
from portal.open_data import OPEN
from portal.reader import FEED_PATH, Reader

ATOM: Final = "http://www.w3.org/2005/Atom"
MOST: Final = 100
"""Entries of the feed; every step stands in the open data."""
_BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""What an installation without any meeting was updated at: a feed must say."""
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ET.register_namespace("", ATOM)


@dataclass(frozen=True)
class Feed:
    """The newest news, and when the feed last changed."""

    news: list[News]
    changed: datetime


def add_feed(application: web.Application) -> None:
    """Serve the feed."""
    application.router.add_get(FEED_PATH, _feed)


async def _feed(request: web.Request) -> web.Response:
    reader = Reader(request)
    feed: Feed = await reader.look(_look, reader.now)
    text = ET.tostring(_written(reader, feed), encoding="utf-8", xml_declaration=True)
    headers = {**OPEN, "Content-Language": reader.voice.language}
    return fresh(request, text, "application/atom+xml", headers=headers, changed=feed.changed)


def _look(session: Session, now: datetime) -> Feed:
    news = public_record.latest(session, now, MOST)
    if news:
        return Feed(news, news[0].step.at)
    convened = session.scalar(select(func.max(Meeting.convened_at)))
    return Feed(news, convened or _BEGINNING)


def _written(reader: Reader, feed: Feed) -> ET.Element:
    voice = reader.voice
    root = ET.Element(f"{{{ATOM}}}feed", {_LANGUAGE: voice.language})
    _text(root, "id", _identity(reader, f"feed/{voice.language}"))
    _text(root, "title", voice.t.gettext("Commitments: news"))
    _text(
        root,
        "subtitle",
        voice.t.gettext(
            "What public entities promised in their meetings with citizens, by when, and what has become of it."
        ),
    )
    _text(root, "updated", _moment(feed.changed))
    own = f"{reader.address(FEED_PATH)}?lang={voice.language}"
    _link(root, "self", own, "application/atom+xml")
    _link(root, "alternate", reader.address(reader.url("/commitments")), "text/html")
    _text(root, "generator", "Convoca")
    for each in feed.news:
        _entry(root, reader, each)
    return root


def _entry(root: ET.Element, reader: Reader, news: News) -> None:
    """Write a publication or an update; its id never changes, in no language."""
    voice, standing, step = reader.voice, news.standing, news.step
    path = f"/commitments/{standing.meeting_code}/{standing.slug}"
    entry = ET.SubElement(root, f"{{{ATOM}}}entry")
    _text(entry, "id", _identity(reader, f"{path}/{step.number}"))
    title = voice.t.gettext("Commitment: {text}") if news.before is None else voice.t.gettext("News of: {text}")
    _text(entry, "title", title.format(text=voice.plain(standing.text)))
    _text(entry, "published", _moment(step.at))
    _text(entry, "updated", _moment(step.at))
    author = ET.SubElement(entry, f"{{{ATOM}}}author")
    _text(author, "name", voice.plain(standing.entity))
    _link(entry, "alternate", reader.address(reader.url(path)), "text/html")
    for proof in step.evidence:
        _link(entry, "related", reader.proof(proof), title=proof.name)
    content = _text(entry, "content", "".join(f"<p>{escape(line)}</p>" for line in _lines(reader, news)))
    content.set("type", "html")


def _lines(reader: Reader, news: News) -> list[str]:
    """Say an entry in words, a line each, as plain text."""
    voice, standing, t = reader.voice, news.standing, reader.voice.t
    lines = [t.gettext("Meeting: {title}").format(title=voice.plain(standing.meeting_title))]
    if standing.withdrawn_because:
        lines.append(t.gettext("It was withdrawn: {reason}").format(reason=standing.withdrawn_because))
    if news.before is not None:
        return lines + words.changes(voice, news.step, news.before)
    return [
        *lines,
        t.gettext("Published. Due: {day}").format(day=voice.day(news.step.due_on)),
        t.gettext("Who answers for it: {who} ({entity})").format(
            who=voice.plain(standing.responsible), entity=voice.plain(standing.entity)
        ),
        t.gettext("How to tell that it is fulfilled: {indicator}").format(indicator=voice.plain(standing.indicator)),
    ]


def _identity(reader: Reader, name: str) -> str:
    """Name a thing for good: by the bot's address, which an installation keeps when its pages move."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{reader.portal.links.bot}/{name.lstrip('/')}").urn


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{ATOM}}}{name}")
    made.text = _NOT_XML.sub("", text)
    return made


def _link(parent: ET.Element, rel: str, href: str, media_type: str | None = None, title: str | None = None) -> None:
    made = ET.SubElement(parent, f"{{{ATOM}}}link", {"rel": rel, "href": _NOT_XML.sub("", href)})
    if media_type:
        made.set("type", media_type)
    if title:
        made.set("title", _NOT_XML.sub("", title))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
