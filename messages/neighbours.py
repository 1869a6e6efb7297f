"""Inviting a neighbour: a text to forward, with nothing personal in it, and how to forward it."""

import html
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic.meetings import Card
from messages.forwarding import passed_on
from messages.kind import Kind, Who
from messages.meetings import facts
from messages.message import Button, Message
from messages.signup import card_by_id, phone
from messages.voice import Voice


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Card | None:
    return card_by_id(session, who, params, now)


def _invitation(voice: Voice, card: Card) -> list[Message]:
    t = voice.t
    link = voice.links.start(f"m_{card.code}")
    page = voice.links.page(f"/meetings/{card.code}")
    lines = [
        t.gettext("You are invited:"),
        voice.plain(card.title),
        *map(html.unescape, facts(replace(voice, years=True), card)),
        "",
        t.gettext("To keep a place, open this link in Telegram: {link}").format(link=link),
        t.gettext("To read what it is about: {page}").format(page=page) if page else "",
        html.unescape(phone(voice, card.contact)),
    ]
    return passed_on(voice, lines, link, Button(t.gettext("Back to the meeting"), choice=f"m:{card.code}"))


KINDS: Final[dict[str, Kind]] = {"neighbour": Kind(_load, _invitation)}
