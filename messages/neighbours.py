"""Inviting a neighbour: a text to forward, with nothing personal in it, and how to forward it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy.orm import Session

from civic.meetings import Card
from messages.kind import Kind, Who
from messages.meetings import facts
from messages.message import Button, Message, column
from messages.signup import card_by_id, phone
from messages.voice import Voice, escape, shortened

TITLE: Final = 120
"""Characters of a title in an address that shares."""
TELEGRAM: Final = "https://t.me/"


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Card | None:
    return card_by_id(session, who, params, now)


def _invitation(voice: Voice, card: Card) -> list[Message]:
    t = voice.t
    link = voice.links.start(f"m_{card.code}")
    read_later = replace(voice, years=True)
    lines = [
        t.gettext("You are invited:"),
        f"<b>{voice.say(card.title)}</b>",
        *facts(read_later, card),
        "",
        t.gettext("To keep a place, open this link in Telegram: {link}").format(link=escape(link)),
    ]
    if page := voice.links.page(f"/meetings/{card.code}"):
        lines.append(t.gettext("To read what it is about: {page}").format(page=escape(page)))
    if call := phone(voice, card.contact):
        lines.append(call)
    how = t.gettext(
        "Forward the message above to whom you want to invite, or copy it into any other chat. It says nothing of you."
    )
    return [Message("\n".join(lines)), Message(how, column(_share(voice, card, link), _back(voice, card)))]


def _share(voice: Voice, card: Card, link: str) -> Button | None:
    """Offer Telegram's own way to share, where the link is one that Telegram opens."""
    if not link.startswith(TELEGRAM):
        return None
    title = shortened(voice.plain(card.title), TITLE)
    text = f"{title}\n{replace(voice, years=True).when(card.starts_at, card.timezone)}"
    address = f"{TELEGRAM}share/url?url={quote(link, safe='')}&text={quote(text, safe='')}"
    return Button(voice.t.gettext("Choose whom to send it to"), url=address)


def _back(voice: Voice, card: Card) -> Button:
    return Button(voice.t.gettext("Back to the meeting"), choice=f"m:{card.code}")


KINDS: Final[dict[str, Kind]] = {"neighbour": Kind(_load, _invitation)}
